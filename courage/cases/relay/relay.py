"""Hands events to and from the other engines, whatever carries them there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from courage.cases.events import Event, EventBus

_log = logging.getLogger(__name__)

#: What other engines hear; rooms of practice and the states of gateways are one engine's own.
TOPICS: Final = frozenset({"case", "outbox", "workshop"})
#: Something may have been missed: whoever shows what changes looks anew.
RESYNC: Final = "resync"
_BACKLOG: Final = 10_000
_SHORTEST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 10.0


class Line(Protocol):
    """A line on which engines hear each other. It ends with an error once something on it may have been missed."""

    def hear(self) -> AsyncIterator[str]:
        """Yield what any engine told on this line, this one's own words too, in order."""

    async def tell(self, payload: str) -> None:
        """Tell all engines."""


class Transport(Protocol):
    """What carries events between engines: it opens lines, and knows what is wrong where it cannot."""

    #: What it is to people: "no line to …".
    name: str

    def connect(self) -> AbstractAsyncContextManager[Line]:
        """Open a line. Once it is open, nothing that anybody tells is missed."""

    def explain(self, error: Exception) -> str | None:
        """Return in plain words, without secrets, what an error of a line is about.

        Nothing where the line is just not there; ``None`` where the error is none of a line's.
        """


class Relay:
    """Hands events to and from the other engines; they carry numbers, never texts.

    Nobody waits for it: an event that did not arrive is made good by ``resync``, which everybody hears whenever one of
    the lines was broken or had too much to say, and at which pages load anew. Correctness never hangs on an event: rows
    of the outbox are found by their due time, and the library, decisions and rooms by their revisions.

    :param engine_id: this engine's name, so that it does not hear itself.
    """

    def __init__(self, bus: EventBus, transport: Transport, engine_id: str) -> None:
        self._bus = bus
        self._transport = transport
        self._id = engine_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)
        self._connected = False
        #: Why there is no line, as far as somebody can do something about it.
        self._why = ""
        #: What the log said last of a line that is away, so that it does not say it at every try.
        self._said: str | None = None
        bus.forward_to(self._forward)

    def health(self) -> dict[str, Any]:
        """Return whether this engine and the others hear each other."""
        if self._connected:
            return {"status": "ok"}
        why = f" ({self._why})" if self._why else ""
        return {
            "status": "degraded",
            "note": f"what happens at other engines shows here late: no line to {self._transport.name}{why}; trying again",
        }

    def _forward(self, event: Event) -> None:
        loop = self._loop
        if event.topic in TOPICS and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._put, event)

    def _put(self, event: Event) -> None:
        if not self._connected:
            return
        if self._queue.full():
            self._forget()
            event = Event(RESYNC, {})
        self._queue.put_nowait(event)

    def _forget(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()

    async def run(self) -> None:
        """Hear and tell until cancelled."""
        self._loop = asyncio.get_running_loop()
        wait = _SHORTEST_WAIT
        while True:
            try:
                async with self._transport.connect() as line:
                    self._connected, self._why, self._said, wait = True, "", None, _SHORTEST_WAIT
                    self._bus.deliver(Event(RESYNC, {}))
                    self._put(Event(RESYNC, {}))  # the others missed what could not be told them meanwhile
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._hear(line))
                        group.create_task(self._tell(line))
            # Whatever it was: an engine that stopped listening for good would look well and show everything late.
            except* Exception as errors:
                self._broken(errors.exceptions)
            finally:
                self._connected = False
                self._forget()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _broken(self, errors: tuple[Exception, ...]) -> None:
        found = [error for group in errors for error in _leaves(group)]
        known = {error: self._transport.explain(error) for error in found}
        self._why = "; ".join(dict.fromkeys(why for why in known.values() if why))
        said = self._why or ", ".join(sorted({type(error).__name__ for error in found}))
        if said != self._said:
            strange = next((error for error, why in known.items() if why is None), None)
            _log.warning("no events from other engines: %s; trying again", said, exc_info=strange)
        self._said = said

    async def _hear(self, line: Line) -> None:
        warned = False
        async for payload in line.hear():
            if _cancelled():
                return
            try:
                told = json.loads(payload)
                origin, topic, data = told["from"], told["topic"], told["data"]
            except (ValueError, KeyError, TypeError, RecursionError):
                if not warned:  # once a line: whoever else speaks there may have much to say
                    _log.warning(
                        "something else speaks where engines hear each other (%s)", self._transport.name
                    )
                warned = True
                continue
            if origin != self._id and topic in (*TOPICS, RESYNC) and isinstance(data, dict):
                self._bus.deliver(Event(topic, data))

    async def _tell(self, line: Line) -> None:
        while not _cancelled():
            event = await self._queue.get()
            await line.tell(json.dumps({"from": self._id, "topic": event.topic, "data": event.data}))


def _cancelled() -> bool:
    """Say whether this task is to end: clients work under ``asyncio.wait_for``, which in Python 3.11 may swallow that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _leaves(error: Exception) -> list[Exception]:
    if isinstance(error, ExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]
