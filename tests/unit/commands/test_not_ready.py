"""In chats, too, live cases are for people who are marked ready; everybody else hears what to do."""

from __future__ import annotations

import pytest

from courage.people.readiness import Readiness
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk

pytestmark = pytest.mark.usefixtures("gate")


@pytest.mark.parametrize(
    "words", ["queue", "next", "claim {case}", "show {case}", "escalate {case}", "not hate {case}"]
)
async def test_who_is_not_ready_hears_it_and_no_word_of_the_message(world: World, words: str) -> None:
    case_id = await world.case()
    talk = Talk(world)
    answer = await talk.hear(world.ann, words.format(case=case_id))
    assert answer.startswith("You are not marked ready for live cases yet.")
    assert "vermin" not in answer
    assert world.casework.view(case_id).status == "open"


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Du bist noch nicht"), ("fr", "Vous n'êtes pas encore"), ("ar", "لم يُسمح لك بعد")],
)
async def test_it_is_said_in_the_language_of_the_conversation(
    world: World, language: str, words: str
) -> None:
    case_id = await world.case()
    assert (await Talk(world).hear(world.ann, f"claim {case_id}", language=language)).startswith(words)


async def test_reporting_is_open_to_everybody(world: World) -> None:
    answer = await Talk(world).hear(world.ann, "report: they are odd people")
    assert "volunteers" in answer.casefold()
    assert len(world.casework.queue(1)) == 1


async def test_who_is_ready_works(world: World) -> None:
    case_id = await world.case()
    Readiness(world.sessions).decide(world.ann, world.tom, ready=True)
    assert f"Case {case_id}" in await Talk(world).hear(world.ann, f"claim {case_id}")
