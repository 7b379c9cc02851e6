"""What an action answered is checked as Rasa checks it, without compiling the schema each time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.remote_actions import compile_schema_once

ORIGINAL = RemoteAction._validate_action_result
GOOD = {
    "events": [{"event": "slot", "name": "x", "value": 1, "timestamp": None}],
    "responses": [{"text": "hi"}],
}


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> RemoteAction:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", ORIGINAL)
    compile_schema_once()
    compile_schema_once()
    return RemoteAction("action_queue", None)


@pytest.mark.parametrize("answer", [GOOD, {}, {"events": [], "responses": []}])
def test_a_valid_answer_passes(action: RemoteAction, answer: Any) -> None:
    assert action._validate_action_result(answer) is True
    assert ORIGINAL(action, answer) is True


@pytest.mark.parametrize("answer", [[], {"responses": 3}, {"events": [{"name": "x"}]}, {"responses": ["hi"]}])
def test_what_rasa_refuses_is_refused_in_rasas_words(action: RemoteAction, answer: Any) -> None:
    with pytest.raises(ValidationError) as ours:
        action._validate_action_result(answer)
    with pytest.raises(ValidationError) as theirs:
        ORIGINAL(action, answer)
    assert ours.value.message == theirs.value.message


def test_it_costs_a_fraction(action: RemoteAction) -> None:
    def seconds(validate: Any) -> float:
        begun = time.perf_counter()
        for _ in range(5):
            validate(action, GOOD)
        return time.perf_counter() - begun

    ORIGINAL(action, GOOD)
    assert seconds(RemoteAction._validate_action_result) < seconds(ORIGINAL) / 4
