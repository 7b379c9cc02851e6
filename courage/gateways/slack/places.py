"""The channels that we are in: which of them are read, which are desks, what they are called."""

from __future__ import annotations

import asyncio
import logging

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.desks import Desks
from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.settings import CHANNEL, SlackSettings
from courage.gateways.values import string
from courage.people.errors import RoomError
from courage.people.rooms import Rooms

_log = logging.getLogger(__name__)


class Places:
    """Knows what each channel is for, and makes rooms of those that are read.

    ``full`` are channels that are not read because the organisation may have no more rooms.
    """

    def __init__(self, settings: SlackSettings, api: SlackApi, rooms: Rooms, desks: Desks) -> None:
        self._settings = settings
        self._api = api
        self._rooms = rooms
        self._desks = desks
        self._names: dict[str, str] = {}
        self.full: set[str] = set()

    @property
    def count(self) -> int:
        """How many channels are read."""
        return len(self._names)

    def kind(self, channel: str, sort: str = "") -> str:
        """Return what a channel is for: ``desk``, ``direct``, ``group``, or ``other`` where nothing is read.

        :param sort: what Slack calls its kind, where it says so.
        """
        if channel in self._desks:
            return "desk"
        if channel.startswith("D") or sort == "im":
            return "direct"
        if not channel.startswith(("C", "G")) or sort == "mpim":
            return "other"  # conversations of a few people are private
        return "group" if not self._settings.channels or channel in self._settings.channels else "other"

    def name(self, channel: str) -> str:
        """Return the name of a channel as people see it."""
        return self._names.get(channel) or channel

    @property
    def notes(self) -> list[str]:
        """What a person has to mend."""
        found = self._desks.notes
        if self.full:
            found.append(
                f"{len(self.full)} channels are not read: the organisation has as many rooms as it may have"
            )
        return found

    async def find_desks(self) -> None:
        """Look whether the desk channels can be used.

        :raises ChannelError: if Slack does not say.
        """
        await self._desks.refresh()
        for channel in self._desks:
            try:
                found = await self._api.channel(channel)
            except ChannelRefused as error:
                self._desks.trouble[channel] = (
                    f"the desk channel {channel} cannot be used ({error}): is the bot in it, and is the id right?"
                )
                continue
            if found.get("is_archived") is True:
                self._desks.trouble[channel] = f"the desk channel {channel} is archived"
            elif found.get("is_member") is not True:
                self._desks.trouble[channel] = (
                    f"the bot is not in the desk channel {channel}: invite it there (/invite)"
                )
            else:
                self._desks.trouble.pop(channel, None)
                await self._ensure(channel, "desk", string(found.get("name")))

    async def find_groups(self) -> list[str]:
        """Look which channels we are in, and return those that are read.

        :raises ChannelError: if Slack does not say.
        """
        names: dict[str, str] = {}
        for found in await self._api.channels():
            channel = string(found.get("id"))
            if self.kind(channel) == "group":
                names[channel] = string(found.get("name"))
        for room in await asyncio.to_thread(self._rooms.of_channel, CHANNEL, kind="group"):
            if room.room_id not in names and room.room_id not in self._desks:
                await self.left(room.room_id)
        return [channel for channel, name in names.items() if await self.read(channel, name)]

    async def read(self, channel: str, name: str | None = None) -> bool:
        """Make a room of a channel and return whether it is read; ``name`` is its new name."""
        if name is None:
            if channel in self._names:
                return True
            try:
                name = string((await self._api.channel(channel)).get("name"))
            except ChannelError as error:
                _log.info("the name of channel %s is not known: %s", channel, error)
                name = ""
        if self._names.get(channel) == name:
            return True
        try:
            await self._ensure(channel, "group", name)
        except RoomError as error:
            self.full.add(channel)
            _log.warning("channel %s is not read: %s", channel, error)
            return False
        self.full.discard(channel)
        self._names[channel] = name
        return True

    async def left(self, channel: str) -> None:
        """Remember that we are not in a channel any more."""
        self._names.pop(channel, None)
        self.full.discard(channel)
        await asyncio.to_thread(self._rooms.seen, CHANNEL, channel, active=False)

    async def _ensure(self, channel: str, kind: str, name: str) -> None:
        await asyncio.to_thread(
            self._rooms.seen,
            CHANNEL,
            channel,
            kind=kind,
            name=name or None,
            new_for=self._desks.new_for(channel),
        )
