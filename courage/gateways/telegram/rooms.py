"""Which chats the Telegram gateway reads, what they are for, and who may add it to one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.positions import Positions
from courage.gateways.telegram.api import TelegramApi
from courage.gateways.telegram.settings import CHANNEL, TelegramSettings
from courage.gateways.telegram.text import Json, mapping, number, string
from courage.people.errors import RoomError
from courage.people.people import People
from courage.people.rooms import Rooms

_log = logging.getLogger(__name__)


class RoomBook:
    """Knows group rooms and the desk room; everything is remembered in the database."""

    def __init__(
        self,
        settings: TelegramSettings,
        api: TelegramApi,
        rooms: Rooms,
        people: People,
        positions: Callable[[str], Positions],
    ) -> None:
        self._settings = settings
        self._api = api
        self._rooms = rooms
        self._people = people
        self._positions = positions
        self._groups: dict[int, str] = {}
        self._strangers: set[int] = set()
        self._desk = settings.desk
        self.desk_trouble = ""
        self.blind: set[int] = set()
        #: Groups that are not read, because the organisation has as many rooms as it may have.
        self.full: set[int] = set()

    async def load(self) -> None:
        """Read what is known from earlier, and look up the desk room."""
        for room in await asyncio.to_thread(self._rooms.list, self._settings.organisation_id):
            if room.channel == CHANNEL and room.active and room.kind == "group":
                self._groups[int(room.room_id)] = room.name
        if self._desk is not None:
            moved = await asyncio.to_thread(self._moved(self._desk[0]).load)
            if moved is not None:
                self._desk = (int(moved), self._desk[1])
        await self.find_desk()

    def _moved(self, chat_id: int) -> Positions:
        return self._positions(f"{self._settings.account}/moved/{chat_id}")

    async def find_desk(self) -> None:
        """Make sure that the desk room is there; :attr:`desk_trouble` says why it is not."""
        if self._desk is None:
            self.desk_trouble = (
                "no desk room is set, so cards have nowhere to go (COURAGE_TELEGRAM_DESK_ROOM)"
            )
            return
        try:
            name = await self._api.chat_name(self._desk[0])
        except ChannelRefused as error:
            self.desk_trouble = f"the desk room cannot be used: {error}"
            return
        self.desk_trouble = ""
        await self._ensure(self._desk[0], "desk", name)

    @property
    def count(self) -> int:
        """How many group rooms are read."""
        return len(self._groups)

    @property
    def groups(self) -> list[int]:
        """The chat ids of the group rooms that are read."""
        return list(self._groups)

    @property
    def ignored(self) -> int:
        """How many chats write to us that nobody who may has asked us to read."""
        return len(self._strangers)

    def desk_room(self) -> tuple[int, int | None]:
        """Return chat id and topic of the desk room.

        :raises ChannelError: if there is none, or it cannot be used (yet).
        """
        if self._desk is None or self.desk_trouble:
            raise ChannelError(self.desk_trouble or "no desk room is set for Telegram")
        return self._desk

    def kind(self, chat_id: int) -> str:
        """Return ``desk``, ``direct`` or ``group``; users have positive ids."""
        if self._desk is not None and chat_id == self._desk[0]:
            return "desk"
        return "direct" if chat_id > 0 else "group"

    def name(self, room_id: str) -> str:
        """Return the name of a group as people see it."""
        return self._groups.get(int(room_id)) or room_id

    def reads(self, chat_id: int) -> bool:
        """Return whether a chat is a group room that is read."""
        return chat_id in self._groups

    async def admitted(self, chat: Json) -> bool:
        """Return whether a group may be read, and remember it; a new name is remembered too."""
        chat_id = number(chat.get("id"))
        if chat_id is None:
            return False
        name = string(chat.get("title"))
        if chat_id in self._groups:
            if name and name != self._groups[chat_id]:
                await self.welcome(chat_id, name)
            return True
        if chat_id in self._strangers or chat_id in self.full:
            return False
        if str(chat_id) in self._settings.rooms or await self._asked_by_admins(chat_id):
            return await self.welcome(chat_id, name)
        self._strangers.add(chat_id)
        _log.warning("chat %d is not read: nobody who may has added the bot to it", chat_id)
        return False

    async def _asked_by_admins(self, chat_id: int) -> bool:
        """Return whether an administrator of a group may have us read it: the bot was there before we were."""
        try:
            admins = await self._api.admins(chat_id)
        except ChannelRefused:
            return False
        return any([await self.may_invite(admin) for admin in admins])

    async def may_invite(self, user_id: str) -> bool:
        """Return whether somebody may add the bot to groups."""
        if user_id in self._settings.moderators:
            return True
        person = await asyncio.to_thread(
            self._people.by_identity, CHANNEL, user_id, self._settings.organisation_id
        )
        return person is not None and person.role in ("moderator", "admin")

    async def welcome(self, chat_id: int, name: str) -> bool:
        """Read a group from now on; return whether the organisation may have one more room."""
        self._strangers.discard(chat_id)
        try:
            await self._ensure(chat_id, "group", name)
        except RoomError as error:
            _log.warning("chat %d is not read: %s", chat_id, error)
            self.full.add(chat_id)
            return False
        self.full.discard(chat_id)
        self._groups[chat_id] = name
        return True

    async def left(self, chat_id: int) -> None:
        """Remember that we are not in a group any more."""
        self._strangers.discard(chat_id)
        self.blind.discard(chat_id)
        self.full.discard(chat_id)
        if self._groups.pop(chat_id, None) is not None:
            await asyncio.to_thread(
                self._rooms.ensure,
                CHANNEL,
                str(chat_id),
                organisation_id=self._settings.organisation_id,
                active=False,
            )

    async def moved(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup: it has another id from now on, and the same name and settings."""
        organisation_id = self._settings.organisation_id
        if self._desk is not None and self._desk[0] == old:
            self._desk = (new, self._desk[1])
            first = old if self._settings.desk is None else self._settings.desk[0]
            await asyncio.to_thread(self._moved(first).save, str(new))
            await self.find_desk()
            return
        if old not in self._groups:
            return
        name = self._groups[old]
        await self.left(old)
        await self.welcome(new, name)
        await asyncio.to_thread(self._rooms.take_over, CHANNEL, str(old), str(new), organisation_id)
        _log.info("group %d is now %d", old, new)

    async def membership(self, update: Json) -> str | None:
        """Deal with our own joining or leaving; return the chat that we shall leave again, else ``None``."""
        chat = mapping(update.get("chat"))
        chat_id = number(chat.get("id"))
        if chat_id is None or string(chat.get("type")) == "private":
            return None
        inside = _inside(mapping(update.get("new_chat_member")))
        was_inside = _inside(mapping(update.get("old_chat_member")))
        if self.kind(chat_id) == "desk":
            await self.find_desk()
            return None
        if not inside:
            await self.left(chat_id)
            return None
        if was_inside:
            return None
        by = number(mapping(update.get("from")).get("id"))
        if str(chat_id) in self._settings.rooms or await self.may_invite(str(by)):
            await self.welcome(chat_id, string(chat.get("title")))
            return None
        return str(chat_id)

    async def _ensure(self, chat_id: int, kind: str, name: str) -> None:
        await asyncio.to_thread(
            self._rooms.ensure,
            CHANNEL,
            str(chat_id),
            kind=kind,
            name=name or None,
            organisation_id=self._settings.organisation_id,
        )


def _inside(member: Json) -> bool:
    status = string(member.get("status"))
    return status in ("creator", "administrator", "member") or (
        status == "restricted" and member.get("is_member") is True
    )
