"""The words of responses and of what they answer: a plain lexical index (BM25, Robertson & Zaragoza 2009) beside the vectors.

Vectors find what means the same; words find the same name, place or slogan, which vectors blur. Words are cut to their
first letters, so that inflections meet; what nearly every response says counts for nothing.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"[^\W_]{2,}")
_ARABIC_MARKS: Final = re.compile("[\u0610-\u061a\u064b-\u065f\u0640\u0670]")
_ARABIC_ARTICLE: Final = re.compile("^(?:[وفبك]?ال|و?لل)(?=..)")
_LETTERS: Final = 5  # of a word that count
_COMMON: Final = 0.25  # share of the responses from which a word says nothing
_SATURATION: Final = 1.2  # how soon further uses of a word stop counting
_FRESH: Final = 200  # responses looked through one by one before all are sorted anew

Terms = NDArray[np.uint32]
#: A response's words: hashes, and how often each stands there.
Bag = tuple[Terms, NDArray[np.uint8]]


def bag_of(texts: Iterable[str]) -> Bag:
    """Return the words of some texts together."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(crc32(word.encode()) for word in words_of(text))
    terms = np.array(sorted(counts), dtype=np.uint32)
    return terms, np.array([min(counts[int(t)], 255) for t in terms], dtype=np.uint8)


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: small letters, no vowel marks, no Arabic article, cut short."""
    plain = _ARABIC_MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())
    return [_ARABIC_ARTICLE.sub("", word)[:_LETTERS] for word in _WORD.findall(plain)]


@dataclass(frozen=True, slots=True)
class Matches:
    """What a message has in common with responses: their numbers, and a share of its weight in words, 0 to 1."""

    numbers: NDArray[np.int64]
    shares: NDArray[np.float32]

    def nearest(self, k: int) -> list[int]:
        """Return the numbers of up to ``k`` responses with most in common; none without anything in common."""
        k = min(k, len(self.shares))
        if not k:
            return []
        best = np.argpartition(-self.shares, k - 1)[:k]
        best = best[self.shares[best] > 0]
        return [int(n) for n in self.numbers[best[np.argsort(-self.shares[best], kind="stable")]]]

    def of(self, numbers: Sequence[int]) -> dict[int, float]:
        """Return the shares of those of ``numbers`` that are here."""
        if not len(self.numbers) or not numbers:
            return {}
        order = np.argsort(self.numbers, kind="stable")
        places = np.searchsorted(self.numbers, numbers, sorter=order).clip(max=len(order) - 1)
        rows = order[places]
        return {
            number: float(self.shares[row])
            for number, row in zip(numbers, rows, strict=True)
            if self.numbers[row] == number
        }


class WordIndex:
    """Bags of words by number, added and removed in place. Thread-safe."""

    def __init__(self) -> None:
        self._bags: dict[int, Bag] = {}
        self._sorted = _Sorted.of({})
        self._fresh: set[int] = set()  # changed since the words were sorted
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._bags)

    def put(self, bags: Mapping[int, Bag]) -> None:
        """Add bags in place of those with the same number."""
        with self._lock:
            self._bags.update(bags)
            self._fresh.update(bags)

    def remove(self, numbers: Collection[int]) -> None:
        """Forget numbers; unknown ones are ignored."""
        with self._lock:
            for number in numbers:
                if self._bags.pop(number, None) is not None:
                    self._fresh.add(number)

    def match(self, text: str) -> Matches:
        """Return what a message has in common with every response."""
        asked = np.unique(np.array([crc32(word.encode()) for word in words_of(text)], dtype=np.uint32))
        with self._lock:
            if len(self._fresh) > max(_FRESH, len(self._bags) // 20):
                self._sorted, self._fresh = _Sorted.of(self._bags), set()
            held = self._sorted
            fresh = {number: self._bags.get(number) for number in self._fresh}
        stays = ~np.isin(held.numbers, np.fromiter(fresh, dtype=np.int64, count=len(fresh)))
        new = {number: bag for number, bag in fresh.items() if bag is not None}
        weights = _weights(
            held.having(asked)
            + sum((np.isin(asked, terms) for terms, _ in new.values()), np.zeros(len(asked))),
            len(held.numbers) + len(new),
        )
        shares = held.shares(asked, weights)
        if not fresh:
            return Matches(held.numbers, shares)
        total = max(float(weights.sum()), 1e-9)
        added = [_share(asked, weights, total, bag) for bag in new.values()]
        return Matches(
            np.concatenate([held.numbers[stays], np.array(list(new), dtype=np.int64)]),
            np.concatenate([shares[stays], np.array(added, dtype=np.float32)]),
        )

    def write(self, path: Path) -> None:
        """Write all bags to a file."""
        with self._lock:
            bags = dict(self._bags)
        np.savez(
            path,
            numbers=np.array(list(bags), dtype=np.int64),
            lengths=np.array([len(terms) for terms, _ in bags.values()], dtype=np.int64),
            terms=np.concatenate([terms for terms, _ in bags.values()] or [np.zeros(0, np.uint32)]),
            counts=np.concatenate([counts for _, counts in bags.values()] or [np.zeros(0, np.uint8)]),
        )

    @classmethod
    def read(cls, path: Path) -> WordIndex:
        """Return an index that :meth:`write` wrote.

        :raises OSError, ValueError: if the file is missing or not whole.
        """
        try:
            with np.load(path) as stored:
                ends = np.cumsum(stored["lengths"])
                terms, counts = np.split(stored["terms"], ends), np.split(stored["counts"], ends)
                numbers = stored["numbers"].tolist()
        except (BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path.name} is not whole") from error
        if len(ends) and len(terms[-1]):
            raise ValueError(f"{path.name} holds more words than its responses have")
        index = cls()
        index._bags = dict(zip(numbers, zip(terms, counts, strict=True), strict=False))
        index._sorted = _Sorted.of(index._bags)
        return index


@dataclass(frozen=True, slots=True)
class _Sorted:
    """All words in order, each with the rows of the responses that have it."""

    numbers: NDArray[np.int64]
    terms: Terms
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]

    @classmethod
    def of(cls, bags: Mapping[int, Bag]) -> _Sorted:
        numbers = np.array(list(bags), dtype=np.int64)
        if not bags:
            empty = np.zeros(0, np.uint32)
            return cls(numbers, empty, empty.astype(np.int32), empty.astype(np.uint8))
        terms = np.concatenate([terms for terms, _ in bags.values()])
        counts = np.concatenate([counts for _, counts in bags.values()])
        rows = np.repeat(np.arange(len(bags), dtype=np.int32), [len(t) for t, _ in bags.values()])
        order = np.argsort(terms, kind="stable")
        return cls(numbers, terms[order], rows[order], counts[order])

    def having(self, asked: Terms) -> NDArray[np.int64]:
        """Return how many responses have each word."""
        return np.searchsorted(self.terms, asked, "right") - np.searchsorted(self.terms, asked, "left")

    def shares(self, asked: Terms, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for every row what share of the weight of the words asked for it has."""
        found = np.zeros(len(self.numbers), dtype=np.float32)
        for term, weight in zip(asked, weights, strict=True):
            if weight > 0:
                begin, end = (
                    np.searchsorted(self.terms, term, "left"),
                    np.searchsorted(self.terms, term, "right"),
                )
                found[self.rows[begin:end]] += weight * _saturated(self.counts[begin:end])
        return np.asarray(found / max(float(weights.sum()), 1e-9), dtype=np.float32)


def _weights(having: NDArray[Any], total: int) -> NDArray[np.float32]:
    """Return how telling each word is: the fewer responses have it the more; 0 for those of many, or of none."""
    telling = np.log1p((total - having + 0.5).clip(min=0.5) / (having + 0.5))
    few = total < 8  # too few to say which words are common
    silent = (having == 0) | ((having > _COMMON * total) & (not few))
    return np.where(silent, 0.0, telling).astype(np.float32)


def _saturated(counts: NDArray[np.uint8]) -> NDArray[np.float32]:
    many = counts.astype(np.float32)
    return many / (many + _SATURATION) * np.float32((_SATURATION + 3) / 3)


def _share(asked: Terms, weights: NDArray[np.float32], total: float, bag: Bag) -> float:
    terms, counts = bag
    _, here, there = np.intersect1d(asked, terms, assume_unique=True, return_indices=True)
    return float((weights[here] * _saturated(counts[there])).sum() / total)
