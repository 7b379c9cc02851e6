"""From features to an order: a weighted sum whose parts can be read, and variety among what is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from courage.library.errors import LibraryError

PARTS: Final = (
    "narrative",  # cosine of the message to the nearest narrative that the response answers
    "text",  # cosine of the message to the response's own words
    "topic",  # mean cosine to all its narratives
    "target",  # 1 stands up for the group attacked, nearly as much for anybody, 0 for another group
    "strategy",  # asked for
    "language",  # the message's, or one asked for
    "voice",
    "tone",
    "length",
    "usability",  # how many other messages it could answer
    "use",  # what happened when it was used, against what was to be expected
    "freshness",  # 1 never seen in this room, falling with recent use
    "words",  # share of the message's words, by weight, that it or its narratives have
    "relevance",  # what the cross-encoder says, all four from 0 to 1: how much it answers the message,
    "calm",  # how far from aggressive it is,
    "coherence",  # how well it can be understood as a reply right there,
    "suitability",  # whether one could post it
)
#: Parts that only the cross-encoder knows; without it all responses have the same there.
READ: Final = ("relevance", "calm", "coherence", "suitability")
NOT_READ: Final = 0.5
_DEFAULTS: Final = (
    1.30, 1.0, 0.0, 0.35, 0.50, 0.30, 0.10, 0.15, 0.43, 0.65, 1.00, 0.38, 0.22, 0.25, 0.05, 0.0, 0.25,
)  # fmt: skip
#: What finds candidates: nothing has been read.
_FIRST: Final = dict.fromkeys(READ, 0.0)


@dataclass(frozen=True)
class RankingWeights:
    """Weight per part, in the order of ``PARTS``.

    The defaults of likeness, usability, words, target and length were fitted to judged pairs of four kinds, which all ask
    for nearly the same (``train`` of ``pairs-*.jsonl`` and ``pools-*.jsonl``, ``choosing-en.csv`` and
    ``suitability-en.csv`` in ``seeds/retrieval``); what the cross-encoder says is held down beside them, since alone it
    fails on pools that it has not been trained for. The others were chosen by reasoning.
    """

    values: tuple[float, ...] = field(default=_DEFAULTS)

    def array(self) -> np.ndarray:
        """Return the weights as a vector."""
        return np.array(self.values, dtype=np.float64)

    def first(self) -> RankingWeights:
        """Return the weights by which candidates are found, and all is ranked where there is no cross-encoder."""
        return RankingWeights(
            tuple(_FIRST.get(part, value) for part, value in zip(PARTS, self.values, strict=True))
        )

    def save(self, path: Path) -> None:
        """Write the weights as JSON."""
        path.write_text(
            json.dumps(dict(zip(PARTS, self.values, strict=True)), indent=2) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, path: Path) -> RankingWeights:
        """Read weights.

        :raises LibraryError: if the file does not hold one number per part.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data = {"narrative" if part == "claim" else part: value for part, value in data.items()}
            # A file from before these parts leaves them as shipped.
            data = {part: _DEFAULTS[PARTS.index(part)] for part in ("words", *READ)} | data
            return cls(tuple(float(data[part]) for part in PARTS))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise LibraryError(
                f"{path.name} does not hold ranking weights; it needs a number for each of {', '.join(PARTS)}"
            ) from error


def score(parts: np.ndarray, weights: RankingWeights) -> np.ndarray:
    """Return one score per row of parts (candidates, parts), about in [0, 1]."""
    w = weights.array()
    return np.asarray((parts @ w) / w.sum())


def varied(
    scores: np.ndarray,
    vectors: np.ndarray,
    strategies: Sequence[str],
    limit: int,
    *,
    likeness: float = 0.05,
    reach: float = 0.08,
) -> list[int]:
    """Return up to ``limit`` rows: the best first, then each time the best that differs from those taken.

    Maximal marginal relevance (Carbonell & Goldstein 1998): score minus ``likeness`` times the greatest cosine to
    what is taken. A strategy comes twice only when no other is within ``reach`` of the best remaining score.
    """
    chosen: list[int] = []
    left = list(np.argsort(-scores, kind="stable"))
    while left and len(chosen) < limit:
        if chosen:
            near = (vectors[left] @ vectors[chosen].T).max(axis=1)
            gain = scores[left] - likeness * near
        else:
            gain = scores[left]
        used = {strategies[i] for i in chosen}
        fresh = np.array([strategies[i] not in used for i in left])
        best = float(gain.max())
        if fresh.any() and float(gain[fresh].max()) >= best - reach:
            gain = np.where(fresh, gain, -np.inf)
        chosen.append(int(left.pop(int(np.argmax(gain)))))
    return chosen
