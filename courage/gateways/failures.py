"""Messages that were tried and could not be screened: read again while the fault is ours, given up if it is theirs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from courage.cases.errors import ChannelError
from courage.db.away import is_away
from courage.errors import CourageError, Unavailable

_TRIES = 5
_SHOWN_SECONDS = 24 * 3600.0
_log = logging.getLogger(__name__)


def may_pass(error: BaseException) -> bool:
    """Say whether the fault lies with the database, with screening or with the machine, not with the message.

    Such a message is never given up: it is read again until whatever is away is back.
    """
    ours = (Unavailable, ChannelError, OSError, MemoryError)
    return isinstance(error, ours) or not isinstance(error, Exception) or is_away(error)


class Failures:
    """Counts for each message how often it failed, and remembers for a day how many were given up.

    ``what`` names such a message in the log; ``clock`` gives seconds that only go up.
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._tries: dict[str, int] = {}
        self._given_up: deque[float] = deque(maxlen=10_000)

    @property
    def note(self) -> str:
        """What ``/health`` should say of the messages of the last day that nobody screened; mostly nothing."""
        while self._given_up and self._given_up[0] < self._clock() - _SHOWN_SECONDS:
            self._given_up.popleft()
        count = len(self._given_up)
        return f"{count} messages could not be screened in the last day: the log names them" if count else ""

    def is_final(self, key: str, error: BaseException) -> bool:
        """Take note of a failed try; ``True`` if the message is given up, ``False`` if it is to be tried again."""
        if may_pass(error):
            return False
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        # What says of itself that it cannot be screened will say so again.
        if tries < _TRIES and not isinstance(error, CourageError):
            return False
        # One message that nobody can deal with must not keep all others from being screened.
        said = f": {error}" if isinstance(error, CourageError) else ""
        _log.error("%s %s was not screened (%s)%s", self._what, key, type(error).__name__, said)
        self._given_up.append(self._clock())
        self._tries.pop(key, None)
        return True

    def over(self, key: str) -> None:
        """Forget the failed tries of a message that was dealt with."""
        self._tries.pop(key, None)

    async def settle(self, waiting: Sequence[tuple[str, Awaitable[object]]]) -> None:
        """Await all steps, each under the key of its message.

        :raises BaseException: what went wrong, if the batch is to be read again.
        """
        results = await asyncio.gather(*(step for _, step in waiting), return_exceptions=True)
        trouble: BaseException | None = None
        for (key, _), result in zip(waiting, results, strict=True):
            if isinstance(result, BaseException) and not self.is_final(key, result):
                trouble = result
        if trouble is not None:
            raise trouble
        for key, _ in waiting:
            self.over(key)
