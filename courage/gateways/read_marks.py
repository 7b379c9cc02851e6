"""How far each room was read, for chat systems that send nothing again: what was missed is asked for."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from typing import Final, NoReturn

from courage.cases.positions import Positions

_EVERY: Final = 1.0
_log = logging.getLogger(__name__)


class ReadMarks:
    """The time before which everything in a room is in the database, in milliseconds of the chat system's clock.

    Kept in memory and written now and then: after a crash a little is read again, and recognised. A mark does not
    move beyond what is still being dealt with, nor, while it is held, because of what happens now: what was missed before
    that is still to be read.
    """

    def __init__(self, place: Positions) -> None:
        self._place = place
        self._newest: dict[str, int] = {}
        self._under_way: dict[str, Counter[int]] = {}
        self._held: dict[str, int] = {}
        self._changed = False
        self.before = 0

    async def load(self) -> None:
        """Read what is known from earlier; what is known in memory is newer. ``before`` is the newest of it, or 0."""
        stored = await asyncio.to_thread(self._place.load)
        kept = json.loads(stored or "{}")
        self._newest = {**{str(room): int(at) for room, at in kept.items()}, **self._newest}
        self.before = max(self._newest.values(), default=0)

    def begin(self, room: str, at: int) -> None:
        """Take note that something of a time is being dealt with."""
        self._under_way.setdefault(room, Counter())[at] += 1

    def done(self, room: str, at: int) -> None:
        """Take note that it is in the database, or needs nothing."""
        under_way = self._under_way.get(room, Counter())
        under_way[at] -= 1
        if under_way[at] <= 0:
            del under_way[at]
        self.start_at(room, at)
        # A mark that was held back by this moves on now, even where a newer one was done before.
        self._changed = True

    def follow(self, room: str, at: int, answering: asyncio.Task[None] | None) -> None:
        """Let a mark move on when what was said at a time is answered: at once where that is no task.

        Whoever is stopped or killed before hears it again.
        """
        self.begin(room, at)

        def over(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self.done(room, at)

        if answering is None:
            self.done(room, at)
        else:
            answering.add_done_callback(over)

    @property
    def rooms(self) -> list[str]:
        """The rooms that were read, the one with the newest mark first."""
        return sorted(self._newest, key=lambda room: self._newest[room], reverse=True)

    def hold(self) -> None:
        """Keep all marks where they are until they are released: from now on something may be missed."""
        for room in self._newest:
            mark = self.after(room)
            if mark is not None:
                self._held.setdefault(room, mark)

    def is_held(self, room: str) -> bool:
        """Return whether a mark is held, so that what was missed there is still to be read."""
        return room in self._held

    def release(self, room: str | None = None) -> None:
        """Let the mark of a room move on, because what was missed there is being dealt with; ``None``: all marks."""
        for let in [room] if room is not None else list(self._held):
            if self._held.pop(let, None) is not None:
                self._changed = True

    def start_at(self, room: str, at: int) -> None:
        """Read a room from a time on; a mark never moves back."""
        if at > self._newest.get(room, -1):
            self._newest[room] = at
            self._changed = True

    def forget(self, room: str) -> None:
        """Forget a room that is not read any more."""
        self._held.pop(room, None)
        if self._newest.pop(room, None) is not None:
            self._changed = True

    def after(self, room: str) -> int | None:
        """Return the time after which a room has to be read, or ``None`` for one that is new."""
        newest = self._newest.get(room)
        if newest is None:
            return None
        under_way = self._under_way.get(room)
        return min(newest, self._held.get(room, newest), min(under_way) - 1 if under_way else newest)

    @property
    def count(self) -> int:
        """How many rooms were read."""
        return len(self._newest)

    async def save(self) -> None:
        """Write down how far everything was read, where that changed."""
        if self._changed:
            self._changed = False
            marks = {room: self.after(room) for room in self._newest}
            try:
                await asyncio.to_thread(self._place.save, json.dumps(marks, separators=(",", ":")))
            except BaseException:
                self._changed = True  # they stay in memory, and are written the next time
                raise

    async def keep_saved(self, title: str) -> NoReturn:
        """Write marks down again and again; ``title`` is how the log calls the chat system. Runs until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.save()
            except Exception as error:  # the marks stay in memory
                _log.error("how far %s was read could not be written: %s", title, type(error).__name__)
