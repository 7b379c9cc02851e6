"""What an organisation's library is measured against: how near everyday talk comes to it."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from courage.library.search.index import LibraryIndex
from courage.library.suggest.offtopic import SENTENCES

FLOOR_MARGIN: Final = 0.04
FLOOR_RANGE: Final = (0.22, 0.60)


class OfftopicFloors:
    """Floors by organisation, made anew when a library has grown or shrunk by a fiftieth. Thread-safe."""

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
        self._offtopic: np.ndarray | None = None
        self._known: dict[int, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def floor(self, organisation_id: int) -> float:
        """Return the likeness from which a response may fit; kept in a range in which suggestions were measured."""
        return float(np.clip(self.everyday(organisation_id), *FLOOR_RANGE))

    def everyday(self, organisation_id: int) -> float:
        """Return the likeness to an organisation's library that everyday talk hardly ever reaches."""
        size = self._index.size(organisation_id)
        with self._lock:
            known = self._known.get(organisation_id)
            if known is None or abs(size - known[0]) > max(5, known[0] // 50):
                known = self._known[organisation_id] = size, self._measure(organisation_id)
            return known[1]

    def _measure(self, organisation_id: int) -> float:
        if self._offtopic is None:
            self._offtopic = self._index.vectors.queries(SENTENCES)
        nearest = self._index.nearest_scores(self._offtopic, organisation_id)
        return float(np.quantile(nearest, 0.95)) + FLOOR_MARGIN if len(nearest) else FLOOR_RANGE[0]
