"""Whose people, keys, rooms … a command is about: ``--organisation SHORT-NAME``, else the first organisation."""

from __future__ import annotations

import click

from courage.db.engine import DEFAULT_ORGANISATION

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
