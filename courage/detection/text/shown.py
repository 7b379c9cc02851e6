"""What a client makes of a message before anybody reads it: entities, tags, direction overrides.

Filters see the bytes, people see the page. ``as_shown`` gives what people see.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from courage.detection.text.traced import Piece, Traced

_ENTITY: Final = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_INLINE_TAG: Final = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|del|ins|code|tt|font|strike|mark|sup|sub|span|small|big|wbr)(?:\s+[\w:-]+\s*=[^<>\n]{0,300})?\s*/?>",
    re.I,
)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|br|div|pre|blockquote|ul|ol|li|h[1-6]|table|tr|td|th|hr|img)(?:\s+[\w:-]+\s*=[^<>\n]{0,300})?\s*/?>",
    re.I,
)
_BB_TAG: Final = re.compile(
    r"\[/?(?:b|i|u|s|url|code|spoiler|color|size|center|img)(?:=[^\[\]\n]{0,200})?\]", re.I
)
_ESCAPED: Final = re.compile(r"[^\s%]*(?:%[0-9A-Fa-f]{2}[^\s%]*)+")
_OVERRIDE: Final = re.compile("([\u202d\u202e])([^\u202c\u202d\u202e\n]*)\u202c?")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_MAY: Final = re.compile("[&<\\[\u202d\u202e]|%[0-9A-Fa-f]{2}")


def as_shown(text: str) -> Traced:
    """Return a text as a client shows it: entities read, tags gone, overridden directions as the eye meets them."""
    shown = Traced.of(text)
    if _MAY.search(text) is None:
        return shown
    for _ in range(2):  # what was encoded twice is shown once decoded by clients that decode twice
        pieces = [
            (found.start(), found.end(), _character(found[0])) for found in _ENTITY.finditer(shown.text)
        ]
        if not any(new != shown.text[start:end] for start, end, new in pieces):
            break
        shown = shown.replaced(pieces)
    shown = shown.replaced(_tags(shown.text))
    shown = shown.replaced(_percent(shown.text))
    return _in_reading_order(shown)


def _character(entity: str) -> str:
    read = html.unescape(entity)
    return read if len(read) <= 4 else entity


def _tags(text: str) -> list[Piece]:
    if "<" not in text and "[" not in text:
        return []
    pieces = [(found.start(), found.end(), "") for found in _INLINE_TAG.finditer(text)]
    pieces += [(found.start(), found.end(), "\n") for found in _BLOCK_TAG.finditer(text)]
    pieces += [(found.start(), found.end(), "") for found in _BB_TAG.finditer(text)]
    return sorted(pieces)


def _percent(text: str) -> list[Piece]:
    """Read percent escapes outside of addresses, whose own are read where addresses are."""
    if "%" not in text:
        return []
    return [
        (found.start(), found.end(), unquote(found[0], errors="replace"))
        for found in _ESCAPED.finditer(text)
        if "://" not in found[0] and "%" in found[0] and len(found[0]) < 2000
    ]


def _in_reading_order(shown: Traced) -> Traced:
    """Turn round what an override shows from its end: Latin letters under a right-to-left one, Arabic under the other."""
    if "\u202e" not in shown.text and "\u202d" not in shown.text:
        return shown
    order: list[int] = []
    last = 0
    turned = False
    for found in _OVERRIDE.finditer(shown.text):
        begin, end = found.span(2)
        letters = [char for char in found[2] if char.isalpha()]
        arabic = sum(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in letters)
        order += range(last, begin)
        backwards = 2 * arabic < len(letters) if found[1] == "\u202e" else 2 * arabic > len(letters)
        order += _backwards(shown.text, begin, end) if backwards and letters else range(begin, end)
        turned = turned or (backwards and bool(letters))
        last = end
    order += range(last, len(shown.text))
    return shown.reordered(order) if turned else shown


def _backwards(text: str, begin: int, end: int) -> list[int]:
    """Return the places of a span from its end, marks that belong to a letter still after it."""
    clusters: list[list[int]] = []
    for place in range(begin, end):
        if clusters and unicodedata.combining(text[place]):
            clusters[-1].append(place)
        else:
            clusters.append([place])
    return [place for cluster in reversed(clusters) for place in cluster]
