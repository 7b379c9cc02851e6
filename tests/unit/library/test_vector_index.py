"""Numbered vectors: what public bug reports of FAISS say goes wrong with adding and removing must not go wrong here.

Numbers in comments are of reports in FAISS's tracker.
"""

from __future__ import annotations

import threading
from pathlib import Path

import faiss
import numpy as np
import pytest

from courage.library.search.vector_index import VectorIndex

DIMENSIONS = 32
EXACT, LISTS = 10_000, 100  # limits under and above which a few hundred vectors lie


def unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def again(index: VectorIndex, folder: Path) -> VectorIndex:
    index.write(folder / "i.faiss")
    return VectorIndex.read(folder / "i.faiss", DIMENSIONS)


@pytest.fixture(params=[EXACT, LISTS], ids=["exact", "lists"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    """Hold 400 vectors, ``unit(400)``, under the ids 0 to 399."""
    made = VectorIndex.build(np.arange(400), unit(400), exact_limit=request.param)
    assert made.exact is (request.param == EXACT)
    return made


def nearest(index: VectorIndex, vectors: np.ndarray) -> list[int]:
    return index.search(vectors, 1)[1][:, 0].tolist()


def test_replaced_and_removed_vectors_are_right(index: VectorIndex) -> None:
    vectors = unit(400)
    index.remove(np.array([5, 77_777]))
    index.put(np.array([6, 9_999]), unit(2, seed=1))
    assert len(index) == 400
    assert 5 not in index.search(vectors[5], 10)[1]
    assert nearest(index, unit(2, seed=1)) == [6, 9_999]
    assert nearest(index, vectors[6:7]) != [6]
    assert np.allclose(index.get(np.array([9_999, 7])), [unit(2, seed=1)[1], vectors[7]], atol=2e-4)
    with pytest.raises(KeyError):
        index.get(np.array([70_000]))


def test_after_many_changes_it_is_as_if_made_of_what_is_left(index: VectorIndex, tmp_path: Path) -> None:
    """Ids and scores stay together whatever was added, removed, saved and loaded in between (255, 1134, 2409, 4656)."""
    rng, model = np.random.default_rng(3), dict(enumerate(unit(400)))
    for turn in range(60):
        ids = rng.choice(600, size=rng.integers(1, 9), replace=False)
        if turn % 2:
            index.remove(ids)
            for number in ids.tolist():
                model.pop(number, None)
        else:
            vectors = unit(len(ids), seed=100 + turn)
            index.put(ids, vectors)
            model |= dict(zip(ids.tolist(), vectors, strict=True))
        if turn == 30:
            index = again(index, tmp_path)
    assert len(index) == len(model)
    ids = np.array(list(model))
    vectors = np.stack(list(model.values()))
    assert np.allclose(index.get(ids), vectors, atol=2e-3)
    scores, found = index.search(vectors, 20)
    for row, query in enumerate(vectors):
        real = [(score, number) for score, number in zip(scores[row], found[row], strict=True) if number >= 0]
        assert np.allclose([score for score, _ in real], [model[n] @ query for _, n in real], atol=2e-3)
    if index.exact:
        assert np.array_equal(np.sort(found[:, 0]), np.sort(ids))


def test_new_ids_never_take_the_place_of_living_ones(index: VectorIndex) -> None:
    """FAISS numbers by count where it is not given ids, and after a removal overwrites (190, 224, 1165)."""
    index.remove(np.arange(5))
    fresh = unit(5, seed=2)
    index.put(np.arange(1_000, 1_005), fresh)
    assert nearest(index, np.concatenate([fresh, unit(400)[395:]])) == [
        *range(1_000, 1_005),
        *range(395, 400),
    ]


def test_an_id_added_again_is_one_vector_and_goes_at_once(index: VectorIndex) -> None:
    """FAISS keeps both under the same id and removes one of them (1781)."""
    for seed in (11, 12, 13):
        index.put(np.array([7]), unit(1, seed=seed))
    assert len(index) == 400
    assert nearest(index, unit(1, seed=13)) == [7]
    index.remove(np.array([7]))
    assert len(index) == 399
    assert 7 not in index.search(np.concatenate([unit(1, seed=s) for s in (11, 12, 13)]), 399)[1]


def test_an_id_twice_in_one_call_is_refused_and_nothing_changes(index: VectorIndex) -> None:
    with pytest.raises(ValueError, match="twice"):
        index.put(np.array([3, 500, 3]), unit(3, seed=4))
    assert len(index) == 400
    assert nearest(index, unit(400)[3:4]) == [3]


def test_removing_again_and_removing_all_is_harmless(index: VectorIndex) -> None:
    """The third removal failed, or took the process with it (4535, 4655); ids of a reset index came back (5578)."""
    for _ in range(3):
        index.remove(np.array([1, 2]))
    assert len(index) == 398
    index.remove(np.arange(-1, 400))
    index.remove(np.array([0]))
    assert len(index) == 0
    assert index.search(unit(3), 5)[1].shape == (3, 0)
    index.put(np.array([900]), unit(1, seed=5))
    assert nearest(index, unit(1, seed=5)) == [900]
    with pytest.raises(KeyError):
        index.get(np.array([10]))


def test_an_empty_index_answers(tmp_path: Path) -> None:
    index = again(VectorIndex(DIMENSIONS), tmp_path)
    index.remove(np.array([1]))
    assert index.search(unit(2), 10)[1].shape == (2, 0)
    assert index.get(np.array([], dtype=np.int64)).shape == (0, DIMENSIONS)
    index.put(np.array([4]), unit(1))
    assert nearest(index, unit(1)) == [4]


def test_more_asked_for_than_is_found_is_marked_and_ranks_last(index: VectorIndex) -> None:
    """Where the lists that are read hold too little, FAISS answers id -1 with the least of all numbers (244)."""
    scores, ids = index.search(unit(400), 1_000)
    assert ids.shape == (400, 400)
    assert np.array_equal(scores == -2, ids == -1)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_a_missing_id_in_a_large_batch_is_an_error_like_any_other() -> None:
    """FAISS reads large batches in parallel, where an exception once ended the process."""
    index = VectorIndex.build(np.arange(3_000), unit(3_000))
    with pytest.raises(KeyError):
        index.get(np.arange(1, 3_001))


def test_what_was_loaded_can_still_remove_and_read_by_id(index: VectorIndex, tmp_path: Path) -> None:
    """The map from id to place was once not kept in files (1081, 1948)."""
    loaded = again(index, tmp_path)
    assert np.array_equal(loaded.search(unit(50), 10)[1], index.search(unit(50), 10)[1])
    loaded.remove(np.arange(10))
    assert len(loaded) == 390
    assert np.allclose(loaded.get(np.array([399])), unit(400)[399:], atol=2e-3)


@pytest.mark.parametrize("foreign", [faiss.IndexFlatIP(DIMENSIONS), faiss.IndexFlatIP(8)])
def test_a_file_with_another_kind_of_index_is_refused(tmp_path: Path, foreign: faiss.Index) -> None:
    faiss.write_index(foreign, str(tmp_path / "i.faiss"))
    with pytest.raises(ValueError, match="IndexFlat"):
        VectorIndex.read(tmp_path / "i.faiss", DIMENSIONS)


def test_vectors_of_another_length_are_refused(index: VectorIndex, tmp_path: Path) -> None:
    index.write(tmp_path / "i.faiss")
    with pytest.raises(ValueError, match=r"32 numbers; 384"):
        VectorIndex.read(tmp_path / "i.faiss", 384)


def test_searches_beside_changes_find_whole_vectors_only(index: VectorIndex) -> None:
    """FAISS itself forbids a search beside a change: it crashes or mixes up vectors (562, 1216, 1504, 1781)."""
    steady, wrong, done = unit(400)[:100], list[str](), threading.Event()
    turns = [0, 0, 0]

    def ask(place: int) -> None:
        while not done.is_set():
            scores, ids = index.search(steady, 1)
            if ids[:, 0].tolist() != list(range(100)) or not np.allclose(scores, 1, atol=2e-3):
                wrong.append(f"{ids[:, 0]} {scores[:, 0]}")
            vector = index.get(np.array([50]))
            if not np.allclose(vector, steady[50], atol=2e-3):
                wrong.append("get")
            turns[place] += 1

    index.put(np.arange(100), steady)
    threads = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(150):
        index.put(np.arange(100, 160), unit(60, seed=turn))
        index.remove(np.arange(100, 400, 1 + turn % 7))
    while not wrong and not all(turns):
        index.put(np.arange(100, 160), unit(60))
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_replacement_is_never_seen_half_done() -> None:
    """Between removal and addition of a new version no search may find neither."""
    index = VectorIndex.build(np.arange(2_000), unit(2_000))
    missed, done, started = [], threading.Event(), threading.Event()

    def ask() -> None:
        while not done.is_set():
            if 3 not in index.search(unit(4)[3], 1)[1]:
                missed.append(1)
            started.set()

    thread = threading.Thread(target=ask)
    thread.start()
    started.wait()
    for _ in range(300):
        index.put(np.array([3]), unit(4)[3:4])
    done.set()
    thread.join()
    assert not missed


def test_it_says_when_it_should_be_built_anew() -> None:
    index = VectorIndex.build(np.arange(90), unit(90), exact_limit=100)
    assert not index.outgrown
    index.put(np.arange(90, 101), unit(11, seed=1))
    assert index.outgrown
    index = VectorIndex.build(np.arange(101), unit(101), exact_limit=100)
    assert not index.exact
    assert not index.outgrown
    index.put(np.arange(30), unit(30, seed=2))
    assert index.outgrown
    index = VectorIndex.build(np.arange(101), unit(101), exact_limit=100)
    index.remove(np.arange(60))
    assert index.outgrown


def test_lists_find_what_exact_search_finds() -> None:
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((40, DIMENSIONS))
    vectors = centres[rng.integers(40, size=2_000)] + 0.7 * rng.standard_normal((2_000, DIMENSIONS))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    exact = VectorIndex.build(np.arange(2_000), vectors)
    lists = VectorIndex.build(np.arange(2_000), vectors, exact_limit=1_000)
    queries = vectors[::10] + 0.1 * rng.standard_normal((200, DIMENSIONS)).astype(np.float32)
    pairs = zip(exact.search(queries, 10)[1], lists.search(queries, 10)[1], strict=True)
    assert np.mean([len(np.intersect1d(a, b)) / 10 for a, b in pairs]) >= 0.98
