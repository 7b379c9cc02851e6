"""A full installation under load: ``python -m tests.benchmarks.load`` (``make load``).

A hundred organisations with a thousand rooms between them, members who write at a steady rate, one message in a hundred
hateful, and two hundred volunteers with the queue open, as its page behaves (``live.js``): it hears of its organisation's
cases as they come and loads anew a moment after each piece of news; besides, its volunteer goes somewhere every
half a minute or so. Messages go in where another program on the machine hands them in, so that the whole way is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
from sqlalchemy import event, func, select

from courage.db.engine import make_engine, make_sessions
from courage.db.models.cases import Case
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.readiness import Readiness
from courage.people.rooms import Rooms
from courage.shipped import SEEDS
from courage.web.security import COOKIE
from tests.benchmarks.measure import memory, quantiles
from tests.benchmarks.screening import traffic
from tests.benchmarks.servers import Running, courage
from tests.benchmarks.shares import held_to
from tests.postgresql import empty_database
from tests.postgresql import running as postgresql

#: A chat system of another program, whose messages come over the internal port.
CHANNEL: Final = "forum"
#: Seconds between two looks at the queue without news, and from news to the look it leads to (``soon`` in ``live.js``).
LOOKS: Final = (20.0, 60.0)
SOON: Final = 0.06


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything; ``rate`` is messages a second over all rooms.

    Several ``engines`` share a PostgreSQL, and messages and desks take turns. ``share`` is how much of one processor's time
    each engine may have (0: as much as there is).
    """

    organisations: int = 100
    rooms: int = 1_000
    volunteers: int = 200
    rate: float = 50.0
    seconds: float = 30.0
    seed: int = 1
    engines: int = 1
    share: float = 0.0


@dataclass
class Seen:
    """Seconds that messages, pages and the news of a case took, and what failed."""

    messages: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    news: list[float] = field(default_factory=list)
    late: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    opened: dict[int, float] = field(default_factory=dict)
    heard: set[int] = field(default_factory=set)


def settle(database: str, plan: Plan) -> tuple[list[str], list[str]]:
    """Put organisations, rooms and volunteers into a database; return the rooms and a session's token a volunteer."""
    engine = make_engine(database)
    if database.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def do_not_wait(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # what is measured comes after

    sessions = make_sessions(engine, strict=True)
    organisations, people, rooms, ready = (
        Organisations(sessions), People(sessions), Rooms(sessions), Readiness(sessions),
    )  # fmt: skip
    owners = [
        organisations.create(f"Organisation {n}", f"organisation-{n}").id for n in range(plan.organisations)
    ]
    names = [f"!{n}:load" for n in range(plan.rooms)]
    for n, name in enumerate(names):
        rooms.ensure(CHANNEL, name, kind="group", organisation_id=owners[n % len(owners)])
    tokens = []
    for n in range(plan.volunteers):
        person = people.add(f"Volunteer {n}", "volunteer", owners[n % len(owners)])
        ready.mark(person.id, ready=True, note="for the load")
        tokens.append(people.open_session(person.id).token)
    return names, tokens


async def _write(engines: Sequence[Running], plan: Plan, rooms: list[str], seen: Seen) -> None:
    """Write at a steady rate, whatever the answers take."""
    texts = traffic(SEEDS / "detection", 5_000, hateful=0.01)
    pick = Random(plan.seed)
    secret = engines[0].settings.internal_secret.get_secret_value()
    connector = aiohttp.TCPConnector(limit=0)
    begun = time.perf_counter()
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {secret}"}, connector=connector
    ) as session:

        async def one(number: int) -> None:
            body = {
                "organisation_id": 1, "channel": CHANNEL, "room_id": pick.choice(rooms), "message_id": f"m{number}",
                "author": f"member {pick.randrange(5_000)}", "text": pick.choice(texts),
                "sent_at": datetime.now(UTC).isoformat(),
            }  # fmt: skip
            at = time.perf_counter()
            to = engines[number % len(engines)].settings.internal_address
            try:
                async with session.post(f"{to}/internal/messages", json=body) as answer:
                    told = await answer.json()
                    if answer.status != 200:
                        seen.failures[f"message: {answer.status}"] += 1
                    elif told["created"]:
                        seen.opened[told["case_id"]] = at
            except (aiohttp.ClientError, TimeoutError) as error:
                seen.failures[f"message: {type(error).__name__}"] += 1
            seen.messages.append(time.perf_counter() - at)

        tasks = []
        for number in range(int(plan.rate * plan.seconds)):
            due = begun + number / plan.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            seen.late = max(seen.late, time.perf_counter() - due)
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)


async def _desk(
    address: str, token: str, number: int, over: asyncio.Event, seen: Seen, arrived: dict[int, float]
) -> None:
    """Keep the queue open: listen to what happens, and load it anew after news and now and then."""
    pick = Random(number)
    news = asyncio.Event()
    async with aiohttp.ClientSession(
        headers={"Cookie": f"{COOKIE}={token}"}, timeout=aiohttp.ClientTimeout(total=None, sock_connect=30)
    ) as session:

        async def listen() -> None:
            async with session.get(f"{address}/events") as stream:
                async for line in stream.content:
                    if line.startswith(b"data:") and b"case_id" in line:
                        news.set()
                    if line.startswith(b"data:") and b"opened" in line:
                        case_id = json.loads(line[5:]).get("case_id")
                        arrived.setdefault(case_id, time.perf_counter())

        listening = asyncio.create_task(listen())
        leaving = asyncio.create_task(over.wait())
        while not over.is_set():
            told = asyncio.create_task(news.wait())
            await asyncio.wait(
                (told, leaving), timeout=pick.uniform(*LOOKS), return_when=asyncio.FIRST_COMPLETED
            )
            told.cancel()
            if over.is_set():
                break
            if news.is_set():
                await asyncio.sleep(SOON)  # several pieces of news within a moment lead to one look
                news.clear()
            at = time.perf_counter()
            try:
                async with session.get(f"{address}/cases") as answer:
                    await answer.read()
                    if answer.status != 200:
                        seen.failures[f"page: {answer.status}"] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                seen.failures[f"page: {type(error).__name__}"] += 1
            seen.pages.append(time.perf_counter() - at)
        for task in (listening, leaving):
            task.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def _engines(plan: Plan, folder: Path) -> AsyncIterator[tuple[list[Running], str]]:
    """Start the engines, and return them with the address of their database."""
    async with AsyncExitStack() as stack:
        extra: dict[str, str] = {}
        if plan.engines > 1:
            extra["COURAGE_DATABASE_URL"] = empty_database(stack.enter_context(postgresql()))
        made: list[Running] = []
        for number in range(plan.engines):
            first = made[0].settings.home if made else None
            one = courage(folder / f"home-{number}", rasa=False, extra=extra, secrets_of=first)
            made.append(await stack.enter_async_context(one))
            if plan.share:
                stack.enter_context(held_to(plan.share, made[-1].pids()["engine"]))
        yield made, extra.get("COURAGE_DATABASE_URL", made[0].settings.database)


async def measure(plan: Plan) -> dict[str, Any]:
    """Run the program under the load and return what was measured."""
    seen, arrived = Seen(), dict[int, float]()
    with tempfile.TemporaryDirectory(prefix="courage-load-") as folder:
        async with _engines(plan, Path(folder)) as (engines, database):
            rooms, tokens = await asyncio.to_thread(settle, database, plan)
            addresses = [one.settings.engine_address for one in engines]
            before = sum(memory(one.pids()["engine"]) for one in engines)
            over = asyncio.Event()
            desks = [
                asyncio.create_task(_desk(addresses[n % len(addresses)], token, n, over, seen, arrived))
                for n, token in enumerate(tokens)
            ]
            await asyncio.sleep(3)
            begun = time.perf_counter()
            await _write(engines, plan, rooms, seen)
            took = time.perf_counter() - begun
            await asyncio.sleep(3)  # for the news of the last cases
            over.set()
            await asyncio.gather(*desks)
            size = sum(memory(one.pids()["engine"]) for one in engines)
            with make_sessions(make_engine(database))() as session:
                cases = session.scalar(select(func.count()).select_from(Case)) or 0
    seen.news = [arrived[case] - at for case, at in seen.opened.items() if case in arrived]
    return {
        "engines": plan.engines, "share": plan.share, "seed": plan.seed, "organisations": plan.organisations, "rooms": plan.rooms, "desks": plan.volunteers,
        "messages": len(seen.messages), "per_second": round(len(seen.messages) / took, 1),
        "message": quantiles(seen.messages), "page": quantiles(seen.pages), "cases": cases,
        "news_of_a_case": quantiles(seen.news) if seen.news else {}, "cases_nobody_heard_of": len(seen.opened) - len(seen.news),
        "failed": dict(seen.failures), "writer_late_s": round(seen.late, 2), "engines_mib": {"before": before, "after": size},
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def main() -> int:
    """Measure and print one JSON line; status 1 when something failed or nobody heard of a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("organisations", 100), ("rooms", 1_000), ("volunteers", 200), ("seed", 1), ("engines", 1),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, usual in (("rate", 50.0), ("seconds", 30.0), ("share", 0.0)):
        parser.add_argument(f"--{name}", type=float, default=usual)
    found = asyncio.run(measure(Plan(**vars(parser.parse_args()))))
    print(json.dumps(found))
    return 1 if found["failed"] or found["cases_nobody_heard_of"] else 0


if __name__ == "__main__":
    sys.exit(main())
