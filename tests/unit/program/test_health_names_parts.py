"""``/health`` names each part that does not do its job within ten seconds of it failing, asked of the engine over HTTP.

Of each chat system by itself, a network that falls silent and a token that is refused: ``tests/e2e``; of missing keys on a real
homeserver: ``tests/e2e/test_matrix_encrypted.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from courage.clock import utcnow
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.engine import Engine
from courage.settings import Settings
from tests.benchmarks.measure import free_port
from tests.unit.program.test_engine_health import _engine, settings, wait_for

pytestmark = pytest.mark.slow  # an engine for each state

__all__ = ["settings"]
_SECONDS = 10.0

Ask = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def ask(aiohttp_client: Any) -> Callable[[Engine], Awaitable[Ask]]:
    """Return what asks an engine for its health over HTTP, and fails where the answer takes too long."""

    async def of(engine: Engine) -> Ask:
        client = await aiohttp_client(engine.internal_application())
        secret = engine.settings.internal_secret.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}"}

        async def health() -> dict[str, Any]:
            async with asyncio.timeout(_SECONDS):
                answer = await client.get("/internal/health", headers=headers)
                found: dict[str, Any] = await answer.json()
                return found

        return health

    return of


@asynccontextmanager
async def rasa(answers: Callable[[], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Serve something in the place of Rasa and give its address."""

    async def handle(_: web.Request) -> web.Response:
        return await answers()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_channel_that_nobody_serves(settings: Settings, ask: Any) -> None:
    engine, _ = _engine(settings)
    health = await ask(engine)
    assert (await health())["status"] == "ok"
    wait_for(engine.components.sessions, "backroom")
    found = await health()
    assert found["status"] == "degraded"
    assert "no chat system is connected for: backroom (1)" in found["parts"]["outbox"]["note"]


async def test_a_delivery_older_than_a_minute(settings: Settings, ask: Any) -> None:
    engine, _ = _engine(settings)
    health = await ask(engine)
    wait_for(engine.components.sessions, "practice")
    assert (await health())["parts"]["outbox"]["status"] == "ok"
    with writing(engine.components.sessions, 1) as session:
        session.query(Outbox).update({"next_at": utcnow() - timedelta(seconds=61)})
    found = await health()
    assert (found["status"], found["parts"]["outbox"]["status"]) == ("degraded", "degraded")
    assert "deliveries wait: practice for 61 s" in found["parts"]["outbox"]["note"]


async def test_a_rasa_that_is_away_falls_silent_or_lacks_something(settings: Settings, ask: Any) -> None:
    state = "ok"

    async def answers() -> web.Response:
        if state == "silent":
            await asyncio.sleep(60)
        return web.json_response({"status": "ok", "sentences": state})

    async with rasa(answers) as address:
        engine, _ = _engine(settings.model_copy(update={"rasa_url": address}))
        health = await ask(engine)
        assert (await health())["parts"]["rasa"] == {"status": "ok"}
        state = "silent"
        found = await health()
        assert (found["status"], found["parts"]["rasa"]["status"]) == ("degraded", "down")
        assert "free sentences are not understood" in found["parts"]["rasa"]["note"]
        state = "engine"
        found = await health()
        assert (found["status"], found["parts"]["rasa"]["status"]) == ("degraded", "degraded")
    found = await health()  # nobody listens any more
    assert (found["status"], found["parts"]["rasa"]["status"]) == ("degraded", "down")
    if engine.rasa is not None:
        await engine.rasa.close()


async def test_a_gateway_that_is_offline_and_keys_that_are_missing(
    settings: Settings, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "COURAGE_MATRIX_HOMESERVER": f"http://127.0.0.1:{free_port()}",
        "COURAGE_MATRIX_USER": "@courage:example.org",
        "COURAGE_MATRIX_PASSWORD": "a password",
        "COURAGE_MATRIX_DESK_ROOM": "!desk:example.org",
    }.items():
        monkeypatch.setenv(name, value)
    from courage.settings import load_settings

    engine, _ = _engine(load_settings())
    health = await ask(engine)
    gateway: Any = engine.gateways["matrix"]
    running = asyncio.create_task(gateway.run())
    try:
        async with asyncio.timeout(_SECONDS):
            while not (found := (await health())["parts"]["matrix"])["note"]:
                await asyncio.sleep(0.1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert found["status"] == "degraded"
    # Connected, but with keys that cannot be used: encrypted rooms cannot be read nor written in.
    gateway._condition.become("ready")
    gateway._api = _Api()
    gateway._book = _Book()
    found = await health()
    assert (found["status"], found["parts"]["matrix"]["status"]) == ("degraded", "degraded")
    assert "the homeserver has other keys" in found["parts"]["matrix"]["note"]


class _Api:
    """A connection without keys."""

    encryption = None
    keys_trouble = "the homeserver has other keys for this device"


class _Book:
    """A room book with one encrypted room."""

    encrypted = frozenset({"!desk:example.org"})
    closed = frozenset[str]()
    count = 1
