"""What happened to messages while nobody listened: most chat systems tell of an edit or a removal once, or not at all.

After each interruption every message of which a case keeps the text is looked up by itself. One that is gone is
withdrawn, as if its removal had been heard; one that says something else is screened anew.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.intake import Intake
from courage.cases.kept import KeptMessage
from courage.gateways.base import Backoff

_MOST: Final = 1000
_log = logging.getLogger(__name__)

#: Looks a message up and hands on what became of it; a ``ChannelRefused`` leaves it as it is.
Look = Callable[[KeptMessage], Awaitable[None]]


def since(message: KeptMessage, edited: datetime | None = None) -> datetime:
    """Return when a message that was looked up got the text that it has now.

    Chat systems that tell the second of an edit only, or none, must not make it older than the text that is known.
    """
    after = message.known_at + timedelta(microseconds=1)
    return after if edited is None else max(edited.astimezone(UTC), after)


class LookBack:
    """Looks up the messages of a channel whose text is kept; ``look`` does it for one of them.

    What was not reached because the connection was lost again comes first the next time.
    """

    def __init__(
        self,
        channel: str,
        intake: Intake,
        look: Look,
        *,
        longest_wait: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._intake = intake
        self._look = look
        self._longest_wait = longest_wait
        self._clock = clock
        self._looked: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        """Look each message up, however many tries that takes; nothing else has to wait for it."""
        kept = await self._kept()
        # Those of which was heard longest ago come first; a sort keeps the order of the rest.
        kept.sort(key=lambda message: self._looked.get((message.room_id, message.message_id), 0.0))
        for message in kept:
            await self._look_up(message)
            self._looked[message.room_id, message.message_id] = self._clock()
        here = {(message.room_id, message.message_id) for message in kept}
        self._looked = {which: at for which, at in self._looked.items() if which in here}

    async def _kept(self) -> list[KeptMessage]:
        backoff = Backoff(longest=self._longest_wait)
        while True:
            try:
                return await self._intake.kept(self._channel, _MOST)
            except Exception as error:
                why = type(error).__name__
                _log.warning("what was flagged on %s cannot be looked up yet: %s", self._channel, why)
                await asyncio.sleep(backoff.next())

    async def _look_up(self, message: KeptMessage) -> None:
        backoff = Backoff(longest=self._longest_wait)
        while True:
            try:
                return await self._look(message)
            except ChannelRefused as error:
                return _log.info("a message of %s cannot be looked up: %s", self._channel, error)
            except ChannelError as error:
                await asyncio.sleep(max(error.retry_after or 0.0, backoff.next()))
            except Exception as error:  # not the error's text: it may quote a message
                why = type(error).__name__
                return _log.error("a message of %s cannot be looked up: %s", self._channel, why)
