"""The engine's own work goes on after an error, and the error is told."""

from __future__ import annotations

import asyncio

import pytest

from courage.background import Background


async def test_what_ends_by_an_error_begins_anew_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    now, tries, well = 1_000.0, 0, asyncio.Event()

    async def fragile() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("disk full")
        well.set()
        await asyncio.Event().wait()

    background = Background(wait=0.001, monotonic=lambda: now)
    assert background.health() == {"status": "ok"}
    background.start("outbox", fragile)
    try:
        async with asyncio.timeout(5):
            await well.wait()
        assert tries == 3
        assert background.health()["status"] == "degraded"
        assert "outbox" in background.health()["note"]
        assert caplog.text.count("outbox ended: OSError") == 2
        now += 601
        assert background.health() == {"status": "ok"}
    finally:
        await background.stop()


async def test_what_returns_is_done_and_stopping_ends_the_rest() -> None:
    ended: list[str] = []

    async def short() -> None:
        ended.append("short")

    async def long(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    background = Background()
    background.start("short", short)
    background.start("first", lambda: long("first"))
    background.start("second", lambda: long("second"))
    await asyncio.sleep(0)
    await background.stop()
    assert ended == ["short", "second", "first"]
    assert background.health() == {"status": "ok"}
