"""A thin, strict layer over Rocket.Chat's REST API: errors become ours, nothing is retried behind our back.

Written on aiohttp, which the engine has anyway: of the libraries for Python, rocketchat-API is kept up but waits in the
calling thread and knows no realtime API, and rocketchat-async is bound to an old websockets.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.rocketchat.settings import RocketChatSettings

Json = dict[str, Any]
#: What Rocket.Chat allows in one message unless its operator says otherwise.
LONGEST_MESSAGE: Final = 5000
_NOT_ALLOWED: Final = "error-not-allowed"
_WAIT: Final = re.compile(r"must wait (\d+) seconds")


class LoginRefused(ChannelRefused):
    """Rocket.Chat does not accept the token."""


class Refused(ChannelRefused):
    """Rocket.Chat will not do it; ``code`` is its name of the error, or its text where it has none."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class RocketChatApi:
    """The calls that the gateway makes.

    All methods raise ``ChannelError`` when another try may help and ``ChannelRefused`` when it will not.
    """

    def __init__(self, settings: RocketChatSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._ahead = 0.0

    def session(self) -> aiohttp.ClientSession:
        """Return the HTTP session, opened at first use."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"X-Auth-Token": self._settings.token, "X-User-Id": self._settings.user_id},
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def now(self) -> int:
        """Return the time by the server's clock in milliseconds, down to the second that it was last told in."""
        return int((time.time() + self._ahead) * 1000)

    async def me(self) -> Json:
        """Return our own account: ``_id``, ``username``, ``roles``.

        :raises LoginRefused: if the token is not accepted.
        """
        return await self._call("GET", "me", "checking the login")

    async def longest_message(self) -> int:
        """Return how many characters a message may have on this server."""
        try:
            answer = await self._call(
                "GET", "settings.public", "reading the limits", params={"_id": "Message_MaxAllowedSize"}
            )
        except Refused:
            return LONGEST_MESSAGE
        for setting in answer.get("settings") or []:
            value = setting.get("value") if isinstance(setting, dict) else None
            if setting.get("_id") == "Message_MaxAllowedSize" and isinstance(value, int) and value >= 100:
                return value
        return LONGEST_MESSAGE

    async def subscriptions(self) -> list[Json]:
        """Return the rooms that we are a member of: ``rid``, ``name``, ``fname``, ``t``."""
        answer = await self._call("GET", "subscriptions.get", "reading the rooms")
        return [item for item in answer.get("update") or [] if isinstance(item, dict)]

    async def message(self, message_id: str) -> Json | None:
        """Return a message, or ``None`` where it was removed.

        :raises Refused: if we may not see what is in its room.
        """
        try:
            answer = await self._call(
                "GET", "chat.getMessage", "looking up a message", params={"msgId": message_id}
            )
        except Refused as error:
            if error.code == _NOT_ALLOWED:
                raise
            return None
        found = answer.get("message")
        return None if not isinstance(found, dict) or found.get("t") == "rm" else found

    async def history(
        self, room_id: str, *, private: bool, latest: int, most: int, oldest: int | None = None
    ) -> list[Json]:
        """Return the newest messages of a room between two times in milliseconds, both included, at most ``most``."""
        params = {"roomId": room_id, "latest": _iso(latest), "inclusive": "true", "count": str(most)}
        if oldest is not None:
            params["oldest"] = _iso(oldest)
        path = "groups.history" if private else "channels.history"
        answer = await self._call("GET", path, "looking around a message", params=params)
        return [item for item in answer.get("messages") or [] if isinstance(item, dict)]

    async def thread(self, message_id: str, most: int) -> list[Json]:
        """Return the answers in the thread of a message, at most ``most``."""
        params = {"tmid": message_id, "count": str(most)}
        answer = await self._call("GET", "chat.getThreadMessages", "looking around a message", params=params)
        return [item for item in answer.get("messages") or [] if isinstance(item, dict)]

    async def changes(self, room_id: str, since: int) -> tuple[list[Json], list[str]]:
        """Return what was written or changed in a room after a time in milliseconds, and the ids of what was removed."""
        params = {"roomId": room_id, "lastUpdate": _iso(since)}
        answer = await self._call("GET", "chat.syncMessages", "reading what was missed", params=params)
        result = answer.get("result")
        found: Json = result if isinstance(result, dict) else {}
        updated = [item for item in found.get("updated") or [] if isinstance(item, dict)]
        deleted = [str(item.get("_id")) for item in found.get("deleted") or [] if isinstance(item, dict)]
        return updated, deleted

    async def send(self, message: Json) -> bool:
        """Send a message under an ``_id`` of ours; return whether Rocket.Chat took it as a new one.

        There is never a second message of one id. What Rocket.Chat answers to a second sending is not documented (an
        error or an empty answer), so every refusal is followed by a look.
        """
        try:
            answer = await self._call("POST", "chat.sendMessage", "posting", body={"message": message})
        except Refused:
            if await self.message(str(message["_id"])) is None:
                raise
            return False
        if isinstance(answer.get("message"), dict):
            return True
        if await self.message(str(message["_id"])) is None:
            raise Refused("Rocket.Chat did not take the message and gives no reason", "")
        return False

    async def change(self, room_id: str, message_id: str, text: str) -> None:
        """Give one of our messages another text."""
        body = {"roomId": room_id, "msgId": message_id, "text": text}
        await self._call("POST", "chat.update", "changing a card", body=body)

    async def direct(self, username: str) -> str:
        """Return the id of the direct room with a person."""
        answer = await self._call("POST", "im.create", "opening a direct room", body={"username": username})
        room = answer.get("room")
        found = (room.get("_id") or room.get("rid")) if isinstance(room, dict) else None
        if not isinstance(found, str):
            raise ChannelError("Rocket.Chat answered something unreadable while opening a direct room")
        return found

    async def _call(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        body: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> Json:
        url = f"{self._settings.base}/api/v1/{path}"
        try:
            async with self.session().request(method, url, json=body, params=params) as response:
                raw = await response.read()
                status, headers = response.status, response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ChannelError(
                f"Rocket.Chat cannot be reached while {doing} ({type(error).__name__})"
            ) from None
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        said = answer if isinstance(answer, dict) else {}
        reason = str(said.get("error") or said.get("message") or "no reason given")
        code = str(said.get("errorType") or reason)
        if status == 429 or "too-many-requests" in f"{code} {reason}":
            raise ChannelError(
                f"Rocket.Chat asks to slow down while {doing} (the role “bot” has no such limits)",
                retry_after=_retry_after(headers, reason),
            )
        if status == 401:
            raise LoginRefused("Rocket.Chat does not accept the bot's user id and token")
        if status >= 500:
            raise ChannelError(f"Rocket.Chat is in trouble while {doing} (status {status})")
        if not said:
            # A proxy, or a server that is none of Rocket.Chat's: nothing was decided about what was asked.
            raise ChannelError(f"there is no Rocket.Chat at this address (status {status} while {doing})")
        if status >= 300 or said.get("success") is False:
            raise Refused(f"Rocket.Chat refused {doing}: {reason}", code)
        self._set_clock(headers)
        return said

    def _set_clock(self, headers: Mapping[str, str]) -> None:
        try:
            self._ahead = parsedate_to_datetime(headers["Date"]).timestamp() - time.time()
        except (KeyError, ValueError, TypeError):
            self._ahead = 0.0


def _iso(milliseconds: int) -> str:
    at = datetime.fromtimestamp(max(0, milliseconds) / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _retry_after(headers: Mapping[str, str], reason: str) -> float:
    try:
        wait = float(headers["X-RateLimit-Reset"]) / 1000 - time.time()  # a time, in milliseconds
        return max(0.1, min(wait, 3600.0))
    except (KeyError, ValueError):
        found = _WAIT.search(reason)
        return float(found[1]) if found else 5.0
