"""An engine on a chat system that is killed at one point, and what its people see in the end: the same for every gateway."""

from __future__ import annotations

import asyncio
import importlib
import json
import multiprocessing
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from courage.cases.casework import make_casework
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from tests.databases import open_database
from tests.unit.cases.kit import Recommender

Written = TypeVar("Written")
#: `make e2e` takes the points with these numbers, `make chaos` all.
SAMPLE = (8,)


def points(all_points: Sequence[Any]) -> list[Any]:
    """Return the points as parameters of a test: most of them are slow."""
    return [
        pytest.param(p, marks=[] if n in SAMPLE else [pytest.mark.slow]) for n, p in enumerate(all_points)
    ]


def _world(channel: str) -> str:
    return f"tests.e2e.{channel}_world"


def _live(channel: str, folder: Path, url: str) -> None:
    """Live until killed, as a process of its own."""

    async def life() -> None:
        await importlib.import_module(_world(channel)).make_world(folder, url).start()
        await asyncio.Event().wait()

    asyncio.run(life())


async def killed_once(
    folder: Path,
    channel: str,
    server: Any,
    *,
    when: str,
    nth: int,
    meant: Callable[..., bool],
    write: Callable[[], Awaitable[Written]],
    say: Callable[[str], Awaitable[object]],
    cards: Callable[[], list[str]],
    ready: Callable[[], object] = lambda: True,
    prefix: str = "",
) -> Written:
    """Let an engine live that dies at one call, let Ann answer a hateful message, and check: one case, one card, done.

    :param channel: the chat system; the engine is what ``make_world`` of ``tests/e2e/CHANNEL_world.py`` makes.
    :param when: ``before`` or ``after`` the server did what the call asks for: the name of a hook of ``server``.
    :param nth: which of the calls that are ``meant`` it is; ``meant`` gets what the hook gets.
    :param write: writes the hateful message; what it returns is returned.
    :param say: lets Ann say something to the assistant; ``prefix`` stands before each command.
    :param cards: returns the texts of the cards in the desk room.
    :param ready: says whether the engine reads, where a message from before would not be read.
    """
    spawn = multiprocessing.get_context("forkserver")
    spawn.set_forkserver_preload([__name__, _world(channel)])
    importlib.import_module(_world(channel)).make_world(folder, "http://127.0.0.1:9").engine.dispose()
    engine = open_database(folder / "courage.db")
    sessions = make_sessions(engine)
    casework = make_casework(sessions, Recommender(), channels=(channel,))
    left, killed = [nth], [0]

    def born() -> Any:
        process = spawn.Process(target=_live, args=(channel, folder, server.url), daemon=True)
        process.start()
        return process

    async def kill(*call: Any) -> None:
        if not meant(*call):
            return
        left[0] -= 1
        if left[0] == 0:
            killed[0] += 1
            process.kill()
            await asyncio.to_thread(process.join)
            if when == "before":
                raise ConnectionResetError  # nothing is done of what was asked

    setattr(server, when, kill)
    process = born()
    said: dict[str, float] = {}
    try:
        async with asyncio.timeout(60):
            while not ready():
                await asyncio.sleep(0.05)
        written = await write()
        async with asyncio.timeout(90):
            while (step := await asyncio.to_thread(_next, casework, cards())) is not None:
                if not process.is_alive():
                    process = born()
                # A person who sees nothing happen says it again after a while.
                now = asyncio.get_running_loop().time()
                if step and now - said.get(step, 0) > 3:
                    said[step] = now
                    await say(prefix + step)
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(json.dumps([server.calls[-20:], said], default=str)) from None
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
    assert killed == [1]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
    (card,) = cards()
    assert "answered by Ann" in card
    engine.dispose()
    return written


def _next(casework: Any, cards: list[str]) -> str | None:
    """Return what Ann says next: nothing while she waits, ``None`` when all is done."""
    try:
        case = casework.view(1)
    except Exception:
        return ""
    if case.status == "open":
        return "claim 1" if cards else ""
    if case.status == "replied":
        return None if cards and "answered by" in cards[0] else ""
    if case.draft is None:
        return "edit: Not so."
    return "post 1 v1" if case.reply is None or case.reply.state == "failed" else ""
