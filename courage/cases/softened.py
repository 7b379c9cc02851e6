"""A message with the words covered that hurt most: names of groups, slurs and insults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from courage.detection.text.lexicons import fold, load_lexicon
from courage.detection.verdict import Reason
from courage.library.lint.words import INSULTS
from courage.taxonomy import LANGUAGES

#: Kinds of reasons whose words are covered.
COVERED: Final = ("word", "target")
_WORD: Final = re.compile(r"\w+(?:['’]\w+)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the message: ``covered`` is ``word`` or ``target`` where its words stand covered, empty where they show."""

    text: str
    covered: str = ""


def soften(text: str, reasons: Iterable[Reason], language: str) -> tuple[Piece, ...]:
    """Return a message in pieces.

    Covered is what screening gives as its reasons, wherever it stands again, and what the word lists of the language
    know as a group, a slur or an insult: screening names only the few words that decided.
    """
    found: dict[str, str] = {}
    for reason in reasons:
        if (
            reason.kind in COVERED
            and reason.start is not None
            and reason.end is not None
            and reason.weight >= 0
        ):
            said = text[reason.start : reason.end].strip()
            if said:
                found.setdefault(said.lower(), reason.kind)
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word not in found and (kind := _known(word, language)):
            found[word] = kind
    if not found:
        return (Piece(text),)
    # The longest first, so that no part of a word is taken for the whole.
    words = sorted(found, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
    pieces, at = [], 0
    for match in pattern.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()]))
        pieces.append(Piece(match[0], found.get(match[0].lower(), "word")))
        at = match.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def _known(word: str, language: str) -> str:
    """Return what the word lists know a word as: ``word``, ``target``, or nothing."""
    language = language if language in LANGUAGES else "en"
    lexicon = load_lexicon(language)
    if fold(word) in lexicon.slurs or word in INSULTS.get(language, ()):
        return "word"
    return "target" if fold(word) in lexicon.identity else ""
