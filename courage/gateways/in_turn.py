"""Deals with messages side by side; what is about the same message keeps its order, and nothing is lost on the way.

What fails is tried again, less and less often, until it works or is given up (:mod:`courage.gateways.patience`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from courage.gateways.base import Backoff
from courage.gateways.patience import Patience
from courage.gateways.read_marks import ReadMarks

_AT_ONCE: Final = 32

#: Deals with something once; called again when it failed. Returns whether screening and the database took part.
Step = Callable[[], Awaitable[bool]]


class InTurn:
    """Runs steps, each in a task of its own, in order for each message.

    ``marks`` stay before what is not dealt with yet, where the chat system has any. ``trouble(note)`` hears why messages
    wait, and an empty note when none does any more.
    """

    def __init__(
        self,
        channel: str,
        marks: ReadMarks | None,
        trouble: Callable[[str], None],
        patience: Patience,
        *,
        longest_wait: float = 30.0,
    ) -> None:
        self._channel = channel
        self._marks = marks
        self._trouble = trouble
        self._patience = patience
        self._longest_wait = longest_wait
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting: dict[asyncio.Task[None], str] = {}

    def add(self, room: str, message: str, at: int | None, step: Step) -> asyncio.Task[None]:
        """Deal with something about a message after everything else about it; the task is done when that is over.

        :param at: its time for the marks; ``None`` where it moves none.
        """
        if at is not None and self._marks is not None:
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
        return task

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
        self, before: asyncio.Task[None] | None, room: str, message: str, at: int | None, step: Step
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        backoff = Backoff(first=0.2, longest=self._longest_wait)
        self._patience.begin(room, message)
        while reason := await self._try(room, message, step):
            self._wait_for(reason)
            # Not in a slot: others may work meanwhile.
            await asyncio.sleep(backoff.next())
        self._no_more()
        if at is not None and self._marks is not None:
            self._marks.done(room, at)

    async def _try(self, room: str, message: str, step: Step) -> str:
        """Do what is to be done; return why it has to be tried again, empty where it is over."""
        async with self._slots:
            try:
                if await step():
                    self._patience.worked()
            except Exception as error:
                return "" if self._patience.is_final(room, message, error) else type(error).__name__
        self._patience.over(room, message)
        return ""

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
