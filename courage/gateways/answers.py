"""Answers to what people say in desk and direct rooms: thought of in the background, sent in order for each person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from courage.cases.conversation import Answer
from courage.cases.errors import ChannelError
from courage.i18n.catalogue import Voice

_AT_ONCE = 16
_REMEMBERED = 5000
_TRIES = 4
_LONGEST_WAIT = 30.0
_log = logging.getLogger(__name__)

#: Sends one answer, numbered from 0, in the voice of the person who asked.
Send = Callable[[int, Answer, Voice], Awaitable[object]]
#: Finds the answers to what was said, and the voice of who said it.
Think = Callable[[], Awaitable[tuple[list[Answer], Voice]]]


class Answers:
    """Thinks of answers and sends them; reading never waits for that.

    Everything said is dealt with in a task of its own, one at a time for each person.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[str, None] = {}

    def later(self, key: str, conversation: str, think: Think, send: Send) -> asyncio.Task[None] | None:
        """Answer what was said, after what the same ``conversation`` is still waiting for; return what does it.

        ``key`` tells what was said from everything else; what has a known key is not heard twice.
        """
        if key in self._known:  # a batch that is read again must not command twice
            return None
        self._known[key] = None
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        task = asyncio.create_task(self._answer(self._last.get(conversation), think, send), name="desk-talk")
        self._tasks.add(task)
        self._last[conversation] = task
        task.add_done_callback(lambda done: self._over(conversation, done))
        return task

    def knows(self, key: str) -> bool:
        """Return whether what has this key was heard."""
        return key in self._known

    async def settled(self, seconds: float) -> None:
        """Wait until everything heard so far is answered, but not longer than some seconds."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=seconds)

    def _over(self, conversation: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._last.get(conversation) is task:
            del self._last[conversation]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("an answer in a desk room failed: %s", type(error).__name__)

    async def close(self) -> None:
        """Give up what is not answered yet."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, before: asyncio.Task[None] | None, think: Think, send: Send) -> None:
        if before is not None:
            await asyncio.wait([before])
        async with self._slots:
            answers, voice = await think()
            for number, answer in enumerate(answers):
                await self._send(send, number, answer, voice)

    async def _send(self, send: Send, number: int, answer: Answer, voice: Voice) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await send(number, answer, voice)
                return
            except ChannelError as error:
                if attempt == _TRIES or error.retry_after is None:
                    _log.warning("an answer could not be sent: %s", error)
                    return
                await asyncio.sleep(min(error.retry_after, _LONGEST_WAIT))
