"""Words in a reply that come back at people: insults, contact data, names, what one tells of oneself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from courage.academy import signs
from courage.library.lint.rules.personal_data import PATTERNS
from courage.library.lint.words import INSULTS, WORD

#: Words of a sentence up to which an insult stands by itself and needs nobody to whom it is said.
BARE: Final = 6
_SENTENCE: Final = re.compile(r"[^.!?؟\n]+[.!?؟]*")
_OWN: Final = re.compile(
    r"\b(?:my|me|mein\w*|mich|mir|mon|ma|mes|moi)\b|(?:رقمي|عنواني|ايميلي|إيميلي|بي على|معي)", re.I
)
#: Letters that Arabic writes at a name: and, to, with, so, oh.
_BEFORE_NAMES: Final = r"(?:[وفبلك]|يا\s?)?"
# Words of the list that also are a description of a thing or an act, which insults nobody.
_OF_THINGS: Final = frozenset(
    (
        "stupid",
        "dumb",
        "pathetic",
        "trash",
        "filth",
        "dumm",
        "dumme",
        "dummer",
        "dummen",
        "idiotisch",
        "bescheuert",
        "armselig",
        "débile",
        "débiles",
        "minable",
        "minables",
    )
)
#: Speaks of a remark and not of a person: "a stupid thing to say".
_A_REMARK: Final = re.compile(
    r"\b(?:that|this|it)(?:'s| is| was)\b|\b(?:das|es) ist\b|\bc'est\b|"
    r"\b(?:idea|thing|claim|rumour|sentence|joke|story|post|word|comment)\b|"
    r"\b(?:idee|spruch|satz|witz|gerücht|wort|kommentar|geschichte)\b|"
    r"\b(?:idée|phrase|blague|rumeur|mot|commentaire|histoire)\b|(?:فكرة|كلام|جملة|نكتة|تعليق|كلمة)",
    re.I,
)


def insult_words(text: str, language: str) -> tuple[str, ...]:
    """Return the plain insults of a reply that are said to somebody; those it quotes, and those of remarks, are none."""
    hits: list[str] = []
    for sentence in _SENTENCE.findall(signs.QUOTED.sub(" … ", text)):
        words = WORD.findall(sentence.casefold())
        insults = [word for word in words if word in INSULTS.get(language, frozenset())]
        if not insults:
            continue
        told = signs.find("second_person", language, sentence) is not None
        if all(word in _OF_THINGS for word in insults) and _A_REMARK.search(sentence) and not told:
            continue
        if told or len(words) <= BARE or not _A_REMARK.search(sentence):
            hits += insults
    return tuple(dict.fromkeys(hits))


def contacts(text: str) -> tuple[str, ...]:
    """Return addresses, numbers and accounts of somebody else in a reply."""
    return tuple(words for words, own in _reached(text) if not own)


def told_of_oneself(text: str, language: str) -> tuple[str, ...]:
    """Return what a reply tells of the person who wrote it by which they could be found."""
    told = signs.find("personal_data", language, text)
    return (*([told] if told else []), *(words for words, own in _reached(text) if own))


def _reached(text: str) -> list[tuple[str, bool]]:
    """Return what somebody could be reached by, and whether it is said to be one's own."""
    hits = []
    for pattern, _ in PATTERNS:
        for match in pattern.finditer(text):
            words = match.group().strip()
            if re.fullmatch(
                r"@(?:mod\w*|admins?\w*|equipe|équipe|team|all|everyone|here|room|مشرف\w*|ادارة|إدارة)",
                words,
                re.I,
            ):
                continue
            hits.append((words, _OWN.search(text[max(0, match.start() - 30) : match.start()]) is not None))
    return hits


def names_in(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that a text holds as words."""
    return tuple(
        name for name in names if re.search(rf"(?<!\w){_BEFORE_NAMES}{re.escape(name)}(?!\w)", text, re.I)
    )
