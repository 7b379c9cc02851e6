"""An engine on Rocket.Chat as a process of its own, which a test kills."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.rocketchat_world import make_world


async def _live(folder: Path, url: str) -> None:
    world = make_world(folder, url)
    await world.start()
    await asyncio.Event().wait()


def live(folder: Path, url: str) -> None:
    """Live until killed."""
    asyncio.run(_live(folder, url))
