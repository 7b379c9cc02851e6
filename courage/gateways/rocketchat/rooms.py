"""Which rooms the Rocket.Chat gateway knows and what each is for; group rooms and the desk are kept in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from courage.cases.errors import ChannelError
from courage.gateways.rocketchat.settings import CHANNEL, RocketChatSettings
from courage.gateways.rocketchat.text import string
from courage.people.errors import RoomError
from courage.people.rooms import Rooms

Json = Mapping[str, Any]
#: Channels and private groups are read; what visitors of a web site write to a help desk is not.
_KINDS = {"c": "group", "p": "group", "d": "direct"}


class RoomBook:
    """Knows the rooms that we are a member of; :attr:`desk_trouble` says why the desk cannot be used."""

    def __init__(self, settings: RocketChatSettings, rooms: Rooms) -> None:
        self._settings = settings
        self._rooms = rooms
        self._kinds: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self.desk_trouble = ""
        self.refused: set[str] = set()

    @property
    def count(self) -> int:
        """How many group rooms are read."""
        return sum(kind == "group" for kind in self._kinds.values())

    def name(self, room_id: str) -> str:
        """Return the name of a room as people see it."""
        return self._names.get(room_id) or room_id

    def kind(self, room_id: str) -> str:
        """Return what a room is for: ``desk``, ``direct``, ``group``, or ``other`` where nothing is read."""
        return self._kinds.get(room_id, "other")

    async def load(self, subscriptions: list[Json]) -> None:
        """Learn the rooms that we are in, and forget those that we left."""
        self._kinds.clear()
        for subscription in subscriptions:
            await self.learn(subscription)
        known = await asyncio.to_thread(self._rooms.list, self._settings.organisation_id, kind="group")
        for room in known:
            if room.channel == CHANNEL and room.active and room.room_id not in self._kinds:
                await self.left(room.room_id)
        self._look_at_desk()

    def _look_at_desk(self) -> None:
        desk = self._settings.desk_room
        self.desk_trouble = ""
        if not desk:
            self.desk_trouble = (
                "no desk room is set, so cards have nowhere to go (COURAGE_ROCKETCHAT_DESK_ROOM)"
            )
        elif self._kinds.get(desk) != "desk":
            self.desk_trouble = (
                "the bot is not a member of the desk room (or there is none with this id): add it there"
            )

    def desk_room(self) -> str:
        """Return the id of the desk room.

        :raises ChannelError: if there is none, or it cannot be used (yet).
        """
        if self.desk_trouble or not self._settings.desk_room:
            raise ChannelError(self.desk_trouble or "no desk room is set for Rocket.Chat")
        return self._settings.desk_room

    async def learn(self, subscription: Json) -> None:
        """Take note of a room and of its name."""
        room_id = string(subscription.get("rid"))
        if not room_id:
            return
        name = string(subscription.get("fname")) or string(subscription.get("name")) or room_id
        kind = _KINDS.get(string(subscription.get("t")), "other")
        if room_id == self._settings.desk_room:
            kind = "desk"
        if kind in ("desk", "group") and (
            self._names.get(room_id) != name or self._kinds.get(room_id) != kind
        ):
            try:
                await self._ensure(room_id, kind, name)
            except RoomError:
                # The organisation has as many rooms as it may have. Health counts what is not read because of it.
                self.refused.add(room_id)
                kind = "other"
            else:
                self.refused.discard(room_id)
        self._kinds[room_id], self._names[room_id] = kind, name
        if kind == "desk":
            self._look_at_desk()

    async def left(self, room_id: str) -> None:
        """Remember that we are not in a room any more."""
        was = self._kinds.pop(room_id, None)
        self._names.pop(room_id, None)
        if was == "desk":
            self._look_at_desk()
        elif was in (None, "group"):
            await self._ensure(room_id, None, None, active=False)

    async def _ensure(self, room_id: str, kind: str | None, name: str | None, *, active: bool = True) -> None:
        await asyncio.to_thread(
            self._rooms.ensure,
            CHANNEL,
            room_id,
            kind=kind,
            name=name,
            organisation_id=self._settings.organisation_id,
            active=active,
        )
