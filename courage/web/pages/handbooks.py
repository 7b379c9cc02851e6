"""Help: a handbook for each role, and how to answer, written in each language by itself and good to print."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from courage.web.errors import NotHere
from courage.web.keys import person
from courage.web.rendering import render
from courage.web.words import HANDBOOKS

#: Whose handbook comes first.
_OWN: Final = {"admin": "moderator"}


async def show(request: web.Request) -> web.Response:
    """List the handbooks, the reader's own first, and say how to answer."""
    role = person(request).role
    own = _OWN.get(role, role)
    return await render(
        request, "help.html", page="help", handbooks=sorted(HANDBOOKS, key=lambda r: r != own)
    )


async def handbook(request: web.Request) -> web.Response:
    """Show the handbook of a role."""
    role = request.match_info["role"]
    if role not in HANDBOOKS:
        raise NotHere(f"there is no handbook {role[:20]!r}")
    return await render(request, "handbook.html", page="help", role=role)
