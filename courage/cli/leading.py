"""Who looks after rooms and deliveries from the command line."""

from __future__ import annotations

import click

from courage.cases.access import LEADERS
from courage.errors import CourageError
from courage.people.people import People
from courage.people.views import PersonView

AS = click.option("--as", "name", default=None, help="Who does it, by name; default: the first admin.")


def leader(people: People, name: str | None, organisation_id: int) -> PersonView:
    """Return the moderator or admin who acts; default: the first admin.

    :raises CourageError: if there is no such person, or their role does not allow it.
    """
    person = (
        people.find(name, organisation_id)
        if name
        else next(iter(people.list(organisation_id, role="admin")), None)
    )
    if person is None:
        raise CourageError(
            f"there is no person named {name!r}; see `courage users list`" if name else "add an admin first"
        )
    if person.role not in LEADERS or not person.active:
        state = person.role if person.active else "person without access"
        raise CourageError(f"{person.name} is a {state}; only {' and '.join(LEADERS)} do this")
    return person
