"""Every command is understood in every language it has words in; text that people hand over is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courage.commands.core.command import Command
from courage.commands.core.grammar import CaseNumber, Choice, DraftVersion, FreeText, Wish, from_json, to_json
from courage.commands.core.parser import Parser
from courage.commands.core.registry import default_registry
from tests.unit.commands.sayings import EXACT, SENTENCES

REGISTRY = default_registry()
LANGUAGES = ("en", "fr", "de", "ar")
WORDS = [
    (command, language, word)
    for command in REGISTRY
    for language, words in command.words.items()
    for word in words
]


def understood(text: str, parser: Parser = REGISTRY.parser) -> tuple[str, dict[str, Any]] | None:
    """Return name and arguments of a command."""
    found = parser.parse(text)
    return found and (found.name, {argument.name: argument.value for argument in found.arguments})


@pytest.mark.parametrize(("text", "name", "arguments"), EXACT)
def test_commands(text: str, name: str | None, arguments: dict[str, Any]) -> None:
    assert understood(text) == (None if name is None else (name, arguments))


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_are_not_commands(text: str) -> None:
    assert understood(text) is None


def sayings_of(command: Command, word: str) -> list[tuple[str, dict[str, Any]]]:
    """Return ways to write a command with one of its words, and what each means."""
    text = command.form.parameter(FreeText)
    takes_case = command.form.parameter(CaseNumber) is not None
    ways: list[tuple[str, dict[str, Any]]] = []
    if text is not None:
        ways.append((f"{word}: post 12 v3, facts", {text.name: " post 12 v3, facts"}))
        if not takes_case:
            ways = [(said, {text.name: "post 12 v3, facts"}) for said, _ in ways]
        else:
            ways.append((f"{word} 12: x", {"case": 12, "text": " x"}))
        if text.optional:
            ways.append((word, {}))
        return ways
    if command.form.parameter(Choice):
        return [(f"{word} 2", {"number": 2}), (f"{word} ٢", {"number": 2})]
    ways = [(word, {}), (f" {word}! ".lstrip(), {}), (word.upper(), {})]
    if takes_case:
        ways += [
            (said, {"case": 12}) for said in (f"{word} 12", f"{word} #12", f"{word} ١٢", f"{word} case 12")
        ]
    if command.form.parameter(DraftVersion):
        ways += [(said, {"case": 12, "version": 3}) for said in (f"{word} 12 v3", f"{word} ١٢ v٣")]
    return ways


@pytest.mark.parametrize(
    ("command", "word"), [(c, w) for c, _, w in WORDS], ids=[f"{c.name}-{n}-{w}" for c, n, w in WORDS]
)
def test_every_word_of_every_command(command: Command, word: str) -> None:
    for said, arguments in sayings_of(command, word):
        assert understood(said) == (command.name, arguments), said


@pytest.mark.parametrize(
    "word", sorted(word for c in REGISTRY if (w := c.form.parameter(Wish)) for word in w.words)
)
def test_every_word_of_a_wish(word: str) -> None:
    found = understood(word)
    assert found is not None
    assert found[0] == "wish"


def test_every_command_that_can_be_written_can_be_written_in_every_language() -> None:
    for command in REGISTRY:
        if command.words:
            assert {language for language, words in command.words.items() if words} == set(LANGUAGES), (
                command.name
            )
        if command.usage:
            assert set(command.usage) == set(LANGUAGES), command.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_help_shows_is_understood(language: str) -> None:
    for command in REGISTRY.open_to("admin"):
        for shown in command.spoken(language).split(" · "):
            found = understood(shown.replace("…", "words"))
            assert found is not None, shown
            assert found[0] == command.name, shown


@pytest.mark.parametrize("command", [c for c in REGISTRY if c.confirm], ids=lambda command: command.name)
def test_the_command_that_is_asked_for_is_that_command(command: Command) -> None:
    assert understood(f"{command.confirm} 12") == (command.name, {"case": 12})


def test_nothing_that_counts_has_a_word_of_one_letter() -> None:
    for command in REGISTRY:
        if command.confirm or command.name == "post":
            assert min(len(word) for words in command.words.values() for word in words) > 1, command.name


@pytest.mark.slow  # measures time
def test_long_texts_cost_no_time_worth_speaking_of() -> None:
    for text in ("edit" + " " * 10_000, "suggest " * 1250, '"' * 10_000, "a '" * 3300, "use " + "1" * 9990):
        understood(text)  # a pattern that backtracks would not come back


def test_forms_survive_the_way_to_rasa_and_back() -> None:
    forms = from_json(json.loads(json.dumps(to_json(REGISTRY.forms))))
    parser = Parser(forms)
    for text, name, arguments in EXACT:
        assert understood(text, parser) == (None if name is None else (name, arguments))
    with pytest.raises(ValueError, match="'Poem' is not one of CaseNumber"):
        from_json([{"name": "x", "words": ["x"], "parameters": [{"kind": "Poem"}]}])


def test_offsets_are_where_an_argument_stands() -> None:
    text = "post #12 v3"
    found = REGISTRY.parser.parse(text)
    assert found is not None
    assert [text[a.start : a.end] for a in found.arguments] == ["12", "3"]
