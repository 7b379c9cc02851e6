"""The immutable FAISS part of an index: exact while small, inverted lists in half precision when large."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import faiss as _faiss
import numpy as np

faiss: Any = _faiss  # its stubs know less than it can do

THREADS: Final[int] = faiss.omp_get_max_threads()
FLAT_LIMIT: Final = 50_000  # up to here exact search takes under 6 ms on 2 cores
RECALL_TARGET: Final = 0.99  # on the tuning sample, so that 0.98 holds on others
PART: Final = 65_536
LONG: Final = 500_000  # vectors from which even a single search is worth all threads
OVER_LISTS: Final = 1  # FAISS's parallel mode in which one query's lists are shared out


def read_base(path: Path) -> Any:
    """Return a base that :func:`build_base` made and FAISS wrote to a file."""
    index = faiss.read_index(str(path))
    if isinstance(index, faiss.IndexIVF):
        index.parallel_mode = OVER_LISTS  # not kept in files
    return index


def vectors_of(base: Any, ids: np.ndarray) -> np.ndarray:
    """Return the vectors of ids that are all in a base, shape (ids, dimensions)."""
    return np.asarray(base.reconstruct_batch(np.ascontiguousarray(ids, dtype=np.int64)))


def build_base(ids: np.ndarray, vectors: np.ndarray, *, flat_limit: int = FLAT_LIMIT, seed: int = 7) -> Any:
    """Return a FAISS base over the vectors: exact up to ``flat_limit``, inverted lists above.

    The lists hold float16: half the memory, read faster, and off by at most 0.0001 in a coordinate of a unit vector.

    For inverted lists the number of lists visited is raised until recall@10 on a sample reaches
    ``RECALL_TARGET``, so quality does not hang on a guess about the data.
    """
    faiss.omp_set_num_threads(THREADS)  # holds for this thread only
    count, dimensions = vectors.shape
    if count <= flat_limit:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))
        if count:
            index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
        return index
    lists = int(2 ** np.round(np.log2(2 * np.sqrt(count))))
    quantizer = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dimensions, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = 8
    index.cp.seed = seed
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(count, size=min(count, 40 * lists), replace=False))
    index.train(np.ascontiguousarray(vectors[sample], dtype=np.float32))
    for start in range(0, count, PART):
        part = np.ascontiguousarray(vectors[start : start + PART], dtype=np.float32)
        index.add_with_ids(part, ids[start : start + PART])
    index.parallel_mode = OVER_LISTS
    index.set_direct_map_type(faiss.DirectMap.Hashtable)  # so that vectors can be read back by id
    tune(index, ids, vectors, rng)
    return index


def tune(
    index: Any, ids: np.ndarray, vectors: np.ndarray, rng: np.random.Generator, queries: int = 200
) -> float:
    """Raise ``index.nprobe`` until recall@10 against exact search reaches the target; return the recall.

    Queries are stored vectors with as much noise as a paraphrase has (cosine to the original about 0.7).
    """
    queries = min(queries, len(ids))
    chosen = np.sort(rng.choice(len(ids), size=queries, replace=False))
    noise = rng.standard_normal((queries, vectors.shape[1])).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    asked = vectors[chosen] + noise
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    exact = _exact(asked, ids, vectors, 10)
    index.nprobe, recall = 8, 0.0
    while True:
        _, found = index.search(asked, 10)
        recall = float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, exact, strict=True)]))
        if recall >= RECALL_TARGET or index.nprobe >= index.nlist:
            return recall
        index.nprobe = min(index.nlist, int(index.nprobe * 1.5))


def _exact(queries: np.ndarray, ids: np.ndarray, vectors: np.ndarray, k: int) -> np.ndarray:
    best_scores = np.full((len(queries), 0), -2.0, dtype=np.float32)
    best_ids = np.zeros((len(queries), 0), dtype=np.int64)
    for start in range(0, len(ids), PART):
        scores = queries @ np.asarray(vectors[start : start + PART]).T
        all_scores = np.concatenate([best_scores, scores], axis=1)
        shape = (len(queries), scores.shape[1])
        all_ids = np.concatenate([best_ids, np.broadcast_to(ids[start : start + PART], shape)], axis=1)
        top = np.argpartition(-all_scores, min(k, all_scores.shape[1] - 1), axis=1)[:, :k]
        best_scores = np.take_along_axis(all_scores, top, axis=1)
        best_ids = np.take_along_axis(all_ids, top, axis=1)
    return best_ids
