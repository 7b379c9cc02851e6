"""Work that goes on as long as the engine: what ends by an error begins anew, and says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

log = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 300.0
#: How long an error is told after it happened, in seconds: until long after the next one, if there is one.
_TOLD: Final = 2 * _LONGEST_WAIT


class Background:
    """Runs the engine's own work, each piece in a task with a name.

    A piece that ends by an error would leave its work undone while everything else looks well, so it begins anew after
    ``wait`` seconds, as often as needed, each time after twice as long, up to five minutes.
    """

    def __init__(self, *, wait: float = 5.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wait = wait
        self._monotonic = monotonic
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: dict[str, float] = {}

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run ``run`` until :meth:`stop`, or until it returns."""
        self._tasks.append(asyncio.create_task(self._keep(name, run), name=name))

    async def stop(self) -> None:
        """End everything, what was started last first."""
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def health(self) -> dict[str, Any]:
        """Return the state of all this work, with the names of what failed within the last ten minutes."""
        since = self._monotonic() - _TOLD
        bad = sorted(name for name, moment in self._failed.items() if moment >= since)
        if not bad:
            return {"status": "ok"}
        return {"status": "degraded", "note": f"began anew after an error, see the log: {', '.join(bad)}"}

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        wait = self._wait
        while True:
            begun = self._monotonic()
            try:
                await run()
                return
            except Exception as error:
                self._failed[name] = self._monotonic()
                log.error("%s ended: %s; it begins anew", name, type(error).__name__, exc_info=error)
            if self._monotonic() - begun > _LONGEST_WAIT:
                wait = self._wait
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
