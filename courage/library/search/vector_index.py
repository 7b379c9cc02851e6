"""One searchable set of numbered vectors: an immutable FAISS base, a small overlay of news, and tombstones.

Adding or removing never touches the base, so it is visible to the next search at once, however large the base is.
Readers take one reference to an immutable state and need no lock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Final

import faiss as _faiss
import numpy as np

from courage.library.search.bases import LONG, THREADS, vectors_of

faiss: Any = _faiss  # its stubs know less than it can do

FEW: Final = 4
_NO_IDS: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class _State:
    base: Any  # a FAISS index with ids, or None
    base_ids: np.ndarray  # sorted
    removed: np.ndarray  # sorted ids of the base that no longer count
    overlay_ids: np.ndarray
    overlay: np.ndarray
    selector: Any = field(default=None, compare=False)


class VectorIndex:
    """Cosine search (inner product of unit vectors) over ids given by the caller."""

    def __init__(self, dimensions: int, base: Any = None, base_ids: np.ndarray = _NO_IDS) -> None:
        self.dimensions = dimensions
        self._write = threading.Lock()
        empty = np.zeros((0, dimensions), dtype=np.float32)
        self._state = _State(base, np.sort(base_ids), _NO_IDS, _NO_IDS, empty)

    def __len__(self) -> int:
        state = self._state
        return len(state.base_ids) - len(state.removed) + len(state.overlay_ids)

    @property
    def pending(self) -> int:
        """How many changes wait to be folded into the base."""
        return len(self._state.overlay_ids) + len(self._state.removed)

    def put(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors, replacing those that already have one of these ids."""
        ids = np.asarray(ids, dtype=np.int64)
        with self._write:
            state = self._without(self._state, ids)
            self._state = _State(
                state.base,
                state.base_ids,
                state.removed,
                np.concatenate([state.overlay_ids, ids]),
                np.concatenate([state.overlay, np.asarray(vectors, dtype=np.float32)]),
                state.selector,
            )

    def remove(self, ids: np.ndarray) -> None:
        """Forget ids; unknown ones are ignored."""
        with self._write:
            self._state = self._without(self._state, np.asarray(ids, dtype=np.int64))

    def ids_between(self, first: int, last: int) -> np.ndarray:
        """Return all living ids from ``first`` up to but not including ``last``."""
        state = self._state
        start, stop = np.searchsorted(state.base_ids, (first, last))
        base = np.setdiff1d(state.base_ids[start:stop], state.removed, assume_unique=True)
        new = state.overlay_ids[(state.overlay_ids >= first) & (state.overlay_ids < last)]
        return np.concatenate([base, new])

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (similarities, ids) of the ``k`` nearest per query, best first, shape (queries, ≤ k).

        Missing places have id -1 and similarity -2.
        """
        state = self._state
        queries = np.ascontiguousarray(np.atleast_2d(vectors), dtype=np.float32)
        # Threads that wait for each other on a busy machine cost more than one short query is worth.
        short = len(queries) <= FEW and len(state.base_ids) < LONG
        faiss.omp_set_num_threads(1 if short else THREADS)
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        if state.base is not None and len(state.base_ids) > len(state.removed):
            parts.append(_search_base(state, queries, min(k, len(state.base_ids))))
        if len(state.overlay_ids):
            scores = queries @ state.overlay.T
            parts.append((scores, np.broadcast_to(state.overlay_ids, scores.shape)))
        if not parts:
            return np.full((len(queries), 0), -2.0, dtype=np.float32), np.zeros(
                (len(queries), 0), dtype=np.int64
            )
        scores = np.concatenate([p[0] for p in parts], axis=1)
        ids = np.concatenate([p[1] for p in parts], axis=1)
        scores = np.where(ids < 0, -2.0, scores)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)

    def get(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors of living ids, shape (ids, dimensions).

        :raises KeyError: if one is not there.
        """
        state = self._state
        place = {int(number): row for row, number in enumerate(state.overlay_ids)}
        found = np.zeros((len(ids), self.dimensions), dtype=np.float32)
        in_base = np.array([int(number) not in place for number in ids], dtype=bool)
        if in_base.any():
            if not _among(ids[in_base], state.base_ids).all():
                raise KeyError("an id is not in the index")
            found[in_base] = vectors_of(state.base, ids[in_base])
        for row in np.flatnonzero(~in_base):
            found[row] = state.overlay[place[int(ids[row])]]
        return found

    def snapshot(self) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return base, base ids, removed ids, overlay ids and overlay vectors as of now."""
        state = self._state
        return state.base, state.base_ids, state.removed, state.overlay_ids, state.overlay

    def rebase(self, base: Any, base_ids: np.ndarray, since: tuple[Any, ...]) -> None:
        """Put a new base in place that holds everything of the snapshot ``since``; keep what came after it."""
        _, _, removed_then, overlay_then, _ = since
        with self._write:
            state = self._state
            later = ~np.isin(state.overlay_ids, overlay_then)
            # An id replaced since the snapshot is in both overlays: its newer vector must win over the new base.
            replaced = np.isin(state.overlay_ids, overlay_then) & ~_same_rows(state, since)
            keep = later | replaced
            living = np.union1d(
                np.setdiff1d(state.base_ids, state.removed, assume_unique=True), state.overlay_ids
            )
            gone = np.setdiff1d(base_ids, living)
            removed = np.union1d(gone, np.intersect1d(base_ids, state.overlay_ids[keep]))
            del removed_then
            self._state = _State(
                base,
                np.sort(base_ids),
                removed,
                state.overlay_ids[keep],
                state.overlay[keep],
                _selector(removed),
            )

    @staticmethod
    def _without(state: _State, ids: np.ndarray) -> _State:
        keep = ~np.isin(state.overlay_ids, ids)
        hit = np.unique(ids[_among(ids, state.base_ids)])
        removed = np.union1d(state.removed, hit) if len(hit) else state.removed
        selector = _selector(removed) if len(hit) else state.selector
        return _State(
            state.base, state.base_ids, removed, state.overlay_ids[keep], state.overlay[keep], selector
        )


def _among(ids: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Say which ids are in a sorted array; NumPy's own ways would sort all of it again, however large."""
    if not len(ordered):
        return np.zeros(len(ids), dtype=bool)
    place = np.minimum(np.searchsorted(ordered, ids), len(ordered) - 1)
    return np.asarray(ordered[place] == ids)


def _same_rows(state: _State, since: tuple[Any, ...]) -> np.ndarray:
    """Say for each overlay row whether the snapshot had the same vector under the same id."""
    _, _, _, ids_then, overlay_then = since
    rows = {int(i): row for row, i in enumerate(ids_then)}
    same = np.zeros(len(state.overlay_ids), dtype=bool)
    for row, number in enumerate(state.overlay_ids):
        then = rows.get(int(number))
        same[row] = then is not None and np.array_equal(state.overlay[row], overlay_then[then])
    return same


def _selector(removed: np.ndarray) -> Any:
    """Return a FAISS selector that skips removed ids, with the objects it points to kept alive."""
    if not len(removed):
        return None
    batch = faiss.IDSelectorBatch(removed)
    return faiss.IDSelectorNot(batch), batch


def _search_base(state: _State, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    selector = state.selector[0] if state.selector is not None else None
    if isinstance(state.base, faiss.IndexIVF):
        params = faiss.SearchParametersIVF(
            nprobe=state.base.nprobe, **({"sel": selector} if selector else {})
        )
        scores, ids = state.base.search(queries, k, params=params)
    elif selector is not None:
        scores, ids = state.base.search(queries, k, params=faiss.SearchParameters(sel=selector))
    else:
        scores, ids = state.base.search(queries, k)
    return scores, ids
