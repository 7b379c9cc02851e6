"""A message that fails for ever by itself, for tests of every gateway: the rest goes on, and people hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from courage.detection.verdict import Verdict
from tests.unit.cases.kit import screen


async def is_given_up(world: Any, says: Callable[[str], Awaitable[Any]], desk: Callable[[], Any]) -> None:
    """Let somebody write a message that screening chokes on, then others, until the first one is given up.

    :param world: the engine's half, running.
    :param says: writes in the group room.
    :param desk: what the bot said in the desk room; may be awaitable.
    """

    async def screener(text: str, sensitivity: str) -> Verdict:
        if "poison" in text:
            raise ZeroDivisionError
        return await screen(text, sensitivity)

    world.intake._screen = screener
    await says("poison")
    await world.until(lambda: world.gateway.health()["status"] == "degraded", "trouble")
    assert "not_screened" not in world.gateway.health(), "alone it may not be its own fault"
    await says("they are vermin, all of them")
    async with asyncio.timeout(60):
        number = 0
        while not world.gateway.health().get("not_screened"):
            number += 1
            await says(f"tea {number}")
            await asyncio.sleep(0.1)
    await world.until(
        lambda: world.intake.counters.totals().get("not_screened") == 1, "the count for the page"
    )
    await world.until(
        lambda: "1 messages could not be screened" in world.gateway.health()["note"], "the note"
    )
    async with asyncio.timeout(20):
        while "could not be screened" not in (said := await _said(desk)):
            await asyncio.sleep(0.05)
    assert "poison" not in said
    await world.until(lambda: world.status(1) == "open", "what others wrote is read")


async def _said(desk: Callable[[], Any]) -> str:
    found = desk()
    return str(await found if asyncio.iscoroutine(found) else found)
