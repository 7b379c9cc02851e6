"""Who changes the library from the command line."""

from __future__ import annotations

import click

from courage.library.views import Actor

AS = click.option("--as", "name", default=None, help="Who does it, by name; default: the first admin.")
JSON_LINES = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def acting(name: str | None, organisation_id: int) -> Actor:
    """Return the person who acts: one of the desk's people, by name; default: the first admin.

    :raises CourageError: if there is no such person or their role does not allow it.
    """
    from courage.errors import CourageError
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    person = (
        people.find(name, organisation_id)
        if name
        else next(iter(people.list(organisation_id, role="admin")), None)
    )
    if person is None:
        raise CourageError(
            f"there is no person named {name!r}; see `courage users list`" if name else "add an admin first"
        )
    if person.role not in ("trainer", "admin"):
        raise CourageError(f"{person.name} is a {person.role}; only trainers and admins change the library")
    return Actor(person.id, person.name)
