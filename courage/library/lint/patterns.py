"""Patterns of one kind per language, and where one is found in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from courage.library.placeholders import GAP

Patterns = Mapping[str, re.Pattern[str]]
SHOWN: Final = 40  # characters of what was found that a message shows


def compiled(**sources: str) -> Patterns:
    """Compile one pattern a language; spaces within them are literal, capitals do not count."""
    return {language: re.compile(source, re.IGNORECASE) for language, source in sources.items()}


def found(patterns: Patterns, language: str, text: str) -> str | None:
    """Return the first words of a text that a pattern of its language finds, gaps left out, or ``None``."""
    pattern = patterns.get(language)
    match = pattern.search(GAP.sub(" … ", text.replace("’", "'"))) if pattern is not None else None
    return match.group().strip()[:SHOWN] if match else None
