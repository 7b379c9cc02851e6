"""Measures retrieval and learning; run it by hand: ``python -m tests.benchmarks.bench_responses --help``.

Vectors are synthetic (clusters with noise, so that neighbours are neither obvious nor absent); each measurement of
memory runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import faiss
import numpy as np
from sqlalchemy import insert

from courage.db.engine import create_all, make_engine, make_sessions, next_revision, writing
from courage.db.models.library import Narrative, Response
from courage.detection.training.judged_pairs import read_judged
from courage.detection.verdict import Verdict
from courage.library.drafts import ResponseDraft, text_hash
from courage.library.search.index import LibraryIndex
from courage.library.search.vector_index import VectorIndex
from courage.library.service import Library
from courage.library.suggest.pair_reader import SHIPPED, load_reader
from courage.library.suggest.recommend import Recommender
from courage.library.views import Actor
from courage.settings import load_settings
from courage.shipped import SEEDS

DIMENSIONS = 768  # two encoders side by side
QUERIES = 300


def made(count: int, seed: int = 1) -> np.ndarray:
    """Return unit vectors around 2,000 centres; cosine within a cluster is about 0.5."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((2_000, DIMENSIONS), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = np.empty((count, DIMENSIONS), dtype=np.float32)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        noise = rng.standard_normal((size, DIMENSIONS), dtype=np.float32) / np.sqrt(DIMENSIONS)
        part = centres[rng.integers(0, len(centres), size)] + noise
        vectors[start : start + size] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def asked(vectors: np.ndarray) -> np.ndarray:
    """Return queries like paraphrases of stored vectors, other than those that the index tunes itself with."""
    rng = np.random.default_rng(99)
    picked = vectors[rng.choice(len(vectors), QUERIES, replace=False)]
    noise = rng.standard_normal(picked.shape, dtype=np.float32) / np.sqrt(DIMENSIONS)
    mixed = picked + 0.9 * noise
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


def resident() -> int:
    """Return this process's own resident memory in bytes, without files that are mapped and can be dropped."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


def timed(search: Callable[[np.ndarray], Any], queries: np.ndarray) -> dict[str, float]:
    """Return p50 and p95 of single queries in milliseconds."""
    taken = []
    for query in queries:
        start = time.perf_counter()
        search(query[None])
        taken.append((time.perf_counter() - start) * 1e3)
    return {
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p95_ms": round(float(np.percentile(taken, 95)), 2),
    }


def recall(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the mean share of the exact ten that were found."""
    return round(
        float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, exact, strict=True)])), 4
    )


def bare_flat(count: int, _seed: int) -> dict[str, Any]:
    """Measure FAISS's exact index alone."""
    vectors, before = made(count), resident()
    index = faiss.IndexFlatIP(DIMENSIONS)
    index.add(vectors)
    memory = resident() - before
    return {
        "what": "bare FAISS flat",
        "memory_mb": memory // 2**20,
        **timed(lambda q: index.search(q, 10), asked(vectors)),
    }


def bare_hnsw(count: int, _seed: int) -> dict[str, Any]:
    """Measure FAISS's HNSW32 alone, with as much search effort as recall 0.98 takes."""
    vectors, before, start = made(count), resident(), time.perf_counter()
    index = faiss.IndexHNSWFlat(DIMENSIONS, 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 80
    index.add(vectors)
    built, memory = time.perf_counter() - start, resident() - before
    queries = asked(vectors)
    flat = faiss.IndexFlatIP(DIMENSIONS)
    flat.add(vectors)
    exact = flat.search(queries, 10)[1]
    index.hnsw.efSearch = 32
    while recall(index.search(queries, 10)[1], exact) < 0.98 and index.hnsw.efSearch < 2_048:
        index.hnsw.efSearch *= 2
    return {
        "what": "bare FAISS HNSW32",
        "memory_mb": memory // 2**20,
        "build_s": round(built, 1),
        "recall@10": recall(index.search(queries, 10)[1], exact),
        "effort": index.hnsw.efSearch,
        **timed(lambda q: index.search(q, 10), queries),
    }


def ours(count: int, _seed: int) -> dict[str, Any]:
    """Measure our index: recall, time, memory, and how soon additions and removals count."""
    vectors = made(count)
    queries = asked(vectors)
    flat = faiss.IndexFlatIP(DIMENSIONS)
    flat.add(vectors)
    exact = flat.search(queries, 10)[1]
    del flat
    before, start = resident(), time.perf_counter()
    ids = np.arange(count, dtype=np.int64)
    index = VectorIndex.build(ids, vectors)
    built = time.perf_counter() - start
    memory = resident() - before
    result: dict[str, Any] = {
        "what": f"ours ({'exact' if index.exact else 'many lists'})",
        "memory_mb": memory // 2**20,
        "build_s": round(built, 1),
        "recall@10": recall(index.search(queries, 10)[1], exact),
        **timed(lambda q: index.search(q, 10), queries),
    }
    fresh = made(200, seed=5)
    add: list[float] = []
    gone: list[float] = []
    for i, vector in enumerate(fresh):
        start = time.perf_counter()
        index.put(np.array([count + i]), vector[None])
        assert index.search(vector[None], 1)[1][0, 0] == count + i
        add.append(time.perf_counter() - start)
    for i in range(200):
        own = vectors[i : i + 1]
        start = time.perf_counter()
        index.remove(np.array([i]))
        assert i not in index.search(own, 10)[1]
        gone.append(time.perf_counter() - start)
    result["visible_after_add_p95_ms"] = round(float(np.percentile(add, 95)) * 1e3, 1)
    result["gone_after_remove_p95_ms"] = round(float(np.percentile(gone, 95)) * 1e3, 1)
    result["with_changes"] = timed(lambda q: index.search(q, 10), queries)
    return result


class Synthetic:
    """Stands in for the encoder: each text has a fixed vector near that of its subject (its first word)."""

    dimensions = DIMENSIONS
    fingerprint = "synthetic"

    @staticmethod
    def _of(word: str) -> np.ndarray:
        vector = np.random.default_rng(crc32(word.encode())).standard_normal(DIMENSIONS, dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector))

    def encode(self, texts: Any) -> np.ndarray:
        """Return half subject, half text."""
        vectors = np.stack([self._of(t.split(" ", 1)[0]) + 0.9 * self._of(t) for t in texts])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


class Clock:
    """A clock that the simulation turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def library_of(
    count: int, subjects: int, clock: Clock, url: str = "sqlite://", words: Sequence[str] = ("answer",)
) -> Library:
    """Return a library with approved synthetic responses, three narratives each, written straight into the tables.

    ``words`` are what they say beside their subject and number.
    """
    strategies = ("facts", "question", "positive", "denouncing", "affiliation")
    engine = make_engine(url)
    create_all(engine)
    library = Library(make_sessions(engine), clock=clock)
    with writing(library.sessions) as session:
        revision = next_revision(session, 1)
    for start in range(0, count, 5_000):
        numbers = range(start, min(count, start + 5_000))
        rows = [
            {
                "number": i + 1, "organisation_id": 1, "id": f"r{i}", "state": "approved", "lock": 1,
                "text": (text := f"s{i % subjects} {words[i % len(words)]} {i}"), "text_hash": text_hash(text),
                "content_hash": f"{i:032x}", "search_key": f"r{i}", "language": "en", "targets_key": ",migrants,",
                "strategy": strategies[i // subjects % 5], "tone": "neutral", "voice": "ally", "length": "short",
                "author_name": "bench", "revision": revision,
            }
            for i in numbers
        ]  # fmt: skip
        narratives = [
            {"organisation_id": 1, "response_number": i + 1, "position": c, "text": f"s{i % subjects} narrative {i} {c}"}
            for i in numbers
            for c in range(3)
        ]  # fmt: skip
        with library.sessions.begin() as session:
            session.execute(insert(Response), rows)
            session.execute(insert(Narrative), narratives)
    return library


def message(subject: int, number: int, words: str = "message") -> Verdict:
    """Return a hateful verdict on a synthetic message."""
    return Verdict(f"s{subject} {words} {number}", True, 0.9, "derogation", 2, ("migrants",), "en", "counter")


def suggest_speed(count: int, questions: int) -> dict[str, Any]:
    """Measure suggestions over a library of some size on disk: speed, memory, and how soon changes count.

    The encoder is left out: it takes the same time whatever the size. Texts are as long as real ones, since the
    cross-encoder reads them; the same questions are put without it (``first step``) and with it, in turn.
    """
    pairs = [pair for pair in read_judged(SEEDS / "retrieval") if pair.language == "en"]
    asked_with = sorted({pair.message for pair in pairs if pair.part == "train"})
    subjects = max(20, count // 15)
    with tempfile.TemporaryDirectory() as folder:
        library = library_of(
            count, subjects, Clock(), f"sqlite:///{folder}/courage.sqlite", sorted({p.answer for p in pairs})
        )
        reader, trouble = load_reader(SHIPPED, load_settings().cache)
        before, start = resident(), time.perf_counter()
        index = LibraryIndex(library.sessions, Synthetic(), Path(folder) / "index")
        index.open()
        opened, memory = time.perf_counter() - start, resident() - before
        recommenders = {
            "first step": Recommender(library, index),
            "with the cross-encoder": Recommender(library, index, reader=reader),
        }
        taken: dict[str, list[float]] = {name: [] for name in recommenders}
        for i in range(-1, questions):  # the first one measures the library once
            v = message(i * 7 % subjects, i, asked_with[i % len(asked_with)])
            for name, recommender in recommenders.items():
                start = time.perf_counter()
                recommender.suggest(v.text, v, organisation_id=1, room="bench")
                if i >= 0:
                    taken[name].append((time.perf_counter() - start) * 1e3)
        add, gone = _changes(library, index)
        index.close()
        del index, recommenders, recommender
        start = time.perf_counter()
        LibraryIndex(library.sessions, Synthetic(), Path(folder) / "index").open()
        again = time.perf_counter() - start
    return {
        "what": "suggest",
        **{
            name: {f"p{p}_ms": round(float(np.percentile(times, p)), 1) for p in (50, 95)}
            for name, times in taken.items()
        },
        "cross-encoder": trouble or "read",
        "memory_mb": memory // 2**20,
        "vectors": 4 * count,
        "first_opening_s": round(opened, 1),
        "opening_again_s": round(again, 1),
        "visible_after_approval_p95_ms": round(float(np.percentile(add, 95)) * 1e3, 1),
        "gone_after_retirement_p95_ms": round(float(np.percentile(gone, 95)) * 1e3, 1),
    }


def _changes(library: Library, index: LibraryIndex) -> tuple[list[float], list[float]]:
    """Return the seconds from the start of an approval, then of a retirement, to the next search that knows it."""
    writer, reader = Actor(1, "writer"), Actor(2, "reader")
    add: list[float] = []
    gone: list[float] = []
    for i in range(60):
        draft = ResponseDraft(
            text=f"s1 fresh {i}", language="en", strategy="question", targets=("migrants",),
            narratives=tuple(f"s1 fresh narrative {i} {c}" for c in range(3)), id=f"fresh-{i}",
        )  # fmt: skip
        number = library.add(draft, by=writer).number
        library.submit(f"fresh-{i}", by=writer)
        vector = index.vectors.query(draft.text)
        for taken, step in ((add, library.approve), (gone, library.retire)):
            start = time.perf_counter()
            step(f"fresh-{i}", by=reader)
            index.refresh()
            found = number in [hit.number for hit in index.search(vector, 1)]
            taken.append(time.perf_counter() - start)
            assert found is (taken is add)
    return add, gone


def simulate(rounds: int = 900, seed: int = 4) -> dict[str, Any]:
    """Simulate volunteers who have a hidden liking per response; compare learning with frozen ranking.

    From two fifths to three fifths of the time, three spiteful people mark down whatever is liked most, as often as
    they can. Reported: how often what the volunteer likes best for the subject is among the three shown.
    """
    shares: dict[str, list[float]] = {}
    for frozen in (True, False):
        rng, clock = np.random.default_rng(seed), Clock()
        subjects, library = 12, library_of(180, 12, clock)
        liking = rng.beta(1, 2, size=180)
        recommender = Recommender(library, LibraryIndex(library.sessions, Synthetic()), frozen=frozen)
        hits: list[float] = []
        for turn in range(rounds):
            clock.now += timedelta(hours=2)
            subject = int(rng.integers(subjects))
            v = message(subject, int(rng.integers(40)))
            shown = [s.id for s in recommender.suggest(v.text, v, organisation_id=1).suggestions]
            own = sorted(range(subject, 180, subjects), key=lambda i: -liking[i])
            good = {f"r{i}" for i in own[:3]}
            hits.append(float(bool(good & set(shown))))
            person = str(rng.integers(8))
            for name in shown:
                recommender.feedback(1, name, "shown", person=person)
            best = max(shown, key=lambda name: liking[int(name[1:])], default=None)
            if best is not None and rng.random() < liking[int(best[1:])] + 0.2:
                recommender.feedback(1, best, "chosen", person=person)
                recommender.feedback(1, best, "posted", person=person)
            if 2 * rounds // 5 <= turn < 3 * rounds // 5:
                for spiteful in ("x", "y", "z"):
                    for i in own[:2]:
                        recommender.feedback(1, f"r{i}", "rated", 0.0, person=spiteful)
        fifth = rounds // 5
        name = "frozen" if frozen else "learning"
        shares[name] = [round(float(np.mean(hits[i * fifth : (i + 1) * fifth])), 3) for i in range(5)]
    return {"what": "liked best among the three shown, by fifths of time (spite in the third)", **shares}


def main() -> None:
    """Run what is asked for and print one JSON line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 100_000], help="vectors in the index"
    )
    parser.add_argument("--hnsw", action="store_true", help="measure HNSW as well (its building takes long)")
    parser.add_argument(
        "--libraries", type=int, nargs="*", default=[1_000, 10_000], help="responses in the library"
    )
    parser.add_argument("--questions", type=int, default=300, help="messages to suggest for")
    parser.add_argument("--rounds", type=int, default=900, help="rounds of the simulation; 0 leaves it out")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for size in options.sizes:
        for measure in (bare_flat, ours, *((bare_hnsw,) if options.hnsw else ())):
            with context.Pool(1) as pool:
                print(json.dumps({"vectors": size, **pool.apply(measure, (size, 0))}), flush=True)
    for count in options.libraries:
        with context.Pool(1) as pool:
            print(
                json.dumps({"responses": count, **pool.apply(suggest_speed, (count, options.questions))}),
                flush=True,
            )
    if options.rounds:
        print(json.dumps(simulate(options.rounds)), flush=True)


if __name__ == "__main__":
    main()
