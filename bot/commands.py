"""Short commands: what people type or press a hundred times a day must be understood exactly, not probably."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.words import (
    CASE_COMMANDS,
    EDIT_WORDS,
    NUMBER_WORDS,
    PLAIN_COMMANDS,
    REPORT_WORDS,
    SUGGEST_FOR_WORDS,
    USE_WORDS,
    WISH_FILLERS,
    WISH_WORDS,
)


@dataclass(frozen=True)
class Command:
    """An understood command: its intent and its arguments as Rasa's entities."""

    intent: str
    entities: list[dict[str, Any]] = field(default_factory=list)


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


# \d takes the digits of every script; int() reads them.
_NUMBER = r"(?:(?:case|cas|fall|قضية)\s*)?#?\s*(?P<case>\d{1,9})"
_END = r"\s*[.!]*"
_CASE = {
    intent: re.compile(rf"(?:{_either(words)})(?:\s+{_NUMBER}|\s*#(?P<hash>\d{{1,9}}))?{_END}", re.IGNORECASE)
    for intent, words in CASE_COMMANDS.items()
}
_POST = re.compile(
    rf"(?:{_either(CASE_COMMANDS['post'])})\s+{_NUMBER}\s*v\s*(?P<version>\d{{1,9}}){_END}", re.IGNORECASE
)
_PLAIN = {
    intent: re.compile(rf"(?:{_either(words)}){_END}", re.IGNORECASE)
    for intent, words in PLAIN_COMMANDS.items()
}
_COUNT = rf"(?P<number>\d{{1,2}}|{_either(tuple(NUMBER_WORDS))})"
_USE = re.compile(
    rf"(?:(?:{_either(USE_WORDS)})\s*(?:number\s+|no\.?\s*|#\s*)?{_COUNT}|(?P<bare>\d)){_END}", re.IGNORECASE
)
_EDIT = re.compile(rf"(?:{_either(EDIT_WORDS)})(?:\s+{_NUMBER})?\s*:(?P<text>.*)", re.IGNORECASE | re.DOTALL)
# The colon is asked for, so that "report a message" does not open a case about the words "a message".
_REPORT = re.compile(rf"(?:{_either(REPORT_WORDS)})\s*:\s*(?P<text>\S.*)", re.IGNORECASE | re.DOTALL)
_BARE = {
    "edit": re.compile(rf"(?:{_either(EDIT_WORDS)})(?:\s+{_NUMBER})?", re.IGNORECASE),
    "report": re.compile(rf"(?:{_either(REPORT_WORDS)})", re.IGNORECASE),
}
_SUGGEST_FOR = re.compile(
    rf"(?:{_either(SUGGEST_FOR_WORDS)})\s*:\s*(?P<quote>\S.*)", re.IGNORECASE | re.DOTALL
)
# A text in quotation marks of any of our languages; what stands before it says what is wanted of it.
_QUOTED = re.compile(r"(?P<before>[^\"“”„«»]*)[\"“„«](?P<quote>.+)[\"”“»]\s*[.?!]*\s*", re.DOTALL)
_SINGLE = re.compile(r"(?P<before>[^'‘’]*\s)['‘](?P<quote>.+)['’]\s*[.?!]*\s*", re.DOTALL)
_ANSWERING = re.compile(
    r"\b(?:suggest\w*|repl\w+|answer\w*|respon\w+|counter\w*|say|react\w*|répon\w+|dire|proposer?|antwort\w*|"
    r"erwider\w*|sagen|vorschl\w+|أرد|رد|أجيب|اقترح)\b",
    re.IGNORECASE,
)
_REPORTING = re.compile(rf"\b(?:{_either(REPORT_WORDS)}|reporting|flag)\b", re.IGNORECASE)
_IN_PROSE = re.compile(
    r"(?:\b(?:case|cas|fall|number|no\.?|nummer|numéro)\s*|#|قضية\s*)(?P<number>\d{1,9})\b", re.IGNORECASE
)
_WORD = re.compile(r"\w+(?:['’]\w+)?", re.UNICODE)


def _entity(name: str, match: re.Match[str], group: str | int, value: Any = None) -> dict[str, Any]:
    start, end = match.span(group)
    return {
        "entity": name,
        "value": match.group(group) if value is None else value,
        "start": start,
        "end": end,
        "confidence_entity": 1.0,
        "extractor": "ShortCommands",
    }


def _numbered(match: re.Match[str], *groups: str) -> list[dict[str, Any]]:
    names = {"hash": "case", "bare": "number"}
    found = match.groupdict()
    return [
        _entity(names.get(group, group), match, group, _count(found[group]))
        for group in groups
        if found.get(group) is not None
    ]


def _count(word: str) -> int:
    return NUMBER_WORDS[word.lower()] if word.lower() in NUMBER_WORDS else int(word)


def wishes(text: str) -> list[dict[str, Any]]:
    """Return the entities of the wish words in a text: strategy, tone, length, language."""
    found = []
    for match in _WORD.finditer(text):
        wish = WISH_WORDS.get(match.group().lower())
        if wish is not None:
            found.append(_entity(wish[0], match, 0, wish[1]))
    return found


def _only_wishes(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text)]
    return bool(words) and len(words) <= 8 and all(w in WISH_WORDS or w in WISH_FILLERS for w in words)


def parse(text: str) -> Command | None:
    """Return the command that a whole message is, or ``None``.

    What people hand over to be used word by word (after ``edit:``, ``report``, ``suggest:`` and in quotation
    marks) is taken first and never searched for commands.
    """
    if match := _EDIT.fullmatch(text):
        return Command("edit", [*_numbered(match, "case"), _entity("text", match, "text")])
    if match := _SUGGEST_FOR.fullmatch(text):
        return Command("suggest_for_text", [_entity("quote", match, "quote")])
    if match := _REPORT.fullmatch(text):
        return Command("report", [_entity("text", match, "text")])
    if match := _QUOTED.fullmatch(text) or _SINGLE.fullmatch(text):
        if _REPORTING.search(match["before"]):
            return Command("report", [_entity("text", match, "quote")])
        if _ANSWERING.search(match["before"]):
            return Command("suggest_for_text", [_entity("quote", match, "quote")])
        return None
    text = text.rstrip()
    if match := _POST.fullmatch(text):
        return Command("post", _numbered(match, "case", "version"))
    for intent, pattern in _BARE.items():
        if match := pattern.fullmatch(text):
            return Command(intent, _numbered(match, "case"))
    for intent, pattern in _PLAIN.items():
        if pattern.fullmatch(text):
            return Command(intent)
    for intent, pattern in _CASE.items():
        if match := pattern.fullmatch(text):
            return Command(intent, _numbered(match, "case", "hash"))
    if match := _USE.fullmatch(text):
        return Command("use_suggestion", _numbered(match, "number", "bare"))
    if _only_wishes(text) and (found := wishes(text)):
        return Command("wish", found)
    return None


def in_prose(intent: str, text: str) -> list[dict[str, Any]]:
    """Return what a sentence names besides its learned intent: a case number, a suggestion, a wish."""
    if intent == "wish":
        return wishes(text)
    if intent == "use_suggestion":
        for match in _WORD.finditer(text):
            word = match.group().lower()
            if word in NUMBER_WORDS or (word.isdigit() and len(word) == 1):
                return [_entity("number", match, 0, _count(word))]
        return []
    if intent in CASE_COMMANDS and (match := _IN_PROSE.search(text)):
        return [_entity("case", match, "number", int(match["number"]))]
    return []


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ShortCommands(GraphComponent):
    """Overrules the learned intent where a message is exactly a command, and marks it as exact.

    Actions that cannot be taken back ask for the exact command when a sentence only seemed to mean them.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShortCommands:
        """Return the component; it has nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and entities of each message that is a command."""
        for message in messages:
            text = message.get("text") or ""
            command = parse(text)
            if command is None:
                intent = (message.get("intent") or {}).get("name") or ""
                found = in_prose(intent, text)
                message.set("entities", (message.get("entities") or []) + found, add_to_output=True)
                continue
            message.set("intent", {"name": command.intent, "confidence": 1.0}, add_to_output=True)
            message.set("intent_ranking", [{"name": command.intent, "confidence": 1.0}], add_to_output=True)
            message.set("entities", command.entities, add_to_output=True)
            message.set("exact", True, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as it is."""
        return training_data
