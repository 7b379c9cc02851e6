"""What people say in a desk room to an engine that is dead, or dies before it answers: the same for every gateway."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import multiprocessing
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from courage.cases.casework import make_casework
from courage.db.engine import make_sessions
from courage.db.models.delivery import SyncPosition
from tests.databases import open_database
from tests.e2e.gateway_kill import _live, _world
from tests.unit.cases.kit import Recommender


async def is_heard_once(
    folder: Path,
    channel: str,
    server: Any,
    *,
    desk: str,
    write: Callable[[], Awaitable[object]],
    say: Callable[[str], Awaitable[Any]],
    answers: Callable[[Any], list[str]],
    cards: Callable[[], list[Any]],
    meant: Callable[..., bool],
    ready: Callable[[], object] = lambda: True,
) -> None:
    """Let Ann command while the engine is dead, and let it die as it is about to answer her: everything is done once.

    :param desk: the desk room, which the marks name.
    :param write: writes the hateful message.
    :param say: lets Ann say something to the assistant, and returns what it can be told by.
    :param answers: returns the texts of the answers to that.
    :param meant: says whether a call to the server, as its hook ``before`` gets it, writes in the desk room.
    :param ready: says whether the engine reads, where a message from before would not be read.
    """
    spawn = multiprocessing.get_context("forkserver")
    spawn.set_forkserver_preload([_live.__module__, _world(channel)])
    importlib.import_module(_world(channel)).make_world(folder, "http://127.0.0.1:9").engine.dispose()
    engine = open_database(folder / "courage.db")
    sessions = make_sessions(engine)
    casework = make_casework(sessions, Recommender(), channels=(channel,))

    def born() -> Any:
        process = spawn.Process(target=_live, args=(channel, folder, server.url), daemon=True)
        process.start()
        return process

    async def killed(process: Any) -> None:
        process.kill()
        await asyncio.to_thread(process.join)

    async def until(true: Callable[[], object], what: str) -> None:
        try:
            async with asyncio.timeout(90):
                while not await asyncio.to_thread(true):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what}: {json.dumps(server.calls[-20:], default=str)}") from None

    def remembered() -> bool:
        with sessions() as session:
            kept = session.scalars(select(SyncPosition.position)).all()
        return channel == "telegram" or any(f'"{desk}"' in position for position in kept)

    async def dies(*call: Any) -> None:
        if meant(*call):
            server.before = None
            await killed(process)
            raise ConnectionResetError

    process = born()
    try:
        await until(ready, "reading")
        await write()
        await until(lambda: len(cards()) == 1, "the card")
        await until(remembered, "how far the desk was heard")
        await killed(process)
        claim = await say("claim 1")
        process = born()
        await until(lambda: answers(claim), "an answer to what was said to a dead engine")
        assert casework.view(1).status == "claimed"
        server.before = dies
        edit = await say("edit: Not so.")
        await until(lambda: server.before is None and not process.is_alive(), "the engine's death")
        assert not answers(edit)
        process = born()
        await until(lambda: answers(edit), "an answer to what the engine died of")
        draft = casework.view(1).draft
        assert draft is not None
        assert draft.text == "Not so."
        await killed(process)  # before it noted that it answered, or a moment after
        process = born()
        last = await say("queue")
        await until(lambda: answers(last), "an answer of the last engine")
        told = [answers(said) for said in (claim, edit, last)]
        assert [sorted(set(texts)) for texts in told] == [sorted(texts) for texts in told]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.to_thread(process.join)
        engine.dispose()
