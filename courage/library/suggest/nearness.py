"""How near is near: every encoder's cosines on one scale, and how near everyday talk comes to a library.

Encoders differ in what they make of two texts that have nothing to do with each other: with one their cosine is about
0.1, with another 0.77. All that is compared with a fixed number is brought to the scale of the encoders as shipped
first.
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from courage.library.search.index import LibraryIndex
from courage.library.suggest.offtopic import SENTENCES

#: Of the encoders as shipped: the mean cosine of everyday sentences that have nothing to do with each other, and how
#: far such cosines spread (standard deviation).
USUAL: Final = 0.062
SPREAD: Final = 0.075
FLOOR_MARGIN: Final = 0.03
#: Likeness from which a response may fit, in which suggestions were measured.
FLOOR_RANGE: Final = (0.175, 0.51)


class Nearness:
    """The scale of an index's encoder, and floors by organisation. Thread-safe.

    Floors are made anew when a library has grown or shrunk by a fiftieth.
    """

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
        self._asked: np.ndarray | None = None
        self._usual, self._spread = USUAL, SPREAD
        self._known: dict[int, tuple[int, float]] = {}
        self._lock = threading.RLock()

    def likeness(self, cosines: np.ndarray) -> np.ndarray:
        """Return cosines of a message and library texts on the scale of the encoders as shipped, of the same shape."""
        self._sentences()
        return np.asarray(USUAL + (cosines - self._usual) * (SPREAD / self._spread))

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
        nearest = self._index.nearest_scores(self._sentences(), organisation_id)
        if not len(nearest):
            return FLOOR_RANGE[0]
        return float(np.quantile(self.likeness(nearest), 0.95)) + FLOOR_MARGIN

    def _sentences(self) -> np.ndarray:
        """Return the vectors of the everyday sentences; the first time, the encoder's scale is measured with them."""
        with self._lock:
            if self._asked is None:
                vectors = self._index.vectors
                asked = vectors.queries(SENTENCES)
                cosines = asked @ vectors.passages(SENTENCES).T
                apart = cosines[~np.eye(len(SENTENCES), dtype=bool)]
                self._usual, self._spread = float(apart.mean()), max(float(apart.std()), 1e-3)
                self._asked = asked
            return self._asked
