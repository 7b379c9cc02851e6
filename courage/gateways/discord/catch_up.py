"""How far each channel was read: Discord sends nothing again, so what was missed is asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from courage.cases.positions import Positions


class ReadMarks:
    """The newest message of each channel before which everything is in the database.

    Kept in memory and written now and then: after a crash a little is read again, and recognised.
    """

    def __init__(self, positions: Callable[[str], Positions], account: str) -> None:
        self._place = positions(f"{account}/read")
        self._newest: dict[int, int] = {}
        self._under_way: dict[int, set[int]] = {}
        self._changed = False

    async def load(self) -> None:
        """Read what is known from earlier; what is known in memory is newer."""
        kept = await asyncio.to_thread(self._place.load)
        self._newest = {**{int(k): int(v) for k, v in json.loads(kept or "{}").items()}, **self._newest}

    def begin(self, channel_id: int, message_id: int) -> None:
        """Take note that a message is being dealt with."""
        self._under_way.setdefault(channel_id, set()).add(message_id)

    def done(self, channel_id: int, message_id: int) -> None:
        """Take note that a message is in the database, or needs nothing."""
        self._under_way.get(channel_id, set()).discard(message_id)
        if message_id > self._newest.get(channel_id, 0):
            self._newest[channel_id] = message_id
            self._changed = True

    def start_at(self, channel_id: int, message_id: int) -> None:
        """Begin a channel that was not read before: its history is not looked at."""
        if channel_id not in self._newest:
            self._newest[channel_id] = message_id
            self._changed = True

    def after(self, channel_id: int) -> int | None:
        """Return the message after which a channel has to be read, or ``None`` for one that is new."""
        newest = self._newest.get(channel_id)
        under_way = self._under_way.get(channel_id)
        return newest if newest is None or not under_way else min(newest, min(under_way) - 1)

    @property
    def channels(self) -> list[int]:
        """The channels that were read."""
        return list(self._newest)

    async def save(self) -> None:
        """Write down how far everything was read, where that changed."""
        if self._changed:
            self._changed = False
            marks = {str(channel): self.after(channel) for channel in self._newest}
            await asyncio.to_thread(self._place.save, json.dumps(marks, separators=(",", ":")))
