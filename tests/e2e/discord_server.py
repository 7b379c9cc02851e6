"""A stand-in for Discord: its REST API and its gateway over a websocket, and the people in a server of it.

It keeps to the documented protocol: hello, identify, ready, resume, heartbeats, zlib-stream; messages with a nonce that is
enforced; interactions that are acknowledged and followed up. Nobody may ever be mentioned.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
TOKEN = "OTAwMDAwMDAwMDAwMDAwMDAx.Gexamp.leOfATokenThatIsOnlyUsedHere"
GUILD, GROUP, DESK, ROLE = 800000000000000001, 800000000000000002, 800000000000000003, 800000000000000004
BOT, EVE, ANN, BOB, CAM = (900000000000000000 + n for n in (1, 501, 502, 503, 504))
Hook = Callable[[str, str, Json], Awaitable[None]]


def user(id_: int) -> Json:
    """Return an account as Discord writes it."""
    return {
        "id": str(id_),
        "username": f"u{id_ % 1000}",
        "discriminator": "0",
        "avatar": None,
        "global_name": None,
        "bot": id_ == BOT,
    }


class Discord:
    """The server and everybody who chats there."""

    def __init__(self) -> None:
        self.messages: dict[int, dict[int, Json]] = {GROUP: {}, DESK: {}}
        self.roles: dict[int, list[int]] = {}
        self.nonces: dict[str, Json] = {}
        self.calls: list[tuple[str, str, Json]] = []
        self.callbacks: dict[str, Json] = {}
        self.followups: dict[str, list[Json]] = {}
        self.guilds = [GUILD]
        #: Channels of other servers than the first.
        self.guild_of: dict[int, int] = {}
        self.failures: list[tuple[str, str, int, Json]] = []
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.url = ""
        self.intents_refused = False
        #: How many seconds ago everything happens.
        self.ago = 0.0
        #: Direct channels, and with whom each is.
        self.direct: dict[int, int] = {}
        self._sockets: list[_Socket] = []
        self._count = 0

    @property
    def connected(self) -> int:
        """How many clients are connected."""
        return len(self._sockets)

    # What people do

    def new_id(self) -> int:
        """Return a new snowflake."""
        self._count += 1
        return (int((time.time() - self.ago) * 1000) - 1420070400000 << 22) + self._count

    def make(self, channel: int, author: int, **content: Any) -> Json:
        """Return a new message, kept in its channel."""
        number = self.new_id()
        message = {
            "id": str(number),
            "channel_id": str(channel),
            "author": user(author),
            "content": "",
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "components": [],
            **content,
        }
        self.messages.setdefault(channel, {})[number] = message
        return message

    def _member(self, author: int) -> Json:
        return {
            "roles": [str(r) for r in self.roles.get(author, [])],
            "joined_at": None,
            "flags": 0,
            "deaf": False,
            "mute": False,
        }

    async def send(self, event: str, data: Json) -> None:
        """Send an event to every connected client."""
        for socket in list(self._sockets):
            await socket.dispatch(event, data)

    async def says(
        self, channel: int, author: int, text: str = "", *, guild: int | None = GUILD, **more: Any
    ) -> int:
        """Let somebody write a message and return its id."""
        message = self.make(channel, author, content=text, **more)
        guild = None if channel in self.direct else self.guild_of.get(channel, guild)
        place = {} if guild is None else {"guild_id": str(guild), "member": self._member(author)}
        await self.send("MESSAGE_CREATE", {**message, **place})
        return int(message["id"])

    async def edits(self, channel: int, number: int, *, typed: bool = True, **content: Any) -> None:
        """Let somebody edit a message, or Discord add a preview to it."""
        message = self.messages[channel][number]
        message.update(content)
        if typed:
            message["edited_timestamp"] = datetime.now(UTC).isoformat()
        place = {"guild_id": str(GUILD), "member": self._member(int(message["author"]["id"]))}
        await self.send("MESSAGE_UPDATE", {**message, **place})

    async def deletes(self, channel: int, *numbers: int) -> None:
        """Let messages be removed."""
        for number in numbers:
            del self.messages[channel][number]
        place = {"channel_id": str(channel), "guild_id": str(GUILD)}
        if len(numbers) == 1:
            await self.send("MESSAGE_DELETE", {"id": str(numbers[0]), **place})
        else:
            await self.send("MESSAGE_DELETE_BULK", {"ids": [str(n) for n in numbers], **place})

    async def interacts(self, who: int, message: Json, data: Json, kind: int = 3) -> str:
        """Let somebody press a button (kind 3) or send a form (kind 5), and return the interaction's id."""
        number = str(self.new_id())
        self.followups[number] = []
        await self.send(
            "INTERACTION_CREATE",
            {
                "id": number,
                "application_id": str(BOT),
                "type": kind,
                "token": f"token-{number}",
                "version": 1,
                "data": data,
                "guild_id": str(GUILD),
                "channel_id": str(DESK),
                "channel": {"id": str(DESK), "type": 0, "name": "desk"},
                "member": {**self._member(who), "user": user(who), "permissions": "0"},
                "message": message,
                "entitlements": [],
                "authorizing_integration_owners": {},
                "attachment_size_limit": 1,
                "locale": "en-GB",
            },
        )
        return number

    async def presses(self, who: int, message: Json, payload: str) -> str:
        """Let somebody press a button of a message."""
        assert payload in payloads(message), (payload, payloads(message))
        return await self.interacts(who, message, {"component_type": 2, "custom_id": f"courage:{payload}"})

    def of_bot(self, channel: int) -> list[Json]:
        """Return the bot's messages in a channel, oldest first."""
        return [m for m in self.messages[channel].values() if m["author"]["id"] == str(BOT)]

    def cards(self) -> list[Json]:
        """Return the bot's messages in the desk channel that answer nobody."""
        return [m for m in self.of_bot(DESK) if "message_reference" not in m]

    async def drop(self) -> None:
        """Cut all connections of the gateway."""
        for socket in list(self._sockets):
            await socket.ws.close(code=4000)

    # The REST API

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a call."""
        path = request.match_info["path"]
        body: Json = await request.json() if request.can_read_body and "json" in request.content_type else {}
        self.calls.append((request.method, path, body))
        if self.before is not None:
            await self.before(request.method, path, body)
        for at, (method, start, status, answer) in enumerate(self.failures):
            if method == request.method and path.startswith(start):
                del self.failures[at]
                headers = {"Retry-After": str(answer.get("retry_after", 1))} if status == 429 else {}
                return _reply(answer, status=status, headers={**headers, "Via": "1.1 stand-in"})
        if not path.startswith(("interactions", "webhooks", "gateway")) and (
            request.headers.get("Authorization") != f"Bot {TOKEN}"
        ):
            return _reply({"message": "401: Unauthorized", "code": 0}, status=401)
        status, answer = self._answer(request, path.split("/"), body)
        if self.after is not None:
            await self.after(request.method, path, body)
        return _reply(answer, status=status) if answer is not None else web.Response(status=204)

    def _answer(self, request: web.Request, parts: list[str], body: Json) -> tuple[int, Any]:
        match request.method, parts:
            case "GET", ["users", "@me"]:
                return 200, user(BOT)
            case "GET", ["oauth2" | "applications", *_]:
                return 200, _application()
            case "GET", ["gateway"]:
                return 200, {"url": self.url.replace("http", "ws") + "/ws"}
            case "GET", ["channels", channel]:
                if int(channel) not in self.messages:
                    return 404, {"message": "Unknown Channel", "code": 10003}
                return 200, self._channel(int(channel))
            case "GET", ["guilds", _, "members", who]:
                return 200, {**self._member(int(who)), "user": user(int(who))}
            case "GET", ["channels", channel, "messages"]:
                return 200, self._history(int(channel), request.query)
            case "GET", ["channels", channel, "messages", number]:
                found = self.messages[int(channel)].get(int(number))
                return (404, {"message": "Unknown Message", "code": 10008}) if found is None else (200, found)
            case "POST", ["channels", channel, "messages"]:
                return self._post(int(channel), body)
            case "PATCH", ["channels", channel, "messages", number]:
                found = self.messages[int(channel)].get(int(number))
                if found is None:
                    return 404, {"message": "Unknown Message", "code": 10008}
                assert found["author"]["id"] == str(BOT)
                _check(body)
                found.update({k: v for k, v in body.items() if k in ("content", "components")})
                return 200, found
            case "POST", ["interactions", number, token, "callback"]:
                assert token == f"token-{number}"
                assert number not in self.callbacks, "an interaction is answered once"
                self.callbacks[number] = body
                return 200, {"interaction": {"id": number, "type": 3}}
            case "POST", ["webhooks", app, token]:
                assert app == str(BOT)
                number = token.removeprefix("token-")
                assert number in self.callbacks, "a follow-up needs an answer before it"
                _check(body)
                message = self.make(
                    0, BOT, **{k: body[k] for k in ("content", "components", "flags") if k in body}
                )
                self.followups[number].append(message)
                return 200, message
        raise AssertionError((request.method, parts))

    def _history(self, channel: int, query: Any) -> list[Json]:
        limit = int(query.get("limit", 50))
        found = sorted(self.messages[channel].items())
        if "around" in query:
            # Half from before, half from after, the message itself in the middle, as Discord documents it.
            assert limit <= 100
            middle, half = int(query["around"]), limit // 2
            earlier = [(n, m) for n, m in found if n < middle][-half:]
            later = [(n, m) for n, m in found if n >= middle][: half + 1]
            found = (earlier + later)[:limit]
        elif "after" in query:
            found = [(n, m) for n, m in found if n > int(query["after"])][:limit]
        else:
            found = [(n, m) for n, m in found if n < int(query.get("before", 1 << 63))][-limit:]
        return [m for _, m in reversed(found)]

    def _post(self, channel: int, body: Json) -> tuple[int, Any]:
        _check(body)
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce") and f"{channel}:{nonce}" in self.nonces:
            return 200, self.nonces[f"{channel}:{nonce}"]
        content = {k: body[k] for k in ("content", "components", "flags") if k in body}
        if (reference := body.get("message_reference")) is not None:
            there = int(reference["message_id"]) in self.messages[channel]
            if not there and reference.get("fail_if_not_exists", True):
                errors = {"message_reference": {"_errors": [{"code": "X", "message": "Unknown message"}]}}
                return 400, {"message": "Invalid Form Body", "code": 50035, "errors": errors}
            number = str(reference["message_id"])
            content |= {"message_reference": {"message_id": number, "channel_id": str(channel)}, "type": 19}
        message = self.make(channel, BOT, **content)
        if nonce is not None:
            assert len(str(nonce)) <= 25
            self.nonces[f"{channel}:{nonce}"] = message
        return 200, message

    # The gateway

    def _channel(self, channel: int) -> Json:
        newest = max(self.messages[channel], default=None)
        if channel in self.direct:
            recipients = [user(self.direct[channel])]
            last = None if newest is None else str(newest)
            return {"id": str(channel), "type": 1, "recipients": recipients, "last_message_id": last}
        return {
            "id": str(channel),
            "type": 0,
            "guild_id": str(self.guild_of.get(channel, GUILD)),
            "name": {GROUP: "garden", DESK: "desk"}.get(channel, "other"),
            "position": 0,
            "permission_overwrites": [],
            "last_message_id": None if newest is None else str(newest),
        }

    def guild(self, guild: int) -> Json:
        """Return a server as Discord writes it."""
        everyone = {"id": str(guild), "name": "@everyone", "permissions": "1099511627775"}
        volunteers = {"id": str(ROLE), "name": "Volunteers", "permissions": "0"}
        common = {
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "position": 0,
            "flags": 0,
        }
        return {
            "id": str(guild),
            "name": "Garden",
            "owner_id": str(EVE),
            "roles": [{**everyone, **common}, {**volunteers, **common}],
            "channels": [
                self._channel(c)
                for c in self.messages
                if c and c not in self.direct and self.guild_of.get(c, GUILD) == guild
            ],
            "threads": [],
            "members": [],
            "emojis": [],
            "stickers": [],
            "features": [],
            "voice_states": [],
            "presences": [],
            "member_count": 5,
            "large": False,
            "joined_at": datetime.now(UTC).isoformat(),
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
        }

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        assert request.query["compress"] == "zlib-stream"
        socket = _Socket(ws)
        await socket.send({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        try:
            async for frame in ws:
                if frame.type is not WSMsgType.TEXT:
                    continue
                said = json.loads(frame.data)
                if said["op"] == 1:
                    await socket.send({"op": 11, "d": None, "s": None, "t": None})
                elif said["op"] == 2:
                    if self.intents_refused:
                        await ws.close(code=4014)
                        break
                    assert said["d"]["intents"] & (1 << 15), "message content is asked for"
                    await socket.dispatch("READY", self._ready())
                    for guild in self.guilds:
                        await socket.dispatch("GUILD_CREATE", self.guild(guild))
                    self._sockets.append(socket)
                elif said["op"] == 6:  # our sessions do not outlive their connection
                    await socket.send({"op": 9, "d": False, "s": None, "t": None})
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return ws

    def _ready(self) -> Json:
        return {
            "v": 10,
            "user": user(BOT),
            "session_id": "session",
            "resume_gateway_url": self.url.replace("http", "ws") + "/ws",
            "guilds": [{"id": str(guild), "unavailable": True} for guild in self.guilds],
            "application": {"id": str(BOT), "flags": 0},
        }


class _Socket:
    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self._zlib = zlib.compressobj()
        self._sequence = 0

    async def send(self, message: Json) -> None:
        data = self._zlib.compress(json.dumps(message).encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        with contextlib.suppress(ConnectionError):
            await self.ws.send_bytes(data)

    async def dispatch(self, event: str, data: Json) -> None:
        self._sequence += 1
        await self.send({"op": 0, "t": event, "s": self._sequence, "d": data})


def _reply(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # Discord's content type has no charset behind it, and discord.py reads nothing else as JSON.
    return web.Response(
        body=json.dumps(answer).encode(), status=status, headers=headers, content_type="application/json"
    )


def _check(body: Json) -> None:
    assert 1 <= len(body["content"]) <= 2000, len(body["content"])
    # Discord's default is to mention everybody who is named.
    assert body.get("allowed_mentions", {"parse": None})["parse"] == [], body
    assert not body.get("allowed_mentions", {}).get("replied_user")
    for row in body.get("components") or []:
        assert row["type"] == 1
        assert 1 <= len(row["components"]) <= 5
        for button in row["components"]:
            assert len(button["custom_id"]) <= 100
            assert len(button["label"]) <= 80


def _application() -> Json:
    return {
        "id": str(BOT),
        "name": "Courage",
        "description": "",
        "icon": None,
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": user(EVE),
        "summary": "",
        "team": None,
    }


def payloads(message: Json) -> list[str]:
    """Return what the buttons of a message send."""
    return [
        b["custom_id"].removeprefix("courage:")
        for row in message.get("components") or []
        for b in row["components"]
    ]


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Discord]:
    """Serve on a free port of this machine."""
    server = Discord()
    app = web.Application()
    app.router.add_get("/ws", server.websocket)
    app.router.add_get("/ws/", server.websocket)
    app.router.add_route("*", "/api/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await asyncio.wait_for(server.drop(), 5)
        await runner.cleanup()
