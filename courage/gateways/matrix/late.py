"""Messages to be read later: encrypted ones whose key has not come yet, and what waits for its organisation's limit.

Remembered across restarts, ids alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from courage.cases.positions import Positions
from courage.clock import Clock, utcnow

_NAME: Final = "unread"
_MOST: Final = 500
_MOST_QUEUED: Final = 2_000
#: In place of a key, for messages that wait until their organisation may send more; no session id has such a sign.
_LIMIT: Final = "#limit"
_KEPT: Final = timedelta(days=7)
#: A key that comes a little after its message is nothing to worry about.
_GRACE: Final = timedelta(seconds=60)
#: Nobody is told for ever about what cannot be mended.
_SHOWN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that could not be read: where it is and which key it waits for."""

    room_id: str
    event_id: str
    session_id: str
    since: datetime


class LateKeys:
    """Remembers what could not be read yet, ids alone, the newest ones."""

    def __init__(self, positions: Positions, clock: Clock = utcnow) -> None:
        self._positions = positions
        self._clock = clock
        self._waiting: dict[str, Unread] = {}
        self._changed = False

    async def load(self) -> None:
        """Read what is known from earlier."""
        kept = await asyncio.to_thread(self._positions.kept, _NAME)
        for room_id, event_id, session_id, since in json.loads(kept or "[]"):
            found = Unread(room_id, event_id, session_id, datetime.fromisoformat(since))
            self._waiting[event_id] = found

    async def save(self) -> None:
        """Write down what changed."""
        now = self._clock()
        for old in [u.event_id for u in self._waiting.values() if u.since < now - _KEPT]:
            del self._waiting[old]
            self._changed = True
        if self._changed:
            rows = [
                (u.room_id, u.event_id, u.session_id, u.since.isoformat()) for u in self._waiting.values()
            ]
            await asyncio.to_thread(self._positions.keep, _NAME, json.dumps(rows))
            self._changed = False

    def add(self, room_id: str, event_id: str, session_id: str) -> bool:
        """Remember a message, and return whether it is the first one that waits for its key."""
        if event_id in self._waiting:
            return False
        first = all(u.session_id != session_id for u in self._waiting.values())
        self._waiting[event_id] = Unread(room_id, event_id, session_id, self._clock())
        keyless = [u.event_id for u in self._waiting.values() if u.session_id != _LIMIT]
        if len(keyless) > _MOST:
            del self._waiting[keyless[0]]
        self._changed = True
        return first

    def queue(self, room_id: str, event_id: str) -> bool:
        """Remember a message that waits for its organisation's limit; ``False`` if too many do already."""
        if event_id not in self._waiting:
            if len(self.queued()) >= _MOST_QUEUED:
                return False
            self._waiting[event_id] = Unread(room_id, event_id, _LIMIT, self._clock())
            self._changed = True
        return True

    def queued(self) -> list[Unread]:
        """Return the messages that wait for their organisation's limit, oldest first."""
        return self.waiting_for((_LIMIT,))

    def done(self, event_id: str) -> None:
        """Forget a message: it was read, or it is gone."""
        if self._waiting.pop(event_id, None) is not None:
            self._changed = True

    def waiting_for(self, sessions: Collection[str]) -> list[Unread]:
        """Return the messages that wait for one of these keys."""
        return [u for u in self._waiting.values() if u.session_id in sessions]

    @property
    def count(self) -> int:
        """How many messages of the last day have waited for their key longer than a moment."""
        now = self._clock()
        return sum(
            now - _SHOWN < u.since < now - _GRACE for u in self._waiting.values() if u.session_id != _LIMIT
        )
