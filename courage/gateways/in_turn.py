"""Deals with messages side by side; what is about the same message keeps its order, and nothing is lost on the way.

Two kinds of failures are told apart. Where the database or screening is away, every message fails: then it is waited
for, however long that takes, and no message is blamed. A message that fails again and again *while others are dealt
with in between* is given up, so that it does not keep its room's mark back for ever; a person hears of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from courage.db.away import is_away
from courage.errors import CourageError, Unavailable
from courage.gateways.base import Backoff
from courage.gateways.read_marks import ReadMarks

_AT_ONCE: Final = 32
_POISON: Final = 5
_log = logging.getLogger(__name__)

#: Deals with something once; called again when it failed. Returns whether screening and the database took part.
Step = Callable[[], Awaitable[bool]]
#: Hears that a message of a room was given up.
GivenUp = Callable[[str, str], Awaitable[None]]


def is_ours(error: Exception) -> bool:
    """Return whether an error is about the machinery, whatever message was being dealt with."""
    return is_away(error) or isinstance(error, Unavailable | OSError | MemoryError)


class InTurn:
    """Runs steps, each in a task of its own, in order for each message.

    ``trouble(note)`` hears why messages wait, and an empty note when none does any more.
    """

    def __init__(
        self,
        channel: str,
        marks: ReadMarks,
        trouble: Callable[[str], None],
        given_up: GivenUp,
        *,
        longest_wait: float = 30.0,
    ) -> None:
        self._channel = channel
        self._marks = marks
        self._trouble = trouble
        self._tell = given_up
        self._longest_wait = longest_wait
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting: dict[asyncio.Task[None], str] = {}
        self._worked = 0
        self.given_up = 0

    def add(self, room: str, message: str, at: int, step: Step) -> None:
        """Deal with something about a message after everything else about it; ``at`` is its time for the marks."""
        self._marks.begin(room, at)
        key = (room, message)
        task = asyncio.create_task(
            self._do(self._last.get(key), room, message, at, step), name=f"{self._channel}-message"
        )
        self._last[key] = task

        def over(done: asyncio.Task[None]) -> None:
            if self._last.get(key) is done:
                del self._last[key]

        task.add_done_callback(over)

    async def settled(self) -> None:
        """Wait until everything heard so far is dealt with."""
        while self._last:
            await asyncio.gather(*self._last.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Give up what is not dealt with yet; its room's mark has not moved, so it is read again after the next start."""
        tasks = list(self._last.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(
        self, before: asyncio.Task[None] | None, room: str, message: str, at: int, step: Step
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        backoff = Backoff(first=0.2, longest=self._longest_wait)
        blamed, seen = 0, self._worked
        while True:
            reason = ""
            async with self._slots:
                try:
                    if await step():
                        self._worked += 1
                except CourageError as error:
                    if is_ours(error):
                        reason = type(error).__name__
                    else:
                        await self._give_up(room, message, type(error).__name__)
                except Exception as error:
                    reason = type(error).__name__
                    # It counts only where something else worked since the last try: then the fault is in the message.
                    if not is_ours(error) and self._worked > seen:
                        blamed += 1
                    seen = self._worked
                    if blamed >= _POISON:
                        reason = ""
                        await self._give_up(room, message, type(error).__name__)
            if not reason:
                break
            self._wait_for(reason)
            await asyncio.sleep(backoff.next())
        self._no_more()
        self._marks.done(room, at)

    async def _give_up(self, room: str, message: str, reason: str) -> None:
        _log.error("message %s of %s was not screened and is given up: %s", message, self._channel, reason)
        self.given_up += 1
        await self._tell(room, message)

    def _wait_for(self, reason: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._waiting[task] = reason
        task.add_done_callback(lambda done: self._waiting.pop(done, None))
        self._trouble(f"messages cannot be screened: {reason}")

    def _no_more(self) -> None:
        task = asyncio.current_task()
        if task is not None and self._waiting.pop(task, None) is not None and not self._waiting:
            self._trouble("")
