"""What Rasa asks of the engine over loopback: verdicts and members' messages; further routes are handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from courage.cases.intake import InboundMessage, Intake
from courage.cases.ports import Recommending, Screen
from courage.db.engine import DEFAULT_ORGANISATION
from courage.web.api.answers import json as answer
from courage.web.guard import guard
from courage.web.reading import decode_json
from courage.web.schemas import internal as schemas
from courage.web.schemas.refusals import Model, checked
from courage.web.schemas.screening import ScreenedAdvice, Verdict


async def _read(request: web.Request, model: type[Model]) -> Model:
    return checked(model, decode_json(await request.read()))


class Internal:
    """The engine's side of the contract with Rasa; every call but ``/health`` needs the shared secret."""

    def __init__(
        self,
        secret: str,
        screen: Screen,
        intake: Intake,
        recommender: Recommending,
        sensitivity: str,
        routes: Iterable[web.RouteDef] = (),
    ) -> None:
        self._guard = guard(secret)
        self._recommender = recommender
        self._screen = screen
        self._intake = intake
        self._sensitivity = sensitivity
        self._routes = tuple(routes)

    def application(self) -> web.Application:
        """Return the sub-application to be mounted under ``/internal``."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/screen", self.screen)
        app.router.add_post("/suggest", self.suggest)
        app.router.add_post("/messages", self.message)
        app.router.add_routes(self._routes)
        return app

    async def screen(self, request: web.Request) -> web.Response:
        """Answer with the verdict on a text."""
        asked = await _read(request, schemas.ScreenMessage)
        verdict = await self._screen(asked.text, asked.sensitivity or self._sensitivity)
        return answer(Verdict.model_validate(verdict))

    async def suggest(self, request: web.Request) -> web.Response:
        """Answer with the verdict on a text and suggestions, as ``courage suggest --json`` does."""
        asked = await _read(request, schemas.SuggestForMessage)
        verdict = await self._screen(asked.text, self._sensitivity)
        advice = await asyncio.to_thread(
            self._recommender.suggest, asked.text, verdict, organisation_id=DEFAULT_ORGANISATION
        )
        return answer(ScreenedAdvice.of(verdict, advice))

    async def message(self, request: web.Request) -> web.Response:
        """Take in a member's message that reached Rasa through one of its own connectors."""
        asked = await _read(request, schemas.MemberMessage)
        message = InboundMessage(
            organisation_id=asked.organisation_id,
            channel=asked.channel,
            room_id=asked.room_id,
            message_id=asked.message_id,
            author=asked.author,
            text=asked.text,
            sent_at=asked.sent(datetime.now(UTC)),
            reply_to=asked.reply_to,
            edited=bool(asked.edited),
        )
        return answer(schemas.Receipt.model_validate(await self._intake.receive(message)))
