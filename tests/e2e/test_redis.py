"""Two engines on one PostgreSQL that hear each other by Redis: what goes through it, and a case while it dies."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.benchmarks.servers import courage
from tests.e2e.telegram_server import ANN, DESK, EVE, GROUP, serving
from tests.e2e.test_several_engines import HATE, Engines, parts, until
from tests.e2e.test_whole import Client
from tests.postgresql import empty_database, running
from tests.redis_server import running as redis_running

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: The engine cannot read it without Rasa.
SENTENCE = "are you a bot?"
ANSWER = "Nobody is vermin, and whoever says so should look at who helps next door."


async def test_two_engines_work_on_a_case_by_redis_and_without_it_and_no_text_goes_there(
    tmp_path: Path,
) -> None:
    with running() as server, redis_running("--requirepass", "the-password-of-redis") as redis:
        address = f"redis://:the-password-of-redis@127.0.0.1:{redis.port}"
        async with serving() as telegram, AsyncExitStack() as stack:
            made = Engines(tmp_path, empty_database(server), telegram, stack, COURAGE_REDIS_URL=address)
            one, two = await made.start("one"), await made.start("two")

            async def states(wanted: str) -> bool:
                found = [(await parts(engine))["engines"] for engine in (one, two)]
                assert "the-password" not in str(found)
                return all(part["status"] == wanted for part in found)

            await until(lambda: states("ok"), "both engines hear each other")
            people = made.people()
            ann = people.add("Ann", "volunteer")
            people.link_identity(ann.id, "telegram", str(ANN))

            async def answered(words: str) -> None:
                number = await telegram.says(DESK, ANN, words)

                def there() -> bool:
                    return any(
                        message.get("reply_to_message", {}).get("message_id") == number
                        for message in telegram.of_bot(DESK)
                    )

                await until(there, f"an answer to {words}")

            with redis.overheard("the-password-of-redis") as heard:
                await telegram.says(GROUP, EVE, HATE)
                await until(lambda: len(telegram.cards()) == 1, "the card")
                await answered("claim 1")
                await answered(f"edit 1: {ANSWER}")
            assert b'\\"case_id\\": 1' in heard, "events went through Redis"
            for text in (HATE, ANSWER, "vermin", "Ann", str(EVE)):
                assert text.encode() not in heard

            redis.kill()
            await until(lambda: states("degraded"), "both engines notice")
            await answered("post 1 v1")
            replied = lambda: [m for m in telegram.of_bot(GROUP) if ANSWER in m["text"]]  # noqa: E731
            await until(lambda: len(replied()) == 1, "the reply, without Redis")
            redis.start()
            await until(lambda: states("ok"), "both engines hear each other again")
            assert len(replied()) == 1
    for log in tmp_path.rglob("*.log"):
        assert "the-password" not in log.read_text(), log


async def test_a_whole_rasa_keeps_its_locks_there_and_answers_without_it(tmp_path: Path) -> None:
    with redis_running() as redis:
        async with courage(tmp_path / "home", extra={"COURAGE_REDIS_URL": redis.url}) as there:
            headers = {"Authorization": f"Bearer {there.settings.internal_secret.get_secret_value()}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                client = Client(there, session)
                with redis.overheard() as heard:
                    first = await client.converse(1, SENTENCE)
                assert "bot" in str(first)
                assert b":lock:" in heard
                assert SENTENCE.encode() not in heard
                assert b"practice-1" not in heard
                redis.kill()
                assert await client.converse(1, SENTENCE) == first
                redis.start()
                assert await client.converse(1, SENTENCE) == first
