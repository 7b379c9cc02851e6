"""How sure a share is, and what may be concluded from several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

#: How many answers of one kind it takes before anything is said about it.
ENOUGH: Final = 20
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the bounds between which the true share lies in 95 of 100 such samples (0 to 1)."""

    key: str
    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share itself; ``None`` of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What may be said: ``too_few``, ``no_difference`` or ``difference`` (more after ``best`` than after ``worst``).

    ``most`` is how many the largest sample has, of :data:`ENOUGH` that each needs.
    """

    code: str
    best: str = ""
    worst: str = ""
    most: int = 0


def wilson(count: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's interval of a share, which stays within 0 and 1 and holds for few and for none.

    :raises ValueError: if ``count`` is not between 0 and ``of``.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = count / of
    middle = share + z * z / (2 * of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def share(key: str, count: int, of: int) -> Share:
    """Return a share with its interval."""
    return Share(key, count, of, *wilson(count, of))


def conclude(shares: Sequence[Share]) -> Conclusion:
    """Say what several shares allow to conclude about the highest and the lowest of them.

    Who looks for the best and the worst among many finds two that differ by chance alone. So intervals are widened by how
    many pairs there are (after Bonferroni), and only those that do not touch count as different.
    """
    large = sorted((one for one in shares if one.of >= ENOUGH), key=lambda one: one.count / one.of)
    if len(large) < 2:
        return Conclusion("too_few", most=max((one.of for one in shares), default=0))
    pairs = len(large) * (len(large) - 1) // 2
    confidence = 1 - (1 - CONFIDENCE) / pairs
    worst, best = large[0], large[-1]
    if wilson(best.count, best.of, confidence)[0] > wilson(worst.count, worst.of, confidence)[1]:
        return Conclusion("difference", best.key, worst.key)
    return Conclusion("no_difference", best.key, worst.key)
