"""Short commands are understood exactly, and text that people hand over is never searched for commands."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.commands import ShortCommands, in_prose, parse
from tests.unit.commands.sayings import EXACT, SENTENCES


def understood(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return intent and entities of a command."""
    command = parse(text)
    return command and (command.name, {found.name: found.value for found in command.arguments})


@pytest.mark.parametrize(("text", "intent", "entities"), EXACT)
def test_commands(text: str, intent: str | None, entities: dict[str, Any]) -> None:
    assert understood(text) == (None if intent is None else (intent, entities))


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_are_not_commands(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "post 12 v3",
        "claim 12\nescalate 13",
        "/claim{}",
        "“quoted”: report: x",
        "edit: again",
        "👩‍👩‍👧 {x} \\ \u200d end",
    ],
)
def test_an_edited_text_is_kept_word_by_word(text: str) -> None:
    assert understood(f"edit:{text}") == ("edit", {"text": text})
    assert understood(f"edit 12: {text}") == ("edit", {"case": 12, "text": f" {text}"})


def test_sentences_may_name_a_case_a_suggestion_or_a_wish() -> None:
    assert [found.value for found in in_prose("claim", "I would like to take case 12, it is 3 pm")] == [12]
    assert in_prose("claim", "I was born in 1980") == ()
    assert [found.value for found in in_prose("use_suggestion", "the second one please")] == [2]
    assert [found.value for found in in_prose("wish", "could it be kinder and in French")] == ["warm", "fr"]


def test_long_texts_cost_no_time_worth_speaking_of() -> None:
    for text in ("edit" + " " * 10_000, "suggest " * 1250, '"' * 10_000, "a '" * 3300, "use " + "1" * 9990):
        parse(text)  # a pattern that backtracks would not come back


def test_an_exact_command_overrules_what_was_learned_and_says_so() -> None:
    message = Message({"text": "post", "intent": {"name": "greet", "confidence": 0.9}, "entities": []})
    sentence = Message({"text": "post it now", "intent": {"name": "post", "confidence": 0.9}, "entities": []})
    ShortCommands().process([message, sentence])
    assert message.get("intent") == {"name": "post", "confidence": 1.0}
    assert message.as_dict(only_output_properties=True)["exact"] is True
    assert sentence.get("intent")["confidence"] == 0.9
    assert "exact" not in sentence.as_dict(only_output_properties=True)
