"""Fitting the ranking to choices: what is held aside, when it pays, and the file in which the weights are kept."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np

from courage.library.errors import LibraryError
from courage.library.suggest.ranking import PARTS, RankingWeights

#: Of the parts that weights are for; another number when what the parts say changes, so that older weights mislead.
SCALE: Final = 2
LEAST_CHOICES: Final = 50
LEAST_PEOPLE: Final = 3
LEAST_MESSAGES: Final = 20  # of a file of judged pairs, each with dozens of judgements
HELD_OUT_EVERY: Final = 5  # every fifth case or message


@dataclass(frozen=True, slots=True)
class Comparison:
    """Responses that stood beside each other: parts (responses, parts), and 1 for chosen ones, 0 for others.

    Comparisons with the same ``key`` (a case, a message) are held aside together. ``person`` is who chose.
    """

    key: str
    parts: np.ndarray
    chosen: np.ndarray
    person: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How weights order comparisons: share of pairs in the right order, share with a chosen one on top."""

    ordered: float
    first: float

    def pretty(self) -> str:
        """Return both in words."""
        return f"{self.ordered:.1%} of pairs in the right order, a chosen one first in {self.first:.1%}"


@dataclass(frozen=True, slots=True)
class Trained:
    """New weights, and how the old and the new ones do on what was held aside."""

    weights: RankingWeights
    before: Figures
    after: Figures
    learned: int
    aside: int

    @property
    def better(self) -> bool:
        """Say whether the new weights order what was held aside better than the old ones."""
        return self.after.ordered > self.before.ordered


def comparison(
    key: str, offers: Sequence[Mapping[str, float]], chosen: int, person: str
) -> Comparison | None:
    """Return a comparison from the parts kept with offers; ``None`` if they are not the parts that rank today."""
    try:
        rows = np.array([[float(offer[part]) for part in PARTS] for offer in offers])
    except (KeyError, TypeError, ValueError):
        return None
    if not np.isfinite(rows).all():
        return None
    return Comparison(key, rows, (np.arange(len(offers)) == chosen).astype(int), person)


def balanced(found: Sequence[Comparison]) -> list[Comparison]:
    """Leave out the oldest choices of anybody who made more than all others together; oldest first."""
    counts = Counter(item.person for item in found)
    if not counts:
        return []
    most, count = counts.most_common(1)[0]
    surplus = count - max(len(found) - count, 1)
    kept = []
    for item in found:
        if item.person == most and surplus > 0:
            surplus -= 1
        else:
            kept.append(item)
    return kept


def enough(found: Sequence[Comparison]) -> list[Comparison]:
    """Return the choices to learn from, unless they are those of a few.

    :raises LibraryError: saying how many choices and people there are and how many it takes.
    """
    people, kept = len({item.person for item in found}), balanced(found)
    if people < LEAST_PEOPLE or len(kept) < LEAST_CHOICES:
        capped = people > 1 and len(kept) < len(found)
        why = f", of which {len(kept)} count, as nobody's may be more than half" if capped else ""
        raise LibraryError(
            f"too little to learn from: {len(found)} choices by {people} people{why}; "
            f"it takes {LEAST_CHOICES} by {LEAST_PEOPLE} or more"
        )
    return kept


def fit(found: Sequence[Comparison], current: RankingWeights) -> Trained:
    """Train on four fifths, starting from the shipped weights, and measure on the rest.

    Which fifth is held aside hangs on the keys alone, so it stays the same when more choices come in.

    :raises LibraryError: if nothing is left to learn from or to measure on.
    """
    useful = [item for item in found if 0 < item.chosen.sum() < len(item.chosen)]
    aside = [item for item in useful if _aside(item.key)]
    learned = [item for item in useful if not _aside(item.key)]
    if not aside or not learned:
        raise LibraryError("too little to learn from: nothing is left to measure the new weights on")
    weights = train_ranking([item.parts for item in learned], [item.chosen for item in learned])
    return Trained(weights, measure(aside, current), measure(aside, weights), len(learned), len(aside))


def _aside(key: str) -> bool:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") % HELD_OUT_EVERY == 0


def measure(found: Sequence[Comparison], weights: RankingWeights) -> Figures:
    """Return how weights order comparisons that have both chosen and passed-over responses; a tie counts half."""
    ordered, first = [], []
    for item in found:
        scores = item.parts @ weights.array()
        lead = scores[item.chosen > 0][:, None] - scores[item.chosen == 0][None, :]
        ordered.append(float(np.mean((lead > 0) + 0.5 * (lead == 0))))
        first.append(float(item.chosen[int(np.argmax(scores))] > 0))
    return Figures(float(np.mean(ordered)), float(np.mean(first)))


def write_weights(path: Path, weights: RankingWeights, facts: Mapping[str, Any]) -> None:
    """Write weights, and facts about their training, as JSON; the file is whole or as it was.

    :raises LibraryError: if it cannot be written.
    """
    data = {**dict(zip(PARTS, weights.values, strict=True)), "scale": SCALE, "training": dict(facts)}
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise LibraryError(f"{path} cannot be written: {error.strerror}") from error


def read_weights(path: Path) -> tuple[RankingWeights, dict[str, Any]]:
    """Return weights and the facts about their training (empty where there are none).

    :raises LibraryError: if the file does not hold a usable number per part, or was trained for parts on another scale.
    """
    weights = RankingWeights.load(path)
    if not all(math.isfinite(value) and value >= 0 for value in weights.values) or not sum(weights.values):
        raise LibraryError(f"{path.name} does not hold ranking weights; each must be 0 or more, not all 0")
    stored = json.loads(path.read_text(encoding="utf-8"))
    if "training" in stored and stored.get("scale", 1) != SCALE:
        raise LibraryError(
            f"{path.name} was trained for an older ranking, in which likeness was measured otherwise; "
            "train it anew with courage train ranking --force, or delete it"
        )
    facts = stored.get("training")
    return weights, facts if isinstance(facts, dict) else {}


def train_ranking(
    parts: Sequence[np.ndarray],
    chosen: Sequence[np.ndarray],
    *,
    start: RankingWeights | None = None,
    pull: float = 1.0,
    steps: int = 400,
    rate: float = 0.3,
) -> RankingWeights:
    """Fit the weights to choices, offline. Per message: parts (candidates, parts) and 0/1 choices (candidates,).

    Pairwise logistic loss (RankNet, Burges et al. 2005) with a pull towards ``start``; weights stay at or above 0, so
    every part keeps its meaning.

    :raises LibraryError: if no message has both a chosen and a passed-over candidate.
    """
    first = (start or RankingWeights()).array()
    pairs = [
        (rows[labels > 0][:, None, :] - rows[labels == 0][None, :, :]).reshape(-1, len(PARTS))
        for rows, labels in zip(parts, chosen, strict=True)
        if (labels > 0).any() and (labels == 0).any()
    ]
    if not pairs:
        raise LibraryError(
            "there is nothing to learn from: no message with both a chosen and a passed-over response"
        )
    differences = np.concatenate(pairs)
    share = np.concatenate([np.full(len(p), 1 / len(p)) for p in pairs]) / len(pairs)
    weights, sharpness = first.copy(), 4.0
    for _ in range(steps):
        miss = 1 / (1 + np.exp(np.clip(sharpness * (differences @ weights), -40, 40)))
        gradient = -sharpness * (differences * (miss * share)[:, None]).sum(axis=0)
        gradient += pull * (weights - first) / max(len(pairs), 1)
        weights = np.maximum(weights - rate * gradient, 0.0)
    return RankingWeights(tuple(float(w) for w in weights))
