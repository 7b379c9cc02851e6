"""Cases as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from courage.cases.views import CaseView
from courage.library.suggest.advice import Wish
from courage.web.api.answers import json
from courage.web.keys import LANGUAGE, WORDS, person, services
from courage.web.reading import case_number, read_json, read_query
from courage.web.reasons import reasons_line
from courage.web.schemas import cases as schemas
from courage.web.schemas.base import Nothing
from courage.web.schemas.screening import Advice

ACTIVE = ("open", "claimed", "escalated")
SMALL = 200_000


def _reasons(request: web.Request, view: CaseView) -> str:
    return reasons_line(view.reasons, request.config_dict[WORDS], request[LANGUAGE])


async def cases(request: web.Request) -> web.Response:
    """List cases, gravest first."""
    asked = read_query(request, schemas.CasesQuery)
    found = await asyncio.to_thread(
        services(request).casework.queue,
        person(request).organisation_id,
        statuses=ACTIVE if asked.status is None else (asked.status,),
        language=asked.language,
        room_id=asked.room_id,
        limit=asked.limit,
        before=asked.before,
        person_id=person(request).id or None,  # a program with a key is nobody, and gets no texts here
    )
    return json([schemas.Case.of(view, _reasons(request, view)) for view in found])


async def case(request: web.Request) -> web.Response:
    """Return one case and its history."""
    who, case_id, casework = person(request), case_number(request), services(request).casework
    found = await asyncio.to_thread(casework.view, case_id, who.organisation_id, who.id)
    history = await asyncio.to_thread(casework.history, case_id, who.id)
    return json(schemas.CaseWithHistory.with_history(found, _reasons(request, found), history))


async def message(request: web.Request) -> web.Response:
    """Return the message of a case; the audit trail notes who asked."""
    await read_json(request, Nothing, SMALL)
    who, case_id, casework = person(request), case_number(request), services(request).casework
    text = await asyncio.to_thread(casework.show_message, case_id, who.id)
    reasons = await asyncio.to_thread(casework.explain, case_id, who.id)
    return json(schemas.Message.model_validate({"text": text, "reasons": reasons}))


def step(name: str) -> Callable[[web.Request], Any]:
    """Return the handler of a step that needs nothing but the case: claim, release, dismiss …"""

    async def take(request: web.Request) -> web.Response:
        await read_json(request, Nothing, SMALL)
        method = getattr(services(request).casework, name)
        view = await asyncio.to_thread(method, case_number(request), person(request).id)
        return json(schemas.Case.of(view, _reasons(request, view)))

    take.__doc__ = f"Take the step {name!r} on a case."
    return take


async def suggest(request: web.Request) -> web.Response:
    """Return suggestions for a case that one has claimed."""
    asked = await read_json(request, schemas.SuggestionsRequest, SMALL)
    advice = await asyncio.to_thread(
        services(request).casework.suggest,
        case_number(request), person(request).id, asked.wish.wish() if asked.wish else Wish(),
        others=bool(asked.others), member=bool(asked.member), situations=asked.situations or (),
        kind=asked.kind or "",
    )  # fmt: skip
    return json(Advice.model_validate(advice))


async def choose(request: web.Request) -> web.Response:
    """Make a suggestion of the newest round the draft."""
    asked = await read_json(request, schemas.ChooseRequest, SMALL)
    casework = services(request).casework
    draft = await asyncio.to_thread(casework.choose, case_number(request), person(request).id, asked.number)
    return json(schemas.Draft.model_validate(draft))


async def edit(request: web.Request) -> web.Response:
    """Make a text the draft."""
    asked = await read_json(request, schemas.DraftRequest, SMALL)
    casework = services(request).casework
    draft = await asyncio.to_thread(casework.edit, case_number(request), person(request).id, asked.text)
    return json(schemas.Draft.model_validate(draft))


async def post(request: web.Request) -> web.Response:
    """Post the draft's version that the person confirms."""
    asked = await read_json(request, schemas.PostRequest, SMALL)
    casework = services(request).casework
    reply = await asyncio.to_thread(
        casework.confirm_post, case_number(request), person(request).id, asked.version
    )
    return json(schemas.Reply.model_validate(reply))
