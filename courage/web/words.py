"""Which language a page is in, and which way it is written; the words are in ``courage.i18n``."""

from __future__ import annotations

from typing import Final

RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur"})
#: Roles that have a handbook, and the languages that handbooks are written in (``templates/handbook/``).
HANDBOOKS: Final = ("volunteer", "moderator", "trainer")
HANDBOOK_LANGUAGES: Final = frozenset({"en", "fr", "de", "ar"})


def handbook_language(language: str) -> str:
    """Return the language of the handbooks for a reader of another one."""
    return language if language in HANDBOOK_LANGUAGES else "en"


def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def accepted(header: str) -> list[str]:
    """Return the base languages of an ``Accept-Language`` header in the reader's order of preference."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        weighted.append((-rank, place, tag.strip().split("-")[0].casefold()))
    return [tag for _, _, tag in sorted(weighted) if tag]
