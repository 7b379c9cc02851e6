"""Proposals of other programs as JSON, for trainers and admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.cases.proposals import Proposals
from courage.web.api.answers import json
from courage.web.errors import BadInput, NotHere, there
from courage.web.keys import person, services
from courage.web.reading import number, read_json, read_query
from courage.web.schemas.base import Nothing
from courage.web.schemas.cases import Message
from courage.web.schemas.proposals import Proposal, ProposalsQuery

SMALL = 10_000


def _proposals(request: web.Request) -> Proposals:
    return there(services(request).proposals, "proposals of other programs are not kept here")


def _number(request: web.Request) -> int:
    try:
        return number("proposal", request.match_info["proposal_id"])
    except BadInput:
        raise NotHere("there is no such proposal") from None


async def proposals(request: web.Request) -> web.Response:
    """List proposals, the latest first; texts are never part of it."""
    asked = read_query(request, ProposalsQuery)
    found = await asyncio.to_thread(
        _proposals(request).list,
        person(request).organisation_id,
        state=asked.state,
        limit=asked.limit,
        before=asked.before,
    )
    return json([Proposal.model_validate(view) for view in found])


async def message(request: web.Request) -> web.Response:
    """Return the text that a proposal is about."""
    await read_json(request, Nothing, SMALL)
    text = await asyncio.to_thread(_proposals(request).show, _number(request), person(request).id)
    return json(Message(text=text, reasons=[]))


async def confirm(request: web.Request) -> web.Response:
    """Confirm a proposal."""
    await read_json(request, Nothing, SMALL)
    view = await asyncio.to_thread(_proposals(request).confirm, _number(request), person(request).id)
    return json(Proposal.model_validate(view))


async def reject(request: web.Request) -> web.Response:
    """Reject a proposal."""
    await read_json(request, Nothing, SMALL)
    view = await asyncio.to_thread(_proposals(request).reject, _number(request), person(request).id)
    return json(Proposal.model_validate(view))
