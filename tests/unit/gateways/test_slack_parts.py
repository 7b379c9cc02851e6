"""Parts of the Slack gateway by themselves: names, what is sent once, and errors in words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.positions import Positions
from courage.db.engine import make_sessions
from courage.gateways.slack.api import LoginRefused, ScopeMissing, SlackApi
from courage.gateways.slack.names import Names
from courage.gateways.slack.sends import EVENT, Sends
from courage.gateways.slack.settings import SlackSettings
from tests.databases import open_database


async def test_names_are_asked_for_once_and_never_waited_for_in_vain() -> None:
    asked: list[str] = []
    now = [0.0]
    trouble: list[ChannelError] = []

    async def ask(user: str) -> str:
        asked.append(user)
        if trouble:
            raise trouble.pop()
        return f"name of {user}"

    names = Names(ask, lambda: now[0])
    assert await names.of({"U1"}) == {"U1": "name of U1"}
    trouble.append(ChannelError("slow down", retry_after=30))
    assert await names.of({"U1", "U2", "U3"}) == {"U1": "name of U1"}
    assert asked == ["U1", "U2"]
    now[0] = 31
    assert await names.of({"U2"}) == {"U2": "name of U2"}


class Place:
    """Stands in for the Web API: keeps what is posted, and says what is there."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.asked: list[str | None] = []

    def thread(self, channel: str, ts: str, oldest: str | None = None) -> AsyncIterator[list[Any]]:
        return self._pages(oldest)

    def history(self, channel: str, oldest: str) -> AsyncIterator[list[Any]]:
        return self._pages(oldest)

    async def _pages(self, oldest: str | None) -> AsyncIterator[list[Any]]:
        self.asked.append(oldest)
        for message in self.posted:
            yield [message]


def sends(folder: Path, place: Place) -> Sends:
    sessions = make_sessions(open_database(folder / "courage.db"))
    positions = Positions(sessions, "T0/sent", channel="slack")
    return Sends(place, positions, "salt", clock=lambda: 5000.0)  # type: ignore[arg-type]


async def test_what_was_sent_is_not_sent_again_not_even_in_another_life(tmp_path: Path) -> None:
    place = Place()

    async def post(metadata: Mapping[str, Any]) -> dict[str, Any]:
        message = {"ts": f"{len(place.posted) + 1}.0", "metadata": metadata}
        place.posted.append(message)
        if len(place.posted) == 2:
            raise ChannelError("the answer was lost")
        return message

    first = sends(tmp_path, place)
    assert await first.once("C1", "key", post) == "1.0"
    assert await first.once("C1", "key", post) == "1.0"
    assert place.asked == [], "nothing is looked for where nothing was lost"
    with pytest.raises(ChannelError):
        await first.once("C1", "other", post, thread="0.5")
    second = sends(tmp_path, place)
    await second.load()
    assert second.sent("key") == "1.0"
    assert await second.once("C1", "other", post, thread="0.5") == "2.0"
    assert place.asked == ["1400.000000"]
    assert await second.once("C1", "third", post) == "3.0"
    assert [m["metadata"]["event_type"] for m in place.posted] == [EVENT] * 3


async def test_what_slack_refused_is_not_looked_for(tmp_path: Path) -> None:
    place = Place()

    async def refuse(_: Mapping[str, Any]) -> dict[str, Any]:
        raise ChannelRefused("no")

    async def slow(_: Mapping[str, Any]) -> dict[str, Any]:
        raise ChannelError("slow down", retry_after=3)

    one = sends(tmp_path, place)
    for post in (refuse, slow):
        with pytest.raises(ChannelError):
            await one.once("C1", "key", post)
    assert place.asked == []


@pytest.mark.parametrize(
    ("status", "answer", "headers", "kind", "says"),
    [
        (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}, ChannelError, "slow down"),
        (429, None, {"Retry-After": "7"}, ChannelError, "slow down"),
        (
            200,
            {"ok": False, "error": "missing_scope", "needed": "chat:write"},
            {},
            ScopeMissing,
            "chat:write",
        ),
        (200, {"ok": False, "error": "token_revoked"}, {}, LoginRefused, "token_revoked"),
        (200, {"ok": False, "error": "internal_error"}, {}, ChannelError, "trouble"),
        (503, None, {}, ChannelError, "trouble"),
        (200, {"ok": False, "error": "is_archived"}, {}, ChannelRefused, "is_archived"),
    ],
)
async def test_what_slack_says_becomes_what_a_person_can_read(
    status: int, answer: Any, headers: dict[str, str], kind: type[ChannelError], says: str
) -> None:
    calls = 0

    async def handle(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if answer is None:
            return web.Response(
                text="<html>no</html>", content_type="text/html", status=status, headers=headers
            )
        return web.Response(
            text=json.dumps(answer), content_type="application/json", status=status, headers=headers
        )

    app = web.Application()
    app.router.add_route("*", "/{method}", handle)
    async with TestServer(app) as server:
        api = SlackApi(SlackSettings("xoxb-1", "xapp-1", api=str(server.make_url("/"))))
        with pytest.raises(kind, match=says) as caught:
            await api.post("C1", "hello")
        await api.close()
    assert isinstance(caught.value, ChannelRefused) == (kind is ChannelRefused)
    assert caught.value.retry_after == (7.0 if status == 429 else None)
    assert calls == 1, "nothing is sent again behind our back"


async def test_a_connection_that_breaks_while_posting_is_not_tried_again_by_itself() -> None:
    calls = 0

    async def handle(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{method}", handle)
    async with TestServer(app) as server:
        api = SlackApi(SlackSettings("xoxb-1", "xapp-1", api=str(server.make_url("/"))))
        with pytest.raises(ChannelError, match="cannot be reached"):
            await api.post("C1", "hello")
        await api.close()
    assert calls == 1
