"""What is kept of the conversation around a case: what the desk knows by right, nothing of what was never stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courage.cases.errors import CaseNotFound
from courage.cases.threads import ThreadLine
from tests.unit.cases.kit import T0, World


def told(lines: tuple[ThreadLine, ...]) -> list[tuple[str, int]]:
    return [(line.kind, line.case_id) for line in lines]


async def test_cases_near_by_and_what_was_posted_stand_around_a_case_in_order(world: World) -> None:
    first = await world.case("they are vermin one", "$1", author="@eve:x")
    await world.posted(first)
    world.clock.pass_(minutes=5)
    await world.intake.receive(world.message("I like tomatoes", "$benign"))
    second = await world.case("they are vermin two", "$2", author="@eve:x", reply_to="$1")
    world.clock.pass_(minutes=5)
    third = await world.case("they are vermin three", "$3", author="@mallory:x")
    await world.case("they are vermin elsewhere", "$4", room_id="!other")
    world.clock.pass_(hours=3)
    await world.case("they are vermin later", "$5")
    lines = world.casework.thread(second, world.bob)
    assert told(lines) == [("case", first), ("reply", first), ("this", second), ("case", third)]
    assert [line.answered for line in lines] == [True, False, False, False]
    assert [line.same_author for line in lines] == [True, False, False, False]
    assert lines[1].text == "Response number 1."
    assert "tomatoes" not in repr([line.text for line in lines])


async def test_a_thread_is_found_however_old_its_beginning_is(world: World) -> None:
    root = await world.case("they are vermin", "$root", author="@a:x")
    world.clock.pass_(days=2)
    answer = await world.case("they are vermin too", "$answer", author="@b:x", reply_to="$root")
    world.clock.pass_(days=2)
    other = await world.case("they are vermin three", "$other", author="@c:x", reply_to="$root")
    assert told(world.casework.thread(answer, world.ann)) == [
        ("case", root),
        ("this", answer),
        ("case", other),
    ]
    assert told(world.casework.thread(root, world.ann)) == [("this", root), ("case", answer), ("case", other)]


async def test_it_says_what_was_done_in_the_chat_and_by_whom_as_far_as_the_chat_says(world: World) -> None:
    one, two, three = [await world.case(f"they are vermin {n}", f"${n}", author=f"@e{n}:x") for n in range(3)]
    world.clock.pass_(minutes=1)
    await world.intake.redacted(1, "test", "!room", "$0", by="@mia:x")
    await world.intake.redacted(1, "test", "!room", "$1", by="@e1:x")
    await world.intake.receive(
        world.message(
            "they are vermin indeed", "$2", "@e2:x", edited=True, sent_at=T0 + timedelta(seconds=30)
        )
    )
    changes = {(line.case_id, line.kind, line.by) for line in world.casework.thread(three, world.ann)}
    assert {(one, "removed", "moderator"), (two, "removed", "author"), (three, "edited", "")} <= changes


async def test_a_lonely_case_has_no_thread_and_others_organisations_none_at_all(world: World) -> None:
    case = await world.case()
    assert world.casework.thread(case, world.ann) == ()
    with pytest.raises(CaseNotFound):
        world.casework.thread(99, world.ann)
