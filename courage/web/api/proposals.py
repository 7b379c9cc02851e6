"""Proposals of other programs as JSON, for trainers and admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.cases.decisions import STATES
from courage.cases.proposals import Proposals
from courage.web.api.answers import json
from courage.web.errors import BadInput, NotHere
from courage.web.keys import person, services
from courage.web.reading import number, query, read_json
from courage.web.schema import Field

SMALL = 10_000
LIST = (
    Field("state", choices=STATES, about="waiting if left out"),
    Field("limit", "integer", low=1, high=200),
    Field("before", "integer", about="only proposals with a smaller number"),
)


def _proposals(request: web.Request) -> Proposals:
    found = services(request).proposals
    if found is None:
        raise NotHere("proposals of other programs are not kept here")
    return found


def _number(request: web.Request) -> int:
    try:
        return number("proposal", request.match_info["proposal_id"])
    except BadInput:
        raise NotHere("there is no such proposal") from None


async def proposals(request: web.Request) -> web.Response:
    """List proposals, the latest first; texts are never part of it."""
    before = query(request, "before")
    found = await asyncio.to_thread(
        _proposals(request).list,
        person(request).organisation_id,
        state=query(request, "state", STATES) or "waiting",
        limit=number("limit", query(request, "limit") or "50"),
        before=None if before is None else number("before", before),
    )
    return json(found)


async def message(request: web.Request) -> web.Response:
    """Return the text that a proposal is about."""
    await read_json(request, (), SMALL)
    text = await asyncio.to_thread(_proposals(request).show, _number(request), person(request).id)
    return json({"text": text, "reasons": []})


async def confirm(request: web.Request) -> web.Response:
    """Confirm a proposal."""
    await read_json(request, (), SMALL)
    return json(await asyncio.to_thread(_proposals(request).confirm, _number(request), person(request).id))


async def reject(request: web.Request) -> web.Response:
    """Reject a proposal."""
    await read_json(request, (), SMALL)
    return json(await asyncio.to_thread(_proposals(request).reject, _number(request), person(request).id))
