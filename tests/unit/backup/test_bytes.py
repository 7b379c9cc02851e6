"""After a purge and after an erasure no byte below the home folder says what people wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from courage.cases.retention import purge
from courage.db.engine import make_engine
from courage.db.migrations import upgrade
from tests.unit.backup.world import World

pytestmark = pytest.mark.slow  # every byte of a home is looked at

WORDS = b"unmistakable-words"


def says(folder: Path) -> set[str]:
    """Return the files that hold the words, as they lie on the disk."""
    return {path.name for path in folder.rglob("*") if path.is_file() and WORDS in path.read_bytes()}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    upgrade(make_engine(f"sqlite:///{tmp_path / 'courage.db'}"))
    world = World(tmp_path)
    for number in range(5):
        case = await world.message(
            f"m{number}", f"They are vermin, {WORDS.decode()} {number}. " + "So it is. " * 600
        )
        world.confirm_reply(case)
    await world.deliver()
    assert says(tmp_path)
    return world


async def test_after_a_purge(world: World, tmp_path: Path) -> None:
    assert purge(world.sessions, datetime.now(UTC) + timedelta(days=100)).texts == 5
    assert says(tmp_path) == set()
    assert (tmp_path / "courage.db-wal").stat().st_size == 0


async def test_after_a_message_was_removed_and_the_next_round_of_upkeep(world: World, tmp_path: Path) -> None:
    for number in range(5):
        await world.redact(f"m{number}")
    purge(world.sessions, datetime.now(UTC))
    assert says(tmp_path) == set()


async def test_after_practice_was_emptied_and_an_organisation_erased(world: World, tmp_path: Path) -> None:
    purge(world.sessions, datetime.now(UTC) + timedelta(days=100))
    made = world.organisations.create("Berlin", "berlin")
    world.people.add(WORDS.decode(), "volunteer", made.id)
    assert says(tmp_path)
    world.organisations.erase("berlin")
    assert says(tmp_path) == set()
