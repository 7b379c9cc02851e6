"""Decisions: what people decided about texts, for trainers to confirm or reject."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.cases.decisions import STATES
from courage.cases.errors import Enough
from courage.errors import CourageError
from courage.web.errors import status_of
from courage.web.keys import person, services
from courage.web.reading import decision_number, number, query
from courage.web.rendering import back, render

PAGE = 50


async def decisions(request: web.Request) -> web.Response:
    """List decisions of a state, the latest first, their texts hidden."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, known = person(request), services(request).decisions
    state, before = query(request, "state", STATES) or "waiting", query(request, "before")
    found = await asyncio.to_thread(
        known.list, who.organisation_id, state=state, limit=PAGE + 1,
        before=None if before is None else number("before", before),
    )  # fmt: skip
    waiting = await asyncio.to_thread(known.count, who.organisation_id)
    shown: dict[str, Any] = {"texts": {}, "said": None, "problem": None, **context}
    return await render(
        request, "decisions.html", status, page="decisions", found=found[:PAGE], more=len(found) > PAGE,
        state=state, states=STATES, waiting=waiting, **shown,
    )  # fmt: skip


async def show_message(request: web.Request) -> web.Response:
    """Show one text, because somebody asked for it; the case's history notes it."""
    chosen = decision_number(request)
    try:
        text = await asyncio.to_thread(services(request).decisions.show, chosen, person(request).id)
    except CourageError as error:
        return await _refused(request, error)
    return await _page(request, texts={chosen: text})


async def _refused(request: web.Request, error: CourageError) -> web.Response:
    if isinstance(error, Enough):
        raise back("/rest")
    if status_of(error) in (403, 404):
        raise error
    return await _page(request, status_of(error), problem=error)


async def confirm(request: web.Request) -> web.Response:
    """Confirm a decision."""
    try:
        known, who = services(request).decisions, person(request)
        await asyncio.to_thread(known.confirm, decision_number(request), who.id, only_read=True)
    except CourageError as error:
        return await _refused(request, error)
    raise back(_list(request), "decision_confirmed")


async def reject(request: web.Request) -> web.Response:
    """Reject a decision."""
    await asyncio.to_thread(services(request).decisions.reject, decision_number(request), person(request).id)
    raise back(_list(request), "decision_rejected")


def _list(request: web.Request) -> str:
    return f"/decisions?state={query(request, 'state', STATES) or 'waiting'}"
