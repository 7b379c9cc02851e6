"""A thin, strict layer over Mattermost's REST API and its websocket: errors become ours, nothing is retried behind our back.

Written on aiohttp, which the engine has anyway: of the libraries, mattermostautodriver is kept up, but brings a second
HTTP stack for a dozen calls, says nothing when its websocket is lost and connected again (what was missed then has
to be asked for), and waits by itself when asked to slow down. The tests use it as an independent peer instead.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.mattermost.settings import MattermostSettings

Json = dict[str, Any]
#: What Mattermost allows in one post unless its operator says otherwise.
LONGEST_POST: Final = 16383
_PAGE: Final = 200
_SINCE_LIMIT: Final = 1000
_log = logging.getLogger(__name__)


class LoginRefused(ChannelRefused):
    """Mattermost does not accept the token."""


class Refused(ChannelRefused):
    """Mattermost will not do it; ``status`` is the HTTP status, ``code`` Mattermost's name of the error."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class MattermostApi:
    """The calls that the gateway makes.

    All methods raise ``ChannelError`` when another try may help and ``ChannelRefused`` when it will not.
    """

    def __init__(self, settings: MattermostSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def me(self) -> Json:
        """Return our own account: ``id``, ``username``.

        :raises LoginRefused: if the token is not accepted.
        """
        return await self._object("GET", "users/me", "checking the login")

    async def longest_post(self) -> int:
        """Return how many characters a post may have on this server."""
        config = await self._object("GET", "config/client", "reading the limits", params={"format": "old"})
        said = str(config.get("MaxPostSize", ""))
        return int(said) if said.isascii() and said.isdigit() and int(said) > 100 else LONGEST_POST

    async def channels(self) -> list[Json]:
        """Return the channels that we are a member of, direct ones included."""
        return await self._list("GET", "users/me/channels", "reading the channels")

    async def channel(self, channel_id: str) -> Json:
        """Return a channel: ``type`` is O (open), P (private), D (direct) or G (a group of people)."""
        return await self._object("GET", f"channels/{channel_id}", "looking up a channel")

    async def is_member(self, channel_id: str) -> bool:
        """Return whether we are a member of a channel."""
        try:
            await self._object("GET", f"channels/{channel_id}/members/me", "looking up our membership")
        except Refused as error:
            if error.status in (403, 404):
                return False
            raise
        return True

    async def direct(self, own_id: str, user_id: str) -> str:
        """Return the id of the direct channel with a person."""
        made = await self._object(
            "POST", "channels/direct", "opening a direct channel", body=[own_id, user_id]
        )
        return str(made["id"])

    async def post_of(self, post_id: str) -> Json | None:
        """Return a post, or ``None`` where it was removed."""
        try:
            post = await self._object("GET", f"posts/{post_id}", "looking up a post")
        except Refused as error:
            if error.status == 404:
                return None
            raise
        return None if post.get("delete_at") else post

    async def thread(self, post_id: str) -> list[Json]:
        """Return all posts of a thread."""
        return _posts(await self._object("GET", f"posts/{post_id}/thread", "reading a thread"))

    async def latest(self, channel_id: str, count: int = _PAGE) -> list[Json]:
        """Return the newest posts of a channel, at most 200."""
        params = {"page": "0", "per_page": str(min(count, _PAGE))}
        return _posts(
            await self._object("GET", f"channels/{channel_id}/posts", "reading a channel", params=params)
        )

    async def next_to(self, channel_id: str, side: str, post_id: str, most: int) -> list[Json]:
        """Return the posts of a channel ``before`` or ``after`` (``side``) a post, those next to it, at most ``most``."""
        params = {side: post_id, "page": "0", "per_page": str(min(most, _PAGE))}
        return _posts(
            await self._object("GET", f"channels/{channel_id}/posts", "looking around a post", params=params)
        )

    async def since(self, channel_id: str, at: int, most: int) -> list[Json]:
        """Return what was written, edited or removed in a channel after a time in milliseconds, oldest change first.

        Mattermost answers with no more than a thousand of them and no order that could be relied upon
        (mattermost/mattermost#13846): what goes beyond is read page by page, at most ``most`` posts.
        """
        params = {"since": str(max(1, at))}
        answer = await self._object(
            "GET", f"channels/{channel_id}/posts", "reading what was missed", params=params
        )
        found = {str(post["id"]): post for post in _posts(answer)}
        if len(found) >= _SINCE_LIMIT:
            for page in range(-(-most // _PAGE)):
                params = {"page": str(page), "per_page": str(_PAGE)}
                posts = _posts(
                    await self._object(
                        "GET", f"channels/{channel_id}/posts", "reading what was missed", params=params
                    )
                )
                for post in posts:
                    found.setdefault(str(post["id"]), post)
                if not posts or min(_number(post, "create_at") for post in posts) <= at:
                    break
            else:
                _log.warning("more than %d posts of channel %s were missed", most, channel_id)
        changed = [post for post in found.values() if _number(post, "update_at") > at]
        return sorted(changed, key=lambda post: (_number(post, "update_at"), _number(post, "create_at")))

    async def send(self, post: Json) -> Json:
        """Send a post and return it; the same ``pending_post_id`` within half a minute makes no second one."""
        params = {"set_online": "false"}
        return await self._object("POST", "posts", "posting", body=post, params=params)

    async def whisper(self, user_id: str, post: Json) -> None:
        """Show a post to one person alone; nothing of it is kept."""
        body = {"user_id": user_id, "post": post}
        await self._object("POST", "posts/ephemeral", "showing something to one person", body=body)

    async def change(self, post_id: str, message: str, props: Json) -> None:
        """Give one of our posts another text and other props."""
        body = {"message": message, "props": props}
        await self._object("PUT", f"posts/{post_id}/patch", "changing a card", body=body)

    async def react(self, own_id: str, post_id: str, emoji: str) -> None:
        """Put an emoji under a post; one that is there already stays."""
        body = {"user_id": own_id, "post_id": post_id, "emoji_name": emoji}
        await self._object("POST", "reactions", "offering a button", body=body)

    async def unreact(self, post_id: str, emoji: str) -> None:
        """Take an emoji of ours away."""
        await self._object("DELETE", f"users/me/posts/{post_id}/reactions/{emoji}", "taking a button away")

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Json]]:
        """Connect the websocket and give its events, in order and without a gap.

        :raises ChannelError: when the connection is refused, silent or lost, or when events were left out.
        """
        url = f"{self._settings.base}/api/v4/websocket".replace("http", "ws", 1)
        try:
            async with (
                asyncio.timeout(self._settings.timeout) as limit,
                self._open().ws_connect(url, heartbeat=self._settings.heartbeat, max_msg_size=0) as socket,
            ):
                events: asyncio.Queue[Json | None] = asyncio.Queue()
                await socket.send_json(
                    {
                        "seq": 1,
                        "action": "authentication_challenge",
                        "data": {"token": self._settings.token},
                    }
                )
                while True:
                    first = await _received(socket)
                    if first.get("status") == "FAIL":
                        raise ChannelError("Mattermost does not accept the token on its websocket")
                    if first.get("event"):
                        events.put_nowait(first)
                    if first.get("event") == "hello" or first.get("status") == "OK":
                        break
                limit.reschedule(None)
                # Read all the time: only who reads sees that the other side is still there.
                pumping = asyncio.create_task(_pump(socket, events), name="mattermost-socket")
                try:
                    yield _in_order(events)
                finally:
                    pumping.cancel()
                    await asyncio.gather(pumping, return_exceptions=True)
        except TimeoutError:
            raise ChannelError("Mattermost does not answer on its websocket") from None
        except (aiohttp.ClientError, OSError) as error:
            raise ChannelError(
                f"the connection to Mattermost was lost or refused ({type(error).__name__})"
            ) from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._settings.token}"},
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
                # A session cookie would count before the token, and then asks for more with each call.
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _object(
        self, method: str, path: str, doing: str, *, body: Any = None, params: Mapping[str, str] | None = None
    ) -> Json:
        answer = await self._call(method, path, doing, body, params)
        if not isinstance(answer, dict):
            raise ChannelError(f"Mattermost answered something unreadable while {doing}")
        return answer

    async def _list(self, method: str, path: str, doing: str) -> list[Json]:
        answer = await self._call(method, path, doing, None, None)
        if not isinstance(answer, list):
            raise ChannelError(f"Mattermost answered something unreadable while {doing}")
        return [item for item in answer if isinstance(item, dict)]

    async def _call(
        self, method: str, path: str, doing: str, body: Any, params: Mapping[str, str] | None
    ) -> Any:
        url = f"{self._settings.base}/api/v4/{path}"
        try:
            async with self._open().request(method, url, json=body, params=params) as response:
                raw = await response.read()
                status, headers = response.status, response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ChannelError(
                f"Mattermost cannot be reached while {doing} ({type(error).__name__})"
            ) from None
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        if status < 300 and answer is not None:
            return answer
        said = answer if isinstance(answer, dict) else {}
        reason = str(said.get("message") or "no reason given")
        if status == 429:
            raise ChannelError(
                f"Mattermost asks to slow down while {doing}", retry_after=_retry_after(headers)
            )
        if status == 401:
            raise LoginRefused("Mattermost does not accept the bot's token")
        if status >= 500:
            raise ChannelError(f"Mattermost is in trouble while {doing} (status {status})")
        if not said:
            # A proxy, or a server that is none of Mattermost's: nothing was decided about what was asked.
            raise ChannelError(f"there is no Mattermost at this address (status {status} while {doing})")
        raise Refused(f"Mattermost refused {doing}: {reason} ({status})", status, str(said.get("id") or ""))


def _retry_after(headers: Mapping[str, str]) -> float:
    for name in ("Retry-After", "X-Ratelimit-Reset"):
        try:
            return max(0.1, min(float(headers[name]), 3600.0))
        except (KeyError, ValueError):
            continue
    return 1.0


def _number(post: Json, name: str) -> int:
    value = post.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _posts(answer: Json) -> list[Json]:
    posts = answer.get("posts")
    found = posts.values() if isinstance(posts, dict) else ()
    return [post for post in found if isinstance(post, dict) and isinstance(post.get("id"), str)]


async def _received(socket: aiohttp.ClientWebSocketResponse) -> Json:
    message = await socket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise ChannelError("the connection to Mattermost was lost")
    try:
        event = json.loads(message.data)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {}


async def _pump(socket: aiohttp.ClientWebSocketResponse, events: asyncio.Queue[Json | None]) -> None:
    try:
        while True:
            events.put_nowait(await _received(socket))
    except (ChannelError, aiohttp.ClientError, OSError):
        pass
    finally:
        events.put_nowait(None)


async def _in_order(events: asyncio.Queue[Json | None]) -> AsyncIterator[Json]:
    expected: int | None = None
    while (event := await events.get()) is not None:
        number = event.get("seq")
        if event.get("event") and isinstance(number, int):
            # Mattermost counts what it sends, and leaves events out for who reads too slowly.
            if expected is not None and number != expected:
                raise ChannelError("Mattermost left events out")
            expected = number + 1
        yield event
    raise ChannelError("the connection to Mattermost was lost")
