"""The first page: what is going on, and how to begin."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.cases.access import WORKERS
from courage.people.organisations import OPERATOR
from courage.people.readiness import DECIDERS
from courage.web.health import state_of
from courage.web.keys import person, services
from courage.web.rendering import render


async def home(request: web.Request) -> web.Response:
    """Show open cases, what needs attention, and the first steps for the reader's role."""
    desk, who = services(request), person(request)
    if who.role == OPERATOR:
        raise web.HTTPSeeOther("/organisations")
    found = await asyncio.to_thread(_figures, desk, who.organisation_id, who.id)
    kept_out, trained = False, 0
    if desk.readiness is not None and who.role in WORKERS:
        kept_out = await asyncio.to_thread(desk.readiness.kept_out, who.id, who.organisation_id)
    if desk.advisor is not None and who.role in DECIDERS:
        trained = len(await asyncio.to_thread(desk.advisor.to_decide, who.organisation_id))
    returned = []
    if desk.hearing is not None and desk.hearing.invitations is not None and who.role == "admin":
        returned = await asyncio.to_thread(desk.hearing.invitations.failed, who.organisation_id, who.id)
    return await render(
        request,
        "home.html",
        page="home",
        returned=returned,
        kept_out=kept_out,
        trained=trained,
        no_password=not await asyncio.to_thread(desk.people.has_password, who.id),
        health=await state_of(request),
        said=request.query.get("said"),
        **found,
    )


def _figures(desk: Any, organisation_id: int, person_id: int) -> dict[str, Any]:
    cases = desk.casework.waiting(organisation_id, person_id)
    library = desk.library
    return {
        "waiting": cases.open,
        "escalated": cases.escalated,
        "mine": cases.mine,
        "approved": library.count(organisation_id=organisation_id, state="approved"),
        "in_review": library.count(organisation_id=organisation_id, state="in_review"),
        "decided": desk.decisions.count(organisation_id),
        "due": library.count_due(organisation_id=organisation_id),
    }


async def keys(request: web.Request) -> web.Response:
    """List the keyboard shortcuts."""
    return await render(request, "keys.html")
