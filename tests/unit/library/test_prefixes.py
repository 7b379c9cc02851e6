"""Encoders that were trained with prefixes get them, and vectors made otherwise are never taken for theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from courage.library.search.vectors import Vectors

PREFIXES = ("query: ", "passage: ")


class Listening:
    """An encoder that notes what it is given."""

    dimensions = 4

    def __init__(self, fingerprint: str = "one") -> None:
        self.fingerprint = fingerprint
        self.heard: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.heard += texts
        return np.eye(4, dtype=np.float32)[[len(text) % 4 for text in texts]]


def test_messages_and_library_texts_have_their_own_prefix() -> None:
    encoder = Listening()
    vectors = Vectors(encoder, prefixes=PREFIXES)
    vectors.query("why always them", "en")
    vectors.many(["Because the law says so."], ["en"])
    assert encoder.heard == ["query: why always them", "passage: Because the law says so."]


def test_vectors_of_another_encoder_or_without_prefixes_are_made_anew(tmp_path: Path) -> None:
    first, again = Listening(), Listening()
    Vectors(first, tmp_path, prefixes=PREFIXES).many(["a text"], ["en"])
    Vectors(again, tmp_path, prefixes=PREFIXES).many(["a text"], ["en"])
    assert again.heard == []
    for other, prefixes in ((Listening(), ("", "")), (Listening("two"), PREFIXES)):
        Vectors(other, tmp_path, prefixes=prefixes).many(["a text"], ["en"])
        assert len(other.heard) == 1
