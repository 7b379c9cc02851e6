"""``/api/screen``, ``/api/suggest``, and who one is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from courage.detection.verdict import Verdict
from courage.library.suggest.recommend import Wish
from courage.people.errors import PersonError
from courage.taxonomy import LANGUAGES, SENSITIVITIES, STRATEGIES, TONES, VOICES
from courage.web.api.answers import advice_json, json
from courage.web.errors import LoginNeeded
from courage.web.keys import person, services, visitor
from courage.web.pages.login import check
from courage.web.reading import read_json
from courage.web.schema import Field

LOGIN = (
    Field("name", required=True, max_length=200),
    Field("password", required=True, max_length=2000),
)
SCREEN = (
    Field("text", required=True, about="the message; up to 100,000 characters"),
    Field(
        "sensitivity", choices=SENSITIVITIES, about="how readily to flag; the desk's own setting if left out"
    ),
)
WISH = (
    Field("strategies", "strings", choices=STRATEGIES),
    Field("tone", choices=TONES, nullable=True),
    Field("voice", choices=VOICES, nullable=True),
    Field("languages", "strings", choices=LANGUAGES),
    Field("shorter", "boolean"),
    Field("exclude", "strings", max_length=120, about="ids of responses not to suggest"),
)
SUGGEST = (*SCREEN, Field("wish", "object", fields=WISH), Field("limit", "integer", low=1, high=10))


def wish_of(data: Mapping[str, Any] | None) -> Wish:
    """Return the wish that a JSON object describes."""
    data = data or {}
    return Wish(
        strategies=tuple(data.get("strategies") or ()),
        tone=data.get("tone"),
        voice=data.get("voice"),
        languages=tuple(data.get("languages") or ()),
        shorter=bool(data.get("shorter")),
        exclude=frozenset(data.get("exclude") or ()),
    )


async def open_session(request: web.Request) -> web.Response:
    """Exchange name and password for a bearer token."""
    data = await read_json(request, LOGIN, 10_000)
    try:
        login = await check(request, data["name"].strip(), data["password"])
    except PersonError as error:
        raise LoginNeeded(str(error)) from None
    return json({"token": login.token, "expires_at": login.expires_at, "person": login.person})


async def me(request: web.Request) -> web.Response:
    """Say who is logged in, and with which CSRF token a session writes."""
    return json({"person": person(request), "csrf": visitor(request).csrf})


async def screen(request: web.Request) -> web.Response:
    """Return the verdict on a text; nothing is stored."""
    desk = services(request)
    data = await read_json(request, SCREEN, desk.max_body)
    return json((await _verdict(request, data)).to_json())


async def _verdict(request: web.Request, data: Mapping[str, Any]) -> Verdict:
    desk = services(request)
    verdict = await desk.screen(data["text"], data.get("sensitivity") or desk.sensitivity)
    return await desk.learnt.apply(verdict, person(request).organisation_id)


async def suggest(request: web.Request) -> web.Response:
    """Return the verdict on a text and suggestions for it; nothing is stored."""
    desk = services(request)
    data = await read_json(request, SUGGEST, desk.max_body)
    verdict = await _verdict(request, data)
    advice = await asyncio.to_thread(
        desk.recommender.suggest,
        data["text"], verdict, organisation_id=person(request).organisation_id,
        wish=wish_of(data.get("wish")), limit=data.get("limit") or 3,
    )  # fmt: skip
    return json(advice_json(advice, verdict))
