"""A linear model over hashed character pieces and words of the original text; it adds up word by word.

The score of a text is ``(sum over words and word pairs of their weights) / sqrt(words)``, so each word is
worked out once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
_WORD = re.compile(r"[^\W_]+|[!?\"«»„“”]")


def word_buckets(word: str) -> list[int]:
    """Return the buckets of a lower-case word: itself and its pieces of two to five characters."""
    padded = f"<{word[:40]}>"
    found = [crc32(f"w{word}".encode()) % BUCKETS]
    for size in (2, 3, 4, 5):
        found += [crc32(padded[i : i + size].encode()) % BUCKETS for i in range(len(padded) - size + 1)]
    return found


def pair_bucket(first: str, second: str) -> int:
    """Return the bucket of two neighbouring words."""
    return crc32(f"p{first} {second}".encode()) % BUCKETS


def words_of(text: str) -> list[str]:
    """Return at most 400 lower-case words and telling marks of a normalised text."""
    return _WORD.findall(text.lower()[:4000])[:400]


def features(text: str) -> tuple[NDArray[np.int64], float]:
    """Return all buckets of a text (with repeats) and the factor 1/sqrt(words) that scales them."""
    words = words_of(text)
    found = [bucket for word in words for bucket in word_buckets(word)]
    found += [pair_bucket(a, b) for a, b in pairwise(words)]
    return np.asarray(found, np.int64), 1.0 / max(1.0, len(words)) ** 0.5


class NgramModel:
    """The shipped weights: one number per bucket and a bias."""

    def __init__(self, weights: NDArray[np.float32], bias: float) -> None:
        self._weights = weights
        self._bias = bias
        self.word_weight = lru_cache(maxsize=131072)(self._word_weight)
        self._pair = lru_cache(maxsize=131072)(lambda a, b: float(weights[pair_bucket(a, b)]))

    @classmethod
    def load(cls, path: Path) -> NgramModel:
        """Read the weights (stored as eight-bit numbers with one scale) from safetensors."""
        from safetensors.numpy import load_file

        stored = load_file(str(path))
        scale, bias = (float(value) for value in stored["scale_bias"])
        return cls(stored["weights"].astype(np.float32) * scale, bias)

    def save(self, path: Path) -> None:
        """Write the weights as eight-bit numbers."""
        from safetensors.numpy import save_file

        scale = float(np.abs(self._weights).max() or 1.0) / 127.0
        rounded = np.rint(self._weights / scale).astype(np.int8)
        save_file({"weights": rounded, "scale_bias": np.asarray([scale, self._bias], np.float32)}, str(path))

    def _word_weight(self, word: str) -> float:
        return float(self._weights[word_buckets(word)].sum())

    def logit(self, text: str) -> float:
        """Return the log-odds of hate for a normalised text."""
        words = words_of(text)
        total = sum(map(self.word_weight, words)) + sum(map(self._pair, words, words[1:]))
        return float(total / max(1.0, len(words)) ** 0.5 + self._bias)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the log-odds of many texts, shape (n,)."""
        return np.asarray([self.logit(text) for text in texts], np.float32)


def fit(
    texts: Sequence[str], labels: Sequence[bool], weights: Sequence[float], *, strength: float = 2.0
) -> NgramModel:
    """Fit the linear model by weighted logistic regression with an L2 penalty (scikit-learn's liblinear)."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    columns, values, rows = [], [], [0]
    for text in texts:
        buckets, factor = features(text)
        columns.append(buckets)
        values.append(np.full(len(buckets), factor, np.float32))
        rows.append(rows[-1] + len(buckets))
    matrix = csr_matrix((np.concatenate(values), np.concatenate(columns), rows), shape=(len(texts), BUCKETS))
    matrix.sum_duplicates()
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=60)
    model.fit(matrix, np.asarray(labels, int), sample_weight=np.asarray(weights))
    return NgramModel(model.coef_[0].astype(np.float32), float(model.intercept_[0]))
