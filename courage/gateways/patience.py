"""When a message is given up: the one rule for all chat systems.

Two kinds of failures are told apart. Where the database, screening or the machine is in trouble, every message fails:
then it is waited for, however long that takes, and no message is blamed. A message that fails again and again *while
others are screened in between* is given up, so that it does not keep the rest from being read for ever; and so is, at
once, one of which screening itself says that it cannot be read. ``/health`` counts those of the last day, and people
hear of each.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from courage.cases.errors import ChannelError, ChannelRefused
from courage.db.away import is_away
from courage.errors import CourageError, Unavailable

_POISON: Final = 5
_SHOWN_SECONDS: Final = 24 * 3600.0
_log = logging.getLogger(__name__)

#: Hears that a message of a room was given up.
GivenUp = Callable[[str, str], Awaitable[None]]
#: Something about a message of a room that is under way; it says whether screening and the database took part.
Waiting = tuple[str, str, Awaitable[bool]]


def is_ours(error: BaseException) -> bool:
    """Say whether an error is about the machinery or the chat system, whatever message was being dealt with."""
    if not isinstance(error, Exception):
        return True
    if isinstance(error, ChannelRefused):
        return False
    return is_away(error) or isinstance(error, Unavailable | ChannelError | OSError | MemoryError)


class Patience:
    """Counts for each message how often it failed while others were screened.

    ``channel`` names the chat system in the log; ``given_up`` hears of each message that is given up, in a task of its
    own; ``clock`` gives seconds that only go up.
    """

    def __init__(
        self, channel: str, given_up: GivenUp, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._channel = channel
        self._tell = given_up
        self._clock = clock
        self._worked = 0
        self._tries: dict[tuple[str, str], tuple[int, int]] = {}
        self._given_up: deque[float] = deque(maxlen=10_000)
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def given_up(self) -> int:
        """How many messages of the last day nobody screened."""
        while self._given_up and self._given_up[0] < self._clock() - _SHOWN_SECONDS:
            self._given_up.popleft()
        return len(self._given_up)

    @property
    def note(self) -> str:
        """What ``/health`` should say of them; mostly nothing."""
        count = self.given_up
        return (
            f"{count} messages could not be screened in the last day: the desk was told where"
            if count
            else ""
        )

    def begin(self, room: str, message: str) -> None:
        """Take note that something about a message is tried from now on; what works after this can speak against it."""
        self._tries.setdefault((room, message), (0, self._worked))

    def worked(self) -> None:
        """Take note that screening and the database dealt with some message."""
        self._worked += 1

    def over(self, room: str, message: str) -> None:
        """Forget the failed tries of a message."""
        self._tries.pop((room, message), None)

    def is_final(self, room: str, message: str, error: BaseException) -> bool:
        """Take note of a failed try; ``True`` if the message is given up, ``False`` if it is to be tried again."""
        if is_ours(error):
            return False
        blamed, seen = self._tries.get((room, message), (0, self._worked))
        # It counts only where something else worked since the last try: then the fault is in the message.
        blamed += self._worked > seen
        self._tries[room, message] = (blamed, self._worked)
        # What says of itself that it cannot be screened will say so again.
        own_words = isinstance(error, CourageError) and not isinstance(error, ChannelError)
        if blamed < _POISON and not own_words:
            return False
        self.over(room, message)
        said = f": {error}" if own_words else ""
        _log.error(
            "message %s of %s was not screened and is given up (%s)%s",
            message,
            self._channel,
            type(error).__name__,
            said,
        )
        self._given_up.append(self._clock())
        task = asyncio.create_task(self._hear(room, message), name=f"{self._channel}-given-up")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return True

    async def _hear(self, room: str, message: str) -> None:
        try:
            await self._tell(room, message)
        except Exception as error:
            _log.error("nobody could be told of a message that was given up: %s", type(error).__name__)

    async def told(self) -> None:
        """Wait until people were told of everything that was given up."""
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def close(self) -> None:
        """Stop telling."""
        for task in list(self._telling):
            task.cancel()
        await self.told()


class Batch:
    """A batch that is read again as a whole where something in it failed; the rest of it is dealt with all the same."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._trouble: BaseException | None = None

    async def settle(self, waiting: Sequence[Waiting]) -> None:
        """Await steps that were begun together.

        :raises BaseException: at once, where our own parts are in trouble.
        """
        for room, message, _ in waiting:
            self._patience.begin(room, message)
        results = await asyncio.gather(*(step for _, _, step in waiting), return_exceptions=True)
        for result in results:
            if result is True:
                self._patience.worked()
        ours: BaseException | None = None
        for (room, message, _), result in zip(waiting, results, strict=True):
            if not isinstance(result, BaseException):
                self._patience.over(room, message)
            elif not self._patience.is_final(room, message, result):
                self._trouble = result
                ours = result if is_ours(result) else ours
        if ours is not None:
            raise ours

    def end(self) -> None:
        """Be done with the batch.

        :raises BaseException: what went wrong with a message, if the batch is to be read again.
        """
        if self._trouble is not None:
            raise self._trouble
