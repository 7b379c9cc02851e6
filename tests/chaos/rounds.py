"""One round of chaos: engines at work, faults at random, and then the question whether everything came out right."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from courage.db.engine import make_engine, make_sessions
from courage.db.migrations import upgrade
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.people.people import People
from courage.people.rooms import Rooms
from tests import redis_server
from tests.chaos.life import CHANNEL, ROOM, append, live
from tests.chaos.proxy import Proxy
from tests.postgresql import empty_database
from tests.redis_server import RedisServer

#: One engine on a file; two on PostgreSQL that hear each other by it; two on PostgreSQL that do so by Redis.
KINDS: Final = ("sqlite", "postgresql", "redis")
FAULTS: Final = ("kill", "pause", "cut", "full", "clock", "redis")
_TEXTS: Final = ("they are vermin, number {n}", "kill them all, number {n}", "good morning, number {n}")
#: How long a round may take to come to rest after the last fault, in seconds.
PATIENCE: Final = 300.0
_UPGRADING: Final = Lock()
#: Engines are forked off one process that has imported the program already: so a start takes milliseconds, not a second.
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.chaos.life"])


@dataclass
class Outcome:
    """What a round did and what was wrong at its end; ``wrong`` is empty when all is well."""

    faults: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Round:
    """One round on one kind of database; ``seed`` decides what is said and what happens."""

    def __init__(self, folder: Path, kind: str, seed: str, *, faults: int, server: str | None = None) -> None:
        self._folder = folder
        self._kind = kind
        self._random = Random(seed)
        self._faults = faults
        self._server = server
        self._lives: dict[str, ForkServerProcess] = {}
        self._names = ("one",) if kind == "sqlite" else ("one", "two")
        self._redis: RedisServer | None = None
        self._proxy: Proxy | None = None
        self._disk = folder / "disk"
        self._url = ""
        self._engine: Engine | None = None
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """Live the round and look at what is left of it."""
        begun = time.monotonic()
        for name in ("inbound.jsonl", "channel.jsonl", "confirmed.jsonl"):
            (self._folder / name).touch()
        async with self._database():
            with self._line(), self._lives_end():
                for name in self._names:
                    self._start(name)
                talking = asyncio.create_task(self._talk())
                for _ in range(self._faults):
                    await asyncio.sleep(self._random.uniform(0.1, 0.6))
                    await self._fault()
                await talking
                await self._rest()
        self.outcome.seconds = round(time.monotonic() - begun, 1)
        return self.outcome

    @contextmanager
    def _lives_end(self) -> Iterator[None]:
        try:
            yield
        finally:
            for life in self._lives.values():
                _signal(life, signal.SIGCONT)
                life.kill()
                life.join()

    @contextmanager
    def _line(self) -> Iterator[None]:
        """Run a Redis by which the engines hear each other, where this is such a round."""
        if self._kind != "redis":
            yield
            return
        with redis_server.running() as self._redis:
            yield

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[None]:
        mounted = False
        self._disk.mkdir()
        if self._kind == "sqlite":
            mounted = await asyncio.to_thread(_mount, self._disk)
            direct = self._url = f"sqlite:///{self._disk / 'courage.db'}"
        else:
            assert self._server is not None
            direct = empty_database(self._server)
            parsed = make_url(direct)
            self._proxy = Proxy(parsed.port or 5432)
            await self._proxy.start()
            self._url = parsed.set(port=self._proxy.port).render_as_string(hide_password=False)
        self._engine = make_engine(direct)
        try:
            await asyncio.to_thread(_upgrade, self._engine)
            sessions = make_sessions(self._engine)
            for name in self._names:
                People(sessions).add(name, "volunteer")
            Rooms(sessions).ensure(CHANNEL, ROOM)
            self._mounted = mounted
            yield
        finally:
            self._engine.dispose()
            if self._proxy is not None:
                await self._proxy.stop()
            if mounted:
                await asyncio.to_thread(subprocess.run, ["umount", "-l", str(self._disk)], check=False)

    def _start(self, name: str) -> None:
        shared = self._kind != "sqlite"
        redis = self._redis.url if self._redis is not None else ""
        log = self._folder / f"life-{name}.log"
        life = _FORKS.Process(
            target=live, args=(self._folder, name, self._url, shared, redis, log), daemon=True
        )
        life.start()
        self._lives[name] = life

    async def _talk(self) -> None:
        """Let members say things while the faults happen."""
        for number in range(self._faults * 4):
            await asyncio.sleep(self._random.uniform(0.02, 0.2))
            said = {
                "id": f"$m{number}", "author": f"@eve{self._random.randrange(9)}:x", "at": datetime.now(UTC).isoformat(),
                "text": self._random.choice(_TEXTS).format(n=number),
            }  # fmt: skip
            append(self._folder / "inbound.jsonl", said)
            self.outcome.messages += 1

    async def _fault(self) -> None:
        there = {"cut": self._proxy, "full": self._mounted, "redis": self._redis}
        possible = [fault for fault in FAULTS if there.get(fault, True)]
        fault, name = self._random.choice(possible), self._random.choice(self._names)
        self.outcome.faults[fault] += 1
        life = self._lives[name]
        if fault == "kill":
            life.kill()
            await asyncio.to_thread(life.join)
            await asyncio.sleep(self._random.uniform(0, 0.5))
            self._start(name)
        elif fault == "pause":
            _signal(life, signal.SIGSTOP)
            await asyncio.sleep(self._random.choice((0.2, 1.0, 6.0)))  # the last one is longer than a lease
            _signal(life, signal.SIGCONT)
        elif fault == "cut":
            assert self._proxy is not None
            self._proxy.cut()
            await asyncio.sleep(self._random.choice((0.0, 0.3, 2.0)))
            self._proxy.mend()
        elif fault == "redis":
            assert self._redis is not None
            if self._random.random() < 0.5:
                self._redis.kill()
                await asyncio.sleep(self._random.choice((0.0, 0.5, 3.0)))
                await asyncio.to_thread(self._redis.start)
            else:
                self._redis.freeze()
                await asyncio.sleep(self._random.choice((0.2, 1.0, 8.0)))  # the last one is noticed
                self._redis.thaw()
        elif fault == "full":
            ballast = self._disk / "ballast"
            with contextlib.suppress(OSError), ballast.open("wb") as file:
                while True:
                    file.write(b"\0" * 4096)
                    file.flush()
            await asyncio.sleep(self._random.choice((0.2, 1.0)))
            ballast.unlink()
        else:
            off = self._folder / f"clock-{name}"
            off.write_text(str(self._random.choice((-86_400, -3_600, -30, 30, 3_600, 86_400))))
            await asyncio.sleep(self._random.uniform(0.2, 1.0))
            off.write_text("0")

    async def _rest(self) -> None:
        """Wait until there is nothing left to do, with every engine alive; say what is wrong if that never comes."""
        for name, life in self._lives.items():
            if life.exitcode is not None:
                self.outcome.wrong.append(f"engine {name} ended by itself: {self._said(name)}")
                self._start(name)
        until = time.monotonic() + PATIENCE
        while (left := await asyncio.to_thread(self._left)) and time.monotonic() < until:
            await asyncio.sleep(0.2)
        self.outcome.wrong += left
        self.outcome.wrong += await asyncio.to_thread(self._broken)

    def _said(self, name: str) -> str:
        return (self._folder / f"life-{name}.log").read_text(errors="replace")[-4000:]

    def _inbound(self) -> dict[str, str]:
        return {line["id"]: line["text"] for line in _lines(self._folder / "inbound.jsonl")}

    def _left(self) -> list[str]:
        """Return what is not done yet."""
        assert self._engine is not None
        wanted = {key for key, text in self._inbound().items() if "morning" not in text}
        with make_sessions(self._engine)() as session:
            cases = {row.message_id: row for row in session.scalars(select(Case))}
            waiting = session.scalars(select(Outbox.kind).where(Outbox.state == "pending")).all()
        left = [f"message {key} has no case" for key in sorted(wanted - cases.keys())]
        left += [
            f"case {row.id} is {row.status}"
            for row in cases.values()
            if row.status not in ("replied", "escalated")
        ]
        return left + [f"{count} {kind} wait in the outbox" for kind, count in Counter(waiting).items()]

    def _broken(self) -> list[str]:
        """Return which promises were broken."""
        assert self._engine is not None
        wrong, inbound = [], self._inbound()
        channel = _lines(self._folder / "channel.jsonl")
        confirmed = {(line["key"], line["text"]) for line in _lines(self._folder / "confirmed.jsonl")}
        with make_sessions(self._engine)() as session:
            cases = session.scalars(select(Case)).all()
            replies = session.scalars(select(Reply)).all()
            dead = session.scalars(
                select(Outbox.kind).where(Outbox.state.not_in(("sent", "cancelled", "pending")))
            ).all()
        wrong += [f"{key} has {n} cases" for key, n in Counter(c.message_id for c in cases).items() if n > 1]
        wrong += [
            f"case {c.id} is of a harmless message" for c in cases if "morning" in inbound[c.message_id]
        ]
        posted = Counter(line["to"] for line in channel if "reply" in line)
        wrong += [f"{n} replies to {to}" for to, n in posted.items() if n > 1]
        numbers = {c.message_id: c.id for c in cases}
        wrong += [
            f"a reply to {line['to']} that nobody confirmed"
            for line in channel
            if "reply" in line and (str(numbers[line["to"]]), line["reply"]) not in confirmed
        ]
        carded = {line["case"] for line in channel if "case" in line}
        wrong += [f"case {c.id} ({c.status}) was never shown to anybody" for c in cases if c.id not in carded]
        wrong += [f"case {r.case_id} has a reply {r.state}" for r in replies if r.state != "posted"]
        wrong += [f"a {kind} was given up" for kind in dead]
        return wrong


def _signal(life: ForkServerProcess, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        assert life.pid is not None
        os.kill(life.pid, number)


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open() as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def _upgrade(engine: Engine) -> None:
    with _UPGRADING:  # Alembic knows one migration a process at a time, and rounds may live together
        upgrade(engine)


def _mount(folder: Path) -> bool:
    """Put a small disk of its own there; ``False`` where that may not be done."""
    if os.getuid() != 0:
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    return done.returncode == 0
