"""Locks of conversations in a real Redis, and what becomes of them where it is away, frozen, full or somebody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot import locks
from bot.locks import RedisLockStore
from tests.redis_server import RedisServer, running

PREFIX = "courage0123456789abcdef"
TALK = "telegram:Ann-whose-name-is-nobody's-business:-100"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running() as server:
        yield server


def store(url: str, prefix: str = PREFIX) -> LockStore:
    """Return a store as Rasa makes it of its endpoints."""
    return LockStore.create(
        EndpointConfig.from_dict({"type": "bot.locks.RedisLockStore", "url": url, "key_prefix": prefix})
    )


async def one_after_the_other(first: LockStore, second: LockStore) -> list[str]:
    """Hold the lock of a conversation in one store while another asks for it, and return what happened."""
    happened: list[str] = []
    held, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with first.lock(TALK):
            happened.append("first in")
            held.set()
            await go.wait()
            happened.append("first out")

    async def ask() -> None:
        await held.wait()
        asyncio.get_running_loop().call_later(0.1, go.set)
        async with second.lock(TALK, wait_time_in_seconds=0.05):
            happened.append("second in")

    async with asyncio.timeout(30):
        await asyncio.gather(hold(), ask())
    return happened


@pytest.mark.parametrize("kind", ["url", "unix_url"])
def test_two_rasas_answer_a_conversation_one_after_the_other(redis: RedisServer, kind: str) -> None:
    url = getattr(redis, kind)
    with redis.overheard() as heard:
        happened = asyncio.run(one_after_the_other(store(url), store(url)))
    assert happened == ["first in", "first out", "second in"]
    assert redis.ask("DBSIZE") == b":0\r\n", "nothing stays when the message is done"
    assert PREFIX.encode() in heard
    assert b"Ann" not in heard
    assert b"telegram" not in heard


def test_two_installations_do_not_wait_for_each_other(redis: RedisServer) -> None:
    one, other = store(redis.url), store(redis.url, "courageffff")
    one.issue_ticket(TALK)
    assert other.get_lock(TALK) is None


def test_what_a_rasa_that_died_had_locked_runs_out(redis: RedisServer) -> None:
    store(redis.url).issue_ticket(TALK, 30)
    (key,) = [word for word in redis.ask("KEYS", "*").split() if word.startswith(PREFIX.encode())]
    assert 25 < int(redis.ask("TTL", key).strip(b":\r\n")) <= 32


def test_messages_are_answered_while_redis_is_away_and_after(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_PAUSE", 0.0)
    made = store(redis.url)

    async def talk() -> None:
        async with made.lock(TALK):
            redis.kill()  # with the lock in it
        async with made.lock(TALK):
            pass
        async with made.lock(TALK):
            redis.start()  # and it knows of nothing
        assert await one_after_the_other(made, made) == ["first in", "first out", "second in"]

    asyncio.run(talk())
    made.issue_ticket(TALK)
    assert redis.ask("DBSIZE") == b":1\r\n", "locks are in Redis again"


def test_a_ticket_that_redis_forgot_between_two_questions_is_good(redis: RedisServer) -> None:
    made = store(redis.url)
    ticket = made.issue_ticket(TALK)
    redis.kill()
    lock = made.get_lock(TALK)
    assert lock is not None
    assert not lock.is_locked(ticket)


def test_a_frozen_redis_is_asked_once_and_then_left_alone_for_a_while(redis: RedisServer) -> None:
    made = store(redis.url)
    made.get_lock(TALK)
    redis.freeze()
    begun = time.monotonic()
    try:
        asyncio.run(_talk(made, 3))
    finally:
        redis.thaw()
    assert time.monotonic() - begun < 3


async def _talk(made: LockStore, times: int) -> None:
    for _ in range(times):
        async with made.lock(TALK):
            pass


@pytest.mark.parametrize(
    "setting",
    [
        ("maxmemory", "1"),  # refuses what is written
        ("requirepass", "another"),  # the password was changed
    ],
)
def test_a_redis_that_refuses_keeps_no_message_from_being_answered(
    redis: RedisServer, setting: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert redis.ask("CONFIG", "SET", *setting) == b"+OK\r\n"
    asyncio.run(_talk(store(f"redis://:w0rd-that-is-wr0ng@127.0.0.1:{redis.port}"), 2))
    assert "locks are kept in memory" in caplog.text
    assert "w0rd" not in caplog.text


def test_tls_with_a_redis_that_has_none_takes_no_longer_than_it_may(redis: RedisServer) -> None:
    begun = time.monotonic()
    asyncio.run(_talk(store(redis.url.replace("redis:", "rediss:")), 3))
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "value", ["", "[]", "null", '{"tickets": 7}', '{"tickets": ["x"]}', '{"tickets": [{}]}']
)
def test_what_somebody_else_wrote_there_does_no_harm(redis: RedisServer, value: str) -> None:
    made = store(redis.url)
    assert isinstance(made, RedisLockStore)
    redis.ask("SET", made._key(TALK), value)
    asyncio.run(_talk(made, 1))


def test_a_lock_that_ran_out_while_somebody_waited_says_so_as_rasa_does(redis: RedisServer) -> None:
    made = store(redis.url)
    made.issue_ticket(TALK, 0.3)
    late = made.issue_ticket(TALK, 0.01)

    async def wait() -> None:
        await made._acquire_lock(TALK, late, 0.05)

    with pytest.raises(LockError):
        asyncio.run(asyncio.wait_for(_expired(made, wait), 30))


async def _expired(made: LockStore, wait: object) -> None:
    made.delete_lock(TALK)
    await wait()  # type: ignore[operator]
