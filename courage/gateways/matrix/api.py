"""A thin, strict layer over matrix-nio: errors become ours, nothing is retried behind our back."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import aiohttp
from nio import (
    Api,
    AsyncClientConfig,
    ErrorResponse,
    Event,
    LoginResponse,
    MessageDirection,
    RoomGetEventResponse,
    RoomMessagesResponse,
    RoomSendResponse,
    SyncResponse,
    WhoamiResponse,
)
from nio.crypto import ENCRYPTION_ENABLED

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.matrix.client import Client, source_of
from courage.gateways.matrix.encryption import WAIT, Encryption
from courage.gateways.matrix.keys import KeysMissing, KeysUnusable
from courage.gateways.matrix.settings import MatrixSettings

# What no second try will mend; anything else may be a hiccup.
_FINAL = frozenset(
    {
        "M_FORBIDDEN",
        "M_TOO_LARGE",
        "M_BAD_JSON",
        "M_NOT_JSON",
        "M_INVALID_PARAM",
        "M_BAD_STATE",
    }
)
_NO_LOGIN = frozenset({"M_UNKNOWN_TOKEN", "M_FORBIDDEN", "M_USER_DEACTIVATED"})
LOGGED_OUT = "the homeserver does not know our login any more"


class LoginRefused(ChannelRefused):
    """The homeserver does not accept user, password or token."""


class NotThere(ChannelRefused):
    """The homeserver has no such thing."""


def _store() -> dict[str, Any]:
    """Return where nio keeps keys: trust beside them in one database, not in files of their own."""
    if not ENCRYPTION_ENABLED:
        return {"encryption_enabled": False}
    from nio.store import SqliteStore

    return {"store": SqliteStore}


def _raise(response: object, doing: str) -> None:
    if not isinstance(response, ErrorResponse):
        raise ChannelError(f"the homeserver answered something unreadable while {doing}")
    code = response.status_code or "unknown error"
    if code == "M_LIMIT_EXCEEDED":
        wait = (response.retry_after_ms or 1000) / 1000
        raise ChannelError(f"the homeserver asks to slow down while {doing}", retry_after=wait)
    if code == "M_UNKNOWN_TOKEN":
        raise ChannelError(LOGGED_OUT)
    if code == "M_NOT_FOUND":
        raise NotThere(f"the homeserver refused {doing}: {code}")
    if code in _FINAL:
        raise ChannelRefused(f"the homeserver refused {doing}: {code}")
    raise ChannelError(f"{doing} failed: {code}")


def _listed(answer: dict[str, Any], name: str) -> list[Any]:
    found = answer.get(name)
    return found if isinstance(found, list) else []


class MatrixApi:
    """The calls that the gateway makes.

    All methods raise ``ChannelError`` when another try may help and ``ChannelRefused`` when it will not.
    """

    def __init__(self, settings: MatrixSettings) -> None:
        self._settings = settings
        # Waiting is ours to do: nio would otherwise sleep and retry without an end.
        config = AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, request_timeout=30, **_store())
        self.client = Client(settings.homeserver, settings.user_id, settings.device_id, config=config)
        self.encryption: Encryption | None = None
        #: why there is no ``encryption``; needs a person
        self.keys_trouble = "no folder for keys is set"

    @property
    def user_id(self) -> str:
        """Our own full Matrix id."""
        return str(self.client.user_id)

    async def login(self, token: str | None = None) -> str:
        """Log in as :meth:`_login` does, and open the keys of the device that it turns out to be; returns the token."""
        token = await self._login(token)
        await self._open_keys()
        return token

    async def _open_keys(self) -> None:
        if not self._settings.keys:
            return
        try:
            self.encryption = Encryption(self.client, self._settings, self._post)
            body = {"device_keys": {self.user_id: [self.client.device_id]}}
            path = "/_matrix/client/v3/keys/query"
            await self.encryption.check_device(await self._raw("POST", path, body, "comparing keys"))
        except KeysUnusable as error:
            self._close_keys()
            self.keys_trouble = str(error)

    def _close_keys(self) -> None:
        if self.encryption is not None:
            self.encryption.close()
            self.encryption = None

    async def _login(self, token: str | None) -> str:
        """Log in by the settings' token or one from an earlier login, else by password; returns the token.

        :raises LoginRefused: if the homeserver does not accept it.
        """
        s = self._settings
        if token := s.access_token or token:
            self.client.restore_login(s.user_id, s.device_id, token)
            who = await self._call(self.client.whoami(), "checking the login")
            if not isinstance(who, WhoamiResponse):
                if (
                    s.access_token
                    and isinstance(who, ErrorResponse)
                    and who.status_code in ("M_UNKNOWN_TOKEN", "M_FORBIDDEN")
                ):
                    raise LoginRefused("the homeserver does not accept the access token")
                _raise(who, "checking the login")
            assert isinstance(who, WhoamiResponse)
            self.client.user_id = who.user_id
            # Transaction ids count for a device: the token decides which one it is.
            self.client.device_id = who.device_id or s.device_id
            return token
        # The same device again, or transaction ids from before a crash would not count.
        self.client.user, self.client.device_id = s.user_id, s.device_id
        answer = await self._call(self.client.login(s.password or "", "Courage"), "logging in")
        if not isinstance(answer, LoginResponse):
            if isinstance(answer, ErrorResponse) and answer.status_code in (
                "M_FORBIDDEN",
                "M_USER_DEACTIVATED",
            ):
                raise LoginRefused("the homeserver does not accept user and password")
            _raise(answer, "logging in")
        assert isinstance(answer, LoginResponse)
        return str(answer.access_token)

    async def close(self) -> None:
        """Close the connections and the keys."""
        self._close_keys()
        await self.client.close()

    async def reachable(self, seconds: float) -> bool:
        """Return whether the homeserver answers within some seconds."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self.client.send("GET", "/_matrix/client/versions")
        except (TimeoutError, aiohttp.ClientError, OSError):
            return False
        answer.release()
        return bool(answer.status < 500)

    async def sync(
        self, since: str | None, timeout_ms: int, *, full_state: bool, sync_filter: dict[str, Any] | None
    ) -> SyncResponse:
        """Return what happened since a position; waits up to ``timeout_ms`` for something to happen."""
        # nio would fall back on the position it saw last; we alone say from where.
        self.client.next_batch = ""
        self.client.loaded_sync_token = ""
        response = await self._call(
            self.client.sync(timeout_ms, sync_filter, since or "", full_state or None), "reading"
        )
        if not isinstance(response, SyncResponse):
            _raise(response, "reading")
        assert isinstance(response, SyncResponse)
        return response

    async def upkeep(self) -> None:
        """Bring keys up to date after news."""
        if self.encryption is not None:
            await self._call(self.encryption.upkeep(), "bringing keys up to date")

    async def encrypted(self, room_id: str) -> bool:
        """Return whether a room is encrypted; once it was, it is for ever.

        The homeserver is asked, because what has not been read yet may be just that.
        """
        client, room = self.client, self.client.rooms.get(room_id)
        if room_id in client.encrypted_rooms or (room is not None and room.encrypted):
            return True
        try:
            await self.state(room_id, "m.room.encryption")
        except NotThere:
            return False
        client.encrypted_rooms.add(room_id)
        if room is not None:
            room.encrypted = True
        if client.store is not None:
            client.store.save_encrypted_rooms({room_id})
        return True

    async def send(self, room_id: str, content: dict[str, Any], txn: str) -> str:
        """Send a message, encrypted where the room is; the same transaction id sends once. Returns the event id.

        :raises ChannelError: if keys are missing for a room that is encrypted; nothing goes there in plain text.
        """
        kind = "m.room.message"
        if await self.encrypted(room_id):
            if self.encryption is None:
                raise KeysMissing(
                    f"the room is encrypted and there are no keys: {self.keys_trouble}", retry_after=WAIT
                )
            kind, content = await self._call(
                self.encryption.seal(room_id, kind, content), "encrypting a message"
            )
        method, path, data = Api.room_send(self.client.access_token, room_id, kind, content, txn)
        sending = self.client._send(RoomSendResponse, method, path, data, (room_id,))
        response = await self._call(sending, "writing in the room")
        if not isinstance(response, RoomSendResponse):
            _raise(response, "writing in the room")
        return str(response.event_id)

    async def event(self, room_id: str, event_id: str) -> dict[str, Any]:
        """Return an event as the server keeps it."""
        response = await self._call(self.client.room_get_event(room_id, event_id), "looking up a message")
        if not isinstance(response, RoomGetEventResponse):
            _raise(response, "looking up a message")
        found = self.client.open_event(response.event, room_id) or response.event
        return source_of(found)

    def known_sessions(self) -> set[str]:
        """Return the ids of the room keys that we have."""
        olm = self.client.olm
        return set() if olm is None else {session.id for session in olm.inbound_group_store}

    async def latest_edit(self, room_id: str, event_id: str, author: str) -> dict[str, Any] | None:
        """Return the newest edit of a message by its author that was not taken back, or ``None``."""
        for source in await self._edits(room_id, event_id, "looking up edits"):
            if source.get("sender") == author and source.get("content"):
                if source.get("type") != "m.room.encrypted":
                    return source
                found = self.client.open_event(Event.parse_event(source), room_id)
                return source if found is None else source_of(found)
        return None

    async def before(
        self, room_id: str, start: str, end: str, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return up to ``limit`` events before ``start`` back to ``end``, newest first, and where to go on."""
        response = await self._call(
            self.client.room_messages(room_id, start, end, MessageDirection.back, limit), "filling a gap"
        )
        if not isinstance(response, RoomMessagesResponse):
            _raise(response, "filling a gap")
        return [source_of(event) for event in response.chunk], response.end

    async def context(self, room_id: str, event_id: str, limit: int) -> list[dict[str, Any]]:
        """Return an event and what stands before and after it, at most ``limit`` events, the oldest first.

        :raises NotThere: if there is no such event, as far as we may see.
        """
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/context/{quote(event_id, safe='')}"
        answer = await self._raw("GET", f"{path}?limit={limit}", None, "looking around a message")
        earlier = reversed(_listed(answer, "events_before"))
        found = [*earlier, answer.get("event"), *_listed(answer, "events_after")]
        return [self._opened(event, room_id) for event in found if isinstance(event, dict)]

    async def thread(self, room_id: str, root: str, limit: int) -> list[dict[str, Any]]:
        """Return the root of a thread and its latest events, at most ``limit``, the oldest first."""
        path = f"/_matrix/client/v1/rooms/{quote(room_id, safe='')}/relations/{quote(root, safe='')}"
        answer = await self._raw("GET", f"{path}/m.thread?limit={limit}", None, "looking around a message")
        found = [
            {**event, "room_id": room_id}
            for event in reversed(_listed(answer, "chunk"))
            if isinstance(event, dict)
        ]
        return [await self.event(room_id, root), *(self._opened(event, room_id) for event in found)]

    def _opened(self, event: dict[str, Any], room_id: str) -> dict[str, Any]:
        """Return an event as its sender gave it where we have the key, with what the homeserver says of it."""
        if event.get("type") != "m.room.encrypted" or "content" not in event or not event["content"]:
            return event
        found = self.client.open_event(Event.parse_event({**event, "room_id": room_id}), room_id)
        return event if found is None else {**event, **source_of(found)}

    async def redact(self, room_id: str, event_id: str, reason: str, txn: str) -> None:
        """Remove one of our own events."""
        response = await self._call(
            self.client.room_redact(room_id, event_id, reason, txn), "removing a card"
        )
        if isinstance(response, ErrorResponse):
            _raise(response, "removing a card")

    async def edits_of(self, room_id: str, event_id: str) -> list[str]:
        """Return the ids of the edits of one of our events (the latest 100)."""
        edits = await self._edits(room_id, event_id, "looking up a card")
        return [str(event["event_id"]) for event in edits if event.get("sender") == self.user_id]

    async def _edits(self, room_id: str, event_id: str, doing: str) -> list[dict[str, Any]]:
        path = f"/_matrix/client/v1/rooms/{quote(room_id, safe='')}/relations/{quote(event_id, safe='')}"
        answer = await self._raw("GET", f"{path}/m.replace?limit=100", None, doing)
        return [{**event, "room_id": room_id} for event in answer.get("chunk", []) if isinstance(event, dict)]

    async def join(self, room_id: str, via: str = "") -> None:
        """Join a room; ``via`` is a homeserver that is in it."""
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/join"
        if via:
            path += f"?server_name={quote(via)}&via={quote(via)}"
        await self._raw("POST", path, {}, "joining a room")

    async def state(self, room_id: str, kind: str) -> dict[str, Any]:
        """Return the content of a room's state event of a type, with an empty key.

        :raises NotThere: if there is none.
        """
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/state/{quote(kind)}/"
        return await self._raw("GET", path, None, "looking at a room")

    async def leave(self, room_id: str, reason: str) -> None:
        """Leave a room or decline an invitation, and say why."""
        path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/leave"
        await self._raw("POST", path, {"reason": reason}, "leaving a room")

    async def resolve(self, alias: str) -> str:
        """Return the room id of an alias."""
        path = f"/_matrix/client/v3/directory/room/{quote(alias, safe='')}"
        return str((await self._raw("GET", path, None, "looking up the desk room"))["room_id"])

    async def _post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post to a path below ``/_matrix/client/v3/``; return status and answer, whatever they are."""
        return await self._ask("POST", f"/_matrix/client/v3/{path}", body)

    async def _raw(self, method: str, path: str, body: dict[str, Any] | None, doing: str) -> dict[str, Any]:
        status, answer = await self._ask(method, path, body)
        if status != 200:
            _raise(ErrorResponse.from_dict(answer), doing)
        return answer

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.client.access_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            if self.client.client_session is None:
                raise ChannelError("not connected to the homeserver")
            async with await self.client.send(method, path, data, headers) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise ChannelError(f"the homeserver cannot be reached ({type(error).__name__})") from error
        if not isinstance(answer, dict):
            raise ChannelError(f"the homeserver answered something unreadable to {path.partition('?')[0]}")
        return response.status, answer

    async def _call(self, call: Any, doing: str) -> Any:
        try:
            return await call
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ChannelError(f"the homeserver cannot be reached ({type(error).__name__})") from error
