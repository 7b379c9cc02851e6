"""The index follows the database and survives crashes, whatever state its files are in."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import courage.library.search.index
from courage.library.search import files
from courage.library.search.index import LibraryIndex
from courage.library.search.vector_index import VectorIndex
from courage.library.search.vectors import VectorFile, Vectors, text_key

from .conftest import ANNA, BILAL, Kit, WordEncoder

TEXT = "migrants do not belong here"


class Gate(WordEncoder):
    """An encoder that waits while it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._may = threading.Event()
        self._may.set()
        self.open, self.close = self._may.set, self._may.clear

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        assert self._may.wait(30)
        return super().encode(texts)


def again(kit: Kit, encoder: WordEncoder | None = None, **options: int) -> LibraryIndex:
    index = LibraryIndex(kit.library.sessions, encoder or WordEncoder(), kit.folder / "index", **options)
    index.open()
    return index


def numbers(index: LibraryIndex, text: str = TEXT) -> list[int]:
    return [hit.number for hit in index.search(index.vectors.query(text), 1, 20)]


def test_a_restart_encodes_nothing_again(stocked: Kit) -> None:
    stocked.index.refresh()
    encoder = WordEncoder()
    index = again(stocked, encoder)
    assert len(index) == 9
    assert encoder.encoded == 0


def test_changes_made_while_it_was_down_are_taken_over(stocked: Kit) -> None:
    stocked.index.refresh()
    again(stocked).close()
    stocked.library.retire("en-women-facts", by=ANNA)
    new = stocked.approved("New words.", id="new")
    index = again(stocked)
    assert len(index) == 9
    assert new.number in numbers(index)


def test_another_encoder_rebuilds(stocked: Kit) -> None:
    stocked.index.refresh()
    encoder = WordEncoder("words-2")
    index = again(stocked, encoder)
    assert encoder.encoded > 9
    assert len(index) == 9


@pytest.mark.parametrize("harm", ["cut", "flip", "manifest", "list", "old", "foreign", "missing", "leftover"])
def test_damaged_files_are_rebuilt(stocked: Kit, harm: str) -> None:
    stocked.index.refresh()
    whole = numbers(again(stocked))
    place = next((stocked.folder / "index").rglob("gen-*"))
    file = place / "texts.faiss"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:100])
    elif harm == "flip":
        data = bytearray(file.read_bytes())
        data[-5] ^= 255
        file.write_bytes(bytes(data))
    elif harm == "manifest":
        (place / "manifest.json").write_text("{", encoding="utf-8")
    elif harm == "list":
        (place / "manifest.json").write_text("[]", encoding="utf-8")
    elif harm == "old":  # as saved before FAISS's own ids were used
        (place / "manifest.json").write_text(
            '{"format": 1, "encoder": "words-1", "organisation": 1, "scope": "organisation", "files": {}}',
            encoding="utf-8",
        )
    elif harm == "foreign":
        manifest = (place / "manifest.json").read_text(encoding="utf-8")
        changed = manifest.replace("organisation-1-", "organisation-2-")
        assert changed != manifest
        (place / "manifest.json").write_text(changed, encoding="utf-8")
    elif harm == "missing":
        file.unlink()
    else:
        (place.parent / "tmp-dead").mkdir()
    assert numbers(again(stocked)) == whole
    assert not list((stocked.folder / "index").rglob("tmp-*"))


def test_a_crash_while_saving_leaves_the_last_whole_index(
    stocked: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked.index.refresh()
    whole = numbers(again(stocked))

    def crash(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "rename", crash)
    new = stocked.approved("New words.", id="new")
    index = again(stocked)
    assert new.number in numbers(index)
    monkeypatch.undo()
    assert set(numbers(again(stocked))) == {*whole, new.number}


def test_two_processes_see_each_others_changes(stocked: Kit) -> None:
    elsewhere = again(stocked)
    new = stocked.approved("New words.", id="new")
    elsewhere.refresh()
    assert new.number in numbers(elsewhere)
    stocked.library.retire("new", by=BILAL)
    elsewhere.refresh()
    assert new.number not in numbers(elsewhere)


def test_many_changes_are_saved_without_loss(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(save_after=5)
    kit.index.open()
    made = [kit.approved(f"Words number {i}.", id=f"r{i}") for i in range(12)]
    for i in range(12):
        kit.index.refresh()
        if i % 4 == 0:
            kit.library.retire(f"r{i}", by=ANNA)
    kit.index.refresh()
    kit.index.close()
    living = {r.number for i, r in enumerate(made) if i % 4}
    assert set(numbers(kit.index)) == living
    assert set(numbers(again(kit))) == living


def test_searching_while_others_approve_never_fails(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(save_after=3)
    kit.approved("First words.")
    failures: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                assert kit.ask(TEXT).suggestions
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(10):
        kit.approved(f"Words number {i}.")
    done.set()
    for thread in threads:
        thread.join()
    assert not failures


def test_those_who_ask_while_the_index_opens_wait_for_all_of_it(stocked: Kit) -> None:
    whole = numbers(again(stocked))
    for _ in range(10):
        index = LibraryIndex(stocked.library.sessions, WordEncoder(), None)
        start = threading.Barrier(4)

        def ask(index: LibraryIndex = index, start: threading.Barrier = start) -> list[list[int]]:
            start.wait()
            found = []
            for _ in range(5):
                index.refresh()
                found.append(numbers(index))
            return found

        with ThreadPoolExecutor(4) as pool:
            for asked in [pool.submit(ask) for _ in range(4)]:
                assert asked.result() == [whole] * 5


def test_an_edited_response_answers_only_its_new_narratives(stocked: Kit) -> None:
    stocked.index.refresh()
    number = stocked.approved(
        "New words.", id="new", narratives=[f"narrative {i} of five" for i in range(5)]
    ).number
    stocked.index.refresh()
    view = stocked.library.edit("new", {"narratives": ["only one narrative now"]}, by=ANNA)
    stocked.library.submit("new", by=ANNA)
    stocked.library.approve("new", by=BILAL)
    stocked.index.refresh()
    assert view.number == number
    vector = stocked.index.vectors.query("narrative 4 of five")
    hits = {hit.number: hit.narrative for hit in stocked.index.search(vector, 1, 20)}
    assert hits[number] < 0.99


def test_a_library_that_outgrows_exact_search_loses_nothing(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(save_after=20, exact_limit=10)
    kit.index.open()
    for i in range(45):
        kit.approved(
            f"Words number {i}.",
            id=f"r{i}",
            narratives=(f"narrative {i} a", f"narrative {i} b", f"narrative {i} c"),
        )
        kit.index.refresh()
    kit.library.retire("r3", by=ANNA)
    kit.index.refresh()
    kit.index.close()
    kit.encoder.encoded = 0
    for index in (kit.index, again(kit, kit.encoder, exact_limit=10)):
        assert kit.library.get("r7").number == numbers(index, "narrative 7 a")[0]
        assert kit.library.get("r3").number not in numbers(index, "narrative 3 a")
        assert len(index) == 44
    assert kit.encoder.encoded == 4  # the questions of this test; everything else was remembered


def test_what_changes_while_the_index_is_built_anew_counts_at_once_and_afterwards(
    make_kit: Callable[..., Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = make_kit(exact_limit=10)
    kit.index.open()
    building, may_end, build = threading.Event(), threading.Event(), VectorIndex.build

    def slow(*given: Any, **options: Any) -> VectorIndex:
        building.set()
        assert may_end.wait(30)
        return build(*given, **options)

    monkeypatch.setattr(VectorIndex, "build", slow)
    for i in range(12):
        kit.approved(f"Words number {i}.", id=f"r{i}")
    kit.index.refresh()  # too many now for exact search
    assert building.wait(30)
    kit.library.retire("r3", by=ANNA)
    new = kit.approved("New words.", id="new")
    for _ in range(2):
        kit.index.refresh()
        found = numbers(kit.index, "New words.")
        assert found[0] == new.number
        assert kit.library.get("r3").number not in found
        assert len(kit.index) == 12
        may_end.set()
        kit.index.close()
    monkeypatch.undo()
    assert set(numbers(again(kit, exact_limit=10))) == set(numbers(kit.index))


def test_a_response_taken_back_while_the_index_catches_up_stays_in_its_organisation(
    make_kit: Callable[..., Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courage.library.search.index, "INLINE_LIMIT", 1)
    kit = make_kit(encoder=(encoder := Gate()))
    kit.index.open()
    for name in ("one", "two"):
        kit.approved(f"Shared words {name}.", id=name)
        kit.library.share(name, "shared", by=BILAL)
    encoder.close()
    kit.index.refresh()  # encodes in the background, where it waits
    kit.library.share("one", "organisation", by=BILAL)
    encoder.open()
    kit.index.close()
    kit.index.refresh()
    kit.index.close()
    query = kit.index.vectors.query("Shared words one.")
    ours = {hit.number for hit in kit.index.search(query, 1)}
    theirs = {hit.number for hit in kit.index.search(query, 2)}
    assert ours == {kit.library.get(name).number for name in ("one", "two")}
    assert theirs == {kit.library.get("two").number}


def test_a_full_disk_stops_neither_start_nor_search(stocked: Kit) -> None:
    """FAISS says so with an error of its own, half way through a file."""
    stocked.index.refresh()
    again(stocked).close()
    kept = sorted((stocked.folder / "index").rglob("gen-*"))
    stocked.library.retire("en-women-facts", by=ANNA)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        index = again(stocked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(index) == 8
    assert sorted((stocked.folder / "index").rglob("gen-*")) == kept
    assert not list((stocked.folder / "index").rglob("tmp-*"))
    assert len(again(stocked)) == 8


def unit(count: int, dimensions: int = 32, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_vector_file_forgets_only_what_a_crash_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    file = VectorFile(path, 8)
    keys = [text_key(text) for text in "abc"]
    file.append(keys, unit(3, 8))
    with path.open("r+b") as raw:
        raw.truncate(path.stat().st_size - 7)
    file = VectorFile(path, 8)
    assert [key in file for key in keys] == [True, True, False]
    file.append(keys[2:], unit(3, 8)[2:])
    assert np.allclose(VectorFile(path, 8).get(keys), unit(3, 8))


def test_vectors_are_encoded_once(tmp_path: Path) -> None:
    encoder = WordEncoder()
    vectors = Vectors(encoder, tmp_path)
    first = vectors.many(["a b", "c d", "a b"], ["en"] * 3)
    assert encoder.encoded == 2
    assert np.allclose(vectors.many(["c d"], ["en"])[0], first[1])
    assert encoder.encoded == 2
