"""The sentences Rasa learns from: enough of each kind, none of them in two intents, none taken from the tests."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
ENOUGH, ENOUGH_ARABIC = 45, 8


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


LEARNED = sentences("bot/data/nlu.yml")
TAUGHT = {intent: examples for intent, examples in LEARNED.items() if intent != "group_message"}


def test_each_intent_has_enough_sentences() -> None:
    arabic = re.compile("[\u0600-\u06ff]")
    for intent, examples in TAUGHT.items():
        assert len(examples) >= ENOUGH, intent
        assert sum(bool(arabic.search(example)) for example in examples) >= ENOUGH_ARABIC, intent


def test_no_sentence_is_learned_in_two_intents() -> None:
    seen: dict[str, str] = {}
    for intent, examples in TAUGHT.items():
        for example in examples:
            assert seen.setdefault(plain(example), intent) == intent, example


def test_the_tested_sentences_are_not_learned() -> None:
    learned = {plain(example) for examples in LEARNED.values() for example in examples}
    tested = {
        plain(example)
        for examples in sentences("tests/integration/rasa/test_nlu.yml").values()
        for example in examples
    }
    assert not learned & tested
