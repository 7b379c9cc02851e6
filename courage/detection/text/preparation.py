"""From a raw message to what the encoder reads; one way for training and for screening."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from courage.detection.text.language import identify
from courage.detection.text.lexicons import DEFAULT_FOLDER
from courage.detection.text.normaliser import Normalised, Normaliser
from courage.detection.text.parts import Span, sentence_spans
from courage.detection.text.pivot import to_pivot
from courage.detection.text.traced import composed
from courage.detection.text.vocabulary import Vocabulary
from courage.detection.text.wrapping import Unwrapper

WINDOW_WORDS = 16
OVERLAP_WORDS = 4
MAX_WINDOWS = 48
_MAX_WORD = 64
_LONGEST_LETTER = 3  # more letters than that come from one character only where it is an emoji
_ADDRESSED = re.compile(r"@?([^\s:,]{2,24})[:,]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready for the encoder: its readable form, its language and its windows.

    ``windows`` are English (or a gloss), ``originals`` the same windows as they were written, one for each.
    A part of a message is prepared just as a whole one is: readable text, one window, offsets into the message.
    """

    normal: Normalised
    language: str
    windows: tuple[str, ...]
    originals: tuple[str, ...]


class Preparation:
    """Sets apart what is around a message, normalises, identifies the language, glosses, and cuts into parts."""

    def __init__(self, vocabulary: Vocabulary, lexicons: Path = DEFAULT_FOLDER) -> None:
        self.unwrap = Unwrapper(vocabulary)
        self.normalise = Normaliser(vocabulary)
        self.vocabulary = vocabulary
        self._lexicons = lexicons

    def __call__(self, text: str, language: str | None = None, *, glossed: bool = True) -> Prepared:
        """Prepare one message as a whole, as training reads it; ``language`` overrides the identification.

        Without ``glossed`` the windows stay as they were written, which is quicker.
        """
        normal = self.readable(text)
        code = language or identify(spoken(normal))
        readable = normal.text
        long = len(readable) > 600
        parts = windows(readable) if long else (" ".join(readable.split()),)
        if not glossed:
            return Prepared(normal, code, parts, parts)
        return Prepared(normal, code, tuple(to_pivot(part, code, self._lexicons) for part in parts), parts)

    def readable(self, text: str) -> Normalised:
        """Return what a message says, without what is around it and without disguises; offsets are the message's."""
        inner = self.unwrap(text)
        normal = self.normalise(inner.text)
        if inner.offsets is not None:
            normal = replace(normal, offsets=composed(normal.offsets, inner.offsets), length=len(text))
        # "Nick: …" names whom a message is for; a nickname is no word and says nothing about it.
        addressed = _ADDRESSED.match(normal.text)
        if addressed is not None and not self.vocabulary.is_word(addressed[1].casefold()):
            normal = normal.part(addressed.end(), len(normal.text))
        return normal

    def parts(self, normal: Normalised, language: str) -> list[Prepared]:
        """Return the sentences of a readable message, each ready to be judged by itself."""
        return [self.part(normal, span, language) for span in sentence_spans(normal.text)]

    def part(self, normal: Normalised, span: Span, language: str) -> Prepared:
        """Return a span of a readable message, ready to be judged by itself."""
        piece = normal.part(*span) if span != (0, len(normal.text)) else normal
        line = " ".join([word[:_MAX_WORD] for word in piece.text.split()])
        return Prepared(piece, language, (to_pivot(line, language, self._lexicons),), (line,))


def spoken(normal: Normalised) -> str:
    """Return a readable text without the names of emoji, which are English whatever language is spoken."""
    offsets = normal.offsets
    if offsets is None or len(set(offsets)) == len(offsets):
        return normal.text
    kept: list[str] = []
    start = 0
    for _, group in groupby(offsets):
        size = sum(1 for _ in group)
        kept.append(" " if size > _LONGEST_LETTER else normal.text[start : start + size])
        start += size
    return "".join(kept)


def windows(text: str) -> tuple[str, ...]:
    """Cut a long text into overlapping windows of words; at most ``MAX_WINDOWS``, always with the first and the last.

    Of very long texts the windows between are taken at even distances.
    """
    words = [word[:_MAX_WORD] for word in text.split()]
    if len(words) <= WINDOW_WORDS + OVERLAP_WORDS:
        return (" ".join(words),)
    step = WINDOW_WORDS - OVERLAP_WORDS
    starts = list(range(0, len(words) - OVERLAP_WORDS, step))
    starts[-1] = max(0, len(words) - WINDOW_WORDS)
    if len(starts) > MAX_WINDOWS:
        starts = [starts[round(k * (len(starts) - 1) / (MAX_WINDOWS - 1))] for k in range(MAX_WINDOWS)]
    return tuple(" ".join(words[start : start + WINDOW_WORDS]) for start in dict.fromkeys(starts))
