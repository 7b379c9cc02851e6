"""What a rule is, what it is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from courage.detection.verdict import Verdict
from courage.library.drafts import ResponseDraft
from courage.library.search.index import LibraryIndex


@dataclass(frozen=True, slots=True)
class Issue:
    """Something to mend (``level`` ``error``: stands in the way of approval) or to think about (``warning``)."""

    level: Literal["error", "warning"]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may ask besides the draft.

    ``verdict`` screens a text and ``index`` finds near copies; either may be missing, and the rule that needs it
    finds nothing then. ``identify`` tells the language of a text. ``number`` is the response's own, so that it is
    no copy of itself.
    """

    today: date
    identify: Callable[[str], str]
    verdict: Callable[[str], Verdict] | None = None
    index: LibraryIndex | None = None
    organisation_id: int = 1
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: the codes of the issues that it can find, and how it finds them."""

    codes: tuple[str, ...]
    check: Callable[[ResponseDraft, Context], Iterable[Issue]]
