"""A message with the words covered that hurt most: names of the group that is meant, and insults, as screening found them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from courage.detection.verdict import Reason

#: Kinds of reasons whose words are covered.
COVERED: Final = ("word", "target")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the message: ``covered`` is ``word`` or ``target`` where its words stand covered, empty where they show."""

    text: str
    covered: str = ""


def soften(text: str, reasons: Iterable[Reason]) -> tuple[Piece, ...]:
    """Return a message in pieces; a word that is covered once is covered wherever it stands again."""
    found: dict[str, str] = {}
    for reason in reasons:
        if (
            reason.kind in COVERED
            and reason.start is not None
            and reason.end is not None
            and reason.weight >= 0
        ):
            word = text[reason.start : reason.end].strip()
            if word:
                found.setdefault(word.casefold(), reason.kind)
    if not found:
        return (Piece(text),)
    # The longest first, so that no part of a word is taken for the whole.
    words = sorted(found, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
    pieces, at = [], 0
    for match in pattern.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()]))
        pieces.append(Piece(match[0], found.get(match[0].casefold(), "word")))
        at = match.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)
