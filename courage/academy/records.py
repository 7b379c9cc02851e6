"""Readings and feedback as plain values, as turns keep them, and back. Codes only; words are the catalogues'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courage.academy.feedback import Example, Feedback, Measure, Research
from courage.academy.reply import Found, ReplyReading
from courage.taxonomy import REPLY_MARKS


def _found(found: tuple[Found, ...]) -> list[list[Any]]:
    return [[one.code, list(one.words)] for one in found]


def _read_found(given: Any) -> tuple[Found, ...]:
    return tuple(Found(str(code), tuple(map(str, words))) for code, words in given or ())


def reading_values(reading: ReplyReading) -> dict[str, Any]:
    """Return a reading as JSON values."""
    return {
        "kind": reading.kind,
        "strategy": reading.strategy,
        "tone": reading.tone,
        "marks": [*reading.marks, *(["personal_data"] if reading.personal_data else [])],
        "length": reading.length,
        "reasons": _found(reading.reasons),
    }


def reading_of(values: Mapping[str, Any]) -> ReplyReading:
    """Return the reading that :func:`reading_values` wrote."""
    marks = set(values.get("marks", ()))
    flags: dict[str, Any] = {mark: mark in marks for mark in REPLY_MARKS}
    return ReplyReading(
        kind=str(values.get("kind", "other")),
        strategy=values.get("strategy"),
        tone=str(values.get("tone", "calm")),
        personal_data="personal_data" in marks,
        length=str(values.get("length", "short")),
        reasons=_read_found(values.get("reasons")),
        **flags,
    )


def feedback_values(feedback: Feedback) -> dict[str, Any]:
    """Return feedback as JSON values."""
    research = feedback.research
    return {
        "measures": [[one.name, one.grade, _found(one.grounds)] for one in feedback.measures],
        "good": list(feedback.good),
        "try": list(feedback.try_next),
        "examples": [[one.id, one.text, one.strategy, one.kind] for one in feedback.examples],
        "research": None if research is None else [research.code, research.source, research.link],
    }


def feedback_of(values: Mapping[str, Any]) -> Feedback | None:
    """Return the feedback that :func:`feedback_values` wrote; ``None`` where there is none (a choice in an exercise)."""
    if "measures" not in values:
        return None
    research = values.get("research")
    return Feedback(
        tuple(Measure(name, grade, _read_found(grounds)) for name, grade, grounds in values["measures"]),
        tuple(values.get("good", ())),
        tuple(values.get("try", ())),
        tuple(Example(*example) for example in values.get("examples", ())),
        None if research is None else Research(*research),
    )
