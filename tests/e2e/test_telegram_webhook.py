"""Telegram posts to the desk instead of being asked: aiogram's updates over HTTP, through the guards of the real desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import func, select

from courage.db.models.cases import Case
from courage.detection.verdict import Verdict
from courage.gateways.registry import Hooked
from courage.gateways.telegram.api import ALLOWED_UPDATES
from courage.web.app import make_desk
from courage.web.services import DeskServices
from tests.e2e.telegram_server import ANN, DESK, EVE, GROUP, Telegram, serving
from tests.e2e.telegram_world import Community
from tests.unit.cases.kit import screen

pytestmark = pytest.mark.e2e
HATE = "they are vermin"


@asynccontextmanager
async def desk(home: Callable[[], Community]) -> AsyncIterator[str]:
    """Serve a desk, of which only what chat systems send is used, and give the address for that."""

    async def hook(name: str, request: web.Request) -> web.StreamResponse:
        gateway = home().world.gateway
        if name != "telegram":
            raise web.HTTPNotFound
        assert isinstance(gateway, Hooked)
        return await gateway.hook(request)

    unused: Any = None
    named = ("people", "casework", "library", "recommender", "screen", "intake", "rooms", "assistant", "bus")
    parts: dict[str, Any] = dict.fromkeys((*named, "health", "decisions", "learnt"), unused)
    app = make_desk(DeskServices(**parts, hook=hook))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/telegram"
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Telegram]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: Telegram, tmp_path: Path) -> AsyncIterator[Community]:
    found: list[Community] = []
    async with desk(lambda: found[0]) as address:
        found.append(Community(server, tmp_path, webhook=address))
        await found[0].world.start()
        yield found[0]
        await found[0].world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def answers(home: Community, update: dict[str, Any]) -> list[str]:
    """Return the answers to the message of an update that say that a case is somebody's now."""
    asked = update["message"]["message_id"]
    return [
        message["text"]
        for message in home.server.of_bot(DESK)
        if message.get("reply_to_message", {}).get("message_id") == asked and "yours" in message["text"]
    ]


async def test_what_telegram_sends_is_read_and_answered(home: Community) -> None:
    server = home.server
    await server.says(GROUP, EVE, HATE)
    await home.world.until(server.cards, "the card")
    assert "yours" in (await home.press(ANN, server.cards()[0], "claim 1"))[0]["text"]
    assert "yours" in await home.says(ANN, "claim 1")
    (settings,) = [given for method, given in server.calls if method == "setWebhook"]
    assert tuple(settings["allowed_updates"]) == ALLOWED_UPDATES
    assert not [method for method, _ in server.calls if method in ("getUpdates", "deleteWebhook")]
    server.webhook = "https://elsewhere.example/x"
    await home.world.until(lambda: "another program" in home.world.gateway.health()["note"], "the reason")
    await home.world.until(lambda: server.webhook == home.more["webhook"], "it is ours again")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")


async def test_an_update_is_taken_once_and_from_telegram_alone(home: Community) -> None:
    server, update = home.server, {"update_id": 5000, "message": home.server.message(GROUP, EVE, text=HATE)}
    command = {"update_id": 5001, "message": server.message(DESK, ANN, text="claim 1")}
    async with aiohttp.ClientSession() as session:
        for wrong in ("", "guessed", "\u00fcml\u00e4ut"):
            assert not await server.post(session, update, wrong)
        assert server.statuses == [401, 401, 401]
        assert count(home) == 0
        secret = {"X-Telegram-Bot-Api-Secret-Token": server.secret}
        for body in ("no json", "[1]", "{}", '{"update_id": "x"}'):
            async with session.post(server.webhook, data=body, headers=secret) as response:
                assert response.status == 400
        async with session.post(server.webhook.replace("telegram", "other"), headers=secret) as response:
            assert response.status == 404
        # What aiogram's types refuse would be repeated for a day.
        strange = {"update_id": 4999, "message": {"date": "soon", "chat": 7}, "something_new": [1]}
        async with session.post(server.webhook, json=strange, headers=secret) as response:
            assert response.status == 200
        assert all(await asyncio.gather(*(server.post(session, update) for _ in range(3))))
        assert count(home) == 1
        assert await server.post(session, command)
        await home.world.until(lambda: len(answers(home, command)) == 1, "the answer")
        await home.restart()
        assert await server.post(session, update)
        assert await server.post(session, command)
        await home.world.until(home.world.settled, "everything sent")
    assert (count(home), home.world.casework.view(1).repeats) == (1, 1)
    assert "yours" in await home.says(ANN, "claim 1")  # what was sent before it was dealt with
    assert len(answers(home, command)) == 1


async def test_telegram_hears_yes_only_when_it_is_in_the_database(home: Community) -> None:
    server, goes_on = home.server, asyncio.Event()
    waiting = asyncio.Event()

    async def slow(text: str, sensitivity: str) -> Verdict:
        waiting.set()
        await goes_on.wait()
        return await screen(text, sensitivity)

    home.world.intake._screen = slow
    await server.says(GROUP, EVE, HATE)
    await waiting.wait()
    assert (server.statuses, count(home)) == ([], 0)
    await home.world.stop()  # as a crash would: nothing of it is in the database
    await home.world.until(lambda: 503 in server.statuses, "a no")
    home.world = type(home)(server, home.folder, **home.more).world
    goes_on.set()
    await home.world.start()
    await home.world.until(lambda: server.statuses[-1] == 200, "a yes")
    assert count(home) == 1


async def test_going_back_to_asking_loses_nothing(home: Community) -> None:
    await home.world.stop()
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: home.server.statuses, "a try")
    await home.restart(webhook="")
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.server.webhook == ""
