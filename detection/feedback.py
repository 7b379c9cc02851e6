"""What people decided on near-identical texts, effective at once; texts themselves are never kept.

A person's decision reaches only texts that are the same after folding, or all but the same by simhash. A trainer
may confirm it. A grave verdict is lifted only by a trainer.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, Protocol

from detection.errors import CourageError
from detection.verdict import Reason, Verdict

Decision = Literal["not_hate", "missed"]
MOST_PER_PERSON = 200
NEAR_BITS = 3
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Override:
    """One decision: two hashes of the folded text, who decided, and whether a trainer confirmed it."""

    exact: str
    simhash: int
    words: int
    decision: Decision
    person: str
    confirmed: bool = False


class OverrideStore(Protocol):
    """Where overrides outlive the process; ``cases`` implements it."""

    def load(self) -> Iterable[Override]:
        """Return all stored overrides."""
        ...

    def save(self, override: Override) -> None:
        """Store or replace one person's override of one text."""
        ...

    def remove(self, exact: str, person: str) -> None:
        """Forget one override."""
        ...


def _fold(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def exact_hash(text: str) -> str:
    """Return a one-way hash of the words of a text, whatever their case and punctuation."""
    joined = " ".join(_fold(text)).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=16, person=b"courage-text").hexdigest()


def simhash(text: str) -> int:
    """Return the 64-bit simhash (Charikar 2002) over words and word pairs."""
    words = _fold(text)[:2000]
    totals = [0] * 64
    for piece in [*words, *(f"{a} {b}" for a, b in pairwise(words))]:
        bits = int.from_bytes(
            hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=8).digest(), "big"
        )
        for k in range(64):
            totals[k] += 1 if bits >> k & 1 else -1
    return sum(1 << k for k in range(64) if totals[k] > 0)


class FeedbackMemory:
    """Holds the overrides in memory, backed by a store where one is given; thread-safe."""

    def __init__(self, store: OverrideStore | None = None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str], Override] = {}
        for override in store.load() if store is not None else ():
            self._all[override.exact, override.person] = override

    def decide(self, text: str, decision: Decision, person: str, *, trainer: bool = False) -> Override:
        """Record a decision; it works from the next message on.

        :raises CourageError: on an unknown decision, an empty text, or when the person has no decisions left.
        """
        if decision not in ("not_hate", "missed"):
            raise CourageError(f"decision {decision!r} is unknown; allowed: not_hate, missed")
        if not _fold(text):
            raise CourageError("a decision needs a text with at least one word")
        override = Override(exact_hash(text), simhash(text), len(_fold(text)), decision, person, trainer)
        with self._lock:
            key = (override.exact, person)
            waiting = sum(o.person == person and not o.confirmed for o in self._all.values())
            if not trainer and key not in self._all and waiting >= MOST_PER_PERSON:
                raise CourageError(
                    f"{MOST_PER_PERSON} decisions wait for a trainer's review; more are not taken"
                )
            self._all[key] = override
        if self._store is not None:
            self._store.save(override)
        return override

    def confirm(self, exact: str, person: str) -> None:
        """Let a trainer confirm a decision.

        :raises CourageError: where there is no such decision.
        """
        with self._lock:
            if (exact, person) not in self._all:
                raise CourageError("there is no such decision to confirm")
            override = replace(self._all[exact, person], confirmed=True)
            self._all[exact, person] = override
        if self._store is not None:
            self._store.save(override)

    def withdraw(self, exact: str, person: str) -> None:
        """Forget a decision; unknown ones are ignored."""
        with self._lock:
            self._all.pop((exact, person), None)
        if self._store is not None:
            self._store.remove(exact, person)

    def waiting(self) -> list[Override]:
        """Return the decisions that no trainer has confirmed yet."""
        with self._lock:
            return [override for override in self._all.values() if not override.confirmed]

    def find(self, text: str) -> Override | None:
        """Return the decision on this text or a near-identical one; a trainer's goes first, then the latest."""
        if not self._all:
            return None
        words = len(_fold(text))
        if not words:
            return None
        exact = exact_hash(text)
        bits: int | None = None
        best: Override | None = None
        with self._lock:
            overrides = list(self._all.values())
        for override in overrides:
            near = override.exact == exact
            # Short texts differ in meaning by one word, so only longer ones may match roughly.
            if not near and words >= 12 and abs(words - override.words) <= 2:
                bits = simhash(text) if bits is None else bits
                near = (bits ^ override.simhash).bit_count() <= NEAR_BITS
            if near and (best is None or override.confirmed >= best.confirmed):
                best = override
        return best

    def apply(self, verdict: Verdict) -> Verdict:
        """Return the verdict as people decided it, with that as a reason."""
        override = self.find(verdict.text)
        if override is None:
            return verdict
        who = "a trainer" if override.confirmed else "a member of the team"
        if override.decision == "not_hate":
            if verdict.route == "escalate" and not override.confirmed:
                return verdict
            reason = Reason("feedback", f"{who} decided that a near-identical message is not hate", -1.0)
            return replace(
                verdict,
                hateful=False,
                category="none",
                severity=0,
                route="none",
                reasons=(reason, *verdict.reasons),
            )
        if verdict.hateful:
            return verdict
        reason = Reason("feedback", f"{who} decided that a near-identical message is hate", 1.0)
        return replace(
            verdict,
            hateful=True,
            category="derogation",
            severity=1,
            route="counter",
            reasons=(reason, *verdict.reasons),
        )
