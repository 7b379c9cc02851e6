"""Somebody who cannot go on is helped and never blamed; a sentence that was not understood for sure does nothing."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

import actions
from courage.commands.core.command import Command
from courage.commands.core.registry import FALLBACK, default_registry
from courage.taxonomy import LANGUAGES
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk

pytestmark = pytest.mark.slow  # every command, every sentence


async def understood(
    talk: Talk, person_id: int | None, command: str, language: str = "en", **message: Any
) -> tuple[str, list[str]]:
    """Let Rasa have understood a sentence as a command; return what is said and what the buttons send."""
    executor = ActionExecutor()
    for action in actions.build(talk.services):
        executor.register_action(action)
    metadata = {"organisation_id": 1, "channel": "test", "room_id": "!desk", "room_kind": "desk"}
    latest = {
        "metadata": {**metadata, "person_id": person_id, "language": language},
        "entities": [],
        **message,
    }
    tracker = {"sender_id": "k", "slots": {}, "latest_message": latest, "events": [], "paused": False}
    tracker |= {"followup_action": None, "active_loop": {}, "latest_action_name": None}
    call = {"next_action": f"action_{command}", "sender_id": "k", "tracker": tracker, "domain": {}}
    done = await executor.run(call)
    assert done is not None
    answers = done.model_dump()["responses"]
    return (
        "\n".join(answer["text"] for answer in answers),
        [button["payload"] for answer in answers for button in answer["buttons"]],
    )


def ranking(*likely: tuple[str, float]) -> list[dict[str, Any]]:
    """Return Rasa's ranking after its fallback."""
    return [{"name": name, "confidence": share} for name, share in ((FALLBACK, 0.4), *likely)]


async def test_who_cannot_go_on_may_hand_the_case_back_and_hears_whom_to_ask(world: World) -> None:
    case, talk = await world.case(), Talk(world)
    await talk.say(world.ann, f"claim {case}")
    said, buttons = await understood(talk, world.ann, "distress")
    assert "Mia" in said
    assert "112" in said
    assert buttons == [f"release {case}"]
    assert world.casework.current_case(world.ann, 1) == case  # nothing was done unasked
    assert "back in the queue" in await talk.hear(world.ann, buttons[0])


async def test_without_a_case_there_is_nothing_to_hand_back(world: World) -> None:
    said, buttons = await understood(Talk(world), world.ann, "distress")
    assert ("Mia" in said, buttons) == (True, [])


async def test_members_are_helped_too_and_hear_no_names(world: World) -> None:
    said, _ = await understood(Talk(world), None, "distress")
    assert "sorry" in said
    assert "Mia" not in said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pause_works_in_every_language_without_rasa(world: World, language: str) -> None:
    word = default_registry().get("distress").words[language][0]
    assert "Mia" in await Talk(world).hear(world.ann, word, language=language)


async def test_an_unsure_sentence_offers_what_it_may_have_meant_and_does_nothing(world: World) -> None:
    case, talk = await world.case(), Talk(world)
    await talk.say(world.ann, f"claim {case}")
    likely = ranking(("release", 0.35), ("escalate", 0.33), ("greet", 0.2))
    said, buttons = await understood(talk, world.ann, FALLBACK, intent_ranking=likely)
    assert "Did you mean" in said
    assert buttons == [f"release {case}", f"escalate {case}", "help"]
    assert world.casework.current_case(world.ann, 1) == case


@pytest.mark.parametrize(
    "likely",
    [
        ranking(("close_case", 0.3)),  # of which case?
        ranking(("use_suggestion", 0.3), ("wish", 0.3)),  # cannot be written without more
        ranking(("greet", 0.3)),
        ranking(("claim", 0.1)),
        ranking(),
        [],
        None,
        [None],
    ],
)
async def test_where_nothing_can_be_offered_help_is(world: World, likely: Any) -> None:
    said, buttons = await understood(Talk(world), world.ann, FALLBACK, intent_ranking=likely)
    assert ("did not understand" in said, buttons) == (True, ["help"])


async def test_nobody_is_offered_what_they_may_not_do(world: World) -> None:
    _, buttons = await understood(Talk(world), None, FALLBACK, intent_ranking=ranking(("queue", 0.3)))
    assert buttons == ["help"]


async def test_where_sentences_are_not_understood_just_now_it_is_said(world: World) -> None:
    said, _ = await understood(Talk(world), world.ann, FALLBACK, away=True)
    assert "queue" in said
    assert "Did you mean" not in said


@pytest.mark.parametrize(
    "command", [c for c in default_registry() if c.roles and not c.exact_only], ids=lambda c: c.name
)
async def test_no_sentence_alone_does_what_cannot_be_undone(world: World, command: Command) -> None:
    """A case is where it was, whatever a sentence seemed to mean; taking one up is the most that happens."""
    case, talk = await world.case(), Talk(world)
    await talk.say(world.ann, f"claim {case}")
    await talk.say(world.ann, f"suggest {case}")
    await talk.say(world.ann, "use 1")
    before = world.casework.view(case, 1)
    await understood(talk, world.ann, command.name, entities=[{"entity": "case", "value": case}])
    await world.dispatcher.drain()
    after = world.casework.view(case, 1)
    assert (after.status, after.lane, after.holder_id) == (before.status, before.lane, before.holder_id)
    assert not world.channel.replies


async def test_a_question_about_the_assistant_hears_what_it_is_and_what_it_understands(world: World) -> None:
    said, _ = await understood(Talk(world), world.ann, "help")
    assert "library" in said
    assert "claim 12" in said
    assert "library that people wrote" not in await Talk(world).hear(world.ann, "help")
