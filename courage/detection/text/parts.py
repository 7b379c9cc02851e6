"""The sentences of a readable text, as spans: what is judged one by one."""

from __future__ import annotations

import re
from typing import Final

Span = tuple[int, int]

SHORT: Final = 3  # sentences of fewer words are read together with their equally short neighbours
LONG: Final = 56  # words that an encoder reads at once; longer sentences are read in windows
WINDOW: Final = 28
STEP: Final = 20
_END: Final = re.compile(r"\n+|[.!?…؟。]+[\"'”»)\]]*(?=\s|$)|[;؛](?=\s)")
_QUOTE: Final = re.compile(r"[\"“”„«»]")
_INITIAL: Final = re.compile(
    r"(?:^|[\s(])(?:[A-Za-zÀ-ÿ]|Dr|Mr|Mrs|Ms|Prof|St|bzw|ca|etc|vs|Nr|No|usw|env|M|Mme)$"
)
_WORD: Final = re.compile(r"\S+")


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of a text's sentences and lines, in order, without white space around them.

    No sentence ends inside quotation marks; short sentences in a row are one part, and overlong ones are cut into
    windows that overlap.
    """
    if _END.search(text) is None:
        return _windows(text, *_trimmed(text, 0, len(text)))
    ends = [found.end() for found in _END.finditer(text) if _is_end(text, found)]
    closed = _outside_quotes(text, ends)
    spans: list[Span] = []
    last = 0
    for end in [*closed, len(text)]:
        start, stop = _trimmed(text, last, end)
        if start < stop:
            spans.append((start, stop))
        last = end
    found: list[Span] = []
    for start, stop in _short_ones_together(text, spans):
        found += _windows(text, start, stop)
    return found


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _is_end(text: str, found: re.Match[str]) -> bool:
    return found[0] != "." or _INITIAL.search(text, max(0, found.start() - 8), found.start()) is None


def _outside_quotes(text: str, ends: list[int]) -> list[int]:
    marks = [found.start() for found in _QUOTE.finditer(text)]
    if len(marks) < 2:
        return ends
    inside: list[Span] = []
    opened = -1
    for place in marks:
        # A mark right before a letter opens, one after a letter or a full stop closes.
        opens = (
            place + 1 < len(text)
            and not text[place + 1].isspace()
            and (place == 0 or not text[place - 1].isalnum())
        )
        if opened < 0 and opens:
            opened = place
        elif opened >= 0:
            inside.append((opened, place))
            opened = -1
    return [end for end in ends if not any(start < end <= stop for start, stop in inside)] if inside else ends


def _words(text: str, span: Span) -> int:
    return len(_WORD.findall(text, *span))


def _short_ones_together(text: str, spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    run = False
    for span in spans:
        short = _words(text, span) < SHORT
        if short and run:
            found[-1] = (found[-1][0], span[1])
        else:
            found.append(span)
        run = short
    return found


def _windows(text: str, start: int, stop: int) -> list[Span]:
    if start >= stop:
        return []
    if stop - start <= LONG * 2:
        return [(start, stop)]
    words = [found.span() for found in _WORD.finditer(text, start, stop)]
    if len(words) <= LONG:
        return [(start, stop)]
    firsts = list(range(0, max(1, len(words) - WINDOW + STEP), STEP))
    return [(words[k][0], words[min(len(words), k + WINDOW) - 1][1]) for k in firsts if k < len(words)]


def neighbourhood(text: str, spans: list[Span], place: int, most: int = 20) -> Span:
    """Return the span of a part together with at most ``most`` words before and after it, whole parts where they fit."""
    start, stop = spans[place]
    if place:
        before = [found.start() for found in _WORD.finditer(text, spans[place - 1][0], start)]
        start = min([start, *before[-most:]])
    if place + 1 < len(spans):
        after = [found.end() for found in _WORD.finditer(text, stop, spans[place + 1][1])]
        stop = max([stop, *after[:most]])
    return start, stop
