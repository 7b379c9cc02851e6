"""What a volunteer may wish for, what they get, and which candidates may be offered at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from courage.detection.verdict import Verdict
from courage.library.errors import LibraryError
from courage.library.suggest.features import Candidate
from courage.library.suggest.sayings import Saying
from courage.taxonomy import STRATEGIES, TARGET_GROUPS, TONES, VOICES

CONTENTLESS_WORDS: Final = 2
#: What a response for anybody is worth beside one for the group attacked: nearly as much, and one for another group nothing.
OPEN: Final = 0.8
_WORDS: Final = re.compile(r"[^\W\d_]{3,}")
_EMPTY_WORDS: Final = frozenset(
    [
        "the",
        "you",
        "your",
        "all",
        "are",
        "and",
        "these",
        "those",
        "them",
        "they",
        "off",
        "out",
        "fuck",
        "fucking",
        "damn",
        "stupid",
        "dirty",
        "filthy",
        "ugly",
        "bloody",
        "lol",
        "haha",
        "vous",
        "les",
        "des",
        "sale",
        "sales",
        "und",
        "die",
        "der",
        "ihr",
        "dreckige",
        "alle",
        "shut",
        "get",
        "lost",
    ]
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the volunteer asks for; empty means no wish."""

    strategies: tuple[str, ...] = ()
    tone: str | None = None
    shorter: bool = False
    exclude: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A response offered for a message; ``score`` in [0, 1] orders suggestions and is no probability.

    ``parts`` is what the score was made of, by the names of :data:`courage.library.suggest.ranking.PARTS`; learning needs it.
    """

    id: str
    text: str
    strategy: str
    language: str
    score: float
    reasons: tuple[Saying, ...]
    sources: tuple[dict[str, Any], ...]
    rank: int
    translated_from: str | None = None
    kind: str = "counter_narrative"
    longer: str = ""
    parts: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Advice:
    """Suggestions, or the reason why there are none."""

    abstained: bool
    reason: Saying | None
    suggestions: tuple[Suggestion, ...] = ()


def check_wish(wish: Wish) -> None:
    """Refuse a wish for something that does not exist.

    :raises LibraryError: naming what is allowed.
    """
    for name, values, allowed in (
        ("strategy", wish.strategies, STRATEGIES),
        ("tone", (wish.tone,) if wish.tone else (), TONES),
        ("voice", (wish.voice,) if wish.voice else (), VOICES),
    ):
        for value in values:
            if value not in allowed:
                raise LibraryError(f"{name} {value[:40]!r} is not known; allowed are {', '.join(allowed)}")


def matching(found: list[Candidate], verdict: Verdict, wish: Wish) -> list[Candidate]:
    """Keep what may be offered: right group, asked strategy, right language; a wish that empties the list yields."""
    if any(group in TARGET_GROUPS for group in verdict.targets):
        found = [c for c in found if target_match(c, verdict) > 0]
    languages = wish.languages or (verdict.language,)
    spoken = [c for c in found if c.language in languages]
    if not spoken:
        spoken = [c for c in found if c.language == "en"] or found
    if wish.strategies:
        return [c for c in spoken if c.strategy in wish.strategies] or spoken
    return spoken


def target_match(candidate: Candidate, verdict: Verdict) -> float:
    """Return 1 for a response that stands up for a group or a people attacked, 0 for another, :data:`OPEN` where that is open.

    A people may be counted among several groups (Palestinians as migrants, or as one of many others): its name decides.
    """
    if not candidate.targets or not verdict.targets:
        return OPEN
    same = set(candidate.targets) & set(verdict.targets) or set(candidate.subgroups) & set(verdict.subgroups)
    return 1.0 if same else 0.0


def shortness(candidate: Candidate, wish: Wish) -> float:
    """Return how short a response is, in [0, 1]; it matters little unless it was asked for."""
    short = 1.0 - min(len(candidate.text), 700) / 700
    return short if wish.shorter else 0.5 + 0.5 * short


def contentless(text: str, verdict: Verdict) -> bool:
    """Say whether a message is a bare insult that claims nothing one could answer."""
    if verdict.category not in ("slur", "derogation", "animosity"):
        return False
    words = [w for w in _WORDS.findall(text.casefold()) if w not in _EMPTY_WORDS]
    return len(words) <= CONTENTLESS_WORDS
