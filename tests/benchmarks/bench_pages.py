"""Every page of the desk with a full database: how long, how many statements, how large; beside a bare aiohttp page.

``python -m tests.benchmarks.bench_pages`` (part of ``make bench``): 10,000 responses and 10,000 cases. What is asked: as many
SQL statements as with a hundred of each, and at most 200 kB a page; and under 100 ms at the 95th percentile. Where others
use the machine, the processor's own time says more than the clock: both are printed. It counts server and client together.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import event

from courage.cases.inbound import InboundMessage
from courage.cli.terminal import say
from courage.web.routes import TABLE
from courage.web.security import COOKIE
from tests.benchmarks.measure import quantiles
from tests.unit.web.world import HATE, World

LARGEST: Final = 200_000  # bytes of a page
#: Pages that lead elsewhere, or end what is measured.
_PASSED_OVER: Final = frozenset({"/cases/next", "/organisations", "/login", "/w", "/manifest.webmanifest"})


@dataclass
class Page:
    """What was measured of one page: statements, bytes, seconds of each request by the clock and of the processor."""

    statements: int
    size: int
    seconds: list[float]
    busy: list[float]


def _copy(
    connection: Any, table: str, first: int, last: int, changed: dict[str, str], where: str = "1"
) -> None:
    """Copy rows of a table once for each number ``n`` in a range; ``changed`` says what differs, in SQL."""
    columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
    key = columns[0]
    kept = [name for name in columns if name != key or key in changed]
    chosen = ", ".join(changed.get(name, f"source.{name}") for name in kept)
    connection.exec_driver_sql(
        f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
        f"INSERT INTO {table} ({', '.join(kept)}) SELECT {chosen} FROM {table} AS source, numbers WHERE {where}"
    )


async def fill(world: World) -> None:
    """Open a case in each state that is copied later."""
    for number in range(2):
        message = InboundMessage(1, "matrix", "!room:x", f"m{number}", f"@{number}", HATE, datetime.now(UTC))
        assert (await world.intake.receive(message)).case_id is not None
    await asyncio.to_thread(world.casework.dismiss, 2, world.person["moderator"].id)


def grow(world: World, first: int, last: int) -> None:
    """Copy the first case, a decision and the first response until there are as many as asked for."""
    with world.engine.begin() as connection:
        ids = {"id": "1000000 + n", "message_id": "'copy-' || n", "claimed_by": "NULL"}
        _copy(connection, "cases", first, last, ids, "source.id = 1")
        _copy(
            connection,
            "decisions",
            first,
            last,
            {"case_id": "1000000 + n", "exact": "'copy-' || n"},
            "source.id = 1",
        )
        number = "(SELECT min(number) FROM responses)"
        copies = {"number": "1000000 + n", "id": "'en-copy-' || n", "text": "source.text || ' ' || n"}
        _copy(connection, "responses", first, last, copies, f"source.number = {number}")
        _copy(
            connection, "response_narratives", first, last, {"response_number": "1000000 + n"},
            f"source.response_number = {number}",
        )  # fmt: skip


def paths() -> list[str]:
    """Return the address of every page that an admin opens."""
    filled = {"case_id": "1", "response_id": "en-migrants-facts-001", "person_id": "1", "role": "volunteer"}
    found = []
    for line in TABLE:
        if line.method != "GET" or line.kind != "page" or line.path in _PASSED_OVER:
            continue
        path = line.path
        for name, value in filled.items():
            path = path.replace(f"{{{name}}}", value)
        if "{" not in path and not path.endswith((".csv", "/post")):
            found.append(path)
    return [*found, "/library?q=crime", "/library?start=60", "/decisions?state=waiting"]


@contextmanager
def counting(world: World) -> Iterator[list[int]]:
    """Count the statements that reach the database; the list holds the number."""
    count = [0]

    def one(*_: Any) -> None:
        count[0] += 1

    event.listen(world.engine, "before_cursor_execute", one)
    try:
        yield count
    finally:
        event.remove(world.engine, "before_cursor_execute", one)


async def measure(world: World, client: Any, times: int) -> dict[str, Page]:
    """Open every page; pages that answer with anything else are left out."""
    found = {}
    for path in paths():
        answer = await client.get(path, allow_redirects=False)  # what is read once a process is read now
        if answer.status != 200 or answer.content_type != "text/html":
            continue
        asked = []
        for _ in range(3):  # the least of three: what runs beside the pages asks the database too
            with counting(world) as count:
                size = len(await (await client.get(path)).read())
            asked.append(count[0])
        page = found[path] = Page(min(asked), size, [], [])
        for _ in range(times):
            began, worked = time.perf_counter(), time.process_time()
            await (await client.get(path)).read()
            page.seconds.append(time.perf_counter() - began)
            page.busy.append(time.process_time() - worked)
    return found


async def bare(times: int) -> dict[str, float]:
    """Return the quantiles of a page of 20 kB that aiohttp serves without doing anything."""
    text = "x" * 20_000

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server, ClientSession() as session:
        taken = []
        for _ in range(times + 5):
            began = time.perf_counter()
            async with session.get(server.make_url("/")) as answer:
                await answer.read()
            taken.append(time.perf_counter() - began)
    return quantiles(taken[5:])


async def compare(folder: Path, few: int, many: int, times: int) -> tuple[dict[str, Page], list[str]]:
    """Measure all pages with few rows and with many; return the figures of many, and what is not as it should be."""
    world = World(folder)
    async with TestClient(TestServer(world.app())) as client:
        login = world.people.open_session(world.person["admin"].id)
        client.session.cookie_jar.update_cookies({COOKIE: login.token}, client.make_url("/"))
        await fill(world)
        grow(world, 1, few)
        before = await measure(world, client, 0)
        grow(world, few + 1, many)
        after = await measure(world, client, times)
    wrong = [
        f"{path}: {before[path].statements} statements with {few} rows, {page.statements} with {many}"
        for path, page in after.items()
        if page.statements > before[path].statements
    ]
    wrong += [
        f"{path}: {page.size} bytes, not {LARGEST}" for path, page in after.items() if page.size > LARGEST
    ]
    return after, wrong


def main() -> int:
    """Print the figures; return 1 if a page asks more with more rows, or is too large."""
    with tempfile.TemporaryDirectory(prefix="courage-pages-") as folder:
        pages, wrong = asyncio.run(compare(Path(folder), 100, 10_000, 40))
    plain = asyncio.run(bare(200))
    say(f"a bare aiohttp page of 20 kB: p50 {plain['p50_ms']} ms, p95 {plain['p95_ms']} ms")
    for path, page in pages.items():
        took = quantiles(page.seconds)
        busy = quantiles(page.busy)
        times = took["p95_ms"] / plain["p95_ms"]
        say(
            f"{path}: p50 {took['p50_ms']} ms, p95 {took['p95_ms']} ms ({times:.0f} times the bare one), "
            f"processor p50 {busy['p50_ms']} ms, p95 {busy['p95_ms']} ms, "
            f"{page.statements} statements, {page.size / 1000:.0f} kB"
        )
    for line in wrong:
        say(f"not as asked: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
