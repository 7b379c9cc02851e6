"""What gateways share: waiting between tries."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Waits in seconds that double from ``first`` to ``longest``, each with jitter."""

    def __init__(
        self, first: float = 1.0, longest: float = 60.0, chance: Callable[[], float] = random.random
    ) -> None:
        self._first = first
        self._longest = longest
        self._chance = chance
        self._failures = 0

    def next(self) -> float:
        """Return how long to wait after one more failure."""
        wait = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return wait * (0.5 + 0.5 * self._chance())

    @property
    def failures(self) -> int:
        """How many failures there were since it last went well."""
        return self._failures

    def reset(self) -> None:
        """Begin anew, because it went well."""
        self._failures = 0
