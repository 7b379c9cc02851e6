"""Logging in under attack: guessing passwords is slow for the guesser, and nobody else notices."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from courage.clock import utcnow
from courage.people.errors import PersonError
from courage.people.tries import Tries
from courage.web.errors import Busy, TooManyTries

Result = TypeVar("Result")
Key = tuple[str, str, str]

_REMEMBERED: Final = 10_000


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
        for key in (
            pair,
            ("address", "", address),
        ):  # first, so that a flood of guesses asks the database nothing
            self._refuse_if_full(key, now)
        if await self._known_elsewhere(name, address):
            self._remember(name, address)
        keys = self._keys(name, address)
        for key in keys:
            self._refuse_if_full(key, now)
        for key in keys:
            self._tries.setdefault(key, deque()).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
        noted: tuple[int, ...] = ()
        try:
            noted = await self._count_for_all(keys)
            yield
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

    def _keys(self, name: str, address: str) -> list[Key]:
        keys = [("pair", name, address), ("address", "", address)]
        if (name, address) not in self._known:
            keys.append(("name", name, ""))
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


class HashingPool:
    """Runs password hashing on threads of its own, so that no flood of logins takes the threads of other work.

    ``waiting`` bounds how many wait for a thread.
    """

    def __init__(self, *, threads: int = 1, waiting: int = 30) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._free = threads + waiting

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` and return its result.

        :raises Busy: if too many wait already.
        """
        if self._free <= 0:
            raise Busy("too many people are logging in at this moment; try again in a few seconds")
        self._free -= 1
        task = asyncio.get_running_loop().run_in_executor(self._pool, work)
        task.add_done_callback(self._freed)
        return await asyncio.shield(task)

    def _freed(self, task: asyncio.Future[Result]) -> None:
        self._free += 1
        if not task.cancelled():
            task.exception()  # taken note of, for callers who went away

    def close(self) -> None:
        """Let no new work in; what runs is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)
