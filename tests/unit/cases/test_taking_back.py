"""A confirmed reply waits a moment; until it leaves its person takes it back, and nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courage.cases.casework import CaseworkSettings, make_casework
from courage.cases.errors import NotPossible
from courage.insights.metrics import outbox_health
from tests.unit.cases.kit import World

WAIT = timedelta(seconds=20)


async def confirmed(world: World) -> tuple[int, int]:
    """Let Ann confirm a reply that waits; return case and version."""
    world.casework = make_casework(
        world.sessions,
        world.recommender,  # type: ignore[arg-type]
        CaseworkSettings(undo_post=WAIT),
        channels=world.channels,
        bus=world.bus,
        clock=world.clock,
    )
    number = await world.case()
    await world.dispatcher.drain()
    world.casework.claim(number, world.ann)
    version = world.casework.edit(number, world.ann, "Not so.").version
    world.casework.confirm_post(number, world.ann, version)
    return number, version


async def test_nothing_leaves_before_its_time_and_health_does_not_complain(world: World) -> None:
    number, _ = await confirmed(world)
    world.clock.pass_(seconds=19)
    await world.dispatcher.drain()
    assert world.channel.replies == {}
    assert outbox_health(world.sessions, world.channels, world.clock())["oldest_seconds"] == 0
    assert world.casework.leaves_at(number, world.ann) == world.clock() + timedelta(seconds=1)
    world.clock.pass_(seconds=2)
    await world.dispatcher.drain()
    assert [text for _, text, _ in world.channel.replies.values()] == ["Not so."]
    assert world.casework.leaves_at(number, world.ann) is None
    assert world.casework.view(number).status == "replied"
    with pytest.raises(NotPossible):
        world.casework.undo(number, world.ann)


async def test_it_is_taken_back_changed_and_posted_once(world: World) -> None:
    number, version = await confirmed(world)
    with pytest.raises(NotPossible, match="somebody else's"):
        world.casework.undo(number, world.mia)
    case = world.casework.undo(number, world.ann)
    assert case.status == "claimed"
    assert case.draft is not None
    assert case.draft.text == "Not so."
    world.clock.pass_(minutes=2)
    await world.dispatcher.drain()
    assert world.channel.replies == {}
    with pytest.raises(NotPossible):
        world.casework.undo(number, world.ann)  # nothing is left to take back
    world.casework.confirm_post(number, world.ann, version)  # the same text after all
    world.clock.pass_(seconds=21)
    await world.dispatcher.drain()
    assert len(world.channel.replies) == 1
