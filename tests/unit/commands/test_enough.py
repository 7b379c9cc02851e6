"""In chats, too, nothing new is shown to who has read enough for today or takes a break."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courage.people.care import Care
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk


@pytest.mark.parametrize("words", ["next", "claim {case}", "show {case}"])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "That is enough for today"),
        ("de", "Genug für heute"),
        ("fr", "C’est assez"),
        ("ar", "يكفي لهذا اليوم"),
    ],
)
async def test_at_the_limit_it_is_said_and_no_word_of_the_message(
    world: World, words: str, language: str, said: str
) -> None:
    read = await world.case("vermin, all of them", "$0", author="@kim:x")
    world.casework.show_message(read, world.ann)
    world.casework.dismiss(read, world.ann)
    case_id = await world.case()
    Care(world.sessions, clock=world.clock).choose(world.ann, 1, daily_cap=1)
    answer = await Talk(world).hear(world.ann, words.format(case=case_id), language=language)
    assert answer.startswith(said)
    assert "vermin" not in answer
    assert world.casework.view(case_id).status == "open"


async def test_in_a_break_it_says_where_it_ends(world: World) -> None:
    case_id = await world.case()
    Care(world.sessions, clock=world.clock).rest(world.ann, 1, timedelta(hours=1))
    assert "until you end it on the page Take care" in await Talk(world).hear(world.ann, f"claim {case_id}")
