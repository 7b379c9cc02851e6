"""Measures of a ranking against 0/1 judgements; each takes relevance in the order of the ranking."""

from __future__ import annotations

import math
from collections.abc import Sequence


def precision(relevance: Sequence[int], k: int) -> float:
    """Return the share of relevant ones among the first ``k``."""
    return sum(relevance[:k]) / k


def reciprocal_rank(relevance: Sequence[int]) -> float:
    """Return one over the place of the first relevant one, 0 if there is none."""
    return next((1 / place for place, r in enumerate(relevance, start=1) if r), 0.0)


def ndcg(relevance: Sequence[int], k: int) -> float:
    """Return the normalised discounted cumulative gain (Järvelin & Kekäläinen 2002) of the first ``k``."""
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, sum(relevance)) + 1))
    gain = sum(r / math.log2(place + 1) for place, r in enumerate(relevance[:k], start=1))
    return gain / ideal if ideal else 0.0


def average_precision(relevance: Sequence[int]) -> float:
    """Return the mean of the precisions at each relevant one's place."""
    hits, total = 0, 0.0
    for place, r in enumerate(relevance, start=1):
        if r:
            hits += 1
            total += hits / place
    return total / hits if hits else 0.0
