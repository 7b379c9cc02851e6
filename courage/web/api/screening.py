"""``/api/screen``, ``/api/suggest``, and who one is."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.detection.verdict import Verdict
from courage.library.suggest.advice import Wish
from courage.library.suggest.conditions import Conditions
from courage.people.errors import PersonError
from courage.web.api.answers import json
from courage.web.errors import LoginNeeded
from courage.web.keys import person, services, visitor
from courage.web.pages.login import check
from courage.web.reading import read_json
from courage.web.schemas import people as people_schemas
from courage.web.schemas import screening as schemas


async def open_session(request: web.Request) -> web.Response:
    """Exchange name and password for a bearer token."""
    asked = await read_json(request, people_schemas.LoginRequest, 10_000)
    try:
        login = await check(request, asked.name.strip(), asked.password, asked.code)
    except PersonError as error:
        raise LoginNeeded(str(error)) from None
    return json(people_schemas.Session.model_validate(login))


async def me(request: web.Request) -> web.Response:
    """Say who is logged in, and with which CSRF token a session writes."""
    return json(people_schemas.Me.model_validate(visitor(request)))


async def screen(request: web.Request) -> web.Response:
    """Return the verdict on a text; nothing is stored."""
    asked = await read_json(request, schemas.ScreenRequest, services(request).max_body)
    return json(schemas.Verdict.model_validate(await _verdict(request, asked)))


async def _verdict(request: web.Request, asked: schemas.ScreenRequest) -> Verdict:
    desk = services(request)
    verdict = await desk.screen(asked.text, asked.sensitivity or desk.sensitivity)
    return await desk.learnt.apply(verdict, person(request).organisation_id)


async def suggest(request: web.Request) -> web.Response:
    """Return the verdict on a text and suggestions for it; nothing is stored."""
    desk = services(request)
    asked = await read_json(request, schemas.SuggestRequest, desk.max_body)
    verdict = await _verdict(request, asked)
    advice = await asyncio.to_thread(
        desk.recommender.suggest,
        asked.text, verdict, organisation_id=person(request).organisation_id,
        wish=asked.wish.wish() if asked.wish else Wish(), limit=asked.limit or 3,
        conditions=Conditions(person(request).role),
    )  # fmt: skip
    return json(schemas.ScreenedAdvice.of(verdict, advice))
