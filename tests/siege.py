"""Connections that never finish and floods of logins against a desk, and what other people notice of them.

``python -m tests.siege --connections 2000 --logins 1000 --seed 1`` (``make siege``) besieges the real program; the gate
takes a short sample. Whoever attacks opens every connection again that the desk ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from courage.web.security import COOKIE
from courage.web.server import raise_file_limit
from tests.benchmarks.measure import quantiles

#: How an attacker holds a connection: says nothing, drips a header, drips a body, waits after one request, never reads.
KINDS: Final = ("silent", "headers", "body", "kept", "deaf")


@dataclass(frozen=True, slots=True)
class Plan:
    """A siege; ``seconds`` is how long other people are watched during it, ``people`` how many they are."""

    connections: int = 2_000
    logins: int = 1_000
    people: int = 10
    seconds: float = 20.0
    seed: int = 1


@dataclass
class Seen:
    """What other people noticed: seconds that they waited, and what they could not get."""

    waits: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        """The 95th percentile of the waits in seconds."""
        return quantiles(self.waits)["p95_ms"] / 1000

    def to_json(self) -> dict[str, Any]:
        """Return what was seen as plain values."""
        return {"requests": len(self.waits), **quantiles(self.waits), "failed": dict(self.failures)}


class Attack:
    """Holds connections to an address in every way that there is, and tries to log in from everywhere at once."""

    def __init__(self, address: str, plan: Plan) -> None:
        self._address = address
        self._plan = plan
        self._random = Random(plan.seed)
        self._host = urlsplit(address).hostname or ""
        self._port = urlsplit(address).port or 80
        self._open = 0
        self._most = 0
        self._reopened = 0
        self._logins: Counter[int] = Counter()

    async def run(self, stop: asyncio.Event, begun: Callable[[], None]) -> dict[str, Any]:
        """Attack until told to stop; ``begun`` hears when most connections have been opened. Return what became of it."""
        tasks = [
            asyncio.create_task(self._hold(self._random.choice(KINDS), self._random.random()))
            for _ in range(self._plan.connections)
        ]
        tasks.append(asyncio.create_task(self._flood()))
        with contextlib.suppress(
            TimeoutError
        ):  # where fewer than that are let in, they are as many as there will be
            async with asyncio.timeout(10):
                while self._open < self._plan.connections * 0.8:
                    await asyncio.sleep(0.05)
        begun()
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        logins = {str(status): count for status, count in sorted(self._logins.items())}
        return {"logins": logins, "held_at_most": self._most, "opened_again": self._reopened}

    async def _hold(self, kind: str, part: float) -> None:
        """Hold a connection in a way, for ever; ``part`` (0 to 1) spreads what is said over time."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                await asyncio.sleep(0.5)
                continue
            self._open += 1
            self._most = max(self._most, self._open)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._say(kind, part, reader, writer)
            self._open -= 1
            self._reopened += 1
            writer.transport.abort()
            await asyncio.sleep(0.1 + part)

    async def _say(
        self, kind: str, part: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        host = f"Host: {self._host}\r\n"
        if kind == "silent":
            await reader.read()
            return
        if kind in ("kept", "deaf"):
            path, times = ("/live", 1) if kind == "kept" else ("/static/desk.css", 4)
            writer.write(f"GET {path} HTTP/1.1\r\n{host}\r\n".encode() * times)
            if kind == "kept":
                await reader.read()
            while not writer.is_closing():
                await asyncio.sleep(1 + part)
            return
        start = f"GET /login HTTP/1.1\r\n{host}X-A: "
        if kind == "body":
            start = (
                f"POST /api/session HTTP/1.1\r\n{host}Content-Type: application/json\r\n"
                "Content-Length: 100000\r\n\r\n"
            )
        writer.write(start.encode())
        while not writer.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(1 + part)

    async def _flood(self) -> None:
        """Try to log in from everywhere at the same moment, and again some seconds after each answer."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:

            async def one(number: int) -> None:
                while True:
                    address = f"10.{number % 7}.{self._random.randrange(256)}.{number % 250 + 1}"
                    body = {"name": f"somebody {number % 50}", "password": f"a guess {number}"}
                    try:
                        async with session.post(
                            f"{self._address}/api/session", json=body, headers={"X-Forwarded-For": address}
                        ) as answer:
                            self._logins[answer.status] += 1
                    except (aiohttp.ClientError, TimeoutError):
                        self._logins[0] += 1
                    await asyncio.sleep(self._random.uniform(2, 8))

            await asyncio.gather(*(one(number) for number in range(self._plan.logins)))


async def watch(address: str, token: str, plan: Plan) -> Seen:
    """Let people work at the desk for a while; return what they noticed. ``token`` is of a session."""
    seen, until = Seen(), time.monotonic() + plan.seconds
    await asyncio.gather(*(_person(address, token, number, until, seen) for number in range(plan.people)))
    return seen


async def _person(address: str, token: str, number: int, until: float, seen: Seen) -> None:
    """Work as a browser does: pages and answers, now over a kept connection, now over a new one."""
    paths = ("/cases", "/api/me", "/account", "/static/desk.css")
    async with aiohttp.ClientSession(
        headers={"Cookie": f"{COOKIE}={token}"},
        timeout=aiohttp.ClientTimeout(30),
        connector=aiohttp.TCPConnector(force_close=number % 2 == 0),
    ) as session:
        turn = number
        while time.monotonic() < until:
            path, begun = paths[turn % len(paths)], time.perf_counter()
            turn += 1
            try:
                async with session.get(f"{address}{path}", allow_redirects=False) as answer:
                    await answer.read()
                    if answer.status != 200:
                        seen.failures[f"{path}: {answer.status}"] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                seen.failures[f"{path}: {type(error).__name__}"] += 1
            seen.waits.append(time.perf_counter() - begun)
            await asyncio.sleep(0.1)


async def besiege(address: str, token: str, plan: Plan) -> tuple[Seen, dict[str, Any]]:
    """Attack from a process of its own, so that attackers and people do not wait for each other; return what both saw."""
    words = [
        sys.executable, "-m", "tests.siege", "--attack", address, "--connections", str(plan.connections),
        "--logins", str(plan.logins), "--seed", str(plan.seed),
    ]  # fmt: skip
    pipe = asyncio.subprocess.PIPE
    attacker = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    assert attacker.stdin is not None
    assert attacker.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert await attacker.stdout.readline() == b"attacking\n"
        seen = await watch(address, token, plan)
        attacker.stdin.close()
        async with asyncio.timeout(60):
            told: dict[str, Any] = json.loads(await attacker.stdout.readline())
        return seen, told
    finally:
        if attacker.returncode is None:
            attacker.kill()
        await attacker.wait()


async def _attack(address: str, plan: Plan) -> None:
    """Attack until standard input ends."""
    raise_file_limit()
    os.nice(5)  # attackers have machines of their own
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
    print(json.dumps(await Attack(address, plan).run(stop, lambda: print("attacking", flush=True))))


@asynccontextmanager
async def _program() -> AsyncIterator[tuple[str, str]]:
    """Start the program in an empty home; hand out its address and the token of a volunteer's session."""
    from courage.wiring import open_people, open_readiness
    from tests.benchmarks.servers import courage

    with tempfile.TemporaryDirectory() as folder:
        async with courage(Path(folder) / "home", rasa=False) as running:
            people = open_people(running.settings)
            ann = people.add("Ann", "volunteer")
            open_readiness(running.settings).mark(ann.id, ready=True, note="for the siege")
            yield running.settings.engine_address, people.open_session(ann.id).token


async def _main(plan: Plan) -> int:
    async with _program() as (address, token):
        before = await watch(address, token, replace(plan, seconds=5.0))
        seen, told = await besiege(address, token, plan)
    print(
        json.dumps(
            {"seed": plan.seed, "in_peace": before.to_json(), "besieged": seen.to_json(), "attackers": told}
        )
    )
    return 0 if seen.p95 < 1.0 and not seen.failures else 1


def main() -> int:
    """Besiege the program and print what others noticed; status 1 when the 95th percentile is a second or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("connections", 2_000), ("logins", 1_000), ("people", 10), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument(
        "--attack", metavar="ADDRESS", help="Only attack this desk, until standard input ends."
    )
    given = vars(parser.parse_args())
    address = given.pop("attack")
    plan = Plan(**given)
    if address is None:
        return asyncio.run(_main(plan))
    asyncio.run(_attack(address, plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())
