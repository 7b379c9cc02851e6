"""Limits under attack: guessing passwords or codes is slow for the guesser, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from courage.clock import utcnow
from courage.people.errors import PersonError
from courage.people.tries import Tries
from courage.web.errors import Busy, TooManyTries, TooOften

Result = TypeVar("Result")
Key = tuple[str, str, str]

_REMEMBERED: Final = 10_000
#: How much hashing of passwords stands back behind other work, in the system's measure of niceness.
_NICE: Final = 10


class LoginLimit:
    """Counts tries to log in, before the password is looked at, within a window of seconds.

    ``by_pair`` bounds the failures for one name from one address, ``by_address`` those from one address. ``by_name``
    bounds those for one name from everywhere, and so does not hold for addresses from which that name got in before:
    whoever attacks a name from many places cannot lock out the person who bears it.

    ``shared`` counts the same once more in the database, for other engines and for after a restart. Memory is asked first:
    a flood of guesses never reaches the database.
    """

    def __init__(
        self,
        *,
        by_pair: int = 8,
        by_address: int = 40,
        by_name: int = 100,
        window: float = 900.0,
        now: Callable[[], float] = time.monotonic,
        shared: Tries | None = None,
    ) -> None:
        self._shared = shared
        self._allowed = {"pair": by_pair, "address": by_address, "name": by_name}
        self._window = window
        self._now = now
        self._tries: OrderedDict[Key, deque[float]] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, name: str, address: str) -> AsyncIterator[None]:
        """Count a try while it is made; it stays counted if it ends with ``PersonError`` or is cut off.

        :raises TooManyTries: before anything is tried, with the seconds to wait.
        """
        name = name.casefold()[:200]
        pair = ("pair", name, address)
        now = self._now()
        # At once and before anything is awaited, so that no flood of guesses at the same moment slips through.
        keys = self._count_here([pair, ("address", "", address)], now)
        noted: tuple[int, ...] = ()
        try:
            if await self._known_elsewhere(name, address):
                self._remember(name, address)
            if (name, address) not in self._known:
                keys += self._count_here([("name", name, "")], now)
            noted = await self._count_for_all(keys)
            yield
        except TooManyTries:  # refused before it was tried
            self._take_back(keys, now)
            raise
        except (PersonError, asyncio.CancelledError):
            raise
        except BaseException:  # our own failure is nobody's wrong password
            self._take_back(keys, now)
            if self._shared is not None and noted:
                await asyncio.to_thread(self._shared.take_back, noted)
            raise
        self._take_back(keys, now)
        self._tries.pop(pair, None)
        self._remember(name, address)
        if self._shared is not None:
            await asyncio.to_thread(self._shared.succeeded, noted, pair)

    async def _known_elsewhere(self, name: str, address: str) -> bool:
        if self._shared is None or (name, address) in self._known:
            return False
        return await asyncio.to_thread(self._shared.known, ("pair", name, address))

    def _remember(self, name: str, address: str) -> None:
        self._known[name, address] = None
        self._known.move_to_end((name, address))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _count_for_all(self, keys: list[Key]) -> tuple[int, ...]:
        """Count a try for all engines.

        :raises TooManyTries: if there were too many at all of them together.
        """
        if self._shared is None:
            return ()
        noted, wait = await asyncio.to_thread(
            self._shared.begin, {key: self._allowed[key[0]] for key in keys}
        )
        if wait is not None:
            raise TooManyTries(max(1, math.ceil((wait - utcnow()).total_seconds())))
        return noted

    def _count_here(self, keys: list[Key], now: float) -> list[Key]:
        """Count a try in memory and return what it was counted for.

        :raises TooManyTries: if there were too many; nothing is counted then.
        """
        for key in keys:
            self._refuse_if_full(key, now)
        for key in keys:
            self._tries.setdefault(key, deque()).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
        return keys

    def _refuse_if_full(self, key: Key, now: float) -> None:
        tries = self._tries.get(key)
        while tries and tries[0] <= now - self._window:
            tries.popleft()
        if tries and len(tries) >= self._allowed[key[0]]:
            raise TooManyTries(math.ceil(tries[0] + self._window - now))

    def _take_back(self, keys: list[Key], moment: float) -> None:
        for key in keys:
            tries = self._tries.get(key)
            if tries and moment in tries:
                tries.remove(moment)


class Rate:
    """Lets something happen at most ``most`` times within a window of seconds, for each key by itself."""

    def __init__(self, most: int, window: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window = window
        self._now = now
        self._times: OrderedDict[object, deque[float]] = OrderedDict()

    def check(self, key: object) -> None:
        """Let pass what may happen once more, without counting it.

        :raises TooOften: with the seconds to wait.
        """
        now, times = self._now(), self._times.get(key)
        while times and times[0] <= now - self._window:
            times.popleft()
        if times and len(times) >= self._most:
            raise TooOften(math.ceil(times[0] + self._window - now))

    def count(self, key: object) -> None:
        """Count that it happened.

        :raises TooOften: if it may not, with the seconds to wait.
        """
        self.check(key)
        self._times.setdefault(key, deque()).append(self._now())
        self._times.move_to_end(key)
        while len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)


class SharedRate:
    """A :class:`Rate` that counts in the database too, so that all engines together let something happen ``most`` times.

    Only what is counted costs a statement. That too many happened elsewhere an engine learns by the next one it counts,
    and holds to it until they are old.

    :param kind: what is counted.
    :param tries: counts for all engines, in its own window; ``None``: each engine counts alone.
    """

    def __init__(self, kind: str, most: int, window: float, tries: Tries | None = None) -> None:
        self._kind = kind
        self._most = most
        self._rate = Rate(most, window)
        self._tries = tries
        self._full: OrderedDict[str, datetime] = OrderedDict()

    def check(self, key: str) -> None:
        """Let pass what may happen once more, without counting it.

        :raises TooOften: with the seconds to wait.
        """
        self._rate.check(key)
        until = self._full.get(key)
        if until is None:
            return
        wait = (until - utcnow()).total_seconds()
        if wait > 0:
            raise TooOften(math.ceil(wait))
        del self._full[key]

    async def count(self, key: str) -> None:
        """Count that it happened.

        :raises TooOften: if it may not, with the seconds to wait.
        """
        self.check(key)
        self._rate.count(key)
        if self._tries is None:
            return
        _, until = await asyncio.to_thread(self._tries.begin, {(self._kind, key): self._most})
        if until is not None:
            self._full[key] = until
            while len(self._full) > _REMEMBERED:
                self._full.popitem(last=False)
            raise TooOften(max(1, math.ceil((until - utcnow()).total_seconds())))


def _step_back() -> None:
    """Let everything else of the program go first: hashing is made to keep a processor busy, and others need it too."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class Place:
    """A place in the line for hashing. It is free again when the work is over, though whoever asked for it went away."""

    def __init__(self, begin: Callable[[Callable[[], Any]], asyncio.Future[Any]]) -> None:
        self._begin = begin
        self.used = False

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` on a thread for it and return its result; once."""
        assert not self.used
        self.used = True
        result: Result = await asyncio.shield(self._begin(work))
        return result


class HashingPool:
    """Runs password hashing on threads of its own, so that no flood of logins takes the threads of other work.

    ``waiting`` bounds how many wait for a thread.
    """

    def __init__(self, *, threads: int = 1, waiting: int = 30) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing", initializer=_step_back)
        self._free = threads + waiting

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """Hold a place in the line, from before anything else is asked about a login.

        :raises Busy: if too many wait already.
        """
        if self._free <= 0:
            raise Busy("too many people are logging in at this moment; try again in a few seconds")
        self._free -= 1
        place = Place(self._begin)
        try:
            yield place
        finally:
            if not place.used:
                self._free += 1

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` and return its result.

        :raises Busy: if too many wait already.
        """
        async with self.place() as place:
            return await place.run(work)

    def _begin(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        task = asyncio.get_running_loop().run_in_executor(self._pool, work)
        task.add_done_callback(self._freed)
        return task

    def _freed(self, task: asyncio.Future[Result]) -> None:
        self._free += 1
        if not task.cancelled():
            task.exception()  # taken note of, for callers who went away

    def close(self) -> None:
        """Let no new work in; what runs is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)
