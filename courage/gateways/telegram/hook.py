"""Updates that Telegram posts to us: each is answered when what it says is in the database, and not before."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Any, Final, cast

from aiogram import Bot, Dispatcher
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from courage.cases.positions import Positions
from courage.gateways.telegram.text import number
from courage.gateways.values import Json

#: Telegram waits a minute for an answer, and then sends an update again.
_PATIENCE: Final = 50.0
#: Telegram opens at most 100 connections at once, so there are never more updates in line than that.
_AT_ONCE: Final = 100
#: How many updates are remembered as dealt with, the newest: Telegram repeats one that it got no answer to.
_KEPT: Final = 500
#: For how long, in seconds: Telegram keeps updates for a day, and may begin to count anew after a week without any.
_DAYS: Final = 3 * 24 * 3600


class Hook:
    """The line of updates that wait for being dealt with; ``answer`` is what Telegram calls.

    It is aiogram's own handler, which checks the secret. Its types are passed by: they refuse an update for one field
    that is new, and Telegram would repeat it for a day. ``place`` remembers which updates were dealt with; all before
    ``first``, where reading stopped that asked for them, were, too.
    """

    def __init__(
        self,
        bot: Bot,
        secret: str,
        place: Positions,
        first: int | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._clock = clock
        self._first, self._first_until = first or 0, clock() + _DAYS
        #: When an earlier life dealt with an update last; now where there was none.
        self.kept_at = clock()
        self._done: dict[int, None] = {}
        self._line: dict[int, tuple[Json, asyncio.Future[None]]] = {}
        self._came = asyncio.Event()
        # It stands in for a dispatcher: all that the handler wants of one is below.
        self._handler = _Handler(cast(Dispatcher, self), bot, handle_in_background=False, secret_token=secret)

    async def load(self) -> None:
        """Read which updates an earlier life dealt with."""
        stored = await asyncio.to_thread(self._place.load)
        kept = json.loads(stored or "{}")
        self.kept_at = float(kept.get("at", self.kept_at))
        if self._clock() - self.kept_at < _DAYS:
            self._done = dict.fromkeys(int(found) for found in kept.get("ids", []))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take an update: 200 when it is dealt with, 401 without the secret, 503 where it has to come again."""
        try:
            return await self._handler.handle(request)
        except ValueError:  # with the secret, but no JSON
            raise web.HTTPBadRequest from None

    async def feed_webhook_update(self, _bot: Bot, update: Any, **_: Any) -> None:
        """Put an update in line and wait until it is dealt with; at once if it was before.

        :raises aiohttp.web.HTTPException: if it cannot be one, or was not dealt with in time.
        """
        found = number(update.get("update_id")) if isinstance(update, dict) else None
        if found is None:
            raise web.HTTPBadRequest
        if found in self._done or (found < self._first and self._clock() < self._first_until):
            return
        if found not in self._line:
            if len(self._line) >= _AT_ONCE:
                raise web.HTTPServiceUnavailable
            self._line[found] = (update, asyncio.get_running_loop().create_future())
            self._came.set()
        try:
            async with asyncio.timeout(_PATIENCE):
                await asyncio.shield(self._line[found][1])
        except TimeoutError:
            raise web.HTTPServiceUnavailable from None

    async def waiting(self, seconds: float) -> list[Json]:
        """Return the updates in line, the oldest first; none where nothing came within some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._came.wait()
        except TimeoutError:
            return []
        return [self._line[found][0] for found in sorted(self._line)]

    def keep(self, updates: Sequence[Json]) -> None:
        """Write down that updates were dealt with, so that later lives know them."""
        done = self._with(_ids(updates))
        kept = json.dumps({"ids": done, "at": int(self._clock())}, separators=(",", ":"))
        self._place.save(kept)

    def _with(self, found: Sequence[int]) -> list[int]:
        return list(dict.fromkeys([*self._done, *found]))[-_KEPT:]

    def dealt_with(self, updates: Sequence[Json]) -> None:
        """Answer Telegram: updates are in the database."""
        found = _ids(updates)
        self._done = dict.fromkeys(self._with(found))
        for one in found:
            _, waiting = self._line.pop(one)
            waiting.set_result(None)
        if not self._line:
            self._came.clear()

    def close(self) -> None:
        """Let Telegram send everything again that is still in line."""
        for _, waiting in self._line.values():
            waiting.set_exception(web.HTTPServiceUnavailable())
            waiting.exception()  # nobody may be there any more to hear it
        self._line.clear()


def _ids(updates: Sequence[Json]) -> list[int]:
    return [number(update.get("update_id")) or 0 for update in updates]


class _Handler(SimpleRequestHandler):
    def verify_secret(self, telegram_secret_token: str, bot: Bot) -> bool:
        given = telegram_secret_token.encode("utf-8", "surrogateescape")
        return compare_digest(given, (self.secret_token or "").encode())
