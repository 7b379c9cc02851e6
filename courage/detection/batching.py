"""Dynamic batching: many callers, one worker thread, batches as large as the moment's traffic."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from courage.detection.screener import Screener
from courage.detection.verdict import Verdict
from courage.errors import CourageError, Unavailable

_MOST = 64
_MOST_CHARS = 40_000


@dataclass(slots=True)
class _Waiting:
    text: str
    sensitivity: str
    future: asyncio.Future[Verdict]


class BatchingScreener:
    """Awaitable front of a :class:`Screener`; use ``start`` and ``close``, or ``async with``."""

    def __init__(self, screener: Screener, *, most: int = _MOST) -> None:
        self._screener = screener
        self._most = most
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._worker: ThreadPoolExecutor | None = None

    async def start(self) -> None:
        """Start the worker; a second call does nothing."""
        if self._task is None:
            self._queue = asyncio.Queue()
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="screening")
            self._task = asyncio.create_task(self._serve(), name="screening")

    async def close(self) -> None:
        """Finish what was asked for, then stop; later calls of ``screen`` raise."""
        task, self._task = self._task, None
        if task is not None:
            self._queue.put_nowait(None)
            await task
        if self._worker is not None:
            self._worker.shutdown(wait=False)
            self._worker = None

    async def __aenter__(self) -> BatchingScreener:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def screen(self, text: str, sensitivity: str = "balanced") -> Verdict:
        """Screen one message together with whatever else waits.

        :raises Unavailable: if screening is not running, or the machine has no room for it now.
        :raises CourageError: where the message cannot be screened.
        """
        if self._task is None:
            raise Unavailable("screening is not running: start it first")
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(text, sensitivity, future))
        return await future

    async def _serve(self) -> None:
        open_ = True
        while open_:
            first = await self._queue.get()
            if first is None:
                break
            batch, size = [first], len(first.text) if isinstance(first.text, str) else 0
            while len(batch) < self._most and size < _MOST_CHARS and not self._queue.empty():
                item = self._queue.get_nowait()
                if item is None:
                    open_ = False
                    break
                batch.append(item)
                size += len(item.text) if isinstance(item.text, str) else 0
            await self._answer(batch)
        while not self._queue.empty():
            late = self._queue.get_nowait()
            if late is not None and not late.future.done():
                late.future.set_exception(Unavailable("screening was closed"))

    async def _answer(self, batch: list[_Waiting]) -> None:
        groups: dict[str, list[_Waiting]] = {}
        for item in batch:
            # Who has stopped waiting costs nothing.
            if not item.future.done():
                groups.setdefault(item.sensitivity, []).append(item)
        for sensitivity, items in groups.items():
            try:
                verdicts = await self._run([item.text for item in items], sensitivity)
            except Exception as error:
                if len(items) > 1:
                    # One bad text must not spoil its neighbours' verdicts.
                    for item in items:
                        await self._answer([item])
                elif not items[0].future.done():
                    items[0].future.set_exception(_told(error))
                continue
            for item, verdict in zip(items, verdicts, strict=True):
                if not item.future.done():
                    item.future.set_result(verdict)

    async def _run(self, texts: list[str], sensitivity: str) -> list[Verdict]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._screener.screen_many, texts, sensitivity)


def _told(error: Exception) -> CourageError:
    if isinstance(error, CourageError):
        return error
    # Not the error's text: it may quote the message.
    kind = Unavailable if isinstance(error, (MemoryError, OSError)) else CourageError
    return kind(f"the message cannot be screened: {type(error).__name__}")
