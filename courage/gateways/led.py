"""Gateways where several engines share a database: each is run by one of them, and by another when that one dies."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from courage.cases.ports import Channel
from courage.db.away import is_away
from courage.db.leases import Leases
from courage.gateways.registry import Gateway

_log = logging.getLogger(__name__)

#: Seconds between two tries to take over what another engine runs, and between two renewals.
_EVERY: Final = 2.0
#: Seconds before the end of a lease that could not be renewed at which its work stops, so that nobody overlaps.
_MARGIN: Final = 2.0


class Led:
    """One gateway, run while this engine holds its lease; what it sends goes out from there, too.

    :param make: makes the gateway anew after the lease was lost: one that was cut off in the middle is not used again.
    :param changed: is told after it was taken, lost or made anew, in the event loop.
    """

    def __init__(
        self,
        name: str,
        gateway: Gateway,
        *,
        make: Callable[[], Gateway],
        leases: Leases,
        changed: Callable[[Led], None],
        every: float = _EVERY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.gateway = gateway
        self.leading = False
        self._elsewhere = False
        self._failed = ""
        self._make = make
        self._leases = leases
        self._changed = changed
        self._every = every
        self._monotonic = monotonic
        self._lease = f"gateway:{name}"

    async def run(self) -> None:
        """Take the lease whenever it is free and run the gateway while it holds; ends when the gateway fails."""
        try:
            while True:
                begun = self._monotonic()
                if not await self._renew():
                    await asyncio.sleep(self._every)
                    continue
                _log.info("this engine speaks with %s now", self.name)
                await self._lead(begun)
                _log.warning(
                    "another engine may speak with %s now: the lease could not be renewed", self.name
                )
                self.gateway = self._make()
                self._changed(self)
        except Exception as error:
            self._failed = type(error).__name__
            raise
        finally:
            if self.leading:
                self.leading = False
                await asyncio.shield(asyncio.to_thread(self._give_back))

    async def _lead(self, renewed: float) -> None:
        """Run the gateway until the lease is lost.

        :raises Exception: what ended the gateway.
        """
        self.leading = True
        self._changed(self)
        running = asyncio.create_task(self.gateway.run(), name=self.name)
        try:
            while True:
                await asyncio.wait((running,), timeout=self._every)
                if running.done() and (error := running.exception()) is not None:
                    raise error
                if running.done():  # others hand it what it reads
                    await asyncio.sleep(self._every)
                begun = self._monotonic()
                held = await self._renew()
                if held:
                    renewed = begun
                elif (
                    held is False
                    or self._monotonic() - renewed > self._leases.lasts.total_seconds() - _MARGIN
                ):
                    break
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        self.leading = False
        self._changed(self)

    async def _renew(self) -> bool | None:
        """Return whether the lease is ours; ``None`` where the database cannot be asked."""
        try:
            async with asyncio.timeout(self._leases.lasts.total_seconds() - _MARGIN):
                held = await asyncio.to_thread(self._leases.take, self._lease)
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_away(error)):
                raise
            _log.warning("the lease of %s cannot be renewed: %s", self.name, type(error).__name__)
            self._elsewhere = False
            return None
        self._elsewhere = not held
        return held

    def _give_back(self) -> None:
        try:
            self._leases.give_back(self._lease)
        except Exception as error:
            if not is_away(error):
                raise
            _log.info("the lease of %s runs out by itself: %s", self.name, type(error).__name__)

    def health(self) -> dict[str, Any]:
        """Return the gateway's state, that another engine runs it, or why nobody here does."""
        if self.leading:
            return self.gateway.health()
        if self._failed:
            return {
                "status": "degraded",
                "note": f"it ended with {self._failed}, see the log; it begins anew by itself",
            }
        if self._elsewhere:
            return {"status": "ok", "state": "standby", "note": "another engine speaks with it"}
        return {"status": "degraded", "note": "nobody is known to speak with it; this engine is about to try"}


class Reachable(Mapping[str, Channel]):
    """The channels that this engine delivers to: its own, and those of the gateways that it leads at this moment."""

    def __init__(self, own: Mapping[str, Channel], led: Mapping[str, Led]) -> None:
        self._own = own
        self._led = led

    def __getitem__(self, name: str) -> Channel:
        led = self._led.get(name)
        if led is None:
            return self._own[name]
        return led.gateway

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._own if name not in self._led)
        yield from (name for name, led in self._led.items() if led.leading)

    def __len__(self) -> int:
        return sum(1 for _ in self)
