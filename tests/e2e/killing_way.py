"""The way of one hateful message to its reply, while the engine is killed once and started again."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import func, select

from courage.cases.casework import make_casework
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from tests.databases import open_database
from tests.unit.cases.kit import Recommender

#: Says something as a volunteer in the desk room.
Say = Callable[[str], Awaitable[object]]


class Server(Protocol):
    """What a stand-in needs for this."""

    url: str
    calls: list[Any]


class Way:
    """An engine that lives in a process of its own and is killed when a server's hook says so."""

    def __init__(self, channel: str, live: Callable[[Path, str], None], folder: Path, server: Server) -> None:
        self._live, self._folder, self._server = live, folder, server
        self._spawn = multiprocessing.get_context("forkserver")
        self._spawn.set_forkserver_preload([live.__module__])
        self._engine = open_database(folder / "courage.db")
        self.sessions = make_sessions(self._engine)
        self._casework = make_casework(self.sessions, Recommender(), channels=(channel,))
        self._process: Any = None
        self.killed = 0

    def start(self) -> None:
        """Start the engine."""
        self._process = self._spawn.Process(
            target=self._live, args=(self._folder, self._server.url), daemon=True
        )
        self._process.start()

    async def kill(self) -> None:
        """Kill the engine: nothing is written or answered any more."""
        self.killed += 1
        self._process.kill()
        await asyncio.to_thread(self._process.join)

    async def go(self, say: Say, cards: Callable[[], list[str]], seconds: float = 90) -> None:
        """Start the engine again whenever it is dead, and say what comes next, until the reply stands on the card."""
        said: dict[str, float] = {}
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if not self._process.is_alive():
                        self.start()
                    if (step := await asyncio.to_thread(self._next, cards())) is None:
                        return
                    # A person who sees nothing happen says it again after a while.
                    now = asyncio.get_running_loop().time()
                    if step and now - said.get(step, 0) > 3:
                        said[step] = now
                        await say(step)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(json.dumps([self._server.calls[-20:], said], default=str)) from None
        finally:
            self._process.kill()
            await asyncio.to_thread(self._process.join)

    def cases(self) -> int:
        """Return how many cases there are."""
        with self.sessions() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _next(self, cards: list[str]) -> str | None:
        """Return what the volunteer says next: nothing while they wait, ``None`` when all is done."""
        try:
            case = self._casework.view(1)
        except Exception:
            return ""
        if case.status == "open":
            return "claim 1" if cards else ""
        if case.status == "replied":
            return None if cards and "answered by" in cards[0] else ""
        if case.draft is None:
            return "edit: Not so."
        return "post 1 v1" if case.reply is None or case.reply.state == "failed" else ""
