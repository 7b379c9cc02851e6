"""What a rule is, what it is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from courage.detection.verdict import Verdict
from courage.library.drafts import ResponseDraft
from courage.library.facts import Fact
from courage.library.search.index import LibraryIndex


@dataclass(frozen=True, slots=True)
class Issue:
    """Something to mend (``level`` ``error``: stands in the way of approval) or to think about (``warning``).

    ``editorial`` is the number of the rule of ``docs/editorial.md`` that is broken, 0 where it is none of them; texts of
    the starter library may break none, whatever the level.
    """

    level: Literal["error", "warning"]
    code: str
    message: str
    editorial: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may ask besides the draft.

    ``verdict`` screens a text and ``index`` finds near copies; either may be missing, and the rule that needs it
    finds nothing then. ``identify`` tells the language of a text. ``number`` is the response's own, so that it is
    no copy of itself. Rules are given the draft as readers see it; ``written`` is it with its placeholders, and
    ``facts`` are those that there are, by id.
    """

    today: date
    identify: Callable[[str], str]
    verdict: Callable[[str], Verdict] | None = None
    index: LibraryIndex | None = None
    organisation_id: int = 1
    number: int | None = None
    written: ResponseDraft | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: the codes of the issues that it can find, how it finds them, and its number in ``docs/editorial.md``."""

    codes: tuple[str, ...]
    check: Callable[[ResponseDraft, Context], Iterable[Issue]]
    editorial: int = 0
