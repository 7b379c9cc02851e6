"""Where the sentences of a text begin and end."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

_one_at_a_time = threading.Lock()


@lru_cache(maxsize=1)
def _pipeline() -> Any:
    import spacy

    language = spacy.blank("xx")
    language.add_pipe("sentencizer")
    return language


def sentences(text: str, most: int = 100) -> list[tuple[int, int]]:
    """Return the (begin, end) of every sentence, in characters; ``end`` is exclusive.

    A line break ends a sentence too; white space around sentences belongs to none. Where there are more than ``most``,
    neighbours are put together, so that there are no more than that.
    """
    found: list[tuple[int, int]] = []
    start = 0
    # The zone lets go of the words afterwards; without it spaCy would keep every word that anybody ever wrote.
    with _one_at_a_time, _pipeline().memory_zone():
        for line in text.splitlines(keepends=True):
            if line.strip():
                found += [(start + begin, start + end) for begin, end in _in_line(line)]
            start += len(line)
    if len(found) <= most:
        return found
    size = -(-len(found) // most)
    groups = [found[k : k + size] for k in range(0, len(found), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _in_line(line: str) -> list[tuple[int, int]]:
    found = []
    for sentence in _pipeline()(line).sents:
        begin, end = sentence.start_char, sentence.end_char
        piece = line[begin:end]
        begin += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        if begin < end:
            found.append((begin, end))
    return found


def utf16_offsets(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans given in characters as offsets in UTF-16 code units, as Java and JavaScript count them."""
    if text.isascii():
        return spans
    before = [0]
    for character in text:
        before.append(before[-1] + (2 if ord(character) > 0xFFFF else 1))
    return [(before[begin], before[end]) for begin, end in spans]
