"""What somebody types stays theirs, holds their claim, and goes with the message."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from courage.cases.errors import CaseNotFound, NotPossible
from courage.cases.retention import purge
from courage.cases.unsent import Turn
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
        assert world.casework.keep_typed(number, world.ann, "still at it").mine
        assert world.casework.expire_claims() == []
    world.clock.pass_(minutes=31)
    assert world.casework.expire_claims() == [number]
    assert not world.casework.keep_typed(number, world.ann, "and on it goes").mine
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


async def test_a_newer_text_of_another_device_is_never_overwritten(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    work = world.casework
    first = work.keep_typed(number, world.ann, "on the phone", seen=0, turn=Turn("phone"))
    assert (first.revision, first.other) == (1, None)
    # The computer's page was opened before.
    late = work.keep_typed(number, world.ann, "on the computer", seen=0, turn=Turn("computer"))
    assert (late.revision, late.other) == (1, "on the phone")
    assert unsent(world, number, world.ann) == "on the phone"
    # The phone is never in its own way, be its answers lost or late.
    assert work.keep_typed(number, world.ann, "on the phone, on", seen=0, turn=Turn("phone")).other is None
    # What was shown is not what is there any more: it is shown first.
    stale = work.settle_typed(number, world.ann, "on the computer", seen=1, theirs=False)
    assert stale.other == "on the phone, on"
    assert work.settle_typed(number, world.ann, "on the computer", seen=2, theirs=False).other is None
    assert unsent(world, number, world.ann) == "on the computer"
    world.clock.pass_(seconds=1)
    work.bring_back(number, world.ann)
    assert unsent(world, number, world.ann) == "on the phone, on"


async def test_the_text_that_is_not_taken_can_be_brought_back(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    work = world.casework
    work.keep_typed(number, world.ann, "there", seen=0, turn=Turn("phone"))
    work.settle_typed(number, world.ann, "here", seen=1, theirs=True)
    assert unsent(world, number, world.ann) == "there"
    work.bring_back(number, world.ann)
    assert unsent(world, number, world.ann) == "here"


async def test_what_is_edited_in_a_chat_is_not_overtaken_by_an_open_page(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    world.casework.keep_typed(number, world.ann, "on the desk", seen=0, turn=Turn("desk"))
    world.clock.pass_(seconds=1)
    world.casework.edit(number, world.ann, "in the chat")
    late = world.casework.keep_typed(number, world.ann, "on the desk again", seen=1, turn=Turn("desk"))
    assert late.other == "in the chat"
    # The same words are no conflict, and an empty box is nothing that could be lost.
    assert world.casework.keep_typed(number, world.ann, "in the chat", seen=0, turn=Turn("x")).other is None
    world.casework.keep_typed(number, world.ann, " ", seen=2, turn=Turn("y"))
    assert world.casework.keep_typed(number, world.ann, "begun anew", seen=0, turn=Turn("x")).other is None


async def test_a_save_that_comes_late_never_overwrites_a_newer_one_of_the_same_page(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    work = world.casework
    # Both left before either was answered; the one that was sent while the page was closed was faster.
    work.keep_typed(number, world.ann, "all of it", seen=0, turn=Turn("page", 9))
    late = work.keep_typed(number, world.ann, "all", seen=0, turn=Turn("page", 3))
    assert (late.revision, late.other) == (1, None)
    assert unsent(world, number, world.ann) == "all of it"
    # The same save once more, because its answer was lost, and what is typed next.
    assert work.keep_typed(number, world.ann, "all of it", seen=0, turn=Turn("page", 9)).other is None
    work.keep_typed(number, world.ann, "all of it, and more", seen=0, turn=Turn("page", 14))
    work.keep_typed(
        number, world.ann, "all of it", seen=1, turn=Turn("page", 20)
    )  # what was added is taken back
    work.keep_typed(number, world.ann, "all of it, and", seen=1, turn=Turn("page", 17))
    assert unsent(world, number, world.ann) == "all of it"


async def test_a_page_opened_anew_is_not_in_the_way_of_its_own_words(world: World) -> None:
    number = await world.case()
    world.casework.claim(number, world.ann)
    work = world.casework
    # The page was reloaded before its save was answered; the words went on in the new one, which knows of no answer.
    work.keep_typed(number, world.ann, "begun", seen=0, turn=Turn("old page", 5))
    anew = Turn("new page", 1, {"old page": 8})
    assert work.keep_typed(number, world.ann, "begun and went on", seen=0, turn=anew).other is None
    late = work.keep_typed(number, world.ann, "begun and", seen=0, turn=Turn("old page", 8))
    assert late.other == "begun and went on"
    assert unsent(world, number, world.ann) == "begun and went on"
    # A page that stayed open, and on which somebody went on typing since, is another device.
    work.keep_typed(number, world.ann, "a tab that stayed", seen=2, turn=Turn("tab", 3))
    copy = Turn("copy", 1, {"tab": 2})
    assert work.keep_typed(number, world.ann, "a copy of it", seen=2, turn=copy).other == "a tab that stayed"
