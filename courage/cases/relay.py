"""Events between engines that share a PostgreSQL database: what one publishes, the others' listeners hear."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import make_url

from courage.cases.events import Event, EventBus

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_log = logging.getLogger(__name__)

_CHANNEL: Final = "courage_events"
#: What other engines hear; rooms of practice and the states of gateways are one engine's own.
TOPICS: Final = frozenset({"case", "outbox", "workshop"})
#: Something may have been missed: whoever shows what changes looks anew.
RESYNC: Final = "resync"
_BACKLOG: Final = 10_000
_LONGEST_WAIT: Final = 10.0


class PostgresRelay:
    """Hands events to and from the other engines by ``LISTEN`` and ``NOTIFY``; they carry numbers, never texts.

    Nobody waits for it: an event that did not arrive is made good by ``resync``, which everybody hears whenever one of
    the lines was broken or had too much to say, and at which pages load anew. Correctness never hangs on an event: rows
    of the outbox are found by their due time, and the library, decisions and rooms by their revisions.

    :param address: SQLAlchemy's address of the database.
    :param engine_id: this engine's name, so that it does not hear itself.
    """

    def __init__(self, bus: EventBus, address: str, engine_id: str) -> None:
        self._bus = bus
        self._address = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
        self._id = engine_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)
        self._connected = False
        bus.forward_to(self._forward)

    def health(self) -> dict[str, Any]:
        """Return whether this engine and the others hear each other."""
        if self._connected:
            return {"status": "ok"}
        return {
            "status": "degraded",
            "note": "what happens at other engines shows here late: no line to the database; trying again",
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
        import psycopg  # only where this database is used

        self._loop = asyncio.get_running_loop()
        wait = 0.5
        while True:
            try:
                # A machine that vanishes is noticed within seconds, not hours.
                async with await psycopg.AsyncConnection.connect(
                    self._address, autocommit=True, connect_timeout=5,
                    keepalives_idle=3, keepalives_interval=2, keepalives_count=2,
                ) as hearing, await psycopg.AsyncConnection.connect(
                    self._address, autocommit=True, connect_timeout=5
                ) as telling:  # fmt: skip
                    await hearing.execute(f"LISTEN {_CHANNEL}")
                    self._connected, wait = True, 0.5
                    self._bus.deliver(Event(RESYNC, {}))
                    self._put(Event(RESYNC, {}))  # the others missed what could not be told them meanwhile
                    await self._both(hearing, telling)
            except* (psycopg.Error, OSError) as errors:
                if self._connected:
                    why = ", ".join(sorted({type(error).__name__ for error in errors.exceptions}))
                    _log.warning("no events from other engines: %s; trying again", why)
            finally:
                self._connected = False
                self._forget()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _both(self, hearing: AsyncConnection[Any], telling: AsyncConnection[Any]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(hearing))
            group.create_task(self._tell(telling))

    async def _hear(self, connection: AsyncConnection[Any]) -> None:
        async for notice in connection.notifies():
            try:
                told = json.loads(notice.payload)
                origin, topic, data = told["from"], told["topic"], told["data"]
            except (ValueError, KeyError, TypeError):
                _log.warning("something else speaks on the database's channel %s", _CHANNEL)
                continue
            if origin != self._id and topic in (*TOPICS, RESYNC) and isinstance(data, dict):
                self._bus.deliver(Event(topic, data))

    async def _tell(self, connection: AsyncConnection[Any]) -> None:
        while True:
            event = await self._queue.get()
            payload = json.dumps({"from": self._id, "topic": event.topic, "data": event.data})
            await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))
