"""Cases as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from courage.cases.machine import STATUSES
from courage.taxonomy import LANGUAGES
from courage.web.api.answers import advice_json, case_json, json
from courage.web.api.screening import WISH, wish_of
from courage.web.keys import person, services
from courage.web.reading import case_number, number, query, read_json
from courage.web.schema import Field

ACTIVE = ("open", "claimed", "escalated")
SMALL = 200_000
LIST = (
    Field("status", choices=STATUSES, about="open, claimed and escalated if left out"),
    Field("language", choices=(*LANGUAGES, "und")),
    Field("room_id", max_length=255),
    Field("limit", "integer", low=1, high=200),
    Field("before", "integer", about="only cases with a smaller number"),
)
NUMBER = (Field("number", "integer", required=True, low=1, high=10),)
TEXT = (Field("text", required=True, max_length=20_000),)
POST = (Field("version", "integer", required=True, about="the draft's version that the person read"),)
ASK = (Field("wish", "object", fields=WISH), Field("others", "boolean"))


async def cases(request: web.Request) -> web.Response:
    """List cases, gravest first."""
    status, before = query(request, "status", STATUSES), query(request, "before")
    found = await asyncio.to_thread(
        services(request).casework.queue,
        person(request).organisation_id,
        statuses=ACTIVE if status is None else (status,),
        language=query(request, "language", (*LANGUAGES, "und")),
        room_id=query(request, "room_id"),
        limit=number("limit", query(request, "limit") or "50"),
        before=None if before is None else number("before", before),
    )
    return json([case_json(request, case) for case in found])


async def case(request: web.Request) -> web.Response:
    """Return one case and its history."""
    who, case_id, casework = person(request), case_number(request), services(request).casework
    found = await asyncio.to_thread(casework.view, case_id, who.organisation_id)
    history = await asyncio.to_thread(casework.history, case_id, who.id)
    return json({**case_json(request, found), "history": history})


async def message(request: web.Request) -> web.Response:
    """Return the message of a case; the audit trail notes who asked."""
    await read_json(request, (), SMALL)
    who, case_id, casework = person(request), case_number(request), services(request).casework
    text = await asyncio.to_thread(casework.show_message, case_id, who.id)
    reasons = await asyncio.to_thread(casework.explain, case_id, who.id)
    return json({"text": text, "reasons": [reason.to_json() for reason in reasons]})


def step(name: str) -> Callable[[web.Request], Any]:
    """Return the handler of a step that needs nothing but the case: claim, release, dismiss …"""

    async def take(request: web.Request) -> web.Response:
        await read_json(request, (), SMALL)
        method = getattr(services(request).casework, name)
        case = await asyncio.to_thread(method, case_number(request), person(request).id)
        return json(case_json(request, case))

    take.__doc__ = f"Take the step {name!r} on a case."
    return take


async def suggest(request: web.Request) -> web.Response:
    """Return suggestions for a case that one has claimed."""
    data = await read_json(request, ASK, SMALL)
    advice = await asyncio.to_thread(
        services(request).casework.suggest,
        case_number(request), person(request).id, wish_of(data.get("wish")),
        others=bool(data.get("others")),
    )  # fmt: skip
    return json(advice_json(advice))


async def choose(request: web.Request) -> web.Response:
    """Make a suggestion of the newest round the draft."""
    data = await read_json(request, NUMBER, SMALL)
    casework = services(request).casework
    return json(
        await asyncio.to_thread(casework.choose, case_number(request), person(request).id, data["number"])
    )


async def edit(request: web.Request) -> web.Response:
    """Make a text the draft."""
    data = await read_json(request, TEXT, SMALL)
    casework = services(request).casework
    return json(
        await asyncio.to_thread(casework.edit, case_number(request), person(request).id, data["text"])
    )


async def post(request: web.Request) -> web.Response:
    """Post the draft's version that the person confirms."""
    data = await read_json(request, POST, SMALL)
    casework = services(request).casework
    return json(
        await asyncio.to_thread(
            casework.confirm_post, case_number(request), person(request).id, data["version"]
        )
    )
