"""What is learnt about answers in general, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from courage.library.errors import LibraryError
from courage.library.search.vectors import Vectors
from courage.library.suggest.generality import Generality, read_judged

from .conftest import WordEncoder


def test_answers_like_those_judged_general_are_taken_for_general(tmp_path: Path) -> None:
    lines = ["generality,response"]
    lines += [f"4,everybody deserves respect here number {i}" for i in range(30)]
    lines += [f"0,the tram driver in question was acquitted number {i}" for i in range(30)]
    file = tmp_path / "judged.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    vectors = Vectors(WordEncoder())
    asked = ["everybody deserves respect my friend", "the tram driver was acquitted long ago"]
    high, low = Generality(vectors, file).of(vectors.many(asked, ["en"] * 2), np.zeros(2))
    assert high > low + 0.3


def test_the_judged_answers_that_ship_are_read() -> None:
    texts, levels = read_judged(Path("seeds/retrieval/generality-en.csv"))
    assert len(texts) == len(set(texts)) > 600
    assert set(levels.tolist()) == {0.0, 0.25, 0.5, 0.75, 1.0}


@pytest.mark.parametrize(
    ("content", "said"), [("generality,response\n7,hello\n", "line 2"), ("", "no judged")]
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "judged.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LibraryError, match=said):
        read_judged(file)
