"""Vectors on their way into an index."""

from __future__ import annotations

import numpy as np

from courage.library.search.vector_index import NO_IDS, VectorIndex


class Rows:
    """Vectors with ids, gathered batch by batch without a second copy of them all."""

    def __init__(self, dimensions: int) -> None:
        self._ids: list[np.ndarray] = []
        self._vectors = np.empty((0, dimensions), dtype=np.float32)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        used, dimensions = self._vectors.shape
        self._vectors.resize(
            (used + len(ids), dimensions), refcheck=False
        )  # grows in place where there is room
        self._vectors[used:] = vectors
        self._ids.append(ids)

    def indexed(self, exact_limit: int) -> VectorIndex:
        """Return an index over all of them; this object is empty afterwards."""
        ids = np.concatenate(self._ids) if self._ids else NO_IDS
        vectors, self._vectors = self._vectors, np.empty((0, self._vectors.shape[1]), dtype=np.float32)
        return VectorIndex.build(ids, vectors, exact_limit=exact_limit)
