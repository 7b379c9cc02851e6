"""Sends once what Slack would send again: it knows no idempotency keys, so every message carries its own name.

Before a message goes out, the database says so, with the time. Where the answer did not come, everything that was posted
in that place since is looked through for the name before it is sent again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.positions import Positions
from courage.gateways.slack.api import SlackApi
from courage.gateways.values import Json, mapping, string

EVENT = "courage_delivery"
#: Clocks differ: how many seconds before the first try is looked, too.
_MARGIN = 3600.0
#: How many sends are remembered, the newest: for each its time and, once it is known, the message.
_KEPT = 200


class Sends:
    """What was begun, and what became of it; one send a channel at a time."""

    def __init__(
        self, api: SlackApi, place: Positions, salt: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._api = api
        self._place = place
        self._salt = salt
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}
        self._saving = asyncio.Lock()
        self._known: dict[str, tuple[float, str]] = {}

    async def load(self) -> None:
        """Read what an earlier life began."""
        stored = await asyncio.to_thread(self._place.load)
        kept = json.loads(stored or "{}")
        self._known = {str(name): (float(at), str(ts)) for name, (at, ts) in kept.items()}

    def _name(self, key: str) -> str:
        return blake2b(f"{self._salt}\0{key}".encode(), digest_size=12).hexdigest()

    def sent(self, key: str) -> str:
        """Return the message that ``key`` stands for, empty where it is not known to be sent."""
        return self._known.get(self._name(key), (0.0, ""))[1]

    async def once(
        self, channel: str, key: str, send: Callable[[Json], Awaitable[Json]], thread: str | None = None
    ) -> str:
        """Send what ``key`` stands for, unless it was sent, and return the name (``ts``) of the message.

        :param send: posts it with the metadata that it gets, and returns it.
        :param thread: the thread that it is posted in.
        """
        name = self._name(key)
        async with self._locks.setdefault(channel, asyncio.Lock()):
            since, ts = self._known.get(name, (None, ""))
            if ts:
                return ts
            if since is not None and (found := await self._find(channel, thread, name, since)):
                return await self._done(name, since, found)
            at = since or self._clock()
            self._known[name] = (at, "")
            await self._save()
            try:
                message = await send({"event_type": EVENT, "event_payload": {"delivery": name}})
            except ChannelError as error:
                if isinstance(error, ChannelRefused) or error.retry_after is not None:
                    del self._known[name]  # Slack said no: it is not there
                    await self._save()
                raise
            return await self._done(name, at, string(message.get("ts")))

    async def _find(self, channel: str, thread: str | None, name: str, since: float) -> str:
        """Return the message of that name, empty where there is none."""
        oldest = f"{since - _MARGIN:.6f}"
        pages = self._api.thread(channel, thread, oldest) if thread else self._api.history(channel, oldest)
        async for page in pages:
            for message in page:
                metadata = mapping(message.get("metadata"))
                delivery = string(mapping(metadata.get("event_payload")).get("delivery"))
                if metadata.get("event_type") == EVENT and delivery == name:
                    return string(message.get("ts"))
        return ""

    async def _done(self, name: str, at: float, ts: str) -> str:
        self._known[name] = (at, ts)
        await self._save()
        return ts

    async def _save(self) -> None:
        async with self._saving:  # an older state must never be written after a newer one
            while len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
            kept = json.dumps(self._known, separators=(",", ":"))
            await asyncio.to_thread(self._place.save, kept)
