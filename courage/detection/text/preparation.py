"""From a raw message to what the encoder reads; one way for training and for screening."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from courage.detection.text.language import identify
from courage.detection.text.lexicons import DEFAULT_FOLDER
from courage.detection.text.normaliser import Normalised, Normaliser
from courage.detection.text.pivot import to_pivot
from courage.detection.text.vocabulary import Vocabulary

WINDOW_WORDS = 16
OVERLAP_WORDS = 4
MAX_WINDOWS = 48
_MAX_WORD = 64
_ADDRESSED = re.compile(r"@?([^\s:,]{2,24})[:,]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message ready for the encoder: its readable form, its language and its windows.

    ``windows`` are English (or a gloss), ``originals`` the same windows as they were written, one for each.
    """

    normal: Normalised
    language: str
    windows: tuple[str, ...]
    originals: tuple[str, ...]


class Preparation:
    """Normalises, identifies the language, glosses, and cuts long texts into windows."""

    def __init__(self, vocabulary: Vocabulary, lexicons: Path = DEFAULT_FOLDER) -> None:
        self.normalise = Normaliser(vocabulary)
        self.vocabulary = vocabulary
        self._lexicons = lexicons

    def __call__(self, text: str, language: str | None = None, *, glossed: bool = True) -> Prepared:
        """Prepare one message; ``language`` overrides the identification.

        Without ``glossed`` the windows stay as they were written, which is quicker.
        """
        normal = self.normalise(text)
        code = language or identify(normal.text)
        readable = normal.text
        addressed = _ADDRESSED.match(readable)
        # "Nick: …" names whom a message is for; a nickname is no word and says nothing about it.
        if addressed is not None and addressed[1].casefold() not in self.vocabulary:
            readable = readable[addressed.end() :]
        long = len(readable) > 600 or len(text) > 600
        parts = windows(readable) if long else (" ".join(readable.split()),)
        if not glossed:
            return Prepared(normal, code, parts, parts)
        return Prepared(normal, code, tuple(to_pivot(part, code, self._lexicons) for part in parts), parts)


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
