"""Events between engines, on a real PostgreSQL and on a real Redis."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from courage.cases.events import EventBus
from courage.cases.relay.postgres import PostgresTransport
from courage.cases.relay.redis import RedisTransport
from courage.cases.relay.relay import Relay, Transport
from courage.db.engine import make_engine
from tests.redis_server import RedisServer, running

pytestmark = pytest.mark.slow

KEY = b"the installation's pseudonym key"
DATABASE = "postgresql+psycopg://courage@one.example/courage"


@dataclass
class Carrier:
    """What carries events in a test, and what a test may do to it."""

    transport: Callable[[], Transport]
    #: Cut the lines of everybody; what carries goes on.
    cut: Callable[[], None]
    #: Say something on the channel of the engines, past them.
    say: Callable[[str | bytes], None]
    redis: RedisServer | None = field(default=None)


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running() as server:
        yield server


def on_redis(
    redis: RedisServer, address: str = "", key: bytes = KEY, database: str = DATABASE
) -> RedisTransport:
    return RedisTransport(address or redis.url, key, database, patience=0.5)


@pytest.fixture(params=["postgresql", "redis", "redis by a Unix socket"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """Return each thing that can carry events, in turn."""
    if request.param == "postgresql":
        address = request.getfixturevalue("address")

        def execute(statement: str, **given: object) -> None:
            database = make_engine(address)
            with database.begin() as connection:
                connection.execute(text(statement), given)
            database.dispose()

        return Carrier(
            lambda: PostgresTransport(address),
            lambda: execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            ),
            lambda words: execute("SELECT pg_notify('courage_events', :it)", it=words),
        )
    redis: RedisServer = request.getfixturevalue("redis")
    made = on_redis(redis, redis.url if request.param == "redis" else redis.unix_url)

    def cut() -> None:
        redis.ask("CLIENT", "KILL", "TYPE", "normal")
        redis.ask("CLIENT", "KILL", "TYPE", "pubsub")

    return Carrier(lambda: made, cut, lambda words: [redis.ask("PUBLISH", made._channel, words)][1:], redis)


@asynccontextmanager
async def engine(transport: Transport, name: str) -> AsyncIterator[tuple[EventBus, Relay]]:
    """Run an engine's bus and relay until they are connected, and stop them after."""
    bus = EventBus()
    relay = Relay(bus, transport, name)
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


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something that nobody tells of has come about."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_one_engine_does_the_other_hears_once_and_in_order(carrier: Carrier) -> None:
    async with engine(carrier.transport(), "one") as (one, _), engine(carrier.transport(), "two") as (two, _):
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


async def test_a_broken_line_is_told_and_mended_and_pages_look_anew(carrier: Carrier) -> None:
    async with (
        engine(carrier.transport(), "one") as (one, relay),
        engine(carrier.transport(), "two") as (two, _),
    ):
        assert relay.health() == {"status": "ok"}
        # The first "resync" of the other is heard as well, or it passes for the one awaited below.
        await told(one, two)
        await told(two, one)
        with one.subscribe("resync") as again, two.subscribe("resync") as there:
            await asyncio.to_thread(carrier.cut)
            async with asyncio.timeout(30):
                await anext(again)
                await anext(there)
        await until(lambda: relay.health() == {"status": "ok"})
        await told(one, two)
        with two.subscribe("outbox") as events:
            one.publish("outbox")
            async with asyncio.timeout(30):
                assert (await anext(events)).topic == "outbox"
    assert relay.health()["status"] == "degraded"
    assert "late" in relay.health()["note"]


async def test_what_one_engine_could_not_tell_the_others_look_for_themselves(carrier: Carrier) -> None:
    async with engine(carrier.transport(), "two") as (two, _):
        with two.subscribe("resync", "case") as there:
            async with engine(carrier.transport(), "one") as (one, _):  # it was away until now
                one.publish("case", {"case_id": 1, "organisation_id": 1, "event": "changed"})
                async with asyncio.timeout(30):
                    heard = [(await anext(there)).topic for _ in range(2)]
    assert heard == ["resync", "case"]


async def test_what_else_speaks_on_the_channel_does_no_harm(
    carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    odd = ["", "not json", "[]", "null", json.dumps({"from": "x", "topic": "people", "data": {}}),
           json.dumps({"from": "x", "topic": "case", "data": "text"}), "[" * 5_000]  # fmt: skip
    if carrier.redis is not None:  # what looks like an engine's, too: others may use the same Redis
        odd += [json.dumps({"from": "x", "topic": "case", "data": {"case_id": 666}}), "a" * 32 + "{}"]
    async with (
        engine(carrier.transport(), "one") as (one, relay),
        engine(carrier.transport(), "two") as (two, _),
    ):
        await told(two, one)
        with one.subscribe("case", "people", "resync") as events, caplog.at_level(logging.WARNING):
            for payload in odd:
                await asyncio.to_thread(carrier.say, payload)
            if carrier.redis is not None:
                await asyncio.to_thread(carrier.say, b"\xff\xfe" * 100)
            two.publish("case", {"case_id": 7})
            async with asyncio.timeout(30):
                event = await anext(events)
        assert relay.health() == {"status": "ok"}
    assert (event.topic, event.data) == ("case", {"case_id": 7})
    said = [line for line in caplog.messages if "something else speaks" in line]
    assert 1 <= len(said) <= 2, "once for each engine"
    assert not any("666" in line or "not json" in line for line in said)


async def test_a_redis_that_dies_and_comes_back_is_told_and_heard_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running() as redis:
        async with (
            engine(on_redis(redis), "one") as (one, first),
            engine(on_redis(redis), "two") as (two, second),
        ):
            await told(one, two)
            await told(two, one)
            with (
                one.subscribe("resync") as again,
                two.subscribe("resync") as there,
                caplog.at_level("WARNING"),
            ):
                redis.kill()
                for relay in (first, second):
                    await until(lambda: relay.health()["status"] == "degraded")  # noqa: B023
                assert first.health()["note"] == (
                    "what happens at other engines shows here late: no line to Redis; trying again"
                )
                one.publish("case", {"case_id": 1})  # nobody hears of it, and nobody waits for it
                await asyncio.to_thread(redis.start)
                async with asyncio.timeout(30):
                    await anext(again)
                    await anext(there)
            for relay in (first, second):
                await until(lambda: relay.health() == {"status": "ok"})  # noqa: B023
            await told(one, two)
            await told(two, one)
    assert len([line for line in caplog.messages if "no events from other engines" in line]) <= 4


async def test_a_frozen_redis_is_noticed_within_seconds_and_heard_again(redis: RedisServer) -> None:
    async with (
        engine(on_redis(redis), "one") as (one, first),
        engine(on_redis(redis), "two") as (two, second),
    ):
        await told(one, two)
        await told(two, one)
        with one.subscribe("resync") as again, two.subscribe("resync") as there:
            redis.freeze()
            try:
                await until(lambda: "degraded" == first.health()["status"] == second.health()["status"], 5)
            finally:
                redis.thaw()
            async with asyncio.timeout(30):
                await anext(again)
                await anext(there)
        await until(lambda: {"status": "ok"} == first.health() == second.health())
        await told(one, two)


async def test_a_silent_line_stays(redis: RedisServer) -> None:
    """Nobody says anything for several times as long as a line may be silent."""
    async with engine(on_redis(redis), "one") as (one, relay), engine(on_redis(redis), "two") as (two, _):
        await told(one, two)
        await told(two, one)
        with one.subscribe("resync") as again:
            await asyncio.sleep(2.5)  # silence is what is tried
            one.publish("workshop")
            await told(two, one)
            assert relay.health() == {"status": "ok"}
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(again)


class Middle:
    """Stands between an engine and Redis, and can stop handing on what comes back on one kind of connection."""

    def __init__(self, redis: RedisServer) -> None:
        self._redis = redis
        self._closed: list[asyncio.StreamWriter] = []
        self.deaf = False
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on both ways."""
        there, back = await asyncio.open_connection("127.0.0.1", self._redis.port)
        self._closed += [writer, back]
        subscribed = False

        async def ask() -> None:
            nonlocal subscribed
            while found := await reader.read(65536):
                subscribed = subscribed or b"SUBSCRIBE" in found
                back.write(found)

        async def answer() -> None:
            while found := await there.read(65536):
                if not (self.deaf and subscribed):
                    writer.write(found)

        await asyncio.gather(ask(), answer(), return_exceptions=True)
        writer.close()
        back.close()


@asynccontextmanager
async def middle(redis: RedisServer) -> AsyncIterator[Middle]:
    made = Middle(redis)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for writer in made._closed:
            writer.close()


async def test_a_line_that_takes_what_is_told_and_hands_on_nothing_is_noticed(redis: RedisServer) -> None:
    """Half-open after a failover or a turnover of addresses: no error, no end, every question answered."""
    async with (
        middle(redis) as between,
        engine(on_redis(redis, between.url), "one") as (one, relay),
        engine(on_redis(redis), "two") as (two, _),
    ):
        await told(two, one)
        between.deaf = True
        await until(lambda: relay.health()["status"] == "degraded", 5)
        with one.subscribe("resync") as again:
            between.deaf = False
            async with asyncio.timeout(30):
                await anext(again)
        await told(two, one)


async def test_one_who_was_cut_off_for_hearing_too_slowly_hears_again(redis: RedisServer) -> None:
    """Redis ends subscribers whose backlog is too large, while their other connections stay."""
    async with (
        engine(on_redis(redis), "one") as (one, first),
        engine(on_redis(redis), "two") as (two, second),
    ):
        for _ in range(3):
            await told(two, one)
            await told(one, two)
            with one.subscribe("resync") as again, two.subscribe("resync") as there:
                await asyncio.to_thread(redis.ask, "CLIENT", "KILL", "TYPE", "pubsub")
                async with asyncio.timeout(30):
                    await anext(again)
                    await anext(there)
            await until(lambda: {"status": "ok"} == first.health() == second.health())


async def test_a_redis_that_ends_idle_connections_costs_no_event(redis: RedisServer) -> None:
    """Many set ``timeout``: the connection that only tells is idle most of the time."""
    await asyncio.to_thread(redis.ask, "CONFIG", "SET", "timeout", "1")
    try:
        async with engine(on_redis(redis), "one") as (one, _), engine(on_redis(redis), "two") as (two, _):
            await told(one, two)
            await told(two, one)
            with one.subscribe("resync") as again:
                await asyncio.sleep(3.5)  # idleness is what is tried
                await told(one, two)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await anext(again)
    finally:
        await asyncio.to_thread(redis.ask, "CONFIG", "SET", "timeout", "0")


def stand_still(seconds: float) -> None:
    """Keep everything in this process from going on."""
    time.sleep(seconds)


async def test_an_engine_that_was_frozen_itself_goes_on(redis: RedisServer) -> None:
    """A loop that stood still for longer than a line may be silent finds the line as it was, or makes it anew."""
    async with engine(on_redis(redis), "one") as (one, relay), engine(on_redis(redis), "two") as (two, _):
        await told(two, one)
        stand_still(2.0)
        await until(lambda: relay.health() == {"status": "ok"})
        await told(two, one)


@pytest.mark.parametrize(
    ("key", "database"),
    [
        (b"the key of another installation", DATABASE),
        (KEY, "postgresql+psycopg://courage@one.example/another"),
    ],
)
async def test_two_installations_on_one_redis_do_not_hear_each_other(
    redis: RedisServer, key: bytes, database: str
) -> None:
    other = on_redis(redis, key=key, database=database)
    async with (
        engine(on_redis(redis), "one") as (one, _),
        engine(other, "two") as (two, _),
        engine(on_redis(redis), "three") as (three, _),
    ):
        await told(three, one)
        with one.subscribe("case", "resync") as events:
            two.publish("case", {"case_id": 1})
            three.publish("case", {"case_id": 3})
            async with asyncio.timeout(30):
                assert (await anext(events)).data == {"case_id": 3}


async def test_engines_that_reach_their_database_by_different_addresses_hear_each_other(
    redis: RedisServer,
) -> None:
    there = "postgresql+psycopg://somebody:secret@127.0.0.1:6432/courage?connect_timeout=3"
    async with (
        engine(on_redis(redis), "one") as (one, _),
        engine(on_redis(redis, database=there), "two") as (two, _),
    ):
        await told(one, two)
        await told(two, one)


@pytest.fixture(scope="module")
def guarded() -> Iterator[RedisServer]:
    """Return a Redis with one user who may do just what is needed, and one who may not."""
    with running() as server:
        for name, *rights in (("courage", "&courage:*"), ("narrow", "&other:*")):
            told = server.ask("ACL", "SETUSER", name, "on", ">right-word", "+subscribe", "+publish", *rights)
            assert told == b"+OK\r\n"
        yield server


async def test_a_user_with_no_more_rights_than_the_documentation_names_is_enough(
    guarded: RedisServer,
) -> None:
    address = f"redis://courage:right-word@127.0.0.1:{guarded.port}/"
    async with (
        engine(on_redis(guarded, address), "one") as (one, _),
        engine(on_redis(guarded, address), "two") as (two, _),
    ):
        await told(one, two)
        await asyncio.sleep(1.5)  # and silence is tried with it, too
        await told(two, one)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("redis://courage:w0rd-that-is-wr0ng@127.0.0.1:{port}", "it refuses the user or the password in COURAGE_REDIS_URL"),
        ("redis://nobody:w0rd-that-is-wr0ng@127.0.0.1:{port}", "it refuses the user or the password in COURAGE_REDIS_URL"),
        ("unix://courage:w0rd-that-is-wr0ng@{socket}", "it refuses the user or the password in COURAGE_REDIS_URL"),
        ("redis://narrow:right-word@127.0.0.1:{port}", "its user lacks a right: +subscribe, +publish"),
        ("rediss://courage:w0rd-that-is-wr0ng@127.0.0.1:{port}", "no line to Redis"),
        ("redis://:w0rd-that-is-wr0ng@127.0.0.1:1", "no line to Redis; trying again"),
        ("unix://courage:w0rd-that-is-wr0ng@{socket}.not", "no line to Redis; trying again"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_once_and_without_the_password(
    guarded: RedisServer, address: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    relay = Relay(
        EventBus(), on_redis(guarded, address.format(port=guarded.port, socket=guarded.socket)), "one"
    )
    tries = 0
    broken = relay._broken

    def counted(errors: Any) -> None:
        nonlocal tries
        broken(errors)
        tries += 1

    relay._broken = counted  # type: ignore[method-assign]
    with caplog.at_level(logging.DEBUG):
        task = asyncio.create_task(relay.run())
        await until(lambda: tries == 2)
        note = relay.health()["note"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert said in note
    logged = [record for record in caplog.records if "no events from other engines" in record.message]
    assert len(logged) == 1
    everything = note + caplog.text + repr(logged[0].exc_info)
    assert "w0rd" not in everything
    assert "right-word" not in everything


async def test_a_mistake_of_ours_is_logged_with_its_place_and_the_engine_hears_on(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(EventBus):
        mistakes = 1

        def deliver(self, event: Any) -> None:
            if event.topic == "case" and self.mistakes:
                self.mistakes -= 1
                raise ZeroDivisionError
            super().deliver(event)

    bus = Broken()
    relay = Relay(bus, on_redis(redis), "one")
    task = asyncio.create_task(relay.run())
    async with engine(on_redis(redis), "two") as (two, _):
        await told(two, bus)
        with bus.subscribe("resync") as again:
            two.publish("case", {"case_id": 1})
            async with asyncio.timeout(30):
                await anext(again)
        await told(two, bus)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (record,) = [r for r in caplog.records if "ZeroDivisionError" in r.message]
    assert record.exc_info is not None


async def test_only_numbers_and_short_words_go_through_redis_and_nothing_stays_there(
    redis: RedisServer,
) -> None:
    with redis.overheard() as heard:
        async with engine(on_redis(redis), "one") as (one, _), engine(on_redis(redis), "two") as (two, _):
            await told(two, one)
            one.publish("case", {"case_id": 12, "organisation_id": 1, "event": "changed"})
            one.publish("practice", {"room": "what-nobody-else-hears"})
            await told(one, two)
    assert b'\\"case_id\\": 12' in heard
    assert b"what-nobody-else-hears" not in heard
    assert redis.ask("DBSIZE") == b":0\r\n"
