"""What an organisation's library is measured against: how near everyday talk comes to it, and what its answers share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np

from responses.index import LibraryIndex
from responses.offtopic import SENTENCES

FLOOR_MARGIN: Final = 0.04
FLOOR_RANGE: Final = (0.22, 0.60)
SAMPLE: Final = 2_000


@dataclass(slots=True)
class Yardstick:
    """Computed from the library when it has changed.

    ``floor`` is the likeness that everyday talk hardly ever reaches; ``answers`` the mean vector of answers and
    ``spread`` mean and standard deviation of the library's likeness to it.
    """

    size: int
    floor: float
    answers: np.ndarray
    spread: tuple[float, float]


class Yardsticks:
    """Yardsticks by organisation, made anew when a library has grown or shrunk by a fiftieth. Thread-safe.

    :param reference: vectors of answers that stand for answers in general; by default the library's own.
    """

    def __init__(self, index: LibraryIndex, reference: np.ndarray | None = None) -> None:
        self._index = index
        self._reference = reference
        self._offtopic: np.ndarray | None = None
        self._known: dict[int, Yardstick] = {}
        self._lock = threading.Lock()

    def of(self, organisation_id: int) -> Yardstick:
        """Return an organisation's yardstick."""
        size = self._index.size(organisation_id)
        with self._lock:
            known = self._known.get(organisation_id)
            if known is None or abs(size - known.size) > max(5, known.size // 50):
                known = self._known[organisation_id] = self._measure(organisation_id, size)
            return known

    def _measure(self, organisation_id: int, size: int) -> Yardstick:
        if self._offtopic is None:
            self._offtopic = np.asarray(self._index.vectors.encoder.encode(list(SENTENCES)))
        nearest = self._index.nearest_scores(self._offtopic, organisation_id)
        floor = float(np.quantile(nearest, 0.95)) + FLOOR_MARGIN if len(nearest) else FLOOR_RANGE[0]
        texts = self._index.sample_texts(organisation_id, SAMPLE)
        answers = texts if self._reference is None else self._reference
        mean = answers.mean(axis=0) if len(answers) else np.zeros(self._index.vectors.dimensions, np.float32)
        central = texts @ mean if len(texts) else np.zeros(1)
        spread = (float(central.mean()), float(central.std()))
        return Yardstick(size, float(np.clip(floor, *FLOOR_RANGE)), mean, spread)
