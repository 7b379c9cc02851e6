"""What a gateway tells a desk room by itself, once for each thing that is to be told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.intake import Intake
from courage.cases.ports import Button
from courage.gateways.base import Backoff
from courage.i18n.catalogue import Voice

_TRIES: Final = 5
_log = logging.getLogger(__name__)

#: Says something in a room under a key: ``Channel.say``.
Say = Callable[[str, str, tuple[Button, ...], str], Awaitable[str]]
#: Returns the desk room that hears of a group room, and the voice that is spoken there.
Desk = Callable[[str], Awaitable[tuple[str, Voice]]]


class Telling:
    """Tells the desk of a room what happened there. ``name(room)`` is how people call the room."""

    def __init__(
        self,
        channel: str,
        intake: Intake,
        say: Say,
        desk: Desk,
        name: Callable[[str], str],
        *,
        longest_wait: float = 10.0,
    ) -> None:
        self._channel = channel
        self._intake = intake
        self._say = say
        self._desk = desk
        self._name = name
        self._longest_wait = longest_wait

    async def tell(self, key: str, saying: str, room: str, **values: object) -> None:
        """Say a text of the catalogue about a room, once for each key; tried again while the chat system is away."""
        backoff = Backoff(longest=self._longest_wait)
        for _ in range(_TRIES):
            try:
                desk, voice = await self._desk(room)
                words = voice.say(saying, room=self._name(room), **values)
                await self._say(desk, words, (), key)
                return
            except ChannelRefused as error:
                _log.warning("the desk room of %s could not be told (%s): %s", self._channel, saying, error)
                return
            except ChannelError as error:
                _log.info("the desk room of %s could not be told yet (%s): %s", self._channel, saying, error)
                await asyncio.sleep(backoff.next())
        _log.warning("the desk room of %s was not told (%s)", self._channel, saying)

    async def given_up(self, room: str, message: str) -> None:
        """Count a message that nobody could screen, for the page of rooms, and tell the desk where it stands."""
        await self._intake.given_up(self._channel, room)
        await self.tell(f"not-screened:{room}:{message}", "not_screened", room)
