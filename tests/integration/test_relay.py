"""Events between engines on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from courage.cases.events import EventBus
from courage.cases.relay import PostgresRelay
from courage.db.engine import make_engine

pytestmark = pytest.mark.slow


@asynccontextmanager
async def engine(address: str, name: str) -> AsyncIterator[tuple[EventBus, PostgresRelay]]:
    """Run an engine's bus and relay until they are connected, and stop them after."""
    bus = EventBus()
    relay = PostgresRelay(bus, address, name)
    with bus.subscribe("resync") as events:
        task = asyncio.create_task(relay.run())
        async with asyncio.timeout(30):
            await anext(events)
    try:
        yield bus, relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(teller: EventBus, hearer: EventBus) -> None:
    """Wait until what ``teller`` told so far has come to ``hearer``: events keep their order."""
    with hearer.subscribe("workshop") as events:
        teller.publish("workshop")
        async with asyncio.timeout(30):
            await anext(events)


async def test_what_one_engine_does_the_other_hears_once_and_in_order(address: str) -> None:
    async with engine(address, "one") as (one, _), engine(address, "two") as (two, _):
        with one.subscribe("case") as here, two.subscribe("case", "practice", "channel") as there:
            one.publish("practice", {"room": "r"})  # one engine's own
            one.publish("channel", {"channel": "matrix", "state": "ready"})
            for number in range(200):
                one.publish("case", {"case_id": number, "organisation_id": 1, "event": "changed"})
            async with asyncio.timeout(30):
                heard = [await anext(there) for _ in range(200)]
                own = [await anext(here) for _ in range(200)]
        assert [event.data["case_id"] for event in heard] == list(range(200))
        assert {event.topic for event in heard} == {"case"}
        assert own == heard  # and none of them came back


async def test_a_broken_line_is_told_and_mended_and_pages_look_anew(address: str) -> None:
    database = make_engine(address)
    async with engine(address, "one") as (one, relay), engine(address, "two") as (two, _):
        assert relay.health() == {"status": "ok"}
        # The first "resync" of the other is heard as well, or it passes for the one awaited below.
        await told(one, two)
        await told(two, one)
        with one.subscribe("resync") as again, two.subscribe("resync") as there:
            with database.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    )
                )
            async with asyncio.timeout(30):
                await anext(again)
                await anext(there)
        assert relay.health() == {"status": "ok"}
        with two.subscribe("outbox") as events:
            one.publish("outbox")
            async with asyncio.timeout(30):
                assert (await anext(events)).topic == "outbox"
    assert relay.health()["status"] == "degraded"
    assert "late" in relay.health()["note"]
    database.dispose()


async def test_what_one_engine_could_not_tell_the_others_look_for_themselves(address: str) -> None:
    async with engine(address, "two") as (two, _):
        with two.subscribe("resync", "case") as there:
            async with engine(address, "one") as (one, _):  # it was away until now
                one.publish("case", {"case_id": 1, "organisation_id": 1, "event": "changed"})
                async with asyncio.timeout(30):
                    heard = [(await anext(there)).topic for _ in range(2)]
    assert heard == ["resync", "case"]


async def test_what_else_speaks_on_the_channel_does_no_harm(address: str) -> None:
    database = make_engine(address)
    odd = ["", "not json", "[]", "null", json.dumps({"from": "x", "topic": "people", "data": {}}),
           json.dumps({"from": "x", "topic": "case", "data": "text"})]  # fmt: skip
    async with engine(address, "one") as (one, _):
        with one.subscribe() as events:
            with database.begin() as connection:
                good = json.dumps({"from": "x", "topic": "case", "data": {"case_id": 7}})
                for payload in [*odd, good]:
                    connection.execute(text("SELECT pg_notify('courage_events', :it)"), {"it": payload})
            async with asyncio.timeout(30):
                event = await anext(events)
    assert (event.topic, event.data) == ("case", {"case_id": 7})
    database.dispose()
