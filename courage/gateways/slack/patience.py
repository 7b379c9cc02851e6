"""Tells a message that nobody can deal with from a database or a screener that is away."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from courage.gateways.failures import may_pass

_TRIES = 5
_SHOWN_SECONDS = 24 * 3600.0
_log = logging.getLogger(__name__)


class Patience:
    """Counts a failure against a message only if others went well meanwhile; remembers for a day how many were given up.

    Messages are tried each by itself here, so that the others show whether anything but the message can be at fault, even
    where an error does not tell. ``clock`` gives seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._well = 0
        self._tries: dict[str, tuple[int, int]] = {}
        self._given_up: deque[float] = deque(maxlen=10_000)

    @property
    def note(self) -> str:
        """What ``/health`` should say of the messages of the last day that nobody screened; mostly nothing."""
        while self._given_up and self._given_up[0] < self._clock() - _SHOWN_SECONDS:
            self._given_up.popleft()
        count = len(self._given_up)
        return f"{count} messages could not be screened in the last day: the log names them" if count else ""

    def went_well(self, key: str, *, screened: bool) -> None:
        """Take note that a message was dealt with; ``screened`` says that screening had to do with it."""
        self._tries.pop(key, None)
        self._well += screened

    def is_final(self, key: str, error: Exception) -> bool:
        """Take note of a failed try; ``True`` if the message is given up, ``False`` if it is to be tried again."""
        if may_pass(error):
            return False
        tries, well = self._tries.get(key, (0, -1))
        if self._well == well:  # nothing went well since its last failure: it may not be its own fault
            return False
        self._tries[key] = (tries + 1, self._well)
        if tries + 1 < _TRIES:
            return False
        del self._tries[key]
        _log.error("message %s was given up after %d tries: %s", key, _TRIES, type(error).__name__)
        self._given_up.append(self._clock())
        return True
