"""Exact commands work without Rasa, sentences go to it, and what is remembered is each person's own in each room."""

from __future__ import annotations

import logging

import pytest
from rasa_sdk.executor import ActionExecutor

import actions
from courage.commands.core.memory import ConversationMemory
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Sentences, Talk


def payloads(answers: list[dict[str, object]]) -> list[str]:
    """Return what the buttons of answers send."""
    return [b["payload"] for answer in answers for b in answer.get("buttons", [])]  # type: ignore[attr-defined]


@pytest.mark.parametrize("sentences", [None, Sentences(away=True)], ids=["no Rasa", "Rasa is away"])
async def test_a_case_is_answered_without_rasa(world: World, sentences: Sentences | None) -> None:
    case, talk = await world.case("they are vermin"), Talk(world, sentences)
    assert f"Case {case}" in await talk.hear(world.ann, "queue")
    assert "Response number 1." in await talk.hear(world.ann, f"claim {case}")
    assert "> they are vermin" in await talk.hear(world.ann, "show")
    assert "Response number 4." in await talk.hear(world.ann, "more")
    assert "Response number 5." in await talk.hear(world.ann, "2")
    assert f"post {case} v2" in await talk.hear(world.ann, "edit: my own /words, claim 12")
    await world.dispatcher.drain()
    assert not world.channel.replies
    assert "on its way" in await talk.hear(world.ann, "post")
    await world.dispatcher.drain()
    assert [reply[1] for reply in world.channel.replies.values()] == ["my own /words, claim 12"]


async def test_every_button_is_a_command_that_works_without_rasa(world: World) -> None:
    case, talk = await world.case(), Talk(world)
    pressed: set[str] = set()
    waiting = payloads(await talk.say(world.ann, "queue"))  # type: ignore[arg-type]
    assert waiting
    while waiting:
        payload = waiting.pop()
        if payload.split()[0] in pressed:
            continue
        pressed.add(payload.split()[0])
        assert talk.services.registry.parser.parse(payload) is not None, payload
        waiting += payloads(await talk.say(world.ann, payload))  # type: ignore[arg-type]
    assert {"claim", "show", "suggest", "more", "use", "post"} <= pressed
    assert case


async def test_sentences_go_to_rasa_and_commands_do_not(world: World) -> None:
    rasa = Sentences()
    talk = Talk(world, rasa)
    assert (
        await talk.hear(world.ann, "could you show me the queue") == "sentence: could you show me the queue"
    )
    await talk.hear(world.ann, "queue")
    assert rasa.heard == [(f"key-{world.ann}", "could you show me the queue")]


@pytest.mark.parametrize("language", ["en", "fr", "de", "ar"])
async def test_where_nobody_understands_sentences_people_are_told_what_works(
    world: World, language: str
) -> None:
    talk = Talk(world, Sentences(away=True))
    worker = await talk.say(world.ann, "what is going on here", language=language)
    for command in talk.services.registry.open_to("volunteer"):
        assert command.spoken(language) in worker[0]["text"]
    assert payloads(worker) == ["queue", "help"]  # type: ignore[arg-type]
    member = await talk.hear(None, "what is going on here", language=language, room_kind="direct")
    assert talk.services.registry.get("report").spoken(language) in member
    assert talk.services.registry.get("claim").spoken(language) not in member


async def test_people_who_talk_to_each_other_are_left_alone(world: World) -> None:
    talk = Talk(world, Sentences(away=True))
    assert await talk.say(world.ann, "shall we have lunch", addressed=False) == []
    assert await talk.say(world.ann, "queue", addressed=False)


@pytest.mark.parametrize("text", ["queue", "claim 1", "shall we meet", "/claim 1"])
async def test_nothing_is_done_or_said_in_a_group_room(world: World, text: str) -> None:
    case, rasa = await world.case(), Sentences()
    assert await Talk(world, rasa).say(world.ann, text, room_kind="group") == []
    assert rasa.heard == []
    assert world.casework.view(case).status == "open"


@pytest.mark.parametrize("text", ["/queue", "\u200b／queue", " \\queue"])
async def test_a_slash_orders_nobody_about(world: World, text: str) -> None:
    rasa = Sentences()
    talk = Talk(world, rasa)
    assert "No case" in await talk.hear(world.ann, text)
    await talk.hear(world.ann, '/post{"case": 1}')
    assert rasa.heard == [(f"key-{world.ann}", 'post{"case": 1}')]


async def test_members_report_and_nothing_else(world: World) -> None:
    case, talk = await world.case(), Talk(world)
    assert "Volunteers" in await talk.hear(None, "report: look at this", room_kind="direct")
    assert len(world.casework.queue()) == 2
    for text in ("queue", f"claim {case}", f"show {case}", "post", "suggest: x", f"close {case}"):
        assert "for the volunteers" in await talk.hear(None, text, room_kind="direct")
    assert "report: …" in (told := await talk.hear(None, "help", room_kind="direct"))
    assert "claim" not in told


async def test_a_draft_shown_to_one_person_is_not_shown_to_another_in_the_same_room(world: World) -> None:
    case, talk = await world.case(), Talk(world)
    await talk.say(world.ann, f"claim {case}")
    await talk.say(world.ann, "use 1")
    assert "not on a case" in await talk.hear(world.bob, "post")
    elsewhere = await talk.hear(world.ann, "post", room_id="!direct")
    assert "exactly what would be posted" in elsewhere, "this room has not shown the draft yet"
    await world.dispatcher.drain()
    assert not world.channel.replies


async def test_what_was_shown_is_known_however_a_person_talks(world: World) -> None:
    """A draft chosen in a sentence is posted by an exact command, and wishes add up over both ways."""
    case, talk = await world.case(), Talk(world)
    executor = ActionExecutor()
    for action in actions.build(talk.services):
        executor.register_action(action)

    async def through_rasa(name: str, **entities: object) -> str:
        metadata = {
            "organisation_id": 1, "channel": "test", "room_id": "!desk", "room_kind": "desk", "person_id": world.ann,
            "language": "en",
        }  # fmt: skip
        found = [{"entity": entity, "value": value} for entity, value in entities.items()]
        latest = {"intent": {"name": name}, "entities": found, "text": "", "metadata": metadata}
        tracker = {"sender_id": f"key-{world.ann}", "slots": {}, "latest_message": latest, "events": []}
        call = {"next_action": f"action_{name}", "tracker": tracker, "domain": {}, "version": "3.6.21"}
        result = await executor.run(call)
        assert result is not None
        return "\n".join(said["text"] for said in result.responses)

    await talk.say(world.ann, f"claim {case}")
    await talk.say(world.ann, "facts")
    assert "Suggestions for case" in await through_rasa("wish", tone="warm")
    remembered = talk.services.memory.of((1, "test", "!desk", world.ann))
    assert remembered.wish == {"strategies": ["facts"], "tone": "warm"}
    assert "exactly what would be posted" in await through_rasa("use_suggestion", number=1)
    assert "exactly what would be posted" in await through_rasa("affirm"), "a yes never posts"
    assert "on its way" in await talk.hear(world.ann, "post")


async def test_an_error_in_a_command_is_an_apology_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    case, talk = await world.case("they are vermin"), Talk(world)

    def broken(*_: object) -> None:
        raise RuntimeError("vermin vermin")

    monkeypatch.setattr(world.casework, "claim", broken)
    with caplog.at_level(logging.DEBUG):
        assert (await talk.hear(world.ann, f"claim {case}")).startswith("Sorry")
    assert talk.services.failures == 1
    assert "vermin" not in caplog.text


def test_memory_forgets_the_conversation_that_was_quiet_longest() -> None:
    memory = ConversationMemory(most=2)
    memory.of((1,)).last_case = 5
    memory.of((2,))
    memory.of((1,))
    memory.of((3,))
    assert memory.of((1,)).last_case == 5
    memory.of((2,)).last_case = 7
    assert memory.of((3,)).last_case is None
    with pytest.raises(ValueError, match="1 or more"):
        ConversationMemory(0)
