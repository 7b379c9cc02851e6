"""Test cards: whether what the assistant says in a desk room arrives there, and is seen by a person.

A test card shows a number. Who reads it in the room and types it on the page has proved both. The number is made from the
room and the hour, so that no engine has to remember it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from courage.cases.errors import CaseError, ChannelError, ChannelNotServed, ChannelRefused
from courage.cases.ports import Channel
from courage.clock import Clock, utcnow
from courage.i18n.catalogue import Voice
from courage.people.rooms import Rooms, RoomView

#: A room that has just been made a desk room is followed within two seconds.
_TRIES: Final = 8
_BETWEEN: Final = 0.5
#: The number of the hour before counts, too.
_HOURS: Final = 2


class TrialFailed(CaseError):
    """A test card could not be sent, or was not seen; ``why`` is what the chat system said (English, technical)."""

    def __init__(self, line: str, /, *, say: str, why: str = "") -> None:
        super().__init__(line, say=say)
        self.why = why


class TrialCards:
    """Sends test cards to desk rooms and checks what people read on them.

    :param channels: the chat systems that this process speaks with; a live mapping may be handed in.
    :param key: the secret that numbers are made from.
    :param voice: speaks in rooms for all languages.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        rooms: Rooms,
        key: bytes,
        voice: Voice,
        *,
        clock: Clock = utcnow,
        between: float = _BETWEEN,
    ) -> None:
        self._channels = channels
        self._rooms = rooms
        self._key = key
        self._voice = voice
        self._clock = clock
        self._between = between

    async def send(self, organisation_id: int, channel: str, room_id: str, name: str) -> None:
        """Send a test card to a desk room; ``name`` is that of who asked for it.

        :raises TrialFailed: if the room is no desk room of the organisation, or the card could not be sent.
        :raises ChannelNotServed: if the chat system is not connected here.
        """
        room = await asyncio.to_thread(self._desk, organisation_id, channel, room_id)
        speaks = self._channels.get(channel)
        if speaks is None:
            raise ChannelNotServed(channel, "the test card", tuple(self._channels))
        voice = self._voice.to((room.desk_language,)) if room.desk_language else self._voice
        number = self._number(organisation_id, channel, room_id, self._clock())
        text = voice.say("trial.card", name=name, number=number)
        key = f"trial:{secrets.token_hex(8)}"
        for left in reversed(range(_TRIES)):
            try:
                await speaks.say(room_id, text, (), key)
                return
            except ChannelRefused as error:
                if not left:
                    raise TrialFailed(str(error), say="trial.refused", why=str(error)) from None
            except ChannelError as error:
                raise TrialFailed(str(error), say="trial.away", why=str(error)) from None
            await asyncio.sleep(self._between)

    def seen(self, organisation_id: int, channel: str, room_id: str, number: str) -> RoomView:
        """Take the number that somebody read on a test card; synchronous.

        :raises TrialFailed: if it is another one, or the room is no desk room of the organisation.
        """
        self._desk(organisation_id, channel, room_id)
        now = self._clock()
        right = {
            self._number(organisation_id, channel, room_id, now - timedelta(hours=hours))
            for hours in range(_HOURS)
        }
        typed = number.strip()
        if (str(int(typed)) if typed.isdecimal() else typed) not in right:  # digits of any script
            raise TrialFailed("this is not the number of the last test card", say="trial.other_number")
        return self._rooms.card_seen(channel, room_id, now, organisation_id)

    def _desk(self, organisation_id: int, channel: str, room_id: str) -> RoomView:
        room = self._rooms.get(channel, room_id, organisation_id)
        if room is None or not room.active or not room.is_desk:
            raise TrialFailed(f"{room_id[:80]} is no desk room of this organisation", say="trial.no_desk")
        return room

    def _number(self, organisation_id: int, channel: str, room_id: str, at: datetime) -> str:
        said = f"{organisation_id}\0{channel}\0{room_id}\0{at:%Y-%m-%dT%H}".encode()
        digest = blake2b(said, key=self._key[:64], digest_size=8, person=b"courage-trial").digest()
        return str(1000 + int.from_bytes(digest) % 9000)
