"""A stand-in for Slack: its Web API, Socket Mode over a websocket, and the people of a workspace.

It keeps to the documented protocol: tickets that open one connection each, hello, envelopes that are sent again until they
are acknowledged, disconnect; messages named by their time, threads, removed messages that leave their place; pages with
cursors; answers that only one person sees; forms. What answers a removed message is put into the channel without a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
BOT_TOKEN, APP_TOKEN = "xoxb-only-used-here", "xapp-only-used-here"
GROUP, SECRET, DESK, DESK_DE = "C0GARDEN", "C0SECRET", "C0DESK", "C0DESKDE"
BOT, BOT_ID, EVE, ANN, BOB = "U0COURAGE", "B0COURAGE", "U0EVE", "U0ANN", "U0BOB"
TEAM = "T0HOME"
SCOPES = "channels:history,channels:read,chat:write,groups:history,groups:read,im:history,users:read"
Hook = Callable[[str, Json], Awaitable[None]]


@dataclass
class Channel:
    """A channel of the workspace."""

    id: str
    name: str
    sort: str = "channel"
    member: bool = True
    archived: bool = False
    messages: dict[str, Json] = field(default_factory=dict)


class Slack:
    """The workspace and everybody who chats there."""

    def __init__(self) -> None:
        kinds = {GROUP: "channel", SECRET: "group", DESK: "group", DESK_DE: "group"}
        names = {GROUP: "garden", SECRET: "secret", DESK: "desk", DESK_DE: "tisch"}
        self.channels = {id_: Channel(id_, names[id_], sort) for id_, sort in kinds.items()}
        self.names = {ANN: "Ann", BOB: "Bob", EVE: "Eve"}
        self.scopes = SCOPES
        self.calls: list[tuple[str, Json]] = []
        self.whispers: list[Json] = []
        self.forms: list[Json] = []
        self.acknowledged: dict[str, Any] = {}
        self.failures: list[tuple[str, int, Json, dict[str, str]]] = []
        self.before: Hook | None = None
        self.after: Hook | None = None
        #: How many messages a page of a channel has at most, whatever is asked for.
        self.page = 200
        #: After how many seconds an event that was not acknowledged is sent again.
        self.patience = 3.0
        #: Whether events are lost while nobody is connected, as Slack loses them after a while.
        self.lossy = False
        self.tokens = {BOT_TOKEN, APP_TOKEN}
        self.url = ""
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._pending: dict[str, Json] = {}
        self._timers: set[asyncio.Task[None]] = set()
        self._newest = 0.0
        self._count = 0

    @property
    def connected(self) -> int:
        """How many clients are connected."""
        return len(self._sockets)

    @property
    def pending(self) -> int:
        """How many events are not acknowledged."""
        return len(self._pending)

    def ts(self) -> str:
        """Return a new time, by which a message or an event is named."""
        self._newest = max(time.time(), self._newest + 0.000_002)
        return f"{self._newest:.6f}"

    def number(self) -> int:
        """Return a number that was not used before."""
        self._count += 1
        return self._count

    # What people do

    async def says(self, channel: str, who: str, text: str = "", *, told: bool = True, **more: Any) -> str:
        """Let somebody write a message and return its name; ``told`` says whether Slack announces it."""
        ts = self.ts()
        message: Json = {"type": "message", "user": who, "text": text, "ts": ts, "team": TEAM, **more}
        place = self._place(channel)
        if (parent := place.messages.get(message.get("thread_ts", ""))) is not None:
            message["parent_user_id"] = parent["user"]
        place.messages[ts] = message
        if told:
            await self.event({**message, "channel": channel, "channel_type": place.sort, "event_ts": ts})
        return ts

    def _place(self, channel: str) -> Channel:
        if channel.startswith("D"):
            self.channels.setdefault(channel, Channel(channel, "", "im"))
        return self.channels[channel]

    async def edits(
        self, channel: str, ts: str, *, typed: bool = True, told: bool = True, **content: Any
    ) -> None:
        """Let somebody edit a message, or Slack add a preview to it."""
        place = self.channels[channel]
        before = dict(place.messages[ts])
        message = place.messages[ts]
        message.update(content)
        now = self.ts()
        if typed:  # in whole seconds, as Slack does
            message["edited"] = {"user": message["user"], "ts": f"{int(float(now))}.000000"}
        if told:
            await self._changed(place, message, before, now)

    async def _changed(self, place: Channel, message: Json, before: Json, now: str) -> None:
        await self.event(
            {
                "type": "message", "subtype": "message_changed", "hidden": True, "channel": place.id, "ts": now,
                "event_ts": now, "channel_type": place.sort, "message": dict(message), "previous_message": before,
            }
        )  # fmt: skip

    async def deletes(self, channel: str, ts: str) -> None:
        """Let a message be removed; one with answers leaves its place."""
        place = self.channels[channel]
        before = place.messages.pop(ts)
        now = self.ts()
        if any(m.get("thread_ts") == ts for m in place.messages.values()):
            left = {
                "type": "message", "subtype": "tombstone", "hidden": True, "user": "USLACKBOT", "ts": ts,
                "text": "This message was deleted.", "thread_ts": ts,
            }  # fmt: skip
            place.messages[ts] = left
            await self._changed(place, left, before, now)
        else:
            await self.event(
                {
                    "type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel, "ts": now,
                    "event_ts": now, "deleted_ts": ts, "channel_type": place.sort, "previous_message": before,
                }
            )  # fmt: skip

    async def invites(self, channel: str, name: str, sort: str = "channel") -> None:
        """Let somebody invite the bot into a channel."""
        place = self.channels.setdefault(channel, Channel(channel, name, sort))
        place.member = True
        await self.event({"type": "member_joined_channel", "user": BOT, "channel": channel})

    async def presses(
        self, channel: str, who: str, blocks: list[Json], payload: str, **container: Any
    ) -> str:
        """Let somebody press a button, and return the envelope that tells it."""
        (button,) = [b for b in buttons(blocks) if b["value"].split("\n")[0] == payload]
        return await self._interacts(
            {
                "type": "block_actions", "user": {"id": who, "team_id": TEAM}, "trigger_id": f"trigger-{self.number()}",
                "channel": {"id": channel}, "container": {"type": "message", "channel_id": channel, **container},
                "actions": [{**button, "action_ts": self.ts()}], "team": {"id": TEAM}, "api_app_id": "A0",
            }
        )  # fmt: skip

    async def fills_in(self, who: str, form: Json, text: str) -> str:
        """Let somebody fill in a form and send it."""
        state = {"values": {"draft": {"text": {"type": "plain_text_input", "value": text}}}}
        view = {**form["view"], "id": f"V{self.number()}", "state": state, "hash": "x"}
        return await self._interacts(
            {
                "type": "view_submission",
                "user": {"id": who},
                "team": {"id": TEAM},
                "view": view,
                "api_app_id": "A0",
            }
        )

    async def _interacts(self, payload: Json) -> str:
        envelope = {
            "type": "interactive", "envelope_id": f"press-{self.number()}", "payload": payload,
            "accepts_response_payload": True,
        }  # fmt: skip
        await self._send(envelope)
        return str(envelope["envelope_id"])

    def of_bot(self, channel: str) -> list[Json]:
        """Return the bot's messages in a channel, oldest first."""
        return [m for m in self.channels[channel].messages.values() if m.get("bot_id") == BOT_ID]

    def cards(self, channel: str = DESK) -> list[Json]:
        """Return the bot's messages in the desk channel that answer nobody."""
        return [m for m in self.of_bot(channel) if "thread_ts" not in m]

    # Socket Mode

    async def event(self, event: Json, event_id: str = "") -> str:
        """Tell of an event until it is acknowledged; return its envelope."""
        if self.lossy and not self._sockets:
            return ""
        number = self.number()
        payload = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A0", "event": event,
            "event_id": event_id or f"Ev{number}", "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }  # fmt: skip
        envelope = {
            "type": "events_api", "envelope_id": f"event-{number}", "payload": payload,
            "accepts_response_payload": False, "retry_attempt": 0, "retry_reason": "",
        }  # fmt: skip
        self._pending[str(envelope["envelope_id"])] = envelope
        await self._send(envelope)
        self._later(self._again(str(envelope["envelope_id"])))
        return str(envelope["envelope_id"])

    async def _again(self, envelope_id: str) -> None:
        while envelope_id in self._pending:
            await asyncio.sleep(self.patience)
            envelope = self._pending.get(envelope_id)
            if envelope is not None and self._sockets:
                envelope["retry_attempt"] += 1
                envelope["retry_reason"] = "timeout"
                await self._send(envelope)

    def _later(self, doing: Any) -> None:
        task = asyncio.create_task(doing)
        self._timers.add(task)
        task.add_done_callback(self._timers.discard)

    async def _send(self, message: Json) -> None:
        for ws in self._sockets[-1:]:  # Slack tells one of the connections
            with contextlib.suppress(ConnectionError):
                await ws.send_str(json.dumps(message))

    async def drop(self, *, silently: bool = False) -> None:
        """Cut all connections, with a farewell or as a network does."""
        for ws in list(self._sockets):
            if silently:
                ws._writer.transport.abort()  # type: ignore[union-attr]
            else:
                await ws.close(code=1011)

    async def asks_to_reconnect(self) -> None:
        """Say what Slack says every few hours."""
        await self._send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(
            json.dumps(
                {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0"}, "debug_info": {}}
            )
        )
        self._sockets.append(ws)
        for envelope in list(self._pending.values()):
            envelope["retry_attempt"] += 1
            await ws.send_str(json.dumps(envelope))
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    said = json.loads(frame.data)
                    self.acknowledged[said["envelope_id"]] = said.get("payload")
                    self._pending.pop(said["envelope_id"], None)
        finally:
            self._sockets.remove(ws)
        return ws

    # The Web API

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a call."""
        method = request.match_info["method"]
        if request.method == "GET":
            given: Json = dict(request.query)
        elif "json" in request.content_type:
            given = await request.json()
        else:
            given = dict(await request.post())
        self.calls.append((method, given))
        if self.before is not None:
            await self.before(method, given)
        for at, (name, status, answer, headers) in enumerate(self.failures):
            if name == method:
                del self.failures[at]
                return web.json_response(answer, status=status, headers=headers)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted or token not in self.tokens:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        answer = await self._answer(method, given)
        if self.after is not None:
            await self.after(method, given)
        headers = {"x-oauth-scopes": self.scopes} if token == BOT_TOKEN else {}
        return web.json_response({"ok": "error" not in answer, **answer}, headers=headers)

    async def _answer(self, method: str, given: Json) -> Json:
        match method:
            case "auth.test":
                return {"user_id": BOT, "bot_id": BOT_ID, "team_id": TEAM, "url": "https://home.slack.com/"}
            case "apps.connections.open":
                ticket = f"ticket-{self.number()}"
                self._tickets.add(ticket)
                return {"url": f"{self.url.replace('http', 'ws')}/link?ticket={ticket}"}
            case "users.conversations":
                wanted = [c for c in self.channels.values() if c.member and c.sort != "im" and not c.archived]
                return self._paged("channels", [_channel(c) for c in wanted], given)
            case "users.info":
                if given["user"] not in self.names:
                    return {"error": "user_not_found"}
                return {"user": {"id": given["user"], "profile": {"display_name": self.names[given["user"]]}}}
            case "views.open":
                assert given["trigger_id"].startswith("trigger-")
                assert len(given["view"]["title"]["text"]) <= 24
                self.forms.append(given)
                return {"view": {"id": "V1"}}
        channel = self.channels.get(given["channel"])
        if channel is None or (channel.sort == "group" and not channel.member):
            return {"error": "channel_not_found"}
        if method == "conversations.info":
            return {"channel": _channel(channel)}
        if not channel.member:
            return {"error": "not_in_channel"}
        if method == "conversations.history":
            return self._paged("messages", self._history(channel, given), given)
        if method == "conversations.replies":
            return self._replies(channel, given)
        return await self._writes(method, channel, given)

    def _paged(self, what: str, found: list[Json], given: Json) -> Json:
        start = int(given.get("cursor", "c0")[1:])
        size = min(int(given.get("limit", 100)), self.page)
        more = start + size < len(found)
        return {
            what: found[start : start + size],
            "has_more": more,
            "response_metadata": {"next_cursor": f"c{start + size}" if more else ""},
        }

    def _history(self, channel: Channel, given: Json) -> list[Json]:
        oldest, latest = float(given.get("oldest", 0)), float(given.get("latest", 1e12))
        inclusive = str(given.get("inclusive", "")).lower() in ("1", "true")
        found = [
            _seen(channel, m, given)
            for ts, m in channel.messages.items()
            if (oldest < float(ts) < latest or (inclusive and float(ts) in (oldest, latest)))
            and (m.get("thread_ts", ts) == ts or m.get("subtype") == "thread_broadcast")
        ]
        return sorted(found, key=lambda m: m["ts"], reverse=True)

    def _replies(self, channel: Channel, given: Json) -> Json:
        first = channel.messages.get(given["ts"])
        if first is None:
            return {"error": "thread_not_found"}
        if first.get("thread_ts", given["ts"]) != given["ts"]:
            return self._paged("messages", [_seen(channel, first, given)], given)
        oldest, latest = float(given.get("oldest", 0)), float(given.get("latest", 1e12))
        answers = [
            _seen(channel, m, given)
            for ts, m in channel.messages.items()
            if m.get("thread_ts") == first["ts"] and ts != first["ts"] and oldest < float(ts) <= latest
        ]
        return self._paged("messages", [_seen(channel, first, given), *answers], given)

    async def _writes(self, method: str, channel: Channel, given: Json) -> Json:
        if method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            _check(given)
        if method == "chat.postEphemeral":
            self.whispers.append(given)
            return {"message_ts": self.ts()}
        if method == "chat.postMessage":
            assert given["unfurl_links"] is False
            assert given["unfurl_media"] is False
            content = {k: given[k] for k in ("blocks", "metadata", "thread_ts") if k in given}
            if content.get("thread_ts") not in channel.messages:
                content.pop("thread_ts", None)  # without a word
            ts = await self.says(channel.id, BOT, given["text"], bot_id=BOT_ID, **content)
            return {"channel": channel.id, "ts": ts, "message": channel.messages[ts]}
        found = channel.messages.get(given["ts"])
        if found is None:
            return {"error": "message_not_found"}
        assert found["bot_id"] == BOT_ID
        if method == "chat.delete":
            await self.deletes(channel.id, given["ts"])
            return {"ts": given["ts"]}
        assert method == "chat.update", method
        await self.edits(channel.id, given["ts"], text=given["text"], blocks=given["blocks"])
        return {"ts": given["ts"]}


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id, "name": channel.name, "is_member": channel.member, "is_archived": channel.archived,
        "is_private": channel.sort == "group", "is_im": channel.sort == "im",
    }  # fmt: skip


def _seen(channel: Channel, message: Json, given: Json) -> Json:
    """Return a message as a reading shows it."""
    wanted = str(given.get("include_all_metadata", "")).lower() in ("1", "true")
    found = {k: v for k, v in message.items() if k != "metadata" or wanted}
    answers = [ts for ts, m in channel.messages.items() if m.get("thread_ts") == message["ts"] != ts]
    if answers:
        found |= {"thread_ts": message["ts"], "latest_reply": max(answers), "reply_count": len(answers)}
    return found


def _check(given: Json) -> None:
    assert 1 <= len(given["text"]) <= 40_000, len(given["text"])
    assert given["parse"] == "none"
    assert given["link_names"] is False
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", given["text"]), "nothing is markup"
    blocks = given.get("blocks") or []
    assert len(blocks) <= 50
    ids: dict[str, int] = defaultdict(int)
    for block in blocks:
        match block["type"]:
            case "header":
                assert 1 <= len(block["text"]["text"]) <= 150
            case "section":
                assert block["text"]["type"] == "plain_text"
                assert 1 <= len(block["text"]["text"]) <= 3000
            case "actions":
                assert 1 <= len(block["elements"]) <= 25
            case other:
                raise AssertionError(other)
    for button in buttons(blocks):
        ids[button["action_id"]] += 1
        assert len(button["value"]) <= 2000
        assert 1 <= len(button["text"]["text"]) <= 75
    assert all(count == 1 for count in ids.values())


def buttons(blocks: list[Json]) -> list[Json]:
    """Return the buttons of a message."""
    return [e for block in blocks if block["type"] == "actions" for e in block["elements"]]


def payloads(message: Json) -> list[str]:
    """Return what the buttons of a message send."""
    return [button["value"].split("\n")[0] for button in buttons(message.get("blocks") or [])]


def words(message: Json) -> str:
    """Return everything that a message of the bot shows."""
    blocks = message.get("blocks")
    if not blocks:
        return str(message["text"])
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Slack]:
    """Serve on a free port of this machine."""
    server = Slack()
    app = web.Application()
    app.router.add_get("/link", server.websocket)
    app.router.add_route("*", "/api/{method}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        for task in list(server._timers):
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.drop(), 5)
        await runner.cleanup()
