"""What Rasa asks of the engine over loopback: verdicts and members' messages; further routes are handed in."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from courage.cases.intake import InboundMessage, Intake
from courage.cases.ports import Screen
from courage.db.engine import DEFAULT_ORGANISATION
from courage.errors import CourageError
from courage.library.suggest.recommend import Recommender
from courage.taxonomy import SENSITIVITIES
from courage.web.answers import advice_json

MESSAGE_FIELDS = {
    "organisation_id",
    "channel",
    "room_id",
    "message_id",
    "author",
    "text",
    "sent_at",
    "reply_to",
    "edited",
}


def _refuse(reason: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": reason}), content_type="application/json")


async def _body(request: web.Request, allowed: set[str], needed: set[str]) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise _refuse("the body is not JSON") from None
    if not isinstance(body, dict):
        raise _refuse("the body must be a JSON object")
    if strange := sorted(set(body) - allowed):
        raise _refuse(f"unknown field {strange[0][:40]!r}; allowed are {', '.join(sorted(allowed))}")
    if missing := sorted(needed - set(body)):
        raise _refuse(f"field {missing[0]!r} is missing")
    return body


class Internal:
    """The engine's side of the contract with Rasa; every call but ``/health`` needs the shared secret."""

    def __init__(
        self,
        secret: str,
        screen: Screen,
        intake: Intake,
        recommender: Recommender,
        sensitivity: str,
        routes: Iterable[web.RouteDef] = (),
    ) -> None:
        self._secret = secret.encode()
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

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, self._secret):
            return web.json_response({"error": "the shared secret is missing or wrong"}, status=401)
        try:
            answer: web.StreamResponse = await handler(request)
            return answer
        except CourageError as error:
            return web.json_response({"error": str(error)}, status=400)

    async def screen(self, request: web.Request) -> web.Response:
        """Answer with the verdict of ``{"text", "sensitivity"?}``."""
        body = await _body(request, {"text", "sensitivity"}, {"text"})
        sensitivity = body.get("sensitivity", self._sensitivity)
        if not isinstance(body["text"], str) or sensitivity not in SENSITIVITIES:
            raise _refuse(f"text must be a string, sensitivity one of {', '.join(SENSITIVITIES)}")
        verdict = await self._screen(body["text"], sensitivity)
        return web.json_response(verdict.to_json())

    async def suggest(self, request: web.Request) -> web.Response:
        """Answer ``{"text"}`` with verdict and suggestions, as ``courage suggest --json`` does."""
        body = await _body(request, {"text"}, {"text"})
        if not isinstance(body["text"], str):
            raise _refuse("text must be a string")
        verdict = await self._screen(body["text"], self._sensitivity)
        advice = await asyncio.to_thread(
            self._recommender.suggest, body["text"], verdict, organisation_id=DEFAULT_ORGANISATION
        )
        return web.json_response(advice_json(verdict, advice))

    async def message(self, request: web.Request) -> web.Response:
        """Take in a member's message that reached Rasa through one of its own connectors."""
        body = await _body(request, MESSAGE_FIELDS, MESSAGE_FIELDS - {"reply_to", "edited", "sent_at"})
        try:
            sent = datetime.fromisoformat(body.get("sent_at") or datetime.now(UTC).isoformat())
            message = InboundMessage(**{**body, "sent_at": sent, "edited": bool(body.get("edited", False))})
        except (TypeError, ValueError):
            raise _refuse("sent_at must be an ISO 8601 time with time zone") from None
        receipt = await self._intake.receive(message)
        verdict = receipt.verdict.to_json() if receipt.verdict else None
        return web.json_response({"verdict": verdict, "case_id": receipt.case_id, "created": receipt.created})
