"""Which channels the Mattermost gateway knows and what each is for; group rooms and the desk are kept in the database."""

from __future__ import annotations

import asyncio

from courage.cases.errors import ChannelRefused
from courage.gateways.desks import Desks
from courage.gateways.mattermost.api import MattermostApi, Refused
from courage.gateways.mattermost.settings import CHANNEL, MattermostSettings
from courage.gateways.values import Json, number, string
from courage.people.errors import RoomError
from courage.people.rooms import Rooms

#: Conversations of a handful of people are theirs, even if one of them added the bot.
_KINDS = {"O": "group", "P": "group", "D": "direct", "G": "other"}


class ChannelBook:
    """Knows the channels that we are a member of."""

    def __init__(self, settings: MattermostSettings, api: MattermostApi, rooms: Rooms, desks: Desks) -> None:
        self._settings = settings
        self._desks = desks
        self._api = api
        self._rooms = rooms
        self._kinds: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self.refused: set[str] = set()

    @property
    def count(self) -> int:
        """How many group rooms are read."""
        return sum(kind == "group" for kind in self._kinds.values())

    def name(self, channel_id: str) -> str:
        """Return the name of a channel as people see it."""
        return self._names.get(channel_id) or channel_id

    async def load(self) -> list[Json]:
        """Look up the desk and the channels that we are in, forget those that we left, and return those we are in."""
        await self.find_desks()
        found: list[Json] = [c for c in await self._api.channels() if not number(c.get("delete_at"))]
        for channel in found:
            await self.learn(channel)
        here = {string(channel.get("id")) for channel in found}
        for room in await asyncio.to_thread(self._rooms.of_channel, CHANNEL, kind="group"):
            if room.room_id not in here:
                await self.left(room.room_id)
        for channel_id in set(self._kinds) - here:
            self._kinds.pop(channel_id)
        return found

    async def find_desks(self) -> None:
        """Find out which desk channels can be used."""
        await self._desks.refresh()
        for desk in self._desks:
            if trouble := await self._trouble_of(desk):
                self._desks.trouble[desk] = trouble
            else:
                self._desks.trouble.pop(desk, None)

    async def _trouble_of(self, desk: str) -> str:
        try:
            member = await self._api.is_member(desk)
            channel = await self._api.channel(desk) if member else {}
        except Refused as error:
            return f"the desk channel cannot be used: {error}"
        if not member:
            return "the bot is not a member of the desk channel (or there is none with this id): add it there"
        if number(channel.get("delete_at")):
            return "the desk channel is archived"
        await self._ensure(desk, "desk", string(channel.get("display_name")))
        return ""

    async def kind(self, channel_id: str) -> str:
        """Return what a channel is for: ``desk``, ``direct``, ``group``, or ``other`` where nothing is read."""
        if channel_id in self._desks:
            return "desk"
        if channel_id not in self._kinds:
            try:
                await self.learn(await self._api.channel(channel_id))
            except ChannelRefused:
                return "other"
        return self._kinds.get(channel_id, "other")

    async def learn(self, channel: Json) -> None:
        """Take note of a channel and of its name."""
        channel_id, name = string(channel.get("id")), string(channel.get("display_name"))
        if not channel_id or channel_id in self._desks:
            return
        kind = _KINDS.get(string(channel.get("type")), "other")
        if kind == "group" and self._names.get(channel_id) != (name or channel_id):
            try:
                await self._ensure(channel_id, "group", name or channel_id)
            except RoomError:
                # The organisation has as many rooms as it may have. Health counts what is not read because of it.
                self.refused.add(channel_id)
                kind = "other"
            else:
                self.refused.discard(channel_id)
        self._kinds[channel_id] = kind
        if kind != "other":
            self._names[channel_id] = name or channel_id

    async def left(self, channel_id: str) -> None:
        """Remember that we are not in a channel any more."""
        was = self._kinds.pop(channel_id, None)
        self._names.pop(channel_id, None)
        if channel_id in self._desks:
            await self.find_desks()
        elif was in (None, "group"):
            room = await asyncio.to_thread(self._rooms.anywhere, CHANNEL, channel_id)
            if room is not None and room.active:
                await self._ensure(channel_id, None, None, active=False)

    async def _ensure(
        self, channel_id: str, kind: str | None, name: str | None, *, active: bool = True
    ) -> None:
        await asyncio.to_thread(
            self._rooms.seen,
            CHANNEL,
            channel_id,
            kind=kind,
            name=name or None,
            active=active,
            new_for=self._desks.new_for(channel_id),
        )
