"""Names of people who are mentioned, kept in memory only: a mention in Slack has nothing but an id in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable

from courage.cases.errors import ChannelError, ChannelRefused

_KEPT = 2000
_FRESH = 3600.0
_PAUSE = 60.0
_PATIENCE = 2.0
_log = logging.getLogger(__name__)


class Names:
    """Looks names up once an hour; where Slack does not say one in time, the message is read without it.

    ``ask(user)`` returns a display name, empty where there is none.
    """

    def __init__(
        self, ask: Callable[[str], Awaitable[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._not_before = 0.0

    async def of(self, users: Iterable[str]) -> dict[str, str]:
        """Return the names of those users whose names can be known."""
        found = {user: await self._of(user) for user in sorted(users)}
        return {user: name for user, name in found.items() if name}

    async def _of(self, user: str) -> str:
        now = self._clock()
        at, known = self._known.get(user, (now - _FRESH, ""))
        if now - at < _FRESH or now < self._not_before:
            return known
        try:
            async with asyncio.timeout(_PATIENCE):
                name = await self._ask(user)
        except ChannelRefused:
            name = ""  # nobody of that id
        except (ChannelError, TimeoutError) as error:
            # Without the scope users:read, or when there are too many: screening does not wait for names.
            self._not_before = now + (getattr(error, "retry_after", None) or _PAUSE)
            _log.info("names of people who are mentioned are not known: %s", error or "no answer in time")
            return known
        self._known[user] = (now, name)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return name
