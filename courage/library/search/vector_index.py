"""Numbered vectors in FAISS, added and removed in place.

All vectors are in inverted lists with a hashtable from id to place, so that adding and removing cost the same whatever
the size. Few vectors are in one list, and each of them is compared with the query: exact, and as fast as FAISS's flat
index, whose ``remove_ids`` copies half of it (2.4 ms at 10,000 vectors, 12.9 ms at 50,000; here 0.02 ms). Many are in
many lists in half precision, of which the nearest are read.

FAISS allows any number of searches at a time, but nothing beside a change. So searches share a lock that each change
takes for itself alone; copying before each change instead would cost 77 MB a change at 50,000 vectors.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import faiss as _faiss
import numpy as np

faiss: Any = _faiss  # its stubs know less than it can do

THREADS: Final[int] = faiss.omp_get_max_threads()
EXACT_LIMIT: Final = 50_000  # up to here exact search takes under 6 ms on 2 cores
RECALL_TARGET: Final = 0.99  # on the tuning sample, so that 0.98 holds on others
TUNING_QUERIES: Final = 200
ADD_BATCH: Final = 65_536
PARALLEL_FROM: Final = 500_000  # comparisons of two vectors from which work is worth all threads
PARALLEL_OVER_LISTS: Final = 1  # FAISS's mode in which one query's lists are shared out among threads
RETRAIN_SHARE: Final = 0.25  # of the vectors changed since training, from which the lists no longer fit
NO_IDS: Final = np.zeros(0, dtype=np.int64)


class VectorIndex:
    """Cosine search (inner product of unit vectors) over ids given by the caller. Thread-safe."""

    def __init__(self, dimensions: int, *, exact_limit: int = EXACT_LIMIT) -> None:
        self.dimensions = dimensions
        self.changed = 0  # vectors added or removed since the inverted lists were trained
        self._exact_limit = exact_limit
        self._index: Any = _one_list(dimensions)
        self._lock = _SharedLock()

    @classmethod
    def build(cls, ids: np.ndarray, vectors: np.ndarray, *, exact_limit: int = EXACT_LIMIT) -> VectorIndex:
        """Return an index over unit vectors, shape (ids, dimensions): exact up to ``exact_limit`` vectors."""
        count, dimensions = vectors.shape
        index = cls(dimensions, exact_limit=exact_limit)
        if count > exact_limit:
            index._index = _many_lists(ids, vectors)
        elif count:
            for size in (
                count,
                0,
            ):  # makes room once: a list that grows bit by bit leaves a third more in memory
                index._index.invlists.resize(0, size)
            _use_threads(count)
            index._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
        return index

    @classmethod
    def read(cls, path: Path, dimensions: int, *, exact_limit: int = EXACT_LIMIT) -> VectorIndex:
        """Return an index that :meth:`write` wrote.

        :raises RuntimeError: if FAISS cannot read the file.
        :raises ValueError: if it holds another kind of index, or vectors of another length.
        """
        loaded = faiss.read_index(str(path))
        if not isinstance(loaded, faiss.IndexIVF) or loaded.direct_map.type != faiss.DirectMap.Hashtable:
            raise ValueError(
                f"{path.name} holds {type(loaded).__name__}; inverted lists with a hashtable are needed"
            )
        if loaded.d != dimensions:
            raise ValueError(f"{path.name} holds vectors of {loaded.d} numbers; {dimensions} are needed")
        if loaded.nlist > 1:
            loaded.parallel_mode = PARALLEL_OVER_LISTS  # not kept in files
        index = cls(dimensions, exact_limit=exact_limit)
        index._index = loaded
        return index

    def write(self, path: Path) -> None:
        """Write the index to a file; searches go on meanwhile, changes wait.

        :raises RuntimeError: if FAISS cannot write it all.
        """
        with self._lock.shared():
            faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def exact(self) -> bool:
        """Whether every vector is compared with a query."""
        return bool(self._index.nlist == 1)

    @property
    def outgrown(self) -> bool:
        """Whether an index built anew from the same vectors would search better or faster."""
        if self.exact:
            return len(self) > self._exact_limit
        return len(self) < self._exact_limit // 2 or self.changed > RETRAIN_SHARE * len(self)

    def put(self, ids: np.ndarray, vectors: np.ndarray, *, replacing: np.ndarray = NO_IDS) -> None:
        """Add vectors, shape (ids, dimensions), in place of those that have one of these ids or of ``replacing``.

        A search finds either all the old vectors or all the new ones.

        :raises ValueError: if an id is given twice, which FAISS would keep as two vectors of one name.
        """
        ids = np.asarray(ids, dtype=np.int64)
        if len(np.unique(ids)) != len(ids):
            raise ValueError("an id is given twice; each may stand for one vector only")
        with self._lock.exclusive():
            stale = np.array([number for number in ids.tolist() if self._holds(number)], dtype=np.int64)
            stale = np.union1d(stale, replacing)
            if len(stale):
                self.changed += int(self._index.remove_ids(stale))
            if len(ids):
                _use_threads(len(ids) * self._index.nlist)
                self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
                self.changed += len(ids)

    def remove(self, ids: np.ndarray) -> None:
        """Forget ids; unknown ones are ignored."""
        self.put(NO_IDS, np.zeros((0, self.dimensions), dtype=np.float32), replacing=ids)

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (similarities, ids) of the ``k`` nearest per query, best first, shape (queries, ≤ k).

        Missing places have id -1 and similarity -2.
        """
        queries = np.ascontiguousarray(np.atleast_2d(vectors), dtype=np.float32)
        with self._lock.shared():
            _use_threads(len(queries) * len(self))
            k = min(k, len(self))
            if k == 0:
                shape = (len(queries), 0)
                return np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.int64)
            scores, ids = self._index.search(queries, k)
        return np.where(ids < 0, np.float32(-2.0), scores), ids

    def get(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors of some ids, shape (ids, dimensions).

        :raises KeyError: if one is not there.
        """
        with self._lock.shared():
            try:
                found = self._index.reconstruct_batch(np.ascontiguousarray(ids, dtype=np.int64))
            except RuntimeError as error:
                raise KeyError("an id is not in the index") from error
        return np.asarray(found)

    def _holds(self, number: int) -> bool:
        try:
            self._index.direct_map.get(number)
        except RuntimeError:
            return False
        return True


def _use_threads(comparisons: int) -> None:
    """Let FAISS use all cores for long work of this thread.

    Threads that wait for each other on a busy machine cost more than a short query is worth.
    """
    faiss.omp_set_num_threads(THREADS if comparisons >= PARALLEL_FROM else 1)


def _one_list(dimensions: int) -> Any:
    """Return an empty exact index."""
    quantizer = faiss.IndexFlatIP(dimensions)
    quantizer.add(
        np.zeros((1, dimensions), dtype=np.float32)
    )  # a centroid that is equally near to everything
    index = faiss.IndexIVFFlat(quantizer, dimensions, 1, faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True
    index.set_direct_map_type(faiss.DirectMap.Hashtable)  # removes, and reads back, by id
    return index


def _many_lists(ids: np.ndarray, vectors: np.ndarray, seed: int = 7) -> Any:
    """Return trained and tuned inverted lists over the vectors.

    They hold float16: half the memory, read faster, and off by at most 0.0001 in a coordinate of a unit vector.
    """
    count, dimensions = vectors.shape
    lists = int(2 ** np.round(np.log2(2 * np.sqrt(count))))
    _use_threads(count * lists)
    quantizer = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dimensions, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = 8
    index.cp.seed = seed
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(count, size=min(count, 40 * lists), replace=False))
    index.train(np.ascontiguousarray(vectors[sample], dtype=np.float32))
    for start in range(0, count, ADD_BATCH):
        part = np.ascontiguousarray(vectors[start : start + ADD_BATCH], dtype=np.float32)
        index.add_with_ids(part, ids[start : start + ADD_BATCH])
    index.parallel_mode = PARALLEL_OVER_LISTS
    index.set_direct_map_type(faiss.DirectMap.Hashtable)
    _tune(index, ids, vectors, rng)
    return index


def _tune(index: Any, ids: np.ndarray, vectors: np.ndarray, rng: np.random.Generator) -> None:
    """Raise ``index.nprobe`` until recall@10 against exact search reaches the target: no guess about the data.

    Queries are stored vectors with as much noise as a paraphrase has (cosine to the original about 0.7).
    """
    queries = min(TUNING_QUERIES, len(ids))
    chosen = np.sort(rng.choice(len(ids), size=queries, replace=False))
    noise = rng.standard_normal((queries, vectors.shape[1])).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    asked = vectors[chosen] + noise
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    _, rows = faiss.knn(asked, np.ascontiguousarray(vectors), 10, metric=faiss.METRIC_INNER_PRODUCT)
    exact = ids[rows]
    index.nprobe = min(8, index.nlist)
    while index.nprobe < index.nlist:
        _, found = index.search(asked, 10)
        if (
            np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, exact, strict=True)])
            >= RECALL_TARGET
        ):
            return
        index.nprobe = min(index.nlist, int(index.nprobe * 1.5))


class _SharedLock:
    """Held by many readers or by one writer. A waiting writer goes before further readers, or it might never go."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._writers = 0  # waiting or at work
        self._writing = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._condition:
            self._writers += 1
            self._condition.wait_for(lambda: not self._readers and not self._writing)
            self._writing = True
        try:
            yield
        finally:
            with self._condition:
                self._writing = False
                self._writers -= 1
                self._condition.notify_all()
