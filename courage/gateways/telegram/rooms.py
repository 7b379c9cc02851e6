"""Which chats the Telegram gateway reads, what they are for, and who may add it to one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from courage.cases.errors import ChannelRefused
from courage.cases.positions import Positions
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.desks import Desks
from courage.gateways.telegram.api import TelegramApi
from courage.gateways.telegram.settings import CHANNEL, TelegramSettings, desk_place
from courage.gateways.telegram.text import number
from courage.gateways.values import Json, mapping, string
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
        desks: Desks,
    ) -> None:
        self._settings = settings
        self._api = api
        self._rooms = rooms
        self._people = people
        self._positions = positions
        self._groups: dict[int, str] = {}
        self._strangers: set[int] = set()
        self.desks = desks
        self.blind: set[int] = set()
        #: Groups that are not read, because the organisation has as many rooms as it may have.
        self.full: set[int] = set()

    async def load(self) -> None:
        """Read what is known from earlier, and look up the desk room."""
        for room in await asyncio.to_thread(self._rooms.of_channel, CHANNEL, kind="group"):
            self._groups[int(room.room_id)] = room.name
        for wanted in self.desks.wanted:
            chat_id, topic = desk_place(wanted)
            moved = await asyncio.to_thread(self._moved(chat_id).load)
            if moved is not None:
                self.desks.became(wanted, _desk(int(moved), topic))
        await self.find_desk()

    def _moved(self, chat_id: int) -> Positions:
        return self._positions(f"{self._settings.account}/moved/{chat_id}")

    async def find_desk(self) -> None:
        """Find out which desk rooms can be used."""
        await self.desks.refresh()
        for desk in self.desks:
            chat_id, _ = desk_place(desk)
            try:
                name = await self._api.chat_name(chat_id)
            except ChannelRefused as error:
                self.desks.trouble[desk] = f"the desk room {desk} cannot be used: {error}"
                continue
            self.desks.trouble.pop(desk, None)
            await self._ensure(chat_id, "desk", name)

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

    def kind(self, chat_id: int) -> str:
        """Return ``desk``, ``direct`` or ``group``; users have positive ids."""
        if str(chat_id) in self.desks:
            return "desk"
        return "direct" if chat_id > 0 else "group"

    def name(self, room_id: str) -> str:
        """Return the name of a group as people see it."""
        return self._groups.get(int(room_id)) or room_id

    def reads(self, chat_id: int) -> bool:
        """Return whether a chat is a group room that is read."""
        return chat_id in self._groups and str(chat_id) not in self.desks

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
        whose = self._named(chat_id) or await self._asked_by_admins(chat_id)
        if whose is not None:
            return await self.welcome(chat_id, name, whose)
        self._strangers.add(chat_id)
        _log.warning("chat %d is not read: nobody who may has added the bot to it", chat_id)
        return False

    def _named(self, chat_id: int) -> int | None:
        """Return the organisation for which the settings name a group, ``None`` where they do not."""
        given = any(wanted.room == str(chat_id) for wanted in self._settings.given)
        return self.desks.new_for(str(chat_id)) if given or str(chat_id) in self._settings.rooms else None

    async def _asked_by_admins(self, chat_id: int) -> int | None:
        """Return the organisation for which an administrator of a group may have us read it: we came after the bot."""
        try:
            admins = await self._api.admins(chat_id)
        except ChannelRefused:
            return None
        for admin in admins:
            if (whose := await self.may_invite(admin)) is not None:
                return whose
        return None

    async def may_invite(self, user_id: str) -> int | None:
        """Return the organisation for which somebody may add the bot to groups, ``None`` where they may not."""
        if user_id in self._settings.moderators:
            return DEFAULT_ORGANISATION
        for organisation_id in await asyncio.to_thread(self._people.organisations_of, CHANNEL, user_id):
            person = await asyncio.to_thread(self._people.by_identity, CHANNEL, user_id, organisation_id)
            if person is not None and person.role in ("moderator", "admin"):
                return organisation_id
        return None

    async def welcome(self, chat_id: int, name: str, whose: int = DEFAULT_ORGANISATION) -> bool:
        """Read a group from now on, for an organisation where it is new; return whether that may have one more room."""
        self._strangers.discard(chat_id)
        try:
            await self._ensure(chat_id, "group", name, whose)
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
            await asyncio.to_thread(self._rooms.seen, CHANNEL, str(chat_id), active=False)

    async def moved(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup: it has another id from now on, and the same name and settings."""
        was_desk = False
        for wanted in self.desks.wanted:
            first, topic = desk_place(wanted)
            kept = await asyncio.to_thread(self._moved(first).load)
            if old == (first if kept is None else int(kept)):
                was_desk = True
                self.desks.became(wanted, _desk(new, topic))
                await asyncio.to_thread(self._moved(first).save, str(new))
        known = await asyncio.to_thread(self._rooms.anywhere, CHANNEL, str(old))
        if known is not None and (old in self._groups or known.desk_language is not None):
            name, whose = known.name, known.organisation_id
            self._groups.pop(old, None)
            await asyncio.to_thread(self._rooms.seen, CHANNEL, str(old), active=False)
            await self.welcome(new, name, whose)
            await asyncio.to_thread(self._rooms.take_over, CHANNEL, str(old), str(new), whose)
            _log.info("group %d is now %d", old, new)
            was_desk = was_desk or known.desk_language is not None
        if was_desk:
            await self.find_desk()

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
        whose = self._named(chat_id) or await self.may_invite(str(by))
        if whose is not None:
            await self.welcome(chat_id, string(chat.get("title")), whose)
            return None
        return str(chat_id)

    async def _ensure(self, chat_id: int, kind: str, name: str, whose: int | None = None) -> None:
        await asyncio.to_thread(
            self._rooms.seen,
            CHANNEL,
            str(chat_id),
            kind=kind,
            name=name or None,
            new_for=self.desks.new_for(str(chat_id)) if whose is None else whose,
        )


def _desk(chat_id: int, topic: int | None) -> str:
    return str(chat_id) if topic is None else f"{chat_id}/{topic}"


def _inside(member: Json) -> bool:
    status = string(member.get("status"))
    return status in ("creator", "administrator", "member") or (
        status == "restricted" and member.get("is_member") is True
    )
