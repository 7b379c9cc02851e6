"""Signs in an answer's words that tie it to one occasion."""

from __future__ import annotations

import re
from typing import Final

_SPECIFIC: Final = (
    re.compile(r"\d"),
    re.compile(r"https?://|www\.|[@#]\w"),
    re.compile(r"[\"“”«»„]"),
    re.compile(
        r"\b(?:he|she|his|her|him|this (?:article|video|man|woman|picture|post)|that (?:man|woman|guy))\b",
        re.I,
    ),
    re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)+"),  # names of two words within a sentence
)


def specificity(text: str) -> float:
    """Return how much a text hangs on one occasion, in [0, 1].

    Figures, links, quotations, persons and names tie it down; so does length, because every further sentence
    commits it to more.
    """
    marks = sum(1 for pattern in _SPECIFIC if pattern.search(text)) / len(_SPECIFIC)
    return 0.6 * marks + 0.4 * min(len(text) / 500, 1.0)
