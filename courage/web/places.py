"""Where passkeys of this desk are good: at its public address, and nowhere if browsers make none there."""

from __future__ import annotations

from functools import lru_cache

from aiohttp import web

from courage.people.errors import PersonError
from courage.people.passkeys import Place, place_of
from courage.web.keys import services


@lru_cache(maxsize=16)
def _place(address: str) -> Place | None:
    try:
        return place_of(address)
    except PersonError:
        return None


def place_here(request: web.Request) -> Place | None:
    """Return the place of passkeys; ``None`` where the desk has no address that they can be bound to."""
    return _place(services(request).public_url)


def needs_place(request: web.Request) -> Place:
    """Return the place of passkeys.

    :raises PersonError: if the desk has no address that they can be bound to; it says which one it has.
    """
    return place_of(services(request).public_url)
