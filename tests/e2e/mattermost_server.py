"""A stand-in for a Mattermost server: speaks its REST API (v4) and its websocket to any client, and plays people.

What it checks and how it answers is what the server's source does: tokens, membership and rights, lengths, roots of
threads, ``pending_post_id`` for half a minute, ``since`` with removed posts, earlier texts and at most a thousand
answers, mentions, ephemeral posts with a right that bots do not have by themselves, and numbered events.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]


def identity(name: str) -> str:
    """Return an id as Mattermost has them: 26 letters and digits."""
    return (name + "z" * 26)[:26]


BOT, EVE, ANN, BOB, CAM = (identity(name) for name in ("courage", "eve", "ann", "bob", "cam"))
GROUP, DESK, SIDE = (identity(name) for name in ("gardentalk", "desk", "sidetalk"))
TEAM = identity("team")
TOKENS = {f"{name}-token-for-tests": user for name, user in (("bot", BOT), ("eve", EVE), ("ann", ANN))}
TOKEN = "bot-token-for-tests"
LONGEST = 16383
_PENDING_TTL = 30.0
_WORDS = re.compile(r"[^\w:.\-@]+")


def answered(body: Any, status: int) -> web.Response:
    """Return an answer as the server gives it: it names no character set, and clients look at that."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json"}
    )


class Refusal(Exception):
    """An error as the API answers it."""

    def __init__(
        self, status: int, code: str, message: str = "refused", headers: dict[str, str] | None = None
    ) -> None:
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}

    def response(self) -> web.Response:
        """Return the answer of the server."""
        if self.status == 429:  # its rate limiter answers in plain text
            return web.Response(status=429, text="limit exceeded", headers=self.headers)
        body = {"id": self.code, "message": self.message, "request_id": "r", "status_code": self.status}
        return answered(body, self.status)


@dataclass
class Channel:
    """A channel and who is in it."""

    id: str
    type: str
    display_name: str
    members: set[str]
    create_at: int = 0
    delete_at: int = 0
    last_post_at: int = 0

    def json(self) -> Json:
        """Return it as Mattermost writes it."""
        return {
            "id": self.id,
            "type": self.type,
            "display_name": self.display_name,
            "name": self.display_name.lower().replace(" ", "-"),
            "team_id": "" if self.type in "DG" else TEAM,
            "create_at": self.create_at,
            "delete_at": self.delete_at,
            "last_post_at": self.last_post_at,
        }


@dataclass
class Peer:
    """A connected websocket and whose it is."""

    socket: web.WebSocketResponse
    user: str
    seq: int = 0


Hook = Callable[[str, str, Any], Awaitable[None]]


@dataclass
class Mattermost:
    """The server and everybody who chats there."""

    url: str = ""
    users: dict[str, str] = field(
        default_factory=lambda: {BOT: "courage", EVE: "eve", ANN: "ann", BOB: "bob", CAM: "cam"}
    )
    channels: dict[str, Channel] = field(default_factory=dict)
    posts: dict[str, Json] = field(default_factory=dict)
    reactions: dict[tuple[str, str, str], int] = field(default_factory=dict)
    ephemeral: list[tuple[str, Json]] = field(default_factory=list)
    mentioned: list[tuple[str, str]] = field(default_factory=list)
    pending: dict[str, tuple[float, str]] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[tuple[str, str, Refusal]] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    may_whisper: bool = False
    may_write: bool = True
    silent: bool = False
    before: Hook | None = None
    after: Hook | None = None
    clock: int = 0
    ago: float = 0.0
    number: int = 0

    def __post_init__(self) -> None:
        """Found two channels and a desk."""
        for channel, kind, name in ((GROUP, "O", "Garden talk"), (DESK, "P", "Desk")):
            members = {BOT, ANN, BOB, EVE, CAM}
            self.channels[channel] = Channel(channel, kind, name, members, self.now())

    def now(self) -> int:
        """Return the time in milliseconds, some seconds ``ago``; no two are the same."""
        self.clock = max(self.clock + 1, int((time.time() - self.ago) * 1000))
        return self.clock

    # What people do

    def of_bot(self, channel: str) -> list[Json]:
        """Return the bot's posts in a channel that are there, oldest first."""
        return [
            p
            for p in self.posts.values()
            if p["channel_id"] == channel and p["user_id"] == BOT and not p["delete_at"]
        ]

    def cards(self) -> list[Json]:
        """Return the bot's cards in the desk channel: what answers nobody."""
        return [p for p in self.of_bot(DESK) if not p["root_id"] and "From now on I read" not in p["message"]]

    async def says(self, channel: str, user: str, text: str = "", **content: Any) -> str:
        """Let somebody write a post and return its id."""
        return str((await self.create({"channel_id": channel, "message": text, **content}, user))["id"])

    async def edits(self, post_id: str, text: str) -> None:
        """Let somebody edit their post."""
        await self.update(self.posts[post_id], text, {})

    async def removes(self, post_id: str) -> None:
        """Let somebody remove a post, and with it what answers it."""
        await self.delete(post_id, self.posts[post_id]["user_id"])

    async def presses(self, post_id: str, user: str, emoji: str) -> None:
        """Let somebody put an emoji under a post."""
        await self.add_reaction({"user_id": user, "post_id": post_id, "emoji_name": emoji})

    async def create(self, given: Json, user: str) -> Json:
        """Make a post, as ``CreatePost`` does."""
        channel = self.channel_for(given["channel_id"], user)
        if channel.delete_at:
            raise Refusal(400, "api.post.create_post.can_not_post_to_deleted.error")
        if user == BOT and not self.may_write:
            raise Refusal(
                403, "api.context.permissions.app_error", "You do not have the appropriate permissions."
            )
        pending = given.get("pending_post_id", "")
        seen = self.pending.get(pending)
        if pending and seen is not None and time.monotonic() - seen[0] < _PENDING_TTL:
            return self.posts[seen[1]]
        message, root = str(given.get("message", "")), str(given.get("root_id", ""))
        if len(message) > LONGEST:
            raise Refusal(400, "model.post.is_valid.message_length.app_error", "Invalid message length.")
        if root:
            parent = self.posts.get(root)
            if (
                parent is None
                or parent["delete_at"]
                or parent["root_id"]
                or parent["channel_id"] != channel.id
            ):
                raise Refusal(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
        self.number += 1
        at = self.now()
        post: Json = {
            "id": identity(f"post{self.number}x"),
            "create_at": at,
            "update_at": at,
            "edit_at": 0,
            "delete_at": 0,
            "is_pinned": False,
            "user_id": user,
            "channel_id": channel.id,
            "root_id": root,
            "original_id": "",
            "message": message,
            "type": str(given.get("type", "")),
            "props": dict(given.get("props") or {}),
            "hashtags": "",
            "pending_post_id": pending,
            "metadata": dict(given.get("metadata") or {}),
        }
        if user == BOT:
            post["props"]["from_bot"] = "true"
        self.posts[post["id"]] = post
        channel.last_post_at = at
        if pending:
            self.pending[pending] = (time.monotonic(), post["id"])
        for name in self.mentions(message):
            self.mentioned.append((post["id"], name))
        await self.tell(
            "posted", {"post": json.dumps(post), "channel_type": channel.type}, channel=channel.id
        )
        return post

    def mentions(self, text: str) -> set[str]:
        """Return who is notified by a text, as the server finds them."""
        known = {f"@{name}" for name in self.users.values()} | {"@all", "@here", "@channel"}
        found: set[str] = set()
        for word in _WORDS.split(text.lower()):
            if word.startswith(":") and word.endswith(":"):
                continue
            bare = word.lstrip(":.-_")
            for part in (bare, bare.rstrip(".-:"), *re.split(r"[.\-:]", bare)):
                found |= {part} & known
        return found

    async def update(self, post: Json, message: str, props: Json) -> Json:
        """Change a post; its earlier text stays as a removed post of another id."""
        at = self.now()
        self.number += 1
        old = {**post, "id": identity(f"post{self.number}x"), "original_id": post["id"]}
        if message != post["message"]:
            self.posts[old["id"]] = {**old, "delete_at": at, "update_at": at}
            post["edit_at"] = at
        post["message"], post["update_at"] = message, at
        if props:
            post["props"] = {**props, **({"from_bot": "true"} if post["user_id"] == BOT else {})}
        await self.tell("post_edited", {"post": json.dumps(post)}, channel=post["channel_id"])
        return post

    async def delete(self, post_id: str, by: str) -> None:
        """Remove a post and its answers; one event tells it."""
        at = self.now()
        gone = dict(self.posts[post_id])
        for post in self.posts.values():
            if post_id in (post["id"], post["root_id"]):
                post["delete_at"] = post["update_at"] = at
        await self.tell(
            "post_deleted", {"post": json.dumps(gone), "delete_by": by}, channel=gone["channel_id"]
        )

    async def add_reaction(self, given: Json) -> Json:
        """Put an emoji under a post, which changes when it was changed last."""
        post = self.posts[given["post_id"]]
        key = (post["id"], given["user_id"], given["emoji_name"])
        new = key not in self.reactions
        reaction = {**given, "create_at": self.reactions.setdefault(key, self.now())}
        if new:
            post["update_at"] = self.now()
            await self.tell("post_edited", {"post": json.dumps(post)}, channel=post["channel_id"])
            await self.tell("reaction_added", {"reaction": json.dumps(reaction)}, channel=post["channel_id"])
        return reaction

    async def adds(self, channel: str, user: str = BOT) -> None:
        """Let somebody add a person or the bot to a channel."""
        self.channels[channel].members.add(user)
        await self.tell("user_added", {"user_id": user, "team_id": TEAM}, channel=channel)

    async def sends_away(self, channel: str, user: str = BOT) -> None:
        """Let somebody send a person or the bot away."""
        self.channels[channel].members.discard(user)
        await self.tell("user_removed", {"channel_id": channel, "remover_id": ANN}, to=user)

    async def renames(self, channel: str, name: str) -> None:
        """Let somebody rename a channel."""
        self.channels[channel].display_name = name
        await self.tell(
            "channel_updated", {"channel": json.dumps(self.channels[channel].json())}, channel=channel
        )

    async def tell(self, event: str, data: Json, *, channel: str = "", to: str = "") -> None:
        """Send an event to everybody in a channel, or to one person."""
        for peer in list(self.peers):
            if (channel and peer.user in self.channels[channel].members) or peer.user == to:
                body = {
                    "event": event,
                    "data": data,
                    "broadcast": {"channel_id": channel, "user_id": to, "team_id": "", "omit_users": None},
                    "seq": peer.seq,
                }
                peer.seq += 1
                if not self.silent:
                    with contextlib.suppress(ConnectionError):
                        await peer.socket.send_json(body)

    async def drop(self) -> None:
        """Lose every connection."""
        for peer in list(self.peers):
            await peer.socket.close()

    # What clients ask for

    def channel_for(self, channel_id: str, user: str) -> Channel:
        """Return a channel that somebody may see."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refusal(404, "app.channel.get.existing.app_error", "Unable to find the existing channel.")
        if user not in channel.members:
            raise Refusal(
                403, "api.context.permissions.app_error", "You do not have the appropriate permissions."
            )
        return channel

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call of the REST API."""
        method, path = request.method, request.match_info["path"]
        if path == "websocket":
            return await self.connect(request)
        body = await request.json() if request.can_read_body else None
        self.calls.append((method, path, body))
        user = TOKENS.get(request.headers.get("Authorization", "").removeprefix("Bearer "), "")
        where = self._where(path, body)
        if self.before is not None:
            await self.before(method, where, body)
        try:
            for at, (failing, start, failure) in enumerate(self.failures):
                if failing == method and where.startswith(start):
                    del self.failures[at]
                    raise failure
            if not user:
                raise Refusal(401, "api.context.session_expired.app_error", "Invalid or expired session.")
            status, answer = await self.answer(method, path.split("/"), request.query, body, user)
        except Refusal as refusal:
            return refusal.response()
        if self.after is not None:
            await self.after(method, where, body)
        return answered(answer, status)

    def _where(self, path: str, body: Any) -> str:
        """Return the path of a call with the channel that it is about."""
        post_id = path.split("/")[1] if path.startswith("posts/") else ""
        if path == "posts":
            return f"posts {body['channel_id']}"
        if path == "reactions":
            post_id = body["post_id"]
        return f"{path} {self.posts[post_id]['channel_id']}" if post_id in self.posts else path

    async def answer(self, method: str, path: list[str], query: Any, body: Any, user: str) -> tuple[int, Any]:
        match (method, *path):
            case ("GET", "users", "me"):
                return 200, self._user(user)
            case ("GET", "users", user_id):
                return 200, self._user(user_id)
            case ("GET", "config", "client"):
                return 200, {"MaxPostSize": str(LONGEST), "Version": "11.11.0"}
            case ("GET", "users", "me", "channels"):
                return 200, [c.json() for c in self.channels.values() if user in c.members]
            case ("GET", "channels", channel_id):
                return 200, self.channel_for(channel_id, user).json()
            case ("GET", "channels", channel_id, "members", "me"):
                channel = self.channels.get(channel_id)
                if channel is None or user not in channel.members:
                    raise Refusal(404, "app.channel.get_member.missing.app_error", "No channel member found.")
                return 200, {"channel_id": channel_id, "user_id": user}
            case ("POST", "channels", "direct"):
                return 201, self.direct(*body).json()
            case ("GET", "channels", channel_id, "posts"):
                self.channel_for(channel_id, user)
                return 200, self._listed(channel_id, query)
            case ("POST", "posts"):
                return 201, await self.create(body, user)
            case ("POST", "posts", "ephemeral"):
                if not self.may_whisper:
                    raise Refusal(
                        403,
                        "api.context.permissions.app_error",
                        "You do not have the appropriate permissions.",
                    )
                self.ephemeral.append((body["user_id"], body["post"]))
                return 201, {**body["post"], "type": "system_ephemeral"}
            case ("POST", "reactions"):
                if body["user_id"] != user:
                    raise Refusal(403, "api.reaction.save_reaction.user_id.app_error")
                return 201, await self.add_reaction(body)
            case ("DELETE", "users", "me", "posts", post_id, "reactions", emoji):
                self.reactions.pop((post_id, user, emoji), None)
                return 200, {"status": "OK"}
            case ("GET", "posts", post_id):
                return 200, self._post(post_id, user)
            case ("GET", "posts", post_id, "thread"):
                root = self._post(post_id, user)["root_id"] or post_id
                posts = [
                    p for p in self.posts.values() if root in (p["id"], p["root_id"]) and not p["delete_at"]
                ]
                return 200, _list(posts)
            case ("PUT", "posts", post_id, "patch"):
                post = self._post(post_id, user)
                if post["user_id"] != user:
                    raise Refusal(
                        403,
                        "api.context.permissions.app_error",
                        "You do not have the appropriate permissions.",
                    )
                if len(body["message"]) > LONGEST:
                    raise Refusal(400, "model.post.is_valid.message_length.app_error")
                return 200, await self.update(post, body["message"], body.get("props") or {})
            case ("DELETE", "posts", post_id):
                self._post(post_id, user)
                await self.delete(post_id, user)
                return 200, {"status": "OK"}
        raise Refusal(404, "api.context.404.app_error", f"Sorry, we could not find the page: {path}")

    def _user(self, user: str) -> Json:
        return {"id": user, "username": self.users[user], "is_bot": user == BOT, "roles": "system_user"}

    def direct(self, one: str, other: str) -> Channel:
        """Return the direct channel of two people."""
        channel_id = identity("".join(sorted((one[:10], other[:10]))) + "dm")
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, "D", "", {one, other}, self.now())
        return self.channels[channel_id]

    def _post(self, post_id: str, user: str) -> Json:
        post = self.posts.get(post_id)
        if post is None or post["delete_at"]:
            raise Refusal(404, "app.post.get.app_error", "Unable to get the post.")
        self.channel_for(post["channel_id"], user)
        return post

    def _listed(self, channel_id: str, query: Any) -> Json:
        posts = [p for p in self.posts.values() if p["channel_id"] == channel_id]
        posts.sort(key=lambda p: -p["create_at"])
        if since := int(query.get("since", 0)):
            return _list([self._prepared(p) for p in posts if p["update_at"] > since][:1000])
        page, size = int(query.get("page", 0)), min(200, int(query.get("per_page", 60)))
        for side in ("before", "after"):
            if side in query:
                # The post named is not among them; those nearest to it come first, and are listed newest first.
                at = self.posts[query[side]]["create_at"]
                posts = [p for p in posts if not p["delete_at"]]
                if side == "before":
                    near = [p for p in posts if p["create_at"] < at][page * size : (page + 1) * size]
                else:
                    later = [p for p in reversed(posts) if p["create_at"] > at]
                    near = later[page * size : (page + 1) * size][::-1]
                return _list([self._prepared(p) for p in near])
        there = [self._prepared(p) for p in posts if not p["delete_at"]]
        return _list(there[page * size : (page + 1) * size])

    def _prepared(self, post: Json) -> Json:
        """Return a post as lists of posts have it: with the emoji under it."""
        under = [
            {"user_id": user, "post_id": post_id, "emoji_name": emoji, "create_at": at}
            for (post_id, user, emoji), at in self.reactions.items()
            if post_id == post["id"]
        ]
        return {**post, "metadata": {**post["metadata"], "reactions": under}} if under else post

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Talk over a websocket: its first word has to be the token."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        peer = Peer(socket, TOKENS.get(request.headers.get("Authorization", "").removeprefix("Bearer "), ""))
        try:
            if peer.user:
                await self._hello(peer)
            async for message in socket:
                if message.type is WSMsgType.PING:
                    if not self.silent:
                        await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    said = json.loads(message.data)
                    if said.get("action") != "authentication_challenge":
                        continue
                    user = TOKENS.get(said["data"]["token"], "")
                    if not user:
                        await socket.send_json({"status": "FAIL", "seq_reply": said["seq"], "error": {}})
                        break
                    if not peer.user:
                        peer.user = user
                        await self._hello(peer)
                    await socket.send_json({"status": "OK", "seq_reply": said["seq"]})
        finally:
            if peer in self.peers:
                self.peers.remove(peer)
        return socket

    async def _hello(self, peer: Peer) -> None:
        data = {"server_version": "11.11.0", "connection_id": "c"}
        await peer.socket.send_json({"event": "hello", "data": data, "broadcast": {}, "seq": peer.seq})
        peer.seq += 1
        self.peers.append(peer)


def _list(posts: list[Json]) -> Json:
    return {"order": [p["id"] for p in posts], "posts": {p["id"]: p for p in posts}}


@contextlib.asynccontextmanager
async def serving(ago: float = 0.0) -> AsyncIterator[Mattermost]:
    """Serve on a free port of this machine; the server's clock may stand some seconds ``ago``."""
    mattermost = Mattermost(ago=ago)
    app = web.Application()
    app.router.add_route("*", "/api/v4/{path:.*}", mattermost.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    mattermost.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield mattermost
    finally:
        await mattermost.drop()
        await runner.cleanup()


def is_connected(mattermost: Mattermost) -> bool:
    """Return whether the bot listens."""
    return any(peer.user == BOT for peer in mattermost.peers)
