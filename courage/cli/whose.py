"""Whose people, keys, rooms … a command is about: ``--organisation SHORT-NAME``, else the first organisation; and whom."""

from __future__ import annotations

import click

from courage.db.engine import DEFAULT_ORGANISATION
from courage.errors import CourageError
from courage.people.people import People
from courage.people.views import PersonView

OF = click.option(
    "--organisation",
    "slug",
    default=None,
    metavar="SHORT-NAME",
    help="Whose; default: the first organisation. See `courage organisations list`.",
)


def organisation_of(slug: str | None) -> int:
    """Return the number of the organisation that is meant.

    :raises CourageError: if there is none of this short name.
    """
    if slug is None:
        return DEFAULT_ORGANISATION
    from courage.settings import load_settings
    from courage.wiring import open_organisations

    return open_organisations(load_settings()).find(slug).id


def person_named(people: People, name: str, organisation_id: int = 1) -> PersonView:
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
