"""Asks every route of the API for what its own description allows, and for what it does not: no answer is our fault.

``python -m tests.fuzz_api --requests 20000 --seed 1`` (``make fuzz-api``) does so at length; the gate takes a sample.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import schemathesis
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from courage.cases.inbound import InboundMessage
from courage.web.api.openapi import describe
from courage.web.routes import API
from tests.unit.web.world import HATE, World

#: What HTTP itself answers, whatever the address.
_OF_HTTP = {"405", "415"}
ROLES = ("admin", "trainer", "moderator", "volunteer", "")


@dataclass
class Findings:
    """What was asked and answered; ``faults`` are answers that are our fault, or none that the description knows."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many requests were answered."""
        return sum(self.statuses.values())


class Desk:
    """A desk that is reached over a socket, with a library and some cases in it."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.tokens = {
            role: self.world.people.open_session(self.world.person[role].id, kind="token").token
            for role in ROLES
            if role
        }
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve()), daemon=True
        )

    async def _serve(self) -> None:
        server = TestServer(self.world.app())
        await server.start_server()
        for number in range(1, 9):
            await self.world.intake.receive(
                InboundMessage(
                    1, "practice", "group", f"m{number}", f"@a{number}", f"{HATE} {number}", datetime.now(UTC)
                )
            )
        self.address = str(server.make_url("/"))
        self._ready.set()
        await self._stop.wait()
        await server.close()

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Desk]:
        """Serve until the block ends."""
        desk = cls(folder)
        desk._thread.start()
        assert desk._ready.wait(60)
        try:
            yield desk
        finally:
            desk._loop.call_soon_threadsafe(desk._stop.set)
            desk._thread.join(30)

    def real(self, name: str, chance: Random) -> str:
        """Return a value of a path parameter that there is something behind."""
        if name == "response_id":
            return f"en-migrants-{chance.choice(('facts', 'question', 'affiliation'))}-001"
        return str(chance.randrange(1, 10))


def fuzz(desk: Desk, *, each: int, number: int, until: float = float("inf")) -> Findings:
    """Ask every operation ``each`` times in either mode, in an order that ``number`` decides; stop at the time ``until``."""
    found, chance = Findings(), Random(number)
    schema = schemathesis.openapi.from_dict(describe(API))

    def ask(case: Any, known: set[str]) -> None:
        if time.monotonic() > until:
            return
        if case.path_parameters and chance.random() < 0.7:
            case.path_parameters = {name: desk.real(name, chance) for name in case.path_parameters}
        token = desk.tokens.get(chance.choices(ROLES, (10, 4, 3, 3, 1))[0], "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = case.call(base_url=desk.address, headers=headers, timeout=30)
        except ValueError:
            return  # what no client could send
        except OSError as error:  # as every error of a connection is
            found.faults.append(f"{case.method} {case.path}: {type(error).__name__}")
            return
        status = answer.status_code
        found.statuses[status] += 1
        if status >= 500 or str(status) not in known | _OF_HTTP:
            sent = f"{case.body!r:.300} {case.query!r:.200}"
            found.faults.append(f"{case.method} {case.formatted_path}: {status} {sent}")

    for result in schema.get_all_operations():
        operation = result.ok()
        known = set(operation.definition.raw["responses"])
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _each(operation.as_strategy(mode), lambda case, known=known: ask(case, known), each, number)
    return found


def _each(cases: Any, ask: Callable[[Any], None], each: int, number: int) -> None:
    """Make so many cases, the same for the same number, and ask each."""

    @seed(number)
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def one(case: Any) -> None:
        ask(case)

    # A route that reads nothing cannot be asked for anything that is not allowed.
    with suppress(Unsatisfiable):
        one()


def main() -> int:
    """Run at length, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    given_ = parser.parse_args()
    begun, until = time.monotonic(), time.monotonic() + given_.minutes * 60
    total = Findings()
    with tempfile.TemporaryDirectory() as folder, Desk.open(Path(folder)) as desk:
        number = given_.seed
        while total.asked < given_.requests and time.monotonic() < until and not total.faults:
            found = fuzz(desk, each=10, number=number, until=until)
            total.statuses += found.statuses
            total.faults += found.faults
            number += 1
            print(
                f"{total.asked} requests, {time.monotonic() - begun:.0f} s: {dict(sorted(total.statuses.items()))}",
                flush=True,
            )
    for fault in sorted(set(total.faults))[:40]:
        print(fault)
    return 1 if total.faults else 0


if __name__ == "__main__":
    sys.exit(main())
