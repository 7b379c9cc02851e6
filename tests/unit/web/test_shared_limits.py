"""Limits of workshops hold for all engines together, and over a restart."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from courage.academy.workshops.codes import LETTERS
from courage.clock import utcnow
from courage.db.allowances import Allowances
from courage.people.tries import Tries
from courage.web.app import make_desk
from courage.web.errors import TooOften
from courage.web.limits import SharedRate
from courage.web.sheets import WorkshopDesk
from tests.unit.web.world import World

KEY = b"k" * 32


def wrong_codes() -> list[str]:
    """Return codes of workshops that there are not."""
    return [f"{first}{second}{LETTERS[0] * 4}" for first in LETTERS for second in LETTERS]


async def test_codes_are_guessed_at_two_engines_as_often_as_at_one(
    tmp_path: Path, aiohttp_client: Any
) -> None:
    world = World(tmp_path)
    sessions = world.people._sessions
    desks = []
    for _ in range(2):
        object.__setattr__(world.services, "tries", Tries(sessions, KEY))
        desks.append(await aiohttp_client(make_desk(world.services)))
    statuses = []
    for number, code in enumerate(wrong_codes()[:40]):
        statuses.append((await desks[number % 2].get(f"/w/{code}")).status)
    assert statuses == [404] * 30 + [429] * 10
    object.__setattr__(world.services, "tries", Tries(sessions, KEY))
    restarted = await aiohttp_client(make_desk(world.services))
    assert (await restarted.get(f"/w/{wrong_codes()[50]}")).status == 429


async def test_what_is_full_elsewhere_is_held_to_without_asking_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    here, there = (SharedRate("joining", 3, 900.0, Tries(world.people._sessions, KEY)) for _ in range(2))
    for rate in (here, there, here):
        await rate.count("10.0.0.1")
    with pytest.raises(TooOften) as error:
        await there.count("10.0.0.1")
    assert 0 < error.value.wait <= 900
    for _ in range(2):
        with pytest.raises(TooOften):
            there.check("10.0.0.1")
    await there.count("10.0.0.2")  # somebody else


async def test_a_participant_writes_as_much_at_two_engines_as_at_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utcnow()
    monkeypatch.setattr("courage.web.sheets.utcnow", lambda: now)  # no minute ends meanwhile
    world = World(tmp_path)
    desks = [WorkshopDesk(None, Allowances(world.people._sessions)) for _ in range(2)]
    done = 0
    for number in range(300):
        with contextlib.suppress(TooOften):
            await desks[number % 2].write(1, 7)
            done += 1
    with pytest.raises(TooOften) as error:
        await desks[0].write(1, 7)
    assert 0 < error.value.wait <= 60
    assert 100 <= done <= 120  # what an engine took and did not use is lost, never given twice
    await desks[0].write(1, 8)
