"""Decisions about texts as JSON, for trainers and admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.cases.decisions import STATES
from courage.web.api.answers import json
from courage.web.keys import person, services
from courage.web.reading import decision_number, number, query, read_json
from courage.web.schema import Field

SMALL = 10_000
LIST = (
    Field("state", choices=STATES, about="waiting if left out"),
    Field("limit", "integer", low=1, high=200),
    Field("before", "integer", about="only decisions with a smaller number"),
)


async def decisions(request: web.Request) -> web.Response:
    """List decisions, the latest first; texts are never part of it."""
    before = query(request, "before")
    found = await asyncio.to_thread(
        services(request).decisions.list,
        person(request).organisation_id,
        state=query(request, "state", STATES) or "waiting",
        limit=number("limit", query(request, "limit") or "50"),
        before=None if before is None else number("before", before),
    )
    return json(found)


async def message(request: web.Request) -> web.Response:
    """Return the text that was decided on; the case's history notes who asked."""
    await read_json(request, (), SMALL)
    known, who = services(request).decisions, person(request)
    return json(
        {"text": await asyncio.to_thread(known.show, decision_number(request), who.id), "reasons": []}
    )


async def confirm(request: web.Request) -> web.Response:
    """Confirm a decision."""
    await read_json(request, (), SMALL)
    known, who = services(request).decisions, person(request)
    return json(await asyncio.to_thread(known.confirm, decision_number(request), who.id))


async def reject(request: web.Request) -> web.Response:
    """Reject a decision."""
    await read_json(request, (), SMALL)
    known, who = services(request).decisions, person(request)
    return json(await asyncio.to_thread(known.reject, decision_number(request), who.id))
