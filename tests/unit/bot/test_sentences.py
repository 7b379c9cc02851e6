"""The sentences Rasa learns from: enough of each kind, none of them in two intents, none taken from the tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("en", "fr", "de", "ar")
ENOUGH = 30


def sentences(path: str) -> dict[str, list[str]]:
    """Return the sentences of each intent of a file."""
    data = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return {
        block["intent"]: [line.removeprefix("- ") for line in block["examples"].splitlines()]
        for block in data["nlu"]
    }


def plain(sentence: str) -> str:
    """Return the words of a sentence, as the tokenizer and the featurizers see them."""
    return " ".join(re.findall(r"\w+", re.sub(r"\d+", "0", sentence.lower())))


BY_LANGUAGE = {language: sentences(f"bot/data/nlu/{language}.yml") for language in LANGUAGES}
TAUGHT = {
    intent: [example for taught in BY_LANGUAGE.values() for example in taught.get(intent, [])]
    for intent in BY_LANGUAGE["en"]
    if intent != "group_message"
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_intent_has_enough_sentences_in_every_language(language: str) -> None:
    taught = BY_LANGUAGE[language]
    assert {*TAUGHT} == {*taught} - {"group_message"}
    few = {intent: len(taught[intent]) for intent in TAUGHT if len(taught[intent]) < ENOUGH}
    assert not few


def test_no_sentence_is_learned_in_two_intents() -> None:
    seen: dict[str, str] = {}
    for intent, examples in TAUGHT.items():
        for example in examples:
            assert seen.setdefault(plain(example), intent) == intent, example


def test_the_tested_sentences_are_not_learned() -> None:
    learned = {plain(example) for examples in TAUGHT.values() for example in examples}
    tested = {
        plain(example)
        for examples in sentences("tests/integration/rasa/test_nlu.yml").values()
        for example in examples
    }
    assert not learned & tested
