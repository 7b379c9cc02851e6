"""Decisions about texts as JSON, for trainers and admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.web.api.answers import json
from courage.web.keys import person, services
from courage.web.reading import decision_number, read_json, read_query
from courage.web.schemas.base import Nothing
from courage.web.schemas.cases import Message
from courage.web.schemas.decisions import Decision, DecisionsQuery

SMALL = 10_000


async def decisions(request: web.Request) -> web.Response:
    """List decisions, the latest first; texts are never part of it."""
    asked = read_query(request, DecisionsQuery)
    found = await asyncio.to_thread(
        services(request).decisions.list,
        person(request).organisation_id,
        state=asked.state,
        limit=asked.limit,
        before=asked.before,
    )
    return json([Decision.model_validate(view) for view in found])


async def message(request: web.Request) -> web.Response:
    """Return the text that was decided on; the case's history notes who asked."""
    await read_json(request, Nothing, SMALL)
    known, who = services(request).decisions, person(request)
    text = await asyncio.to_thread(known.show, decision_number(request), who.id)
    return json(Message(text=text, reasons=[]))


async def confirm(request: web.Request) -> web.Response:
    """Confirm a decision."""
    await read_json(request, Nothing, SMALL)
    known, who = services(request).decisions, person(request)
    view = await asyncio.to_thread(known.confirm, decision_number(request), who.id, only_read=True)
    return json(Decision.model_validate(view))


async def reject(request: web.Request) -> web.Response:
    """Reject a decision."""
    await read_json(request, Nothing, SMALL)
    known, who = services(request).decisions, person(request)
    view = await asyncio.to_thread(known.reject, decision_number(request), who.id)
    return json(Decision.model_validate(view))
