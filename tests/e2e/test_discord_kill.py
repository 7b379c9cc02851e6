"""An engine on Discord that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from courage.cases.casework import make_casework
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from tests.databases import open_database
from tests.e2e.discord_life import live
from tests.e2e.discord_server import ANN, DESK, EVE, GROUP, serving
from tests.e2e.discord_world import make_world
from tests.unit.cases.kit import Recommender

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a kind to a channel asks for.
POINTS: list[tuple[str, str, int, int]] = [
    ("before", "POST", DESK, 1),  # the card
    ("after", "POST", DESK, 1),
    ("before", "PATCH", DESK, 1),
    ("after", "PATCH", DESK, 1),
    ("after", "POST", DESK, 2),  # an answer
    ("before", "GET", GROUP, 1),  # the look for a reply that is there
    ("before", "POST", GROUP, 1),  # the reply
    ("after", "POST", GROUP, 1),
    ("before", "PATCH", DESK, 2),
    ("after", "PATCH", DESK, 2),
]


#: `make e2e` takes these two, `make chaos` all.
SAMPLE = (3, 8)


@pytest.mark.parametrize(
    "point",
    [pytest.param(p, marks=[] if n in SAMPLE else [pytest.mark.slow]) for n, p in enumerate(POINTS)],
    ids=lambda p: f"{p[0]}-{p[1]}-{'group' if p[2] == GROUP else 'desk'}-{p[3]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, int, int]
) -> None:
    when, method, chat, count = point
    spawn = multiprocessing.get_context("forkserver")
    spawn.set_forkserver_preload(["tests.e2e.discord_life"])
    make_world(tmp_path, "http://127.0.0.1:9").engine.dispose()
    engine = open_database(tmp_path / "courage.db")
    sessions = make_sessions(engine)
    casework = make_casework(sessions, Recommender(), channels=("discord",))
    async with serving() as server:
        left, killed = [count], [0]

        async def kill(called: str, path: str, _: dict[str, Any]) -> None:
            if called != method or not path.startswith(f"channels/{chat}/messages"):
                return
            left[0] -= 1
            if left[0] == 0:
                killed[0] += 1
                process.kill()
                await asyncio.to_thread(process.join)
                if when == "before":
                    raise ConnectionResetError  # nothing is done of what was asked

        setattr(server, when, kill)
        process = spawn.Process(target=live, args=(tmp_path, server.url), daemon=True)
        process.start()
        await _connected(server)
        number = await server.says(GROUP, EVE, "they are vermin")
        said: dict[str, float] = {}
        try:
            async with asyncio.timeout(90):
                while True:
                    if not process.is_alive():
                        process = spawn.Process(target=live, args=(tmp_path, server.url), daemon=True)
                        process.start()
                    if (step := await asyncio.to_thread(_next, casework, server.cards())) is None:
                        break
                    # A person who sees nothing happen says it again after a while.
                    now = asyncio.get_running_loop().time()
                    if step and now - said.get(step, 0) > 3:
                        said[step] = now
                        await server.says(DESK, ANN, step)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(json.dumps([server.calls[-20:], said], default=str)) from None
        finally:
            process.kill()
            await asyncio.to_thread(process.join)
        assert killed == [1]
        with sessions() as session:
            assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert len(server.cards()) == 1
        (reply,) = server.of_bot(GROUP)
        assert (reply["content"], reply["message_reference"]["message_id"]) == ("Not so.", str(number))
        assert "answered by Ann" in server.cards()[0]["content"]
    engine.dispose()


async def _connected(server: Any) -> None:
    async with asyncio.timeout(60):
        while not server.connected:
            await asyncio.sleep(0.05)


def _next(casework: Any, cards: list[dict[str, Any]]) -> str | None:
    """Return what Ann says next: nothing while she waits, ``None`` when all is done."""
    try:
        case = casework.view(1)
    except Exception:
        return ""
    if case.status == "open":
        return "claim 1" if cards else ""
    if case.status == "replied":
        return None if cards and "answered by" in cards[0]["content"] else ""
    if case.draft is None:
        return "edit: Not so."
    return "post 1 v1" if case.reply is None or case.reply.state == "failed" else ""
