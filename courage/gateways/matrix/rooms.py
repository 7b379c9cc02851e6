"""Which rooms the Matrix gateway is in, what they are for, and whose invitations it accepts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.settings import MatrixSettings
from courage.i18n.catalogue import Voice
from courage.people.people import People
from courage.people.rooms import Rooms

CHANNEL = "matrix"
_log = logging.getLogger(__name__)


class RoomBook:
    """Knows group rooms, the desk room and direct rooms; everything is remembered in the database."""

    def __init__(
        self,
        settings: MatrixSettings,
        api: MatrixApi,
        rooms: Rooms,
        people: People,
        bus: EventBus,
        voice: Voice,
    ) -> None:
        self._settings = settings
        self._api = api
        self._rooms = rooms
        self._people = people
        self._bus = bus
        self._voice = voice
        self._kinds: dict[str, str] = {}
        self.encrypted: set[str] = set()
        self.desk: str | None = settings.desk_room if settings.desk_room.startswith("!") else None

    async def load(self) -> None:
        """Read what is known from earlier."""
        for room in await asyncio.to_thread(self._rooms.list, self._settings.organisation_id):
            if room.channel == CHANNEL and room.active:
                self._kinds[room.room_id] = room.kind

    async def find_desk(self) -> None:
        """Look up the desk room's alias, where one is set; a room that is not there yet is looked up again."""
        if self.desk is None and self._settings.desk_room:
            try:
                self.desk = await self._api.resolve(self._settings.desk_room)
            except ChannelRefused:
                _log.warning("the desk room %s is not there yet", self._settings.desk_room)

    def joined(self, room_id: str) -> bool:
        """Return whether we were in a room before the current batch."""
        return room_id in self._kinds

    @property
    def count(self) -> int:
        """How many rooms we are in."""
        return len(self._kinds)

    def kind(self, room_id: str) -> str:
        """Return ``desk``, ``direct`` or ``group``; a direct room with a third member is a group room."""
        if room_id == self.desk:
            return "desk"
        if self._kinds.get(room_id) == "direct" and self._members(room_id) <= 2:
            return "direct"
        return "group"

    def desk_room(self) -> str:
        """Return the desk room.

        :raises ChannelError: if none is set or we are not in it (yet).
        """
        if self.desk is None:
            raise ChannelError("no desk room is set for Matrix, or it is not there yet")
        if self.desk not in self._kinds:
            raise ChannelError("the assistant is not in the desk room yet; a moderator has to invite it")
        return self.desk

    def _members(self, room_id: str) -> int:
        room = self._api.client.rooms.get(room_id)
        return 2 if room is None else room.joined_count + room.invited_count

    async def seen(self, room_id: str) -> None:
        """Remember a room that we are in, and its name."""
        new = room_id not in self._kinds
        kind = (
            "desk" if room_id == self.desk else self._kinds.get(room_id) or await self._stored_kind(room_id)
        )
        self._kinds[room_id] = kind
        room = self._api.client.rooms.get(room_id)
        name = None if room is None else str(room.display_name or "")
        await asyncio.to_thread(
            self._rooms.ensure,
            CHANNEL,
            room_id,
            kind=kind,
            name=name,
            organisation_id=self._settings.organisation_id,
        )
        if new and kind == "desk":
            self._bus.publish("channel", {"channel": CHANNEL, "state": "ready"})

    async def _stored_kind(self, room_id: str) -> str:
        stored = await asyncio.to_thread(self._rooms.get, CHANNEL, room_id, self._settings.organisation_id)
        return "group" if stored is None or stored.kind == "desk" else stored.kind

    async def left(self, room_id: str) -> None:
        """Remember that we are not in a room any more."""
        if self._kinds.pop(room_id, None) is not None:
            await asyncio.to_thread(
                self._rooms.ensure,
                CHANNEL,
                room_id,
                organisation_id=self._settings.organisation_id,
                active=False,
            )

    async def invited(self, room_id: str, state: Iterable[Mapping[str, Any]]) -> None:
        """Join a room when the invitation is from somebody who may invite, else decline and say why."""
        inviter, direct = "", False
        for event in state:
            content = event.get("content")
            if event.get("type") == "m.room.member" and event.get("state_key") == self._api.user_id:
                inviter = str(event.get("sender", ""))
                direct = isinstance(content, Mapping) and content.get("is_direct") is True
        try:
            if await self._may_invite(inviter, direct):
                if direct and room_id != self.desk:
                    await asyncio.to_thread(
                        self._rooms.ensure,
                        CHANNEL,
                        room_id,
                        kind="direct",
                        organisation_id=self._settings.organisation_id,
                        active=False,
                    )
                await self._api.join(room_id)
                _log.info("joined room %s", room_id)
            else:
                await self._api.leave(room_id, self._voice.say("declined"))
                _log.info("declined an invitation to room %s", room_id)
        except ChannelRefused as error:
            _log.warning("invitation to room %s: %s", room_id, error)

    async def _may_invite(self, inviter: str, direct: bool) -> bool:
        if inviter in self._settings.moderators:
            return True
        person = await asyncio.to_thread(
            self._people.by_identity, CHANNEL, inviter, self._settings.organisation_id
        )
        return person is not None and (direct or person.role in ("moderator", "admin"))
