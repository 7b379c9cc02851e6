"""What a reply tells of people that is theirs to tell: by structure, a private matter and a person in one sentence.

``seeds/academy/private-<language>.yml`` lists words by the matter they belong to (work, home, health …). A matter alone
says nothing ("asylum seekers get the same as we do"), a person alone neither; both in one sentence is a cue, and how much
each cue means was learnt (:mod:`courage.academy.fitting`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from courage.academy import signs
from courage.academy.unsafe import contacts, names_in, told_of_oneself
from courage.shipped import SEEDS

#: What can be private.
MATTERS: Final = (
    "work",
    "home",
    "school",
    "health",
    "orientation",
    "status",
    "record",
    "family",
    "account",
)
#: What makes it worse: it was told in confidence, or others are called upon to do something with it.
TURNS: Final = ("confidence", "call")
#: Of whom a sentence speaks: somebody with a name, "he" or "she", whoever is spoken to, whoever speaks.
PEOPLE: Final = ("named", "someone", "you", "oneself")
#: All cues, in the order of the features that are made of them.
CUES: Final = (
    *(f"{matter}.{person}" for matter in MATTERS for person in PEOPLE),
    *(f"confidence.{person}" for person in PEOPLE),
    "call",
    "contact",
    "own_data",
    "full_name",
    "denied",
)
#: Cues that feedback names when a reply gives somebody away.
NAMED: Final = (*MATTERS, *TURNS, "full_name")
_NAMES: Final = ("someone", "oneself", *MATTERS, *TURNS)
_SENTENCE: Final = re.compile(r"[^.!?؟\n]+[.!?؟]*")
#: Two or three words with capitals in a row. German writes every noun so: there only a name of the cast begins a pair.
_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
#: Every pair, those that begin with the last word of another as well ("That's Dave Hollins").
_PAIR: Final = re.compile(
    rf"(?<![\w'’])(?=({_CAPITAL})\s+((?:(?:van|von|de|da|el|al|ben|bin|di|du|le|la)\s+)?{_CAPITAL}))"
)
_PLACE: Final = re.compile(
    r"(?:street|road|lane|avenue|close|court|park|school|college|club|cup|team|rule|rules|bank|hall|office|church|council|"
    r"day|day's|centre|center|market|station|house|kingdom|states|rights|act|news|times|google|facebook|allah|god)$",
    re.I,
)


@lru_cache(maxsize=16)
def _patterns(language: str, folder: Path = SEEDS) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of a language by matter.

    :raises AcademyError: naming file and expression, where one cannot be used.
    """
    return signs.read_patterns(folder / "academy" / f"private-{language}.yml", _NAMES, language)


def cues(text: str, language: str, cast: Sequence[str] = ()) -> dict[str, str]:
    """Return the cues in a reply, each with the words that made it; what it quotes is left out.

    :param cast: names of everybody in the conversation.
    """
    found: dict[str, str] = {}
    own = signs.QUOTED.sub(" … ", text).replace("’", "'")
    for sentence in _SENTENCE.findall(own):
        for cue, words in _of_sentence(sentence, language, cast):
            found.setdefault(cue, words[: signs.LONGEST_SHOWN])
    for words in contacts(text):
        found.setdefault("contact", words)
    for words in told_of_oneself(text, language):
        found.setdefault("own_data", words)
    return found


def _of_sentence(sentence: str, language: str, cast: Sequence[str]) -> Iterator[tuple[str, str]]:
    patterns = _patterns(language)
    full = full_name(sentence, language, cast)
    if full:
        yield "full_name", full
    people = []
    if full or names_in(sentence, cast):
        people.append("named")
    people += [name for name in ("someone", "oneself") if patterns[name].search(sentence)]
    if signs.find("second_person", language, sentence) is not None:
        people.append("you")
    matters = [(name, match) for name in MATTERS if (match := patterns[name].search(sentence))]
    for name, match in matters:
        for person in people:
            yield f"{name}.{person}", match.group().strip()
    if match := patterns["confidence"].search(sentence):
        for person in people:
            yield f"confidence.{person}", match.group().strip()
    call = patterns["call"].search(sentence)
    if call:
        yield "call", call.group().strip()
    if (call or matters) and (denied := signs.find("denied", language, sentence)) is not None:
        yield "denied", denied


def full_name(text: str, language: str, cast: Sequence[str] = ()) -> str:
    """Return a first and last name that a text tells, or nothing; the name by which the cast knows somebody is none."""
    known = {name.casefold() for name in cast}
    for match in _PAIR.finditer(text):
        first, last = match.groups()
        pair = f"{first} {last}"
        if pair.casefold() in known or last.casefold() in known or _PLACE.search(last):
            continue
        if first.casefold() in known:
            return pair
        # At the beginning of a sentence any word has a capital.
        if language not in ("de", "ar") and text[: match.start()].strip():
            return pair
    return ""
