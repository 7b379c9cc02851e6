"""What people decided on near-identical texts, effective at once; texts themselves are never kept.

A decision reaches only texts that are the same after folding, or all but the same by simhash. What a trainer has not
confirmed never lifts a grave verdict.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal, TypeVar

import numpy as np

from courage.detection.verdict import Reason, Verdict
from courage.errors import CourageError
from courage.taxonomy import SENSITIVITIES

Decision = Literal["not_hate", "missed"]
DECISIONS: Final = ("not_hate", "missed")
#: How many decisions of one person may wait for review; whoever stores decisions takes no more.
MOST_PER_PERSON: Final = 200
NEAR_BITS: Final = 3
_BANDS: Final = 4  # two hashes that differ in at most 3 of 64 bits agree in at least one of 4 bands of 16
_NEAR_WORDS: Final = 12
_Place = TypeVar("_Place")
_TOKEN = re.compile(r"\w+|\S")
_OTHER = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class Override:
    """One decision: two hashes of the folded text, how grave it seemed, and whether a trainer confirmed it.

    ``number`` tells decisions apart; ``severity`` is 0 to 3.
    """

    number: int
    exact: str
    simhash: int
    words: int
    decision: Decision
    severity: int = 0
    confirmed: bool = False


def _plain(match: re.Match[str]) -> str:
    mark = match[0]
    kind = unicodedata.category(mark)
    if kind in ("Cf", "Mn"):  # joiners, variation selectors, vowel signs: nobody sees a difference
        return ""
    if mark in '"“”„«»':  # a quotation is another thing than a statement
        return ' " '
    return " " if kind[0] == "P" else f" {mark} "


def fold(text: str) -> list[str]:
    """Return the words, symbols and quotation marks of a text, whatever its case and punctuation."""
    return _TOKEN.findall(_OTHER.sub(_plain, unicodedata.normalize("NFKC", text).casefold()))


def exact_hash(text: str, key: bytes = b"") -> str:
    """Return a one-way hash of the folded text, 32 hexadecimal digits; ``key`` makes it useless to others."""
    return _exact(fold(text), key)


def _exact(words: list[str], key: bytes) -> str:
    joined = " ".join(words).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=16, key=key[:64], person=b"courage-decided").hexdigest()


def simhash(text: str, key: bytes = b"") -> int:
    """Return the 64-bit simhash (Charikar 2002) over words and word pairs."""
    return _simhash(fold(text), key)


def _simhash(words: list[str], key: bytes) -> int:
    words = words[:2000]
    digests = b"".join(
        hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=8, key=key[:64]).digest()
        for piece in [*words, *(f"{a} {b}" for a, b in pairwise(words))]
    )
    if not digests:
        return 0
    bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8).reshape(-1, 8), axis=1)
    return int.from_bytes(np.packbits(2 * bits.sum(axis=0, dtype=np.int64) > len(bits)).tobytes(), "big")


def make_override(
    number: int, text: str, decision: str, *, severity: int = 0, confirmed: bool = False, key: bytes = b""
) -> Override:
    """Return the decision on a text, ready to be remembered or stored.

    :raises CourageError: on an unknown decision or a text without a word.
    """
    if decision not in DECISIONS:
        raise CourageError(f"decision {decision!r} is unknown; allowed: {', '.join(DECISIONS)}")
    words = fold(text)
    if not words:
        raise CourageError("a decision needs a text with at least one word")
    return Override(
        number, _exact(words, key), _simhash(words, key), len(words),
        "missed" if decision == "missed" else "not_hate", severity, confirmed,
    )  # fmt: skip


class FeedbackMemory:
    """Holds decisions in memory and finds the one that a text falls under; thread-safe.

    ``key`` is the secret with which the decisions' hashes were made.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key
        self._lock = threading.Lock()
        self._all: dict[int, Override] = {}  # the latest decision last
        self._exact: defaultdict[str, set[int]] = defaultdict(set)
        self._bands: defaultdict[tuple[int, int], set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._all)

    def remember(self, override: Override) -> None:
        """Let a decision work from the next message on; it replaces what its number stood for."""
        with self._lock:
            self._forget(override.number)
            self._all[override.number] = override
            self._exact[override.exact].add(override.number)
            for band in _bands(override.simhash):
                self._bands[band].add(override.number)

    def forget(self, number: int) -> None:
        """Forget a decision; unknown ones are ignored."""
        with self._lock:
            self._forget(number)

    def _forget(self, number: int) -> None:
        old = self._all.pop(number, None)
        if old is None:
            return
        _drop(self._exact, old.exact, number)
        for band in _bands(old.simhash):
            _drop(self._bands, band, number)

    def find(self, text: str) -> tuple[Override, bool] | None:
        """Return the decision that a text falls under, and whether the text is the same to the word.

        A trainer's goes first, then one on the same words, then the latest.
        """
        if not self._all:
            return None
        words = fold(text)
        if not words:
            return None
        exact = _exact(words, self._key)
        # Short texts differ in meaning by one word, so only longer ones may match roughly.
        bits = _simhash(words, self._key) if len(words) >= _NEAR_WORDS else None
        with self._lock:
            near = set(self._exact.get(exact, ()))
            for band in _bands(bits) if bits is not None else ():
                near |= self._bands.get(band, set())
            # In the order of the decisions, so that of equals the latest is the last.
            found = [self._all[number] for number in near] if len(near) < 2 else [
                override for number, override in self._all.items() if number in near
            ]  # fmt: skip
        best: tuple[Override, bool] | None = None
        for override in found:
            same = override.exact == exact
            if not same and (
                bits is None
                or abs(len(words) - override.words) > 2
                or (bits ^ override.simhash).bit_count() > NEAR_BITS
            ):
                continue
            if best is None or (override.confirmed, same) >= (best[0].confirmed, best[1]):
                best = (override, same)
        return best

    def apply(self, verdict: Verdict) -> Verdict:
        """Return the verdict as people decided it, with that as the first reason."""
        found = self.find(verdict.text)
        if found is None:
            return verdict
        override, same = found
        code = f"{override.decision}_confirmed" if override.confirmed else override.decision
        if override.decision == "not_hate":
            # One word more can turn a long text into a threat: only the same words lift a grave verdict.
            if verdict.route == "escalate" and not (override.confirmed and same):
                return verdict
            if not same and verdict.severity > override.severity:
                return verdict
            return replace(
                verdict,
                hateful=False,
                category="none",
                severity=0,
                route="none",
                subgroups=(),
                reasons=(Reason("feedback", code, -1.0), *verdict.reasons),
                by_sensitivity={
                    sensitivity: flag
                    for sensitivity, flag in verdict.by_sensitivity.items()
                    if flag == "escalated" and not (override.confirmed and same)
                },
            )
        flags = {
            sensitivity: "escalated" if verdict.by_sensitivity.get(sensitivity) == "escalated" else "hateful"
            for sensitivity in SENSITIVITIES
        }
        if verdict.hateful:
            return replace(verdict, by_sensitivity=flags)
        return replace(
            verdict,
            by_sensitivity=flags,
            hateful=True,
            category="derogation",
            severity=1,
            route="counter",
            reasons=(Reason("feedback", code, 1.0), *verdict.reasons),
        )


def _drop(places: dict[_Place, set[int]], place: _Place, number: int) -> None:
    places[place].discard(number)
    if not places[place]:
        del places[place]


def _bands(bits: int) -> Iterator[tuple[int, int]]:
    return ((band, bits >> (16 * band) & 0xFFFF) for band in range(_BANDS))
