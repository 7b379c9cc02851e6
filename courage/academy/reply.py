"""What was read in a reply: kind, strategy, tone and marks, each with the words that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from courage.taxonomy import REPLY_MARKS

SHORT: Final = 160
"""Characters up to which a reply is short."""


@dataclass(frozen=True, slots=True)
class Found:
    """One ground for a reading: a code that the catalogues put into words, and the words of the reply that made it.

    ``code`` is ``MEASURE.WHY`` (``insults.word``, ``kind.question`` …).
    """

    code: str
    words: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the catalogues call it."""
        return f"ground.{self.code}"


@dataclass(frozen=True, slots=True)
class ReplyReading:
    """What a reply does: closed lists of :mod:`courage.taxonomy` throughout; ``strategy`` only of counters and questions."""

    kind: str = "other"
    strategy: str | None = None
    tone: str = "calm"
    insults: bool = False
    exposes: bool = False
    repeats: bool = False
    preaches: bool = False
    off_topic: bool = False
    threatens: bool = False
    names_person_hit: bool = False
    personal_data: bool = False
    length: str = "short"
    reasons: tuple[Found, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that conditions may name for it: an open question answers, too, and an answer may be a question."""
        if self.kind == "ask":
            return ("ask", "counter")
        if self.kind == "counter" and self.strategy == "question":
            return ("counter", "ask")
        return (self.kind,)

    @property
    def marks(self) -> tuple[str, ...]:
        """What was found besides kind, strategy and tone."""
        return tuple(mark for mark in REPLY_MARKS if getattr(self, mark))

    def why(self, measure: str) -> tuple[Found, ...]:
        """Return the grounds for one measure: ``kind``, ``tone``, ``insults`` …"""
        return tuple(found for found in self.reasons if found.code.split(".", 1)[0] == measure)


#: What the two buttons beside the reply mean.
SILENCE: Final = ReplyReading(kind="silence", reasons=(Found("kind.silence"),))
REPORT: Final = ReplyReading(kind="report", reasons=(Found("kind.report"),))
