"""Two engines, one gateway each: one speaks, and the other takes over when it stops or cannot renew its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import make_sessions
from courage.db.leases import Leases
from courage.gateways.led import Led, Reachable
from tests.databases import open_database


class FakeGateway:
    """Knows whether it runs, and fails when told to."""

    def __init__(self) -> None:
        self.running = False
        self.fails = asyncio.Event()
        self.stopped: Callable[[], object] = lambda: None

    async def run(self) -> None:
        self.running = True
        try:
            await self.fails.wait()
            raise RuntimeError("the gateway broke")
        finally:
            self.running = False
            self.stopped()

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "connected": True}


class Room:
    """Engines that share a database; ``changed`` tells that one of them took or lost the gateway."""

    def __init__(self, folder: Path) -> None:
        self.sessions: sessionmaker[Session] = make_sessions(
            open_database(folder / "courage.db"), strict=True
        )
        self.changed = asyncio.Condition()
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def engine(self, name: str) -> tuple[Led, Leases]:
        leases = Leases(self.sessions, name, lasts=timedelta(seconds=10), clock=lambda: self.now)

        def tell(_: Led) -> None:
            asyncio.get_running_loop().create_task(self._tell())

        made: Callable[[], Any] = FakeGateway
        return Led("chat", made(), make=made, leases=leases, changed=tell, every=0.01), leases

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(condition)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_engine_speaks_and_the_other_takes_over_when_it_stops(room: Room) -> None:
    (one, _), (other, _) = room.engine("one"), room.engine("other")
    first = asyncio.create_task(one.run())
    await room.until(lambda: one.leading)
    second = asyncio.create_task(other.run())
    assert one.health() == {"status": "ok", "connected": True}
    assert other.health()["status"] == "degraded"  # it has not asked yet
    async with asyncio.timeout(30):
        while "state" not in other.health():
            await asyncio.to_thread(int)
    assert other.health()["state"] == "standby"
    assert "another engine" in other.health()["note"]
    await end(first)
    await room.until(lambda: other.leading)
    assert not one.leading
    await end(second)


async def test_an_engine_that_was_frozen_falls_silent_and_comes_back_with_a_new_gateway(room: Room) -> None:
    (one, _), (_, theirs) = room.engine("one"), room.engine("other")
    running = asyncio.create_task(one.run())
    await room.until(lambda: one.leading)
    before: Any = one.gateway
    room.now += timedelta(seconds=11)
    assert theirs.take("gateway:chat")
    await room.until(lambda: not one.leading)
    await room.until(lambda: one.gateway is not before)
    assert not before.running
    theirs.give_back("gateway:chat")
    await room.until(lambda: one.leading)
    await end(running)
    assert theirs.take("gateway:chat")  # given back at the end


async def test_without_the_database_an_engine_stops_before_its_lease_is_over(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    led, leases = room.engine("one")
    led._monotonic = lambda: passed[0]
    running = asyncio.create_task(led.run())
    await room.until(lambda: led.leading)
    stopped_at: list[float] = []
    gateway: Any = led.gateway
    gateway.stopped = lambda: stopped_at.append(passed[0])

    def away(_: str) -> bool:
        passed[0] += 3.0
        raise OperationalError("the database is away", None, Exception())

    monkeypatch.setattr(leases, "take", away)
    await room.until(lambda: not led.leading)
    assert led.health()["status"] == "degraded"
    await end(running)
    assert stopped_at == [9.0]  # of the ten seconds that the lease still lasts


async def test_what_broke_a_gateway_is_not_hidden_and_another_engine_may_try(room: Room) -> None:
    (one, _), (_, theirs) = room.engine("one"), room.engine("other")
    running = asyncio.create_task(one.run())
    await room.until(lambda: one.leading)
    gateway: Any = one.gateway
    gateway.fails.set()
    with pytest.raises(RuntimeError, match="the gateway broke"):
        await running
    assert one.health()["status"] == "degraded"
    assert "RuntimeError" in one.health()["note"]
    assert theirs.take("gateway:chat")


async def test_an_engine_delivers_only_where_it_speaks(room: Room) -> None:
    led, _ = room.engine("one")
    own: Any = {"chat": led.gateway, "practice": FakeGateway()}
    reachable = Reachable(own, {"chat": led})
    assert list(reachable) == ["practice"]
    running = asyncio.create_task(led.run())
    await room.until(lambda: led.leading)
    assert sorted(reachable) == ["chat", "practice"]
    assert reachable["chat"] is led.gateway
    await end(running)
    assert list(reachable) == ["practice"]
