"""What somebody types stays theirs, holds their claim, and goes with the message."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from courage.cases.errors import CaseNotFound, NotPossible
from courage.cases.retention import purge
from courage.db.models.cases import UnsentText
from tests.unit.cases.kit import World


def unsent(world: World, number: int, person: int) -> str | None:
    found = world.casework.unsent(number, person)
    return None if found is None else found.text


async def test_typing_holds_a_claim_and_no_typing_lets_it_run_out(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    for _ in range(4):
        world.clock.pass_(minutes=20)
        assert world.casework.keep_typed(number, world.ann, "still at it")
        assert world.casework.expire_claims() == []
    world.clock.pass_(minutes=31)
    assert world.casework.expire_claims() == [number]
    assert not world.casework.keep_typed(number, world.ann, "and on it goes")
    assert world.casework.view(number).holder is None  # typing takes no case
    assert unsent(world, number, world.ann) == "and on it goes"
    assert unsent(world, number, world.bob) is None


async def test_a_suggestion_takes_the_place_of_a_text_that_can_be_brought_back(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    world.casework.suggest(number, world.ann)
    with pytest.raises(NotPossible, match="nothing to bring back"):
        world.casework.bring_back(number, world.ann)
    world.casework.keep_typed(number, world.ann, "my own")
    world.clock.pass_(seconds=1)
    world.casework.choose(number, world.ann, 2)
    assert unsent(world, number, world.ann) == "Response number 2."
    world.clock.pass_(seconds=1)
    world.casework.bring_back(number, world.ann)
    assert unsent(world, number, world.ann) == "my own"
    world.clock.pass_(seconds=1)
    world.casework.bring_back(number, world.ann)  # the undo can be undone
    assert unsent(world, number, world.ann) == "Response number 2."


async def test_it_is_gone_when_it_is_posted_and_when_the_message_goes(world: World) -> None:
    number = await world.case()
    await world.posted(number)
    assert unsent(world, number, world.ann) in (None, "Response number 1.")
    with world.sessions() as session:
        assert session.scalar(select(func.count(UnsentText.id))) == 0
    other = await world.case("more vermin", "$2")
    world.casework.keep_typed(other, world.bob, "about the second one")
    world.clock.pass_(days=91)
    purge(world.sessions, world.clock())
    with world.sessions() as session:
        assert session.scalar(select(func.count(UnsentText.id))) == 0
    with pytest.raises(NotPossible, match="is gone"):
        world.casework.keep_typed(other, world.bob, "too late")
    with pytest.raises(CaseNotFound):
        world.casework.keep_typed(999, world.bob, "nowhere")
