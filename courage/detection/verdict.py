"""What screening says about a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One understandable ground for a verdict.

    ``kind`` is one of ``word``, ``target``, ``frame`` (quoted, negated, reported …), ``example`` (nearest known
    kind of example), ``feedback`` (people decided on a near-identical text) or ``category``. ``start`` and
    ``end`` are offsets into the original text, or ``None``. A positive ``weight`` speaks for a flag, a negative
    one against it.
    """

    kind: str
    text: str
    weight: float = 0.0
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of screening one message; ``score`` is a calibrated probability of hate in [0, 1]."""

    text: str
    hateful: bool
    score: float
    category: str
    severity: int
    targets: tuple[str, ...]
    language: str
    route: str
    reasons: tuple[Reason, ...] = ()
