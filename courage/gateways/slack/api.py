"""A thin, strict layer over slack_sdk: errors become ours, nothing is retried behind our back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.slack.settings import SlackSettings
from courage.gateways.slack.text import is_removed
from courage.gateways.values import Json, items, mapping, string

#: The library writes addresses with tickets and whole answers into its log; what matters is said by the gateway.
QUIET: Final = logging.getLogger("courage.gateways.slack.library")
QUIET.setLevel(logging.CRITICAL)
#: What the bot has to be allowed to do, as Slack calls it.
SCOPES: Final = (
    "channels:history",
    "channels:read",
    "chat:write",
    "groups:history",
    "groups:read",
    "im:history",
)
_PAGE = 200
_LOGIN = frozenset(
    {
        "account_inactive",
        "access_denied",
        "invalid_auth",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
    }
    | {"org_login_required", "team_access_not_granted", "token_expired", "token_revoked"}
)
_PASSING = frozenset(
    {"accesslimited", "fatal_error", "internal_error", "rate_limited", "ratelimited", "request_timeout"}
    | {"service_unavailable", "team_added_to_org", "message_limit_exceeded"}
)


class LoginRefused(ChannelError):
    """Slack does not accept a token: a person has to look."""


class ScopeMissing(ChannelError):
    """The app may not do what was asked; ``scope`` is what it lacks."""

    def __init__(self, doing: str, scope: str) -> None:
        self.scope = scope
        super().__init__(
            f"the Slack app lacks the scope {scope}, which {doing} needs: add it under “OAuth & Permissions” "
            "and install the app again"
        )


class Refused(ChannelRefused):
    """Slack will never do what was asked; ``code`` is its own name of why."""

    def __init__(self, message: str, code: str) -> None:
        self.code = code
        super().__init__(message)

    @property
    def gone(self) -> bool:
        """Whether a message is not there any more."""
        return self.code in ("message_not_found", "thread_not_found")


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn slack_sdk's errors into ours.

    :raises ChannelError: when another try may help.
    :raises ChannelRefused: when it will not.
    """
    try:
        yield
    except SlackApiError as error:
        raise _ours(error, doing) from None
    except (
        TimeoutError,
        aiohttp.ClientError,
        OSError,
        SlackClientError,
        ValueError,
        AttributeError,
    ) as error:
        raise ChannelError(f"Slack cannot be reached while {doing} ({type(error).__name__})") from None


def _ours(error: SlackApiError, doing: str) -> ChannelError:
    response: Any = error.response
    status = getattr(response, "status_code", getattr(response, "status", 200))
    data = mapping(getattr(response, "data", None))
    code = string(data.get("error"))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        headers = getattr(response, "headers", None) or {}
        try:
            wait = float(headers.get("Retry-After", 5))
        except ValueError:
            wait = 5.0
        return ChannelError(f"Slack asks to slow down while {doing}", retry_after=max(wait, 0.1))
    if code == "missing_scope":
        return ScopeMissing(doing, string(data.get("needed")) or "(Slack does not say which)")
    if code in _LOGIN:
        return LoginRefused(f"Slack does not accept the token while {doing}: {code}")
    if not code or code in _PASSING:
        return ChannelError(f"Slack is in trouble while {doing} ({code or status})")
    return Refused(f"Slack refused {doing}: {code}", code)


class SlackApi:
    """What we ask of Slack's Web API."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.network))
        self.client = AsyncWebClient(
            token=settings.bot_token,
            base_url=settings.api,
            session=self._session,
            logger=QUIET,
            # By itself it would send a message again whose answer was lost.
            retry_handlers=[],
        )
        self.user_id, self.bot_id, self.team_id = "", "", ""
        self.missing: tuple[str, ...] = ()
        self._ahead = 0.0

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def call(self, doing: str, method: str, **given: Any) -> Json:
        """Call a method and return its answer; ``doing`` says in words what for.

        :raises ChannelError: see :func:`told`.
        """
        with told(doing):
            answer = await self.client.api_call(
                method, json={k: v for k, v in given.items() if v is not None}
            )
            return mapping(answer.data)

    async def ask(self, doing: str, method: str, **given: Any) -> Json:
        """Call a method that reads, whose arguments Slack takes in the address only.

        :raises ChannelError: see :func:`told`.
        """
        with told(doing):
            params = {k: v for k, v in given.items() if v is not None}
            answer = await self.client.api_call(method, http_verb="GET", params=params)
            return mapping(answer.data)

    async def log_in(self) -> None:
        """Look who we are, and what we may not do though we should.

        :raises LoginRefused: if Slack does not accept the token.
        """
        with told("logging in"):
            answer = await self.client.auth_test()
        self.user_id, self.bot_id = string(answer.get("user_id")), string(answer.get("bot_id"))
        self.team_id = string(answer.get("team_id"))
        headers = {name.lower(): value for name, value in answer.headers.items()}
        granted = headers.get("x-oauth-scopes")
        with contextlib.suppress(KeyError, ValueError):
            self._ahead = parsedate_to_datetime(headers["date"]).timestamp() - time.time()
        held = {scope.strip() for scope in (granted or "").split(",")}
        self.missing = () if granted is None else tuple(s for s in SCOPES if s not in held)

    def now(self) -> str:
        """Return the time as Slack has it, by which messages are named, to the second."""
        return f"{time.time() + self._ahead:.0f}.000000"

    def is_ours(self, message: Json) -> bool:
        """Say whether we wrote a message ourselves."""
        return (bool(self.user_id) and message.get("user") == self.user_id) or (
            bool(self.bot_id) and message.get("bot_id") == self.bot_id
        )

    async def channel(self, channel: str) -> Json:
        """Return what Slack says of a channel.

        :raises ChannelRefused: if there is none, as far as we can see.
        """
        answer = await self.ask("looking up a channel", "conversations.info", channel=channel)
        return mapping(answer.get("channel"))

    async def channels(self) -> list[Json]:
        """Return the channels that we are in."""
        kinds = "public_channel,private_channel"
        pages = self.pages(
            "listing the channels", "users.conversations", "channels", types=kinds, exclude_archived="true"
        )
        return [channel async for page in pages for channel in page]

    async def name(self, user: str) -> str:
        """Return the name that others see of a user; empty where we may not know it."""
        answer = await self.ask("looking up a name", "users.info", user=user)
        profile = mapping(mapping(answer.get("user")).get("profile"))
        return string(profile.get("display_name")) or string(profile.get("real_name"))

    def history(
        self, channel: str, oldest: str | None, latest: str | None = None, *, inclusive: bool = False
    ) -> AsyncIterator[list[Json]]:
        """Return pages of the messages of a channel between two times, the newest first; answers in threads are not in it."""
        return self.pages(
            "reading a channel", "conversations.history", "messages",
            channel=channel, oldest=oldest, latest=latest, inclusive=str(inclusive).lower(),
            include_all_metadata="true",
        )  # fmt: skip

    def thread(self, channel: str, ts: str, oldest: str | None = None) -> AsyncIterator[list[Json]]:
        """Return pages of a thread after a time, its first message always among them, the oldest first.

        :raises ChannelRefused: if there is no such message.
        """
        return self.pages(
            "reading a thread", "conversations.replies", "messages",
            channel=channel, ts=ts, oldest=oldest, inclusive="false", include_all_metadata="true",
        )  # fmt: skip

    async def message(self, channel: str, ts: str) -> Json | None:
        """Return a message, wherever in a channel it stands; ``None`` if it is not there any more."""
        try:
            answer = await self.ask(
                "looking for a message", "conversations.replies",
                channel=channel, ts=ts, oldest=ts, latest=ts, inclusive="true",
            )  # fmt: skip
        except Refused as error:
            if error.gone:
                return None
            raise
        found = next((m for m in map(mapping, items(answer.get("messages"))) if m.get("ts") == ts), None)
        return None if found is None or is_removed(found) else found

    async def pages(self, doing: str, method: str, what: str, **given: Any) -> AsyncIterator[list[Json]]:
        """Return page after page of an answer; waits where Slack asks to slow down between two of them."""
        cursor: str | None = None
        while True:
            try:
                answer = await self.ask(doing, method, limit=_PAGE, cursor=cursor, **given)
            except ChannelError as error:
                # A page that is asked for again is no harm, beginning all over again would be.
                if error.retry_after is None or cursor is None:
                    raise
                await asyncio.sleep(error.retry_after)
                continue
            yield [mapping(found) for found in items(answer.get(what))]
            cursor = string(mapping(answer.get("response_metadata")).get("next_cursor")) or None
            if cursor is None:
                return

    async def post(
        self,
        channel: str,
        text: str,
        *,
        blocks: Sequence[Json] | None = None,
        thread: str | None = None,
        metadata: Json | None = None,
    ) -> Json:
        """Post a message and return it as Slack shows it, with its ``ts``."""
        answer = await self.call(
            "posting", "chat.postMessage",
            channel=channel, text=text, blocks=blocks, thread_ts=thread, metadata=metadata, **_PLAIN,
        )  # fmt: skip
        return {**mapping(answer.get("message")), "ts": string(answer.get("ts"))}

    async def whisper(
        self, channel: str, user: str, text: str, *, blocks: Sequence[Json], thread: str | None = None
    ) -> None:
        """Say something in a channel that one person alone sees."""
        await self.call(
            "answering", "chat.postEphemeral",
            channel=channel, user=user, text=text, blocks=blocks, thread_ts=thread, parse="none", link_names=False,
        )  # fmt: skip

    async def change(self, channel: str, ts: str, text: str, blocks: Sequence[Json]) -> None:
        """Change a message of ours."""
        await self.call(
            "changing a card",
            "chat.update",
            channel=channel,
            ts=ts,
            text=text,
            blocks=blocks,
            parse="none",
            link_names=False,
        )

    async def remove(self, channel: str, ts: str) -> None:
        """Remove a message of ours."""
        await self.call("taking a message back", "chat.delete", channel=channel, ts=ts)


#: Nobody is mentioned and nothing is previewed, whatever a text says.
_PLAIN: Final = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
    "mrkdwn": False,
}
