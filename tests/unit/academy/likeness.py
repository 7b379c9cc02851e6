"""A likeness for tests that is sure of nothing but what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from courage.academy.judging import JUDGED, Judged
from courage.academy.labelled import DOES as CLASSES
from courage.taxonomy import GRADES, MEASURES, STRATEGIES, TONES


class Told:
    """Texts that hold a key are like its class; everything else is like an answer.

    ``subject`` is how near every reply is to what was said, as a cosine.
    """

    def __init__(self, classes: Mapping[str, tuple[str, float]] | None = None, subject: float = 1.0) -> None:
        self._classes = dict(classes or {})
        self._subject = subject

    def read(self, texts: Sequence[str]) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        rows = []
        for text in texts:
            name, likely = next((to for key, to in self._classes.items() if key in text), ("counter", 0.3))
            row = np.full(len(CLASSES), (1 - likely) / (len(CLASSES) - 1))
            row[CLASSES.index(name)] = likely
            rows.append(row)
        even = [np.full((len(texts), len(names)), 1 / len(names)) for names in (STRATEGIES, TONES)]
        return {
            "kinds": (CLASSES, np.log(np.array(rows))),
            "strategies": (STRATEGIES, np.log(even[0])),
            "tones": (TONES, np.log(even[1])),
        }

    def judge(
        self,
        text: str,
        language: str,
        *,
        said: str = "",
        person_hit: str | None = None,
        cast: Sequence[str] = (),
    ) -> Judged:
        name, likely = next((to for key, to in self._classes.items() if key in text), ("counter", 0.3))
        even = dict.fromkeys(GRADES, 1 / len(GRADES))
        marks = {mark: likely if mark == name else 0.05 for mark in JUDGED}
        sure = {grade: 0.9 if grade == GRADES[0] else 0.05 for grade in GRADES}
        return Judged(marks, dict.fromkeys(MEASURES, sure if name == "counter" else even))

    def near(self, text: str, others: Sequence[str]) -> np.ndarray:
        return np.full(len(others), self._subject)
