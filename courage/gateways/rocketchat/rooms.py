"""Which rooms the Rocket.Chat gateway knows and what each is for; group rooms and the desk are kept in the database."""

from __future__ import annotations

import asyncio

from courage.gateways.desks import Desks
from courage.gateways.rocketchat.settings import CHANNEL, RocketChatSettings
from courage.gateways.values import Json, string
from courage.people.errors import RoomError
from courage.people.rooms import Rooms

#: Channels and private groups are read; what visitors of a web site write to a help desk is not.
_KINDS = {"c": "group", "p": "group", "d": "direct"}


class RoomBook:
    """Knows the rooms that we are a member of."""

    def __init__(self, settings: RocketChatSettings, rooms: Rooms, desks: Desks) -> None:
        self._settings = settings
        self._desks = desks
        self._rooms = rooms
        self._kinds: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._private: set[str] = set()
        self.refused: set[str] = set()
        #: Rooms that are encrypted from end to end: their text never reaches us.
        self.encrypted: set[str] = set()

    @property
    def count(self) -> int:
        """How many group rooms are read."""
        return sum(kind == "group" for kind in self._kinds.values())

    def name(self, room_id: str) -> str:
        """Return the name of a room as people see it."""
        return self._names.get(room_id) or room_id

    def kind(self, room_id: str) -> str:
        """Return what a room is for: ``desk``, ``direct``, ``group``, or ``other`` where nothing is read."""
        if room_id not in self._kinds:
            return "other"
        return "desk" if room_id in self._desks else self._kinds[room_id]

    def private(self, room_id: str) -> bool:
        """Return whether a room is a private group, which Rocket.Chat reads by other names than a channel."""
        return room_id in self._private

    async def load(self, subscriptions: list[Json]) -> None:
        """Learn the rooms that we are in, and forget those that we left."""
        self._kinds.clear()
        await self._desks.refresh()
        for subscription in subscriptions:
            await self.learn(subscription)
        for room in await asyncio.to_thread(self._rooms.of_channel, CHANNEL, kind="group"):
            if room.room_id not in self._kinds:
                await self.left(room.room_id)
        self.look_at_desks()

    def look_at_desks(self) -> None:
        """Find out which desk rooms can be used."""
        for desk in self._desks:
            if desk in self._kinds:
                self._desks.trouble.pop(desk, None)
            else:
                self._desks.trouble[desk] = (
                    f"the bot is not a member of the desk room {desk} (or there is none with this id): add it there"
                )

    async def learn(self, subscription: Json) -> None:
        """Take note of a room and of its name."""
        room_id = string(subscription.get("rid"))
        if not room_id:
            return
        name = string(subscription.get("fname")) or string(subscription.get("name")) or room_id
        kind = _KINDS.get(string(subscription.get("t")), "other")
        new = self._names.get(room_id) != name or self._kinds.get(room_id) != kind
        if new and (kind == "group" or room_id in self._desks):
            try:
                await self._ensure(room_id, "desk" if room_id in self._desks else "group", name)
            except RoomError:
                # The organisation has as many rooms as it may have. Health counts what is not read because of it.
                self.refused.add(room_id)
                kind = "other"
            else:
                self.refused.discard(room_id)
        self._kinds[room_id], self._names[room_id] = kind, name
        if string(subscription.get("t")) == "p":
            self._private.add(room_id)
        else:
            self._private.discard(room_id)
        if subscription.get("encrypted") is True:
            self.encrypted.add(room_id)
        elif subscription.get("encrypted") is False:
            self.encrypted.discard(room_id)
        self.look_at_desks()

    async def left(self, room_id: str) -> None:
        """Remember that we are not in a room any more."""
        was = self._kinds.pop(room_id, None)
        self.encrypted.discard(room_id)
        self._names.pop(room_id, None)
        if room_id in self._desks:
            self.look_at_desks()
        elif was in (None, "group"):
            await self._ensure(room_id, None, None, active=False)

    async def _ensure(self, room_id: str, kind: str | None, name: str | None, *, active: bool = True) -> None:
        await asyncio.to_thread(
            self._rooms.seen,
            CHANNEL,
            room_id,
            kind=kind,
            name=name,
            active=active,
            new_for=self._desks.new_for(room_id),
        )
