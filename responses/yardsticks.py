"""What an organisation's library is measured against: how near everyday talk comes to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np

from responses.index import LibraryIndex
from responses.offtopic import SENTENCES

FLOOR_MARGIN: Final = 0.04
FLOOR_RANGE: Final = (0.22, 0.60)


@dataclass(slots=True)
class Yardstick:
    """Computed from the library when it has changed; ``floor`` is the likeness that everyday talk hardly ever reaches."""

    size: int
    floor: float


class Yardsticks:
    """Yardsticks by organisation, made anew when a library has grown or shrunk by a fiftieth. Thread-safe."""

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
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
        return Yardstick(size, float(np.clip(floor, *FLOOR_RANGE)))
