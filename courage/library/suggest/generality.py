"""How generally usable an answer is, learnt from answers that a person judged by their text alone."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Final

import numpy as np

from courage.library.errors import LibraryError
from courage.library.search.vectors import Vectors
from courage.library.suggest.specificity import specificity
from courage.shipped import SEEDS

JUDGED: Final = SEEDS / "retrieval" / "generality-en.csv"
HIGHEST: Final = 4  # the level of an answer that fits nearly any hate against any group
STRENGTH: Final = 1.0  # of the ridge; ten-fold cross-validation on the judged answers is flat from 1 to 2


class Generality:
    """Says under how many different messages an answer could stand. Learns when first asked. Thread-safe.

    Ridge regression (Hoerl & Kennard 1970) from the text's vector and :func:`courage.library.suggest.specificity.specificity` to the
    judged level. It is fitted anew for each encoder, which takes a second once; nothing of it is stored but the
    vectors of the judged answers, beside those of the library.

    :param judged: a CSV file with the columns ``generality`` (0 to 4) and ``response``, in English.
    """

    def __init__(self, vectors: Vectors, judged: Path = JUDGED) -> None:
        self._vectors = vectors
        self._judged = judged
        self._lock = threading.Lock()
        self._weights: np.ndarray | None = None

    def of(self, vectors: np.ndarray, specificities: np.ndarray) -> np.ndarray:
        """Return generality in [0, 1] for vectors of shape (answers, dimensions); 1 fits nearly any hate.

        :raises LibraryError: if the judged answers cannot be read.
        """
        return np.asarray(np.clip(_inputs(vectors, specificities) @ self.learn(), 0.0, 1.0))

    def learn(self) -> np.ndarray:
        """Learn, where that is not done yet, and return the weights; the last one is the constant.

        :raises LibraryError: if the judged answers cannot be read.
        """
        with self._lock:
            if self._weights is None:
                self._weights = self._learnt()
            return self._weights

    def _learnt(self) -> np.ndarray:
        texts, levels = read_judged(self._judged)
        vectors = self._vectors.many(texts, ["en"] * len(texts))
        rows = _inputs(vectors, np.array([specificity(text) for text in texts]))
        pull = STRENGTH * np.eye(rows.shape[1])
        pull[-1, -1] = 0.0  # the constant is free
        return np.asarray(np.linalg.solve(rows.T @ rows + pull, rows.T @ levels))


def read_judged(file: Path) -> tuple[list[str], np.ndarray]:
    """Return judged answers and their generality as shares of the highest level.

    :raises LibraryError: naming the line, if the file is missing or malformed.
    """
    texts, levels = [], []
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                level, text = row.get("generality") or "", row.get("response") or ""
                if level not in {str(k) for k in range(HIGHEST + 1)} or not text.strip():
                    raise LibraryError(
                        f"{file.name}, line {reader.line_num}: needs a generality from 0 to {HIGHEST} and a response"
                    )
                texts.append(text)
                levels.append(int(level) / HIGHEST)
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{file.name} cannot be read: {error}") from error
    if not texts:
        raise LibraryError(f"{file.name} holds no judged answers")
    return texts, np.array(levels)


def _inputs(vectors: np.ndarray, specificities: np.ndarray) -> np.ndarray:
    return np.hstack([vectors, specificities[:, None], np.ones((len(vectors), 1))])
