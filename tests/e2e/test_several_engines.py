"""Two engines on one PostgreSQL and one Telegram: one speaks, both hear, and the second goes on when the first is killed.

Telegram is asked, or sends to a proxy that hands each update to either engine.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from aiohttp import web
from sqlalchemy import func, select

from courage.cases.outbox import OutboxSettings
from courage.db.engine import make_engine, make_sessions
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.people.people import People
from courage.settings import load_settings
from courage.web.security import COOKIE
from courage.wiring import open_people
from tests.benchmarks.servers import Running, courage
from tests.e2e.telegram_server import ANN, DESK, EVE, GROUP, TOKEN, Telegram, serving
from tests.postgresql import empty_database, running

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HATE = "Muslims are vermin and should never have been let into this country."
AGAIN = "Women are vermin who should never be allowed to vote."


class Engines:
    """Engines that share a database, each with a home of its own and the same secrets."""

    def __init__(
        self, folder: Path, address: str, telegram: Telegram, stack: AsyncExitStack, **more: str
    ) -> None:
        self._folder, self._address, self._telegram, self._stack = folder, address, telegram, stack
        self.extra = {
            "COURAGE_DATABASE_URL": address,
            "COURAGE_TELEGRAM_TOKEN": TOKEN,
            "COURAGE_TELEGRAM_API": telegram.url,
            "COURAGE_TELEGRAM_DESK_ROOM": str(DESK),
            "COURAGE_TELEGRAM_ROOMS": json.dumps([str(GROUP)]),
            **more,
        }

    async def start(self, name: str) -> Running:
        """Start one; its home is that of an earlier one of this name."""
        first = self._folder / "one"
        engine = courage(
            self._folder / name, rasa=False, extra=self.extra, secrets_of=first if first.exists() else None
        )
        return await self._stack.enter_async_context(engine)

    def people(self) -> People:
        return open_people(load_settings(home=self._folder / "one", database_url=self._address))


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[tuple[Engines, Telegram]]:
    with running() as server:
        async with serving() as telegram, AsyncExitStack() as stack:
            yield Engines(tmp_path, empty_database(server), telegram, stack), telegram


class Proxy:
    """A proxy before the engines: each update goes to the next one in turn, and to the other where that does not take it."""

    def __init__(self) -> None:
        self.engines: list[Running] = []
        self.url = ""
        #: What the engines answered: for each update the statuses, in their order.
        self.answers: list[list[int]] = []
        #: Whether the next answer of an engine that took an update is lost on its way.
        self.loses = False
        self._turn = 0

    async def pass_on(self, request: web.Request) -> web.Response:
        """Hand a request to an engine."""
        body, statuses = await request.read(), list[int]()
        self.answers.append(statuses)
        self._turn += 1
        for number in range(len(self.engines)):
            engine = self.engines[(self._turn + number) % len(self.engines)]
            try:
                async with aiohttp.ClientSession() as session:
                    url = f"{engine.settings.engine_address}{request.path}"
                    async with session.post(url, data=body, headers=request.headers) as answer:
                        statuses.append(answer.status)
            except aiohttp.ClientError:
                statuses.append(0)
            if statuses[-1] == 200 and self.loses:
                self.loses = False
                break
            if statuses[-1] not in (0, 502, 503):
                return web.Response(status=statuses[-1])
        return web.Response(status=502)


@asynccontextmanager
async def proxy() -> AsyncIterator[Proxy]:
    """Serve a proxy on a free port of this machine."""
    made = Proxy()
    app = web.Application()
    app.router.add_post("/hooks/telegram", made.pass_on)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


async def parts(engine: Running) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {engine.settings.internal_secret.get_secret_value()}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{engine.settings.internal_address}/internal/health") as answer,
    ):
        found: dict[str, Any] = (await answer.json())["parts"]
        return found


async def until(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> float:
    """Wait until a condition holds, and return how long that took, in seconds."""
    begun = time.monotonic()
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return time.monotonic() - begun
        assert time.monotonic() - begun < seconds, what
        await asyncio.sleep(0.05)


def kill(engine: Running) -> None:
    """Kill everything of an engine without a word of warning."""
    supervisor = psutil.Process(engine.supervisor)
    children = supervisor.children(recursive=True)
    for process in (supervisor, *children):
        process.kill()
    psutil.wait_procs(children, timeout=30)


async def test_the_second_engine_goes_on_where_the_first_was_killed(
    engines: tuple[Engines, Telegram],
) -> None:
    made, telegram = engines
    one = await made.start("one")
    two = await made.start("two")

    async def one_speaks() -> bool:
        first, second = [(await parts(engine))["telegram"] for engine in (one, two)]
        return first["status"] == "ok" and "state" not in first and second.get("state") == "standby"

    await until(one_speaks, "the first engine speaks and the second stands by")

    async def heard_each_other() -> bool:
        return all([(await parts(engine))["engines"]["status"] == "ok" for engine in (one, two)])

    await until(heard_each_other, "both engines hear each other")
    people = made.people()
    ann = people.add("Ann", "volunteer")
    people.link_identity(ann.id, "telegram", str(ANN))
    sessions = make_sessions(make_engine(made.extra["COURAGE_DATABASE_URL"]))

    original = await telegram.says(GROUP, EVE, HATE)
    await until(lambda: len(telegram.cards()) == 1, "the first card")

    # Ann has the desk open at the second engine; what she says in the chat, the first one hears.
    login = people.open_session(ann.id)
    heard: list[str] = []
    async with aiohttp.ClientSession(cookies={COOKIE: login.token}) as browser:

        async def listen() -> None:
            url = f"{two.settings.engine_address}/events"
            async with browser.get(url, timeout=aiohttp.ClientTimeout(total=None)) as stream:
                async for line in stream.content:
                    heard.append(line.decode())

        listening = asyncio.create_task(listen())
        await until(lambda: any("hello" in line for line in heard), "the stream is open")
        await telegram.says(DESK, ANN, "claim 1")
        took = await until(
            lambda: any("claimed" in line for line in heard), "the other engine's page hears of it"
        )
        assert took < 10
        listening.cancel()

    kill(one)
    second = await telegram.says(GROUP, EVE, AGAIN)  # nobody reads it at this moment

    async def taken_over() -> bool:
        return (await parts(two))["telegram"].get("state") != "standby"

    assert await until(taken_over, "the second engine takes over") < 20
    await until(lambda: len(telegram.cards()) == 2, "the second card")

    for words in ("edit 1: Not so.", "post 1 v1"):
        before = telegram.chats[DESK].newest
        await telegram.says(DESK, ANN, words)
        await until(lambda: telegram.chats[DESK].newest > before + 1, words)  # noqa: B023
    replies = lambda: [m for m in telegram.of_bot(GROUP) if "Not so." in m["text"]]  # noqa: E731
    await until(lambda: len(replies()) == 1, "the reply")
    assert replies()[0]["reply_to_message"]["message_id"] == original

    one = await made.start("one")

    async def stands_by() -> bool:
        return (await parts(one))["telegram"].get("state") == "standby"

    await until(stands_by, "the first one stands by from now on")
    assert (len(replies()), len(telegram.cards())) == (1, 2)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2
        assert session.scalars(select(Case.message_id).order_by(Case.id)).all() == [
            str(original),
            str(second),
        ]
        assert session.scalar(select(func.count()).select_from(Reply).where(Reply.state == "posted")) == 1


async def speaks(engine: Running) -> bool:
    """Return whether an engine is the one that speaks with Telegram."""
    state = (await parts(engine))["telegram"]
    return state["status"] == "ok" and "state" not in state


async def test_each_update_becomes_one_case_one_card_one_reply_whichever_engine_the_proxy_hands_it_to(
    tmp_path: Path,
) -> None:
    with running() as postgresql:
        async with serving() as telegram, proxy() as front, AsyncExitStack() as stack:
            hooked = {"COURAGE_TELEGRAM_WEBHOOK": "true", "COURAGE_PUBLIC_URL": front.url}
            made = Engines(tmp_path, empty_database(postgresql), telegram, stack, **hooked)
            await _told_by_webhook(made, telegram, front)


async def _told_by_webhook(made: Engines, telegram: Telegram, front: Proxy) -> None:
    one = await made.start("one")
    two = await made.start("two")
    front.engines = [one, two]
    await until(lambda: speaks(one), "the first engine speaks")
    people = made.people()
    ann = people.add("Ann", "volunteer")
    people.link_identity(ann.id, "telegram", str(ANN))
    sessions = make_sessions(make_engine(made.extra["COURAGE_DATABASE_URL"]))

    async def killed_after(engine: Running, chat: int) -> None:
        """Let an engine die as soon as Telegram has taken its next message to a chat."""

        async def die(method: str, given: dict[str, Any]) -> None:
            if (method, given.get("chat_id")) == ("sendMessage", chat):
                telegram.after = None
                await asyncio.to_thread(kill, engine)
                raise ConnectionResetError

        telegram.after = die

    async def answered(words: str) -> None:
        number = await telegram.says(DESK, ANN, words)
        await until(
            lambda: any(
                m.get("reply_to_message", {}).get("message_id") == number for m in telegram.of_bot(DESK)
            ),
            f"an answer to {words}",
        )

    for number in range(3):  # whoever is asked first
        await telegram.says(GROUP, EVE, f"tomatoes need sun {number}")
    original = await telegram.says(GROUP, EVE, HATE)
    await until(lambda: len(telegram.cards()) == 1, "the first card")
    await answered("claim 1")
    await until(lambda: not telegram.updates, "every update is taken")
    assert [503, 200] in front.answers, "the engine that stands by sends the proxy on"

    # The answer to an update is lost, and the engine dies with a card that it has not noted.
    front.loses = True
    await killed_after(one, DESK)
    second = await telegram.says(GROUP, EVE, AGAIN)
    await until(lambda: telegram.after is None, "the first engine dies")
    await until(lambda: speaks(two), "the second engine takes over")
    await until(lambda: not telegram.updates, "every update is taken")
    await answered("edit 1: Not so.")
    one = front.engines[0] = await made.start("one")

    # It dies with a reply that it has not noted.
    await killed_after(two, GROUP)
    await telegram.says(DESK, ANN, "post 1 v1")
    await until(lambda: telegram.after is None, "the second engine dies")
    await until(lambda: speaks(one), "the first engine takes over again")
    await answered("queue")

    def settled() -> bool:
        with sessions() as session:
            waiting = session.scalar(select(func.count()).where(Outbox.state == "pending"))
            return session.scalars(select(Reply.state)).all() == ["posted"] and not waiting

    # What a dead engine was sending is left alone for two minutes: nobody knows that it is dead.
    await until(settled, "everything sent is noted", OutboxSettings().lease + 60)
    await until(lambda: not telegram.updates, "every update is taken")
    (reply,) = [m for m in telegram.of_bot(GROUP) if "Not so." in m["text"]]
    assert reply["reply_to_message"]["message_id"] == original
    assert len(telegram.cards()) == 2
    with sessions() as session:
        found = session.scalars(select(Case.message_id).order_by(Case.id)).all()
        assert found == [str(original), str(second)]
        assert sum(case.repeats for case in session.scalars(select(Case))) == 2
