"""Rasa's own connectors for Slack, Mattermost and Rocket.Chat, made fit for group rooms.

Rasa's classes treat every message as said to the bot, most of them believe any request, and a text that begins
with ``/`` can order Rasa about. Here a message is told apart by its room, a request must prove where it comes
from, and texts are made harmless. In the credentials, ``desk_rooms`` lists the rooms where volunteers work.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.channels.mattermost import MattermostInput
from rasa.core.channels.rocketchat import RocketChatInput
from rasa.core.channels.slack import SlackInput
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from courage.commands.core.sanitize import neutralise

Heard = Callable[[UserMessage], Awaitable[Any]]
_MIN_SECRET = 16


class RoomAware(InputChannel):
    """What the connectors below share; mixed in before Rasa's class."""

    desk_rooms: frozenset[str] = frozenset()
    secret: str = ""
    secret_name: str = ""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Return the connector.

        :raises RasaException: if the credentials lack the secret that requests are proved with.
        """
        channel: Any = super().from_credentials(credentials)
        given = credentials or {}
        channel.desk_rooms = frozenset(str(room) for room in given.get("desk_rooms") or ())
        channel.secret = str(given.get(cls.secret_name) or "")
        if len(channel.secret) < _MIN_SECRET:
            raise RasaException(
                f"the {cls.name()} connector does not start without {cls.secret_name} "
                f"({_MIN_SECRET} characters or more) in credentials.yml: anybody could speak through it"
            )
        return channel  # type: ignore[no-any-return]

    def blueprint(self, on_new_message: Heard) -> Blueprint:
        """Return Rasa's routes with the checks before them."""

        async def heard(message: UserMessage) -> None:
            message.text = neutralise(message.text or "")
            if message.text:
                await on_new_message(message)

        routes = super().blueprint(heard)

        @routes.middleware("request")
        async def prove(request: Request) -> HTTPResponse | None:
            if request.method == "POST" and not self.proved(request):
                return response.json({"error": "the request does not prove where it comes from"}, status=403)
            return None

        return routes

    def proved(self, request: Request) -> bool:
        """Say whether a request carries the secret."""
        return same(self.claimed(request), self.secret)

    def claimed(self, request: Request) -> str:
        """Return what a request gives as the secret."""
        raise NotImplementedError

    def place(self, request: Request) -> dict[str, Any]:
        """Return room, author and message id of a request, and whether the room is a ``direct`` one."""
        raise NotImplementedError

    def get_metadata(self, request: Request) -> dict[str, Any]:
        """Return where a message was said, in the same words as our own connector."""
        base = super().get_metadata(request) or {}
        found = self.place(request)
        direct = found.pop("direct")
        kind = "desk" if found["room_id"] in self.desk_rooms else "direct" if direct else "group"
        found = {name: value for name, value in found.items() if value is not None}
        return {
            **base,
            **found,
            "channel": self.name(),
            "room_kind": kind,
            "organisation_id": 1,
        }


def same(given: str, expected: str) -> bool:
    """Compare secrets in constant time."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _moment(seconds: Any) -> str | None:
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _body(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


class CourageSlack(RoomAware, SlackInput):
    """Slack; requests are signed with ``slack_signing_secret``, which Rasa's class checks itself."""

    secret_name = "slack_signing_secret"

    def proved(self, request: Request) -> bool:
        """Leave it to Rasa's class, which refuses what is not signed."""
        return True

    def place(self, request: Request) -> dict[str, Any]:
        """Read Slack's event, or the press of a button."""
        event = _body(request).get("event")
        if isinstance(event, dict):
            room = str(event.get("channel") or "unknown")
            stamp, thread = event.get("ts"), event.get("thread_ts")
            return {
                "room_id": room,
                "author": str(event.get("user") or "unknown"),
                "message_id": str(stamp) if stamp else None,
                "sent_at": _moment(stamp),
                "reply_to": str(thread) if thread and thread != stamp else None,
                "direct": event.get("channel_type") == "im" or room.startswith("D"),
            }
        try:
            payload = json.loads((request.form or {}).get("payload") or "{}")
        except ValueError:
            payload = {}
        room = str(payload.get("channel", {}).get("id") or "unknown")
        author = str(payload.get("user", {}).get("id") or "unknown")
        return {"room_id": room, "author": author, "direct": room.startswith("D")}

    def _is_supported_channel(self, slack_event: dict[str, Any], metadata: dict[str, Any]) -> bool:
        return True  # every room the bot was invited to is screened


class CourageMattermost(RoomAware, MattermostInput):
    """Mattermost; ``outgoing_token`` is the token of its outgoing webhook. Buttons are not proved, so not used."""

    secret_name = "outgoing_token"

    def claimed(self, request: Request) -> str:
        """Return the token that Mattermost sends along."""
        return str(_body(request).get("token") or "")

    def place(self, request: Request) -> dict[str, Any]:
        """Read Mattermost's outgoing webhook, which only works in open rooms."""
        given = _body(request)
        return {
            "room_id": str(given.get("channel_id") or "unknown"),
            "author": str(given.get("user_id") or "unknown"),
            "message_id": str(given.get("post_id") or "") or None,
            "direct": False,
        }


class CourageRocketChat(RoomAware, RocketChatInput):
    """Rocket.Chat; ``outgoing_token`` is the token of its outgoing integration."""

    secret_name = "outgoing_token"

    def claimed(self, request: Request) -> str:
        """Return the token that Rocket.Chat sends along."""
        return str(_body(request).get("token") or "")

    def place(self, request: Request) -> dict[str, Any]:
        """Read Rocket.Chat's outgoing integration."""
        given = _body(request)
        room = str(given.get("channel_id") or given.get("_id") or "unknown")
        return {
            "room_id": room,
            "author": str(given.get("user_id") or given.get("user_name") or "unknown"),
            "message_id": str(given.get("message_id") or "") or None,
            # Rooms of two have both people's ids as their own, and no name.
            "direct": not given.get("channel_name") and bool(given.get("channel_id")),
        }
