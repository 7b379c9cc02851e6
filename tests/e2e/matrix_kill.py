"""An engine on a real homeserver that is killed at one point after another, and what its people see in the end."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, select

from courage.db.models.delivery import Case
from tests.e2e.matrix_fixtures import Community
from tests.e2e.matrix_world import MatrixWorld
from tests.e2e.synapse import ROOT


def count(home: Community) -> int:
    """Return how many cases there are."""
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


async def killed_at_each(home: Community, lives: Sequence[tuple[str, str]]) -> None:
    """Let an engine die twice for each message: while it becomes a case and a card, and while its reply is posted.

    :param lives: the two points of each, as :mod:`tests.e2e.matrix_world` takes them.
    """
    await home.world.stop()

    async def dies_at(point: str) -> None:
        settings = json.dumps(asdict(home.settings()))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.e2e.matrix_world", str(home.folder), settings, point, cwd=ROOT
        )
        assert await asyncio.wait_for(process.wait(), 120) == -signal.SIGKILL, point

    async def born(*, deliver: bool) -> None:
        home.world = MatrixWorld(home.folder, home.settings())
        await home.world.start(deliver=deliver)

    for number, (reading, posting) in enumerate(lives, start=1):
        await home.eve.send(home.group, f"they are vermin, number {number}")
        await dies_at(reading)
        await born(deliver=False)
        await home.world.until(lambda number=number: count(home) == number, f"case {number}")
        casework = home.world.casework
        casework.claim(number, 1)
        casework.confirm_post(number, 1, casework.edit(number, 1, f"Not so, {number}.").version)
        await home.world.stop()
        await dies_at(posting)
        await born(deliver=True)
        await home.world.until(
            lambda number=number: home.world.casework.view(number).status == "replied", f"reply {number}"
        )
        await home.world.until(home.world.settled, "everything delivered")
        await home.world.stop()
    cards = [event["content"]["body"].split(" · ")[0] for event in await home.cards()]
    assert sorted(cards) == [f"Case {number}" for number in range(1, len(lives) + 1)]
    replies = [
        e["content"]["body"] for e in await home.mia.messages(home.group) if e["sender"] == home.bot.user_id
    ]
    assert replies == [f"Not so, {number}." for number in range(1, len(lives) + 1)]
    assert count(home) == len(lives)
