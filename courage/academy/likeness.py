"""What a reply is most like: labelled replies and the approved texts of the library, as vectors.

A head (a linear layer for kinds and marks, one for strategies, one for tones, and what judges marks and grades) was
fitted on vectors of labelled texts (:mod:`courage.academy.fitting`) and is shipped in ``data/``; at run time a reply is
one vector and a few products.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from courage.academy.errors import AcademyError
from courage.academy.judging import Judge, Judged, features_of, load_judge

DATA: Final = Path(__file__).resolve().parent / "data"
PREFIX: Final = "query: "
"""Stands before every text: replies and labelled texts are alike in kind, so both are queries to the encoder."""
TABLES: Final = ("kinds", "strategies", "tones")


class Encoder(Protocol):
    """What likeness needs of an encoder: multilingual-e5-small in the program, a small one in tests."""

    dimensions: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of unit length, shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A linear layer: names of the outputs, and weights of shape (dimensions + 1, outputs); the last row is added."""

    names: tuple[str, ...]
    weights: np.ndarray

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Return log probabilities, shape (vectors, outputs)."""
        scores = vectors @ self.weights[:-1] + self.weights[-1]
        scores -= scores.max(axis=1, keepdims=True)
        logs: np.ndarray = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return logs


@dataclass(frozen=True, slots=True)
class Head:
    """Three tables over the same centred vectors, and for which encoder and examples they were fitted."""

    mean: np.ndarray
    scale: float
    tables: Mapping[str, Table]
    encoder: str
    examples: str
    judge: Judge | None = None

    def centred(self, vectors: np.ndarray) -> np.ndarray:
        """Return vectors as the tables read them: what all texts share is taken out."""
        return np.asarray((vectors - self.mean) / self.scale, dtype=np.float32)

    def save(self, folder: Path = DATA) -> None:
        """Write the head as two files, which are the same for the same numbers."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: np.ascontiguousarray(table.weights) for name, table in self.tables.items()}
        save_file({**tensors, "mean": np.ascontiguousarray(self.mean)}, folder / "reply.safetensors")
        facts = {
            "encoder": self.encoder,
            "examples": self.examples,
            "scale": self.scale,
            **{name: list(table.names) for name, table in self.tables.items()},
        }
        (folder / "reply.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        if self.judge is not None:
            self.judge.save(folder)


def load_head(folder: Path = DATA) -> Head:
    """Return the head that is shipped.

    :raises AcademyError: if a file is missing or does not fit.
    """
    try:
        facts = json.loads((folder / "reply.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "reply.safetensors")
        tables = {name: Table(tuple(facts[name]), tensors[name]) for name in TABLES}
        judge = load_judge(folder)
        return Head(
            tensors["mean"], float(facts["scale"]), tables, facts["encoder"], facts["examples"], judge
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise AcademyError(
            f"what replies are read with cannot be loaded from {folder} ({type(error).__name__}); "
            "make it anew: courage academy fit"
        ) from error


class Likeness:
    """Reads texts by likeness.

    :raises AcademyError: if the head was fitted for another encoder.
    """

    def __init__(self, encoder: Encoder, head: Head) -> None:
        if encoder.fingerprint != head.encoder:
            raise AcademyError(
                f"replies are read with the encoder {head.encoder}, and this one is {encoder.fingerprint}; "
                "make it anew: courage academy fit"
            )
        self._encoder = encoder
        self._head = head

    def read(self, texts: Sequence[str]) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """Return of each table its names and the log probabilities of the texts, shape (texts, names)."""
        vectors = self._encoder.encode([PREFIX + text for text in texts])
        centred = self._head.centred(np.asarray(vectors, dtype=np.float32))
        return {name: (table.names, table(centred)) for name, table in self._head.tables.items()}

    def judge(
        self,
        text: str,
        language: str,
        *,
        said: str = "",
        person_hit: str | None = None,
        cast: Sequence[str] = (),
    ) -> Judged:
        """Return what people would most likely say of a reply.

        :raises AcademyError: where the head has nothing to judge with.
        """
        if self._head.judge is None:
            raise AcademyError("what replies are judged with is missing; make it anew: courage academy fit")
        vector = self._head.centred(np.asarray(self._encoder.encode([PREFIX + text]), dtype=np.float32))[0]
        return self._head.judge.judge(vector, *features_of(text, language, said, person_hit, cast))

    def near(self, text: str, others: Sequence[str]) -> np.ndarray:
        """Return the cosines of a text with others, what all texts share taken out, shape (others,)."""
        centred = self._head.centred(self._encoder.encode([PREFIX + one for one in (text, *others)]))
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        return np.asarray(centred[1:] @ centred[0])
