"""What Rasa asks of the engine over loopback: verdicts, members' messages, and the actions."""

from __future__ import annotations

import asyncio
import hmac
import logging
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from courage.cases.intake import InboundMessage, Intake
from courage.cases.ports import Screen
from courage.db.engine import DEFAULT_ORGANISATION
from courage.errors import CourageError
from courage.library.suggest.recommend import Recommender
from courage.web.api.answers import json as answer
from courage.web.reading import decode_json
from courage.web.schemas import internal as schemas
from courage.web.schemas.refusals import Model, checked
from courage.web.schemas.screening import ScreenedAdvice, Verdict

log = logging.getLogger(__name__)


async def _read(request: web.Request, model: type[Model]) -> Model:
    return checked(model, decode_json(await request.read()))


class Internal:
    """The engine's side of the contract with Rasa; every call but ``/health`` needs the shared secret."""

    def __init__(
        self,
        secret: str,
        screen: Screen,
        intake: Intake,
        recommender: Recommender,
        actions: list[Action],
        sensitivity: str,
    ) -> None:
        self._secret = secret.encode()
        self._recommender = recommender
        self._screen = screen
        self._intake = intake
        self._sensitivity = sensitivity
        self.failures = 0
        self.executor = ActionExecutor()
        for action in actions:
            self.executor.register_action(action)

    def application(self) -> web.Application:
        """Return the sub-application to be mounted under ``/internal``."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/screen", self.screen)
        app.router.add_post("/suggest", self.suggest)
        app.router.add_post("/messages", self.message)
        app.router.add_post("/webhook", self.webhook)
        app.router.add_get("/actions", self.actions)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, self._secret):
            return web.json_response({"error": "the shared secret is missing or wrong"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
            return response
        except CourageError as error:
            return web.json_response({"error": str(error)}, status=400)

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

    async def actions(self, _: web.Request) -> web.Response:
        """List the registered actions, as rasa-sdk's own server does."""
        return answer([schemas.ActionName(name=name) for name in sorted(self.executor.actions)])

    async def webhook(self, request: web.Request) -> web.Response:
        """Run an action for Rasa; status codes and bodies as rasa-sdk's own server gives them."""
        call = await request.json()
        name = call.get("next_action", "")
        try:
            result = await self.executor.run(call)
        except ActionExecutionRejection as error:
            return web.json_response({"error": str(error), "action_name": error.action_name}, status=400)
        except ActionNotFoundException as error:
            return web.json_response({"error": str(error), "action_name": error.action_name}, status=404)
        except (
            Exception
        ) as error:  # Rasa's REST channel would answer with silence: count it where /health shows it
            self.failures += 1
            log.error("action %s failed: %s", name, type(error).__name__)
            return web.json_response({"error": "the action failed", "action_name": name}, status=500)
        if result is None:
            return web.json_response({"events": [], "responses": []})
        return web.json_response(result.model_dump())
