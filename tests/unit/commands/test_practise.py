"""Drills in direct messages: by number, turn by turn, over a restart, and never touching a live case."""

from __future__ import annotations

from typing import Any

import pytest

from courage.cases.conversation import Assistant
from courage.library.suggest.advice import Advice
from courage.people.practice import PracticeSpaces
from tests.unit.academy.world import make_academy
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Sentences, Talk

DIRECT: dict[str, Any] = {"room_kind": "direct", "room_id": "!dm"}


class Nothing:
    """A recommender whose library has nothing."""

    def suggest(self, *_: Any, **__: Any) -> Advice:
        return Advice(True, None)


def talk_of(world: World, sentences: Assistant | None = None) -> Talk:
    talk = Talk(world, sentences)
    talk.services.academy = make_academy(world.sessions, Nothing(), PracticeSpaces(world.sessions))
    return talk


async def test_a_scenario_is_played_turn_by_turn_to_its_end(world: World) -> None:
    talk = talk_of(world)
    offered = await talk.hear(world.ann, "practise", **DIRECT)
    assert "1. The rumour about the garden (first steps)" in offered
    begun = await talk.hear(world.ann, "1", **DIRECT)
    assert "A chat of people who share a garden." in begun
    assert "The foreigners take" not in begun  # hidden until asked
    assert "The foreigners take" in await talk.hear(world.ann, "show", **DIRECT)
    answered = await talk.hear(world.ann, "Where did you hear that?", **DIRECT)
    assert "A calm question leaves Dave a way back." in answered
    assert "✓ safe for you" in answered
    assert "Dave: ok, I only heard it from a mate" in answered
    end = await talk.hear(world.ann, "You are such an idiot, Dave.", **DIRECT)
    assert "✗ insults somebody “idiot”" in end
    assert "That was a hard one." in end
    # It has ended: what is said now is said to the assistant again.
    assert "✓" not in await talk.hear(world.ann, "Where did you hear that?", **DIRECT)


async def test_it_goes_on_after_a_restart_and_free_text_never_goes_to_rasa(world: World) -> None:
    sentences = Sentences()
    talk = talk_of(world, sentences)
    await talk.hear(world.ann, "practise", **DIRECT)
    await talk.hear(world.ann, "1", **DIRECT)
    again = talk_of(world, sentences)
    assert "Dave: ok" in await again.hear(world.ann, "Where did you hear that?", **DIRECT)
    assert sentences.heard == []
    # Another conversation of the same person, and other people, are not in it.
    await again.hear(world.ann, "hello there", room_kind="direct", room_id="!other")
    await again.hear(world.mia, "hello there", **DIRECT)
    assert [text for _, text in sentences.heard] == ["hello there", "hello there"]


async def test_a_reply_that_reads_like_a_command_touches_no_case(world: World) -> None:
    talk = talk_of(world)
    await talk.hear(world.ann, "practise", **DIRECT)
    await talk.hear(world.ann, "1", **DIRECT)
    said = await talk.hear(world.ann, "claim 1", **DIRECT)
    assert "✓" in said or "✗" in said
    assert "case" not in said.casefold()


async def test_nothing_and_report_are_answers_and_stop_keeps_what_was_written(world: World) -> None:
    talk = talk_of(world)
    await talk.hear(world.ann, "practise", **DIRECT)
    await talk.hear(world.ann, "1", **DIRECT)
    assert "Nobody said anything, and Noor noticed." in await talk.hear(world.ann, "Nothing.", **DIRECT)
    await talk.hear(world.ann, "practise", **DIRECT)
    assert "number from 1 to 2" in await talk.hear(world.ann, "9", **DIRECT)
    await talk.hear(world.ann, "2", **DIRECT)
    assert "Stopped." in await talk.hear(world.ann, "stop", **DIRECT)
    academy = talk.services.academy
    assert academy is not None
    assert sorted(run.state for run in academy.drills.list(world.ann)) == ["ended", "left"]


async def test_a_reply_that_is_too_long_is_said_so_and_the_turn_stays(world: World) -> None:
    talk = talk_of(world)
    await talk.hear(world.ann, "practise", **DIRECT)
    await talk.hear(world.ann, "1", **DIRECT)
    assert "more than 1000 characters" in await talk.hear(world.ann, "word " * 300, **DIRECT)
    assert "Dave: ok" in await talk.hear(world.ann, "Where did you hear that?", **DIRECT)


async def test_a_run_that_was_deleted_at_the_desk_is_over_in_chat(world: World) -> None:
    talk = talk_of(world)
    await talk.hear(world.ann, "practise", **DIRECT)
    await talk.hear(world.ann, "1", **DIRECT)
    academy = talk.services.academy
    assert academy is not None
    academy.drills.leave(world.ann, academy.drills.list(world.ann)[0].id, keep=True)
    assert "That run is over." in await talk.hear(world.ann, "Where did you hear that?", **DIRECT)
    academy.drills.leave(world.ann, academy.drills.list(world.ann)[0].id, keep=False)
    await talk.hear(world.ann, "practise", **DIRECT)
    assert "A chat of people" in await talk.hear(world.ann, "1", **DIRECT)


@pytest.mark.parametrize(
    ("language", "word", "reply", "says"),
    [
        ("de", "üben", "Wie kommst du darauf?", "Eine ruhige Antwort"),
        ("de", "ueben", "Wie kommst du darauf?", "Eine ruhige Antwort"),
        ("fr", "s’entraîner", "Tu as entendu ça où ?", "Une réponse calme"),
        ("ar", "تدريب", "لماذا تظن ذلك؟", "الجواب الهادئ"),
    ],
)
async def test_it_is_played_in_each_language(
    world: World, language: str, word: str, reply: str, says: str
) -> None:
    talk = talk_of(world)
    assert "2. " in await talk.hear(world.ann, word, language=language, **DIRECT)
    await talk.hear(world.ann, "1", language=language, **DIRECT)
    assert says in await talk.hear(world.ann, reply, language=language, **DIRECT)


async def test_others_never_read_along_and_members_are_told(world: World) -> None:
    talk = talk_of(world)
    assert "direct message" in await talk.hear(world.ann, "practise")
    assert "volunteers" in await talk.hear(None, "practise", **DIRECT)
    assert "nothing to practise" in await Talk(world).hear(world.ann, "practise", **DIRECT)
