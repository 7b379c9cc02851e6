"""What Mattermost and Rocket.Chat may answer, and whether another try may help; the token is in none of our errors."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.mattermost.api import LoginRefused as MattermostLogin
from courage.gateways.mattermost.api import MattermostApi, MattermostSettings
from courage.gateways.rocketchat.api import LoginRefused as RocketChatLogin
from courage.gateways.rocketchat.api import RocketChatApi, RocketChatSettings

TOKEN = "a-token-that-stays-secret"
Answer = Callable[[web.Request], web.Response]
Serve = Callable[[Answer], Awaitable[str]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(answer: Answer) -> str:
        async def handle(request: web.Request) -> web.Response:
            return answer(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def _in(seconds: float) -> dict[str, str]:
    return {"X-RateLimit-Reset": str(int((time.time() + seconds) * 1000))}


MATTERMOST: list[tuple[str, Callable[[], web.Response], type[ChannelError], float | None]] = [
    ("token", lambda: web.json_response({"id": "x", "message": "Invalid session"}, status=401), MattermostLogin, None),
    ("right", lambda: web.json_response({"id": "x", "message": "no right"}, status=403), ChannelRefused, None),
    ("trouble", lambda: web.json_response({"id": "x", "message": "oops"}, status=500), ChannelError, None),
    ("proxy", lambda: web.Response(status=502, text="<html>Bad gateway"), ChannelError, None),
    ("elsewhere", lambda: web.Response(status=404, text="<html>not found"), ChannelError, None),
    ("a page", lambda: web.Response(text="<html>please log in"), ChannelError, None),
    ("a list", lambda: web.json_response([]), ChannelError, None),
    ("slow", lambda: web.Response(status=429, text="limit exceeded", headers={"X-Ratelimit-Reset": "7"}), ChannelError, 7),
    ("slow, odd", lambda: web.Response(status=429, headers={"Retry-After": "soon"}), ChannelError, 1),
]  # fmt: skip
ROCKETCHAT: list[tuple[str, Callable[[], web.Response], type[ChannelError], float | None]] = [
    ("token", lambda: web.json_response({"status": "error", "message": "log in"}, status=401), RocketChatLogin, None),
    ("right", lambda: web.json_response({"success": False, "error": "no right"}, status=400), ChannelRefused, None),
    ("said no", lambda: web.json_response({"success": False, "error": "no"}), ChannelRefused, None),
    ("trouble", lambda: web.json_response({"success": False}, status=500), ChannelError, None),
    ("elsewhere", lambda: web.Response(status=404, text="<html>not found"), ChannelError, None),
    ("a page", lambda: web.Response(text="<html>please log in"), ChannelError, None),
    ("slow", lambda: web.json_response({"success": False}, status=429, headers=_in(7)), ChannelError, 7),
    (
        "slow, in words",
        lambda: web.json_response({"success": False, "error": "You must wait 9 seconds [error-too-many-requests]"}, status=400),
        ChannelError,
        9,
    ),
]  # fmt: skip


async def _told(asking: Awaitable[Any], kind: type[ChannelError], wait: float | None) -> None:
    with pytest.raises(ChannelError) as told:
        await asking
    assert type(told.value) is kind or (kind is ChannelRefused and isinstance(told.value, ChannelRefused))
    assert TOKEN not in str(told.value)
    assert told.value.retry_after == (None if wait is None else pytest.approx(wait, abs=1.5))


@pytest.mark.parametrize(
    ("answer", "kind", "wait"), [case[1:] for case in MATTERMOST], ids=[case[0] for case in MATTERMOST]
)
async def test_what_mattermost_may_answer(
    serve: Serve, answer: Callable[[], web.Response], kind: type[ChannelError], wait: float | None
) -> None:
    api = MattermostApi(MattermostSettings(await serve(lambda _: answer()), TOKEN))
    await _told(api.me(), kind, wait)
    await api.close()


@pytest.mark.parametrize(
    ("answer", "kind", "wait"), [case[1:] for case in ROCKETCHAT], ids=[case[0] for case in ROCKETCHAT]
)
async def test_what_rocketchat_may_answer(
    serve: Serve, answer: Callable[[], web.Response], kind: type[ChannelError], wait: float | None
) -> None:
    api = RocketChatApi(RocketChatSettings(await serve(lambda _: answer()), "botUserId", TOKEN))
    await _told(api.me(), kind, wait)
    await api.close()


async def test_nobody_there_is_no_refusal() -> None:
    mattermost = MattermostApi(MattermostSettings("http://127.0.0.1:9", TOKEN))
    rocketchat = RocketChatApi(RocketChatSettings("http://127.0.0.1:9", "botUserId", TOKEN))
    for api in (mattermost, rocketchat):
        with pytest.raises(ChannelError, match="cannot be reached") as told:
            await api.me()
        assert not isinstance(told.value, ChannelRefused)
        await api.close()


async def test_a_session_cookie_is_not_kept(serve: Serve) -> None:
    """With it Mattermost would ask for more than the token with every later call."""
    asked: list[str] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Cookie", ""))
        response = web.json_response({"id": "me"})
        response.set_cookie("MMAUTHTOKEN", "session")
        return response

    # A name, because cookies of bare addresses are not kept anyway.
    url = (await serve(answer)).replace("127.0.0.1", "localhost")
    api = MattermostApi(MattermostSettings(url, TOKEN))
    await api.me()
    await api.me()
    assert asked == ["", ""]
    await api.close()
