"""A limit on failed logins, kept in memory: guessing passwords has to be slow, logging in has not."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from courage.web.errors import TooManyTries

_REMEMBERED = 10_000


class LoginLimit:
    """Counts failures by name and by address within a window of seconds."""

    def __init__(
        self,
        *,
        by_name: int = 8,
        by_address: int = 40,
        window: float = 900.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = {"name": by_name, "address": by_address}
        self._window = window
        self._now = now
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        """Let a try pass or refuse it.

        :raises TooManyTries: with the seconds to wait.
        """
        now = self._now()
        for key in (("name", name.casefold()[:200]), ("address", address)):
            failures = self._failures.get(key)
            while failures and failures[0] <= now - self._window:
                failures.popleft()
            if failures and len(failures) >= self._allowed[key[0]]:
                raise TooManyTries(math.ceil(failures[0] + self._window - now))

    def failed(self, name: str, address: str) -> None:
        """Remember a failure."""
        for key in (("name", name.casefold()[:200]), ("address", address)):
            self._failures.setdefault(key, deque(maxlen=100)).append(self._now())
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name whose person got in."""
        self._failures.pop(("name", name.casefold()[:200]), None)
