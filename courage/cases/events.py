"""Events inside the process: who wants to know subscribes, nobody polls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

_BACKLOG = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: ``topic`` is ``case``, ``outbox``, ``room``, ``channel`` …; no text in ``data``."""

    topic: str
    data: dict[str, Any]


class Subscription:
    """Events of some topics as an async iterator; a slow reader loses the oldest."""

    def __init__(self, bus: EventBus, topics: tuple[str, ...], backlog: int) -> None:
        self._bus = bus
        self.topics = frozenset(topics)
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event] = asyncio.Queue(backlog)

    def offer(self, event: Event) -> None:
        """Hand over an event from any thread."""
        if not self.topics or event.topic in self.topics:
            try:
                self._loop.call_soon_threadsafe(self._put, event)
            except RuntimeError:  # the loop is closed: nobody reads any more
                self.close()

    def _put(self, event: Event) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(event)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        return await self._queue.get()

    def close(self) -> None:
        """Stop listening."""
        self._bus.forget(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class EventBus:
    """Hands events to listeners; ``publish`` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []
        self._listeners: list[tuple[str, Callable[[dict[str, Any]], None]]] = []
        self._forward: Callable[[Event], None] | None = None

    def forward_to(self, forward: Callable[[Event], None]) -> None:
        """Hand what is published here to ``forward`` as well, for listeners elsewhere; be quick and thread-safe."""
        self._forward = forward

    def publish(self, topic: str, data: dict[str, Any] | None = None) -> None:
        """Hand an event to everybody who listens to ``topic``, here and at other engines."""
        event = Event(topic, data or {})
        self.deliver(event)
        if self._forward is not None:
            self._forward(event)

    def deliver(self, event: Event) -> None:
        """Hand an event to everybody who listens here."""
        with self._lock:
            subscriptions = list(self._subscriptions)
            listeners = [call for wanted, call in self._listeners if wanted == event.topic]
        for call in listeners:
            call(event.data)
        for subscription in subscriptions:
            subscription.offer(event)

    def subscribe(self, *topics: str, backlog: int = _BACKLOG) -> Subscription:
        """Return a subscription from now on; no topics means all. Needs a running event loop."""
        subscription = Subscription(self, topics, backlog)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def listen(self, topic: str, call: Callable[[dict[str, Any]], None]) -> None:
        """Call ``call(data)`` at every ``topic``, in the publisher's thread; be quick and thread-safe."""
        with self._lock:
            self._listeners.append((topic, call))

    def forget(self, subscription: Subscription) -> None:
        """Drop a subscription; unknown ones are no mistake."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
