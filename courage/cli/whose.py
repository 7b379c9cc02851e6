"""Whose people, keys, responses … a command is about (``--organisation SHORT-NAME``, else the only one there is), and whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courage.errors import CourageError
from courage.people.people import People
from courage.people.views import PersonView

if TYPE_CHECKING:
    from courage.people.organisations import Organisations

OF = click.option(
    "--organisation",
    "slug",
    default=None,
    metavar="SHORT-NAME",
    help="Whose; needed where there are several. See `courage organisations list`.",
)


def _open() -> Organisations:
    from courage.settings import load_settings
    from courage.wiring import open_organisations

    return open_organisations(load_settings())


def organisation_of(slug: str | None) -> int:
    """Return the number of the organisation that is meant.

    :raises CourageError: if there is none of this short name, or none was named and there are several: a command that
        took the first one would read or change what is another's.
    """
    known = _open()
    if slug is not None:
        return known.find(slug).id
    found = known.list()
    if len(found) > 1:
        names = ", ".join(sorted(view.slug for view in found))
        raise CourageError(f"say whose with --organisation SHORT-NAME; there are: {names}")
    return found[0].id


def name_of(organisation_id: int) -> str:
    """Return what people call an organisation.

    :raises CourageError: if there is none of this number.
    """
    found = _open().get(organisation_id)
    if found is None:
        raise CourageError(f"there is no organisation {organisation_id}")
    return found.name


def person_named(people: People, name: str, organisation_id: int) -> PersonView:
    """Return a person by name.

    :raises CourageError: if there is none of this name.
    """
    person = people.find(name, organisation_id)
    if person is None:
        raise CourageError(f"there is no person named {name!r}; see `courage users list`")
    return person


def account_of(value: str) -> tuple[str, str]:
    """Return channel and user id of an account written as ``telegram:501`` or ``matrix:@ann:example.org``."""
    channel, _, user_id = value.partition(":")
    if not channel or not user_id:
        raise CourageError(f"an account is CHANNEL:ID, such as telegram:501; {value!r} is not")
    return channel, user_id
