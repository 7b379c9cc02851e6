"""The connector that the engine's gateways talk to: ``POST /webhooks/courage/webhook`` with a shared secret."""

from __future__ import annotations

import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.remote_actions import compile_schema_once
from bot.sockets import actions_over_socket
from bot.vectors import CONDITION
from courage.commands.core.sanitize import neutralise

log = logging.getLogger(__name__)

MAX_TEXT = 10_000  # characters
MAX_BODY = 65_536  # bytes
_MAX_SENDER = 200
_FIELDS = frozenset({"sender", "message", "metadata"})
_METADATA: dict[str, tuple[type, ...]] = {
    "organisation_id": (int,),
    "channel": (str,),
    "room_id": (str,),
    "room_kind": (str,),
    "person_id": (int, type(None)),
    "display_name": (str, type(None)),
    "language": (str,),
    "message_id": (str,),
    "author": (str,),
    "addressed": (bool,),
    "screened": (bool,),
}
_KINDS = ("desk", "direct", "group")
_APOLOGY = "Sorry, that did not work just now. Nothing was posted. The desk page works meanwhile."


class BadRequest(Exception):
    """A request that cannot be used; the message says why and what is allowed."""


def read(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Return sender, text (made harmless, perhaps nothing left) and metadata of a request.

    :raises BadRequest: naming what is wrong.
    """
    if len(body) > MAX_BODY:
        raise BadRequest(f"the request has {len(body)} bytes; at most {MAX_BODY} are allowed")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the request is not valid JSON") from None
    if not isinstance(given, dict):
        raise BadRequest("the request must be a JSON object")
    for name in sorted(set(given) - _FIELDS):
        raise BadRequest(f"unknown field {name[:40]!r}; allowed are {', '.join(sorted(_FIELDS))}")
    sender, text, metadata = given.get("sender"), given.get("message"), given.get("metadata", {})
    if not isinstance(sender, str) or not 1 <= len(sender) <= _MAX_SENDER:
        raise BadRequest(f"sender must be a text of 1 to {_MAX_SENDER} characters")
    if not isinstance(text, str):
        raise BadRequest("message must be a text")
    if len(text) > MAX_TEXT:
        raise BadRequest(f"message has {len(text)} characters; at most {MAX_TEXT} are allowed")
    text = neutralise(text.encode("utf-8", "replace").decode())
    return sender, text, _checked(metadata)


def _checked(metadata: Any) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        raise BadRequest("metadata must be an object")
    for name, value in sorted(metadata.items()):
        types = _METADATA.get(name)
        if types is None:
            raise BadRequest(f"unknown metadata {name[:40]!r}; allowed are {', '.join(_METADATA)}")
        # JSON's true is an int in Python.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = " or ".join("null" if t is type(None) else t.__name__ for t in types)
            raise BadRequest(f"metadata {name} must be {wanted}")
    if "room_kind" in metadata and metadata["room_kind"] not in _KINDS:
        raise BadRequest(f"metadata room_kind must be one of {', '.join(_KINDS)}")
    return metadata


class CourageInput(InputChannel):
    """Takes messages from the engine only, and gives back all answers in one response."""

    @classmethod
    def name(cls) -> str:
        """Return the name, which is also part of the address."""
        return "courage"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> CourageInput:
        """Return the connector for a ``secret`` in the credentials, or else ``COURAGE_INTERNAL_SECRET``."""
        given = (credentials or {}).get("secret") or os.environ.get("COURAGE_INTERNAL_SECRET")
        return cls(str(given or ""))

    def __init__(self, secret: str) -> None:
        if len(secret) < 16:
            raise RasaException(
                "the courage connector does not start without a secret; set COURAGE_INTERNAL_SECRET "
                "to 16 characters or more"
            )
        self._expected = f"Bearer {secret}".encode()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes: ``GET /`` is for health and open, ``POST /webhook`` wants the secret."""
        compile_schema_once()
        actions_over_socket()
        routes = Blueprint("courage_webhook")

        @routes.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok", "sentences": CONDITION.state})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return response.json({"error": "the secret is missing or wrong"}, status=401)
            try:
                sender, text, metadata = read(request.body)
            except BadRequest as error:
                return response.json({"error": str(error)}, status=400)
            if not text:
                return response.json([])
            out = CollectingOutputChannel()
            message = UserMessage(
                text,
                out,
                sender,
                input_channel=self.name(),
                message_id=metadata.get("message_id"),
                metadata=metadata,
            )
            try:
                await on_new_message(message)
            except Exception as error:
                # The exception's own words may hold the message, so only its kind is logged.
                log.error("a message could not be handled: %s", type(error).__name__)
                return response.json([{"text": _APOLOGY, "buttons": []}])
            return response.json(answers(out.messages, expected=_expects_answer(metadata)))

        return routes

    def _allowed(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._expected)


def _expects_answer(metadata: dict[str, Any]) -> bool:
    return metadata.get("room_kind") != "group" and metadata.get("addressed") is not False


def answers(messages: list[dict[str, Any]], expected: bool) -> list[dict[str, Any]]:
    """Return the answers in the shape that gateways expect.

    Rasa swallows errors of actions and then says nothing at all; where an answer is ``expected``, people are
    told that something went wrong.
    """
    said = [
        {
            "text": str(message.get("text") or ""),
            "buttons": [
                {"title": str(button.get("title", "")), "payload": str(button.get("payload", ""))}
                for button in message.get("buttons") or []
            ],
        }
        for message in messages
        if message.get("text") or message.get("buttons")
    ]
    if not said and expected:
        log.error("no action answered; see the engine's log")
        return [{"text": _APOLOGY, "buttons": []}]
    return said
