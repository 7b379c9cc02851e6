"""Group messages go to the engine and nowhere else; the rest passes; a missing engine stops nobody."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.engine import EngineClient, EngineUnavailable
from bot.nlu import EngineScreening

SECRET = "a secret for tests"
GROUP = {"room_kind": "group", "channel": "slack", "room_id": "C1", "author": "U1", "message_id": "17.1"}


def message(text: str, metadata: dict[str, Any] | None, intent: str = "claim", **more: Any) -> Message:
    """Return a message as the pipeline hands it over."""
    data = {"text": text, "intent": {"name": intent, "confidence": 0.8}, "entities": [], "metadata": metadata}
    return Message({**data, **more})


def test_a_group_message_is_handed_over_and_nothing_else_fires(engine: Any) -> None:
    receipt = {
        "verdict": {"text": "claim 12", "hateful": True, "route": "counter"},
        "case_id": 3,
        "created": True,
    }
    engine.answer = lambda path, body: (200, json.dumps(receipt).encode())
    heard = message("claim 12", GROUP, exact=True)
    EngineScreening(EngineClient(engine.url, SECRET)).process([heard])
    (path, authorization, body) = engine.asked[0]
    assert (path, authorization) == ("/internal/messages", f"Bearer {SECRET}")
    assert {**GROUP, "text": "claim 12"}.items() <= {**body, "room_kind": "group"}.items()
    assert heard.get("intent") == {"name": "group_message", "confidence": 1.0}
    assert heard.get("entities") == []
    assert heard.get("verdict") == {"hateful": True, "route": "counter"}


@pytest.mark.parametrize(
    "metadata", [None, {}, {"room_kind": "desk"}, {"room_kind": "direct", "person_id": 1}]
)
def test_other_rooms_pass_through_unchanged(engine: Any, metadata: dict[str, Any] | None) -> None:
    heard = message("I take case 12", metadata)
    EngineScreening(EngineClient(engine.url, SECRET)).process([heard])
    assert heard.get("intent") == {"name": "claim", "confidence": 0.8}
    assert engine.asked == []


def test_words_alone_never_make_a_group_message() -> None:
    heard = message("groupmessageplaceholder", {"room_kind": "direct"}, intent="group_message")
    EngineScreening(None).process([heard])
    assert heard.get("intent")["name"] == "nlu_fallback"


def test_talk_among_people_is_left_alone_but_commands_are_not() -> None:
    talk = message("shall we have lunch", {"room_kind": "desk", "addressed": False})
    command = message("claim 12", {"room_kind": "desk", "addressed": False}, exact=True)
    EngineScreening(None).process([talk, command])
    assert talk.get("intent")["name"] == "group_message"
    assert command.get("intent")["name"] == "claim"


@pytest.mark.parametrize(
    "answer", [(500, b""), (401, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"verdict": 3}')]
)
def test_a_strange_answer_changes_nothing_for_people(engine: Any, answer: tuple[int, bytes]) -> None:
    engine.answer = lambda path, body: answer
    heard = message("hello", GROUP)
    EngineScreening(EngineClient(engine.url, SECRET)).process([heard])
    assert heard.get("intent")["name"] == "group_message"
    assert heard.get("verdict") is None


def test_a_missing_engine_is_logged_without_the_text_and_not_asked_again_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    now = [0.0]
    client = EngineClient(url, SECRET, clock=lambda: now[0])
    with caplog.at_level(logging.DEBUG):
        EngineScreening(client).process([message("secret words", GROUP)])
    assert "not screened" in caplog.text
    assert "secret words" not in caplog.text
    with pytest.raises(EngineUnavailable, match="a moment ago"):
        client.screen("x")
    now[0] = 60.0
    with pytest.raises(EngineUnavailable, match="does not answer"):
        client.screen("x")


def test_without_settings_there_is_no_engine_to_ask() -> None:
    assert EngineClient.from_environment({}) is None
    assert (
        EngineClient.from_environment({"COURAGE_ENGINE_URL": "file:///etc", "COURAGE_INTERNAL_SECRET": "x"})
        is None
    )
