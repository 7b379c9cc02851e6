"""A stand-in for a Rocket.Chat server: speaks its REST API and its realtime API (DDP) to any client, and plays people.

What it checks and how it answers is what the server's source does: tokens, membership, lengths, messages under an id of
the sender's choice (a second one of the same id is not kept, and the answer to it is an error about nothing), messages
sent anew for every reaction, edits, removed messages, ``chat.syncMessages``, and subscriptions answered with ready.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
BOT, EVE, ANN, BOB, CAM = (f"{name}UserIdInTests" for name in ("courage", "eve", "ann", "bob", "cam"))
GROUP, DESK, SIDE = "GENERAL", "deskRoomIdInTests", "sideRoomIdInTests"
TOKENS = {f"{name}-token-for-tests": user for name, user in (("bot", BOT), ("eve", EVE), ("ann", ANN))}
TOKEN = "bot-token-for-tests"
LONGEST = 5000
_MENTION = re.compile(r"(?:^|[^\w])@([0-9a-zA-Z\-_.]+)")


class Refusal(Exception):
    """An error as the API answers it."""

    def __init__(
        self, status: int, error: str, kind: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.status, self.error, self.kind, self.headers = status, error, kind, headers or {}

    def response(self) -> web.Response:
        """Return the answer of the server."""
        body: Json = {"success": False, "error": self.error}
        if self.kind:
            body["errorType"] = self.kind
        if self.status == 401:
            body = {"status": "error", "message": "You must be logged in to do this."}
        return web.json_response(body, status=self.status, headers=self.headers)


@dataclass
class Room:
    """A room and who is in it."""

    id: str
    t: str
    name: str
    members: set[str]
    encrypted: bool = False


@dataclass
class Peer:
    """A connected websocket, whose it is, and what it listens to."""

    socket: web.WebSocketResponse
    user: str = ""
    subscriptions: set[tuple[str, str]] = field(default_factory=set)


Hook = Callable[[str, str, Any], Awaitable[None]]


def iso(milliseconds: int) -> str:
    """Return a time as the REST API writes it."""
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


@dataclass
class RocketChat:
    """The server and everybody who chats there."""

    ago: float = 0.0
    url: str = ""
    users: dict[str, str] = field(
        default_factory=lambda: {BOT: "courage", EVE: "eve", ANN: "ann", BOB: "bob", CAM: "cam"}
    )
    rooms: dict[str, Room] = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)
    trash: list[tuple[str, str, int]] = field(default_factory=list)
    mentioned: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[tuple[str, str, Refusal]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    may_write: bool = True
    #: What of a message ``updateMessage`` lets be changed beside its text.
    editable: tuple[str, ...] = ("attachments",)
    silent: bool = False
    before: Hook | None = None
    after: Hook | None = None
    clock: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        """Found a channel and a desk."""
        for room, kind, name in ((GROUP, "c", "garden-talk"), (DESK, "p", "desk")):
            self.rooms[room] = Room(room, kind, name, {BOT, ANN, BOB, EVE, CAM})

    def now(self) -> int:
        """Return the time in milliseconds, some seconds ``ago``; no two are the same."""
        self.clock = max(self.clock + 1, int((time.time() - self.ago) * 1000))
        return self.clock

    # What people do

    def of_bot(self, room: str) -> list[Json]:
        """Return the bot's messages in a room, oldest first."""
        return [m for m in self.messages.values() if m["rid"] == room and m["u"]["_id"] == BOT]

    def cards(self) -> list[Json]:
        """Return the bot's cards in the desk room: what answers nobody."""
        return [m for m in self.of_bot(DESK) if "tmid" not in m and "From now on I read" not in m["msg"]]

    async def says(self, room: str, user: str, text: str = "", /, **content: Any) -> str:
        """Let somebody write a message and return its id."""
        return str((await self.create({"rid": room, "msg": text, **content}, user))["_id"])

    async def create(self, given: Json, user: str) -> Json:
        """Keep a message, as ``sendMessage`` does."""
        room = self.room_for(given["rid"], user)
        if user == BOT and not self.may_write:
            raise Refusal(400, "You can't send messages because you are blocked", "error-not-allowed")
        if len(str(given.get("msg", ""))) > LONGEST:
            raise Refusal(400, "Message size exceeds Message_MaxAllowedSize", "error-message-size-exceeded")
        if user == BOT:
            for attachment in given.get("attachments", []):
                assert 1 <= len(attachment["actions"]) <= 5
                assert all(action["type"] == "button" and action["text"] for action in attachment["actions"])
        if given.get("_id") in self.messages:
            raise Refusal(400, "Cannot read properties of undefined (reading 'starred')")
        self.number += 1
        at = self.now()
        message = {
            "_id": f"message{self.number}InTests",
            **given,
            "ts": at,
            "_updatedAt": at,
            "u": {"_id": user, "username": self.users[user], "name": self.users[user].title()},
        }
        parent = self.messages.get(str(given.get("tmid")))
        if parent is not None:
            message["tmid"] = parent.get("tmid", parent["_id"])
        self.messages[message["_id"]] = message
        for name in _MENTION.findall(message["msg"].lower()):
            if name.rstrip(".-_") in {*self.users.values(), "all", "here"}:
                self.mentioned.append((message["_id"], name))
        await self.send_anew(message)
        if parent is not None:
            parent["tcount"] = parent.get("tcount", 0) + 1
            parent["_updatedAt"] = self.now()
            await self.send_anew(parent)
        assert room
        return message

    async def send_anew(self, message: Json) -> None:
        """Send a message to who listens to its room."""
        await self.tell("stream-room-messages", message["rid"], [_ddp(message)])

    async def edits(self, message_id: str, text: str, user: str = EVE) -> None:
        """Let somebody edit a message."""
        message = self.messages[message_id]
        at = self.now()
        message |= {"msg": text, "editedAt": at, "_updatedAt": at, "editedBy": {"_id": user}}
        await self.send_anew(message)

    async def presses(self, message_id: str, user: str, payload: str) -> str:
        """Let somebody press a button: their client writes its text where they see it."""
        message = self.messages[message_id]
        (action,) = [a for a in actions(message) if a["msg"] == payload]
        assert action["msg_in_chat_window"] is True
        assert action["msg_processing_type"] == "sendMessage"
        thread = {"tmid": message["tmid"]} if "tmid" in message else {}
        return await self.says(message["rid"], user, action["msg"], **thread)

    def _update(self, given: Json, user: str) -> bool:
        """Change a message as the method ``updateMessage`` does; return whether anything changed."""
        message = self.messages.get(given["_id"])
        if message is None:
            return False
        for key, value in given.items():
            if key not in (*self.editable, "msg") and value != message.get(key):
                raise Refusal(400, f"Cannot update the message {key}", "error-invalid-update-key")
        if message["msg"] == given["msg"]:
            return False
        if message["u"]["_id"] != user:
            raise Refusal(400, "Message editing not allowed", "error-action-not-allowed")
        at = self.now()
        message |= {**given, "editedAt": at, "_updatedAt": at, "editedBy": {"_id": user}}
        return True

    async def changes(self, message_id: str, **fields: Any) -> None:
        """Change something else about a message: a reaction, a preview of a link."""
        self.messages[message_id] |= {**fields, "_updatedAt": self.now()}
        await self.send_anew(self.messages[message_id])

    async def removes(self, *message_ids: str, bulk: bool = False) -> None:
        """Remove messages."""
        room = self.messages[message_ids[0]]["rid"]
        for message_id in message_ids:
            message = self.messages.pop(message_id)
            self.trash.append((message_id, message["rid"], self.now()))
            if not bulk:
                await self.tell("stream-notify-room", f"{room}/deleteMessage", [{"_id": message_id}])
        if bulk:
            limits = {"rid": room, "excludePinned": False, "ts": {"$gt": {"$date": 0}}}
            await self.tell("stream-notify-room", f"{room}/deleteMessageBulk", [limits])

    async def adds(self, room: str, user: str = BOT) -> None:
        """Let somebody add a person or the bot to a room."""
        self.rooms[room].members.add(user)
        await self._membership("inserted", room, user)

    async def sends_away(self, room: str, user: str = BOT) -> None:
        """Let somebody send a person or the bot away."""
        self.rooms[room].members.discard(user)
        for peer in self.peers:
            peer.subscriptions = {s for s in peer.subscriptions if not s[1].startswith(room)}
        await self._membership("removed", room, user)

    async def renames(self, room: str, name: str) -> None:
        """Let somebody rename a room."""
        self.rooms[room].name = name
        for user in self.rooms[room].members:
            await self._membership("updated", room, user)

    async def _membership(self, change: str, room: str, user: str) -> None:
        await self.tell(
            "stream-notify-user", f"{user}/subscriptions-changed", [change, self.subscription(room)]
        )

    def subscription(self, room_id: str) -> Json:
        """Return a membership as Rocket.Chat writes it."""
        room = self.rooms[room_id]
        return {"_id": f"sub{room.id}", "rid": room.id, "name": room.name, "fname": room.name, "t": room.t,
                **({"encrypted": True} if room.encrypted else {})}  # fmt: skip

    async def tell(self, stream: str, event: str, args: list[Any]) -> None:
        """Send an event to who listens to it."""
        body = {
            "msg": "changed",
            "collection": stream,
            "id": "id",
            "fields": {"eventName": event, "args": args},
        }
        for peer in list(self.peers):
            if (stream, event) in peer.subscriptions and not self.silent:
                with contextlib.suppress(ConnectionError):
                    await peer.socket.send_json(body)

    async def drop(self) -> None:
        """Lose every connection."""
        for peer in list(self.peers):
            await peer.socket.close()

    # What clients ask for

    def room_for(self, room_id: str, user: str) -> Room:
        """Return a room that somebody is in."""
        room = self.rooms.get(room_id)
        if room is None or user not in room.members:
            raise Refusal(400, "Not allowed", "error-not-allowed")
        return room

    def direct(self, one: str, other: str) -> Room:
        """Return the direct room of two people."""
        room_id = "".join(sorted((one, other)))
        if room_id not in self.rooms:
            self.rooms[room_id] = Room(room_id, "d", self.users[other], {one, other})
        return self.rooms[room_id]

    async def opens_direct(self, one: str, other: str) -> str:
        """Let somebody open a direct room."""
        room = self.direct(one, other)
        for user in (one, other):
            await self._membership("inserted", room.id, user)
        return room.id

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call of the REST API."""
        method, path = request.method, request.match_info["path"]
        body = await request.json() if request.can_read_body else None
        self.calls.append((method, path, body))
        user = TOKENS.get(request.headers.get("X-Auth-Token", ""), "")
        if user != request.headers.get("X-User-Id"):
            user = ""
        where = self._where(path, body, request.query)
        if self.before is not None:
            await self.before(method, where, body)
        try:
            for at, (failing, start, failure) in enumerate(self.failures):
                if failing == method and where.startswith(start):
                    del self.failures[at]
                    raise failure
            if not user:
                raise Refusal(401, "")
            answer = await self.answer(method, path, request.query, body or {}, user)
        except Refusal as refusal:
            return refusal.response()
        if self.after is not None:
            await self.after(method, where, body)
        return web.json_response({**answer, "success": True})

    def _where(self, path: str, body: Any, query: Any) -> str:
        """Return the path of a call with the room that it is about."""
        given = body or {}
        message = self.messages.get(str(query.get("msgId") or given.get("msgId")), {})
        room = given.get("roomId") or given.get("message", {}).get("rid") or message.get("rid", "")
        return f"{path} {room}"

    async def answer(self, method: str, path: str, query: Any, body: Json, user: str) -> Json:
        match (method, path):
            case ("GET", "me"):
                return {"_id": user, "username": self.users[user], "roles": ["bot"], "active": True}
            case ("GET", "settings.public"):
                return {"settings": [{"_id": "Message_MaxAllowedSize", "value": LONGEST}]}
            case ("GET", "subscriptions.get"):
                mine = [r.id for r in self.rooms.values() if user in r.members]
                return {"update": [self.subscription(room) for room in mine], "remove": []}
            case ("GET", "chat.getMessage"):
                message = self.messages.get(query["msgId"])
                if message is None:
                    raise Refusal(400, "")
                self.room_for(message["rid"], user)
                return {"message": _rest(message)}
            case ("GET", "chat.syncMessages"):
                return {"result": self._changes(query, user)}
            case ("POST", "chat.sendMessage"):
                if extra := set(body["message"]) - {"_id", "rid", "tmid", "msg", "attachments"}:
                    raise Refusal(400, f"must NOT have additional properties {extra}", "invalid-params")
                return {"message": _rest(await self.create(body["message"], user))}
            case ("POST", "chat.postMessage"):
                room = body.get("roomId") or body["channel"]
                kept = {k: v for k, v in body.items() if k in ("tmid", "attachments")}
                made = await self.create({"rid": room, "msg": body.get("text", ""), **kept}, user)
                return {"message": _rest(made), "channel": room}
            case ("POST", "chat.update"):
                found = self.messages.get(body["msgId"])
                if found is None or found["rid"] != body["roomId"] or found["u"]["_id"] != user:
                    raise Refusal(400, f'No message found with the id of "{body["msgId"]}".')
                await self.edits(body["msgId"], body["text"], user)
                return {"message": _rest(found)}
            case ("POST", "chat.delete"):
                await self.removes(body["msgId"])
                return {"_id": body["msgId"]}
            case ("POST", "chat.react"):
                await self.changes(body["messageId"], reactions={body["emoji"]: {"usernames": ["ann"]}})
                return {}
            case ("GET", "channels.history" | "groups.history"):
                room = self.room_for(query["roomId"], user)
                if (path == "groups.history") != (room.t == "p"):
                    raise Refusal(400, "The required room does not exist", "error-room-not-found")
                return {"messages": self._history(room.id, query)}
            case ("GET", "chat.getThreadMessages"):
                found_all = [m for m in self.messages.values() if m.get("tmid") == query["tmid"]]
                return {"messages": [_rest(m) for m in found_all], "total": len(found_all)}
            case ("POST", "im.create"):
                other = next(u for u, name in self.users.items() if name == body["username"])
                return {"room": {"t": "d", "rid": await self.opens_direct(user, other)}}
        raise Refusal(404, "unknown path")

    def _history(self, room_id: str, query: Any) -> list[Json]:
        """Return the newest messages of a room between two times, newest first, as the server does."""

        def at(name: str, default: int) -> int:
            given = query.get(name)
            return (
                default
                if given is None
                else int(datetime.fromisoformat(given.replace("Z", "+00:00")).timestamp() * 1000)
            )

        oldest, latest = at("oldest", 0), at("latest", 1 << 50)
        inclusive = query.get("inclusive") == "true"
        found = [
            m
            for m in self.messages.values()
            if m["rid"] == room_id
            and (oldest < m["ts"] < latest or (inclusive and m["ts"] in (oldest, latest)))
        ]
        found.sort(key=lambda m: -m["ts"])
        return [_rest(m) for m in found[: int(query.get("count", 20))]]

    def _changes(self, query: Any, user: str) -> Json:
        room = self.room_for(query["roomId"], user)
        at = int(datetime.fromisoformat(query["lastUpdate"].replace("Z", "+00:00")).timestamp() * 1000)
        updated = [m for m in self.messages.values() if m["rid"] == room.id and m["_updatedAt"] > at]
        updated.sort(key=lambda m: -m["ts"])
        return {
            "updated": [_rest(m) for m in updated],
            "deleted": [
                {"_id": i, "_deletedAt": iso(d)} for i, rid, d in self.trash if rid == room.id and d > at
            ],
        }

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Talk DDP over a websocket."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.send_json({"server_id": "0"})
        peer = Peer(socket)
        self.peers.append(peer)
        try:
            async for message in socket:
                if message.type is WSMsgType.PING:
                    if not self.silent:
                        await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT and not self.silent:
                    await self._ddp(peer, json.loads(message.data))
        finally:
            self.peers.remove(peer)
        return socket

    async def _ddp(self, peer: Peer, said: Json) -> None:
        match said.get("msg"):
            case "connect":
                await peer.socket.send_json({"msg": "connected", "session": "s"})
                await peer.socket.send_json({"msg": "ping"})
            case "ping":
                await peer.socket.send_json({"msg": "pong"})
            case "method":
                self.methods.append(said["method"])
                answer: Json = {"msg": "result", "id": said["id"]}
                (given,) = said["params"]
                if said["method"] == "updateMessage" and peer.user:
                    where = f"{said['method']} {given['rid']}"
                    self.calls.append(("DDP", where, given))
                    if self.before is not None:
                        await self.before("DDP", where, given)
                    try:
                        if self._update(given, peer.user):
                            await self.send_anew(self.messages[given["_id"]])
                    except Refusal as refusal:
                        answer["error"] = {"error": refusal.kind, "reason": refusal.error}
                    if self.after is not None:
                        await self.after("DDP", where, given)
                elif said["method"] == "login" and given.get("resume") in TOKENS:
                    peer.user = TOKENS[given["resume"]]
                    later = {"$date": self.now() + 90 * 24 * 3600 * 1000}
                    answer["result"] = {
                        "id": peer.user, "token": given["resume"], "tokenExpires": later, "type": "resume",
                    }  # fmt: skip
                else:
                    reason = "You've been logged out by the server. Please log in again."
                    answer["error"] = {"isClientSafe": True, "error": 403, "reason": reason}
                await peer.socket.send_json(answer)
            case "sub":
                stream, event = said["name"], said["params"][0]
                owner = event.partition("/")[0]
                room = self.rooms.get(owner)
                if owner == peer.user or (room is not None and peer.user in room.members):
                    peer.subscriptions.add((stream, event))
                    await peer.socket.send_json({"msg": "ready", "subs": [said["id"]]})
                else:
                    error = {"error": "not-allowed", "reason": "Not allowed"}
                    await peer.socket.send_json({"msg": "nosub", "id": said["id"], "error": error})


def actions(message: Json) -> list[Json]:
    """Return the buttons of a message."""
    return [action for attachment in message.get("attachments", []) for action in attachment["actions"]]


def _ddp(message: Json) -> Json:
    return _timed(message, lambda at: {"$date": at})


def _rest(message: Json) -> Json:
    return _timed(message, iso)


def _timed(message: Json, write: Callable[[int], Any]) -> Json:
    return {k: write(v) if k in ("ts", "_updatedAt", "editedAt") else v for k, v in message.items()}


@contextlib.asynccontextmanager
async def serving(ago: float = 0.0, port: int = 0) -> AsyncIterator[RocketChat]:
    """Serve on a port of this machine, a free one by itself; the server's clock may stand some seconds ``ago``."""
    rocketchat = RocketChat(ago=ago)
    app = web.Application()

    async def on_time(request: web.Request, response: web.StreamResponse) -> None:
        at = datetime.fromtimestamp(time.time() - rocketchat.ago, UTC)
        response.headers["Date"] = at.strftime("%a, %d %b %Y %H:%M:%S GMT")

    app.on_response_prepare.append(on_time)
    app.router.add_route("*", "/api/v1/{path:.*}", rocketchat.handle)
    app.router.add_get("/websocket", rocketchat.connect)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    rocketchat.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield rocketchat
    finally:
        await rocketchat.drop()
        await runner.cleanup()


def is_connected(rocketchat: RocketChat) -> bool:
    """Return whether the bot listens to the group room."""
    return any(("stream-room-messages", GROUP) in peer.subscriptions for peer in rocketchat.peers)
