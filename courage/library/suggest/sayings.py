"""What the recommender says to people: short sentences with a code each, so that every room can say them in its language.

A saying is kept and sent as its English text. ``understood`` finds code and values again, so that whoever shows it can
take the words of another language from a catalogue; what is not understood is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

SAYINGS: Final[dict[str, str]] = {
    # why a response is suggested
    "narrative_same": "answers this very narrative",
    "narrative_similar": "answers a similar narrative",
    "same_subject": "speaks about the same thing",
    "general": "a general answer: none in the library answers this very narrative",
    "stands_up": "stands up for {groups}",
    "any_group": "fits any group",
    "as_asked": "{strategy}, as asked for",
    "source": "has a source",
    "sources": "has sources",
    "useful": "was useful to {people} people",
    "many_messages": "fits many messages",
    "used_lately": "was used here lately",
    "other_language": "in {language}: nothing in the message's language fits",
    "nearest": "nearest in the library",
    # why nothing is suggested
    "escalation": "this is for the escalation lane: threats and incitement get no reply from us",
    "harmless": "the message is not hateful; there is nothing to counter",
    "repeats": "the same author was answered {times} times today and goes on; another reply would feed it",
    "nothing_fits": "nothing in the library fits this message well enough",
    "bare_insult": "an insult without a narrative: a reply would only feed it; remove it or leave it",
}
GROUPS: Final = {
    "women": "women",
    "lgbt": "LGBT+ people",
    "muslims": "Muslims",
    "jews": "Jews",
    "migrants": "migrants",
    "people_of_colour": "people of colour",
    "roma": "Roma",
    "disabled": "disabled people",
    "other": "other groups",
}
LANGUAGE_NAMES: Final = {"en": "English", "fr": "French", "de": "German", "ar": "Arabic"}
_AND: Final = " and "


@dataclass(frozen=True, slots=True)
class Saying:
    """A saying taken apart: its code, and values; ``groups`` and ``language`` are codes, the others as they stand."""

    code: str
    groups: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


def say(code: str, **values: object) -> str:
    """Return the English text of a saying."""
    return SAYINGS[code].format(**values)


def group_names(groups: tuple[str, ...]) -> str:
    """Return the English names of groups, joined."""
    return _AND.join(GROUPS.get(group, group) for group in groups)


def understood(text: str) -> Saying | None:
    """Return what a text of :func:`say` was made of, or ``None`` if it is none."""
    for code, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        values = match.groupdict()
        groups = tuple(_code(GROUPS, name) for name in values.pop("groups", "").split(_AND) if name)
        if "language" in values:
            values["language"] = _code(LANGUAGE_NAMES, values["language"])
        return Saying(code, groups, values)
    return None


def in_words(text: str, say_code: Callable[..., str], named: Callable[[str, str], str]) -> str:
    """Return a saying in the words of a catalogue; a text that is none stays as it is.

    ``say_code`` fills in the catalogue's text of a code, ``named`` names codes of kinds (strategy, language, target).
    """
    found = understood(text)
    if found is None:
        return text
    values = {
        name: named(name, value) if name in ("strategy", "language") else value
        for name, value in found.values.items()
    }
    if found.groups:
        values["groups"] = ", ".join(named("target", group) for group in found.groups)
    return say_code(found.code, **values)


def _code(names: dict[str, str], name: str) -> str:
    return next((code for code, known in names.items() if known == name), name)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    made = []
    for code, text in SAYINGS.items():
        parts = re.split(r"\{(\w+)\}", text)
        body = "".join(
            re.escape(part) if place % 2 == 0 else f"(?P<{part}>.+)" for place, part in enumerate(parts)
        )
        made.append((code, re.compile(body)))
    return tuple(made)
