"""Desk rooms of a chat system: one or more for each organisation, for all its cases or for those in one language.

They come from the settings and from the page of rooms, where people choose; what people chose comes first. A card goes
to a desk room of its own organisation and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from courage.cases.errors import ChannelError, ChannelRefused
from courage.db.engine import DEFAULT_ORGANISATION
from courage.errors import CourageError
from courage.i18n.catalogue import Voice, default_voice
from courage.people.rooms import Rooms
from courage.taxonomy import LANGUAGES

#: How often what people chose is looked up, in seconds; before a card is sent it is looked up anyway.
_EVERY: Final = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A desk room of the settings. ``organisation`` is its short name, empty for the first one; ``language`` may be empty."""

    room: str
    language: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class _Desk:
    organisation_id: int
    language: str
    room: str
    chosen: bool


def wanted_desks(texts: Sequence[str], what: str, is_room: Callable[[str], bool]) -> tuple[Wanted, ...]:
    """Read desk rooms of the settings, each written as ``ROOM`` with a language, an organisation or both before it.

    :param what: how errors call the setting.
    :param is_room: whether a room can be one of this chat system.
    :raises CourageError: naming what is wrong and what is allowed.
    """
    found: list[Wanted] = []
    for text in texts:
        *words, room = text.split() or [""]
        languages = [word for word in words if word in LANGUAGES]
        others = [word for word in words if word not in LANGUAGES]
        if not is_room(room) or not words or len(languages) > 1 or len(others) > 1:
            raise CourageError(
                f"the {what} {text!r} cannot be right; write a language ({', '.join(LANGUAGES)}), the short name of an "
                'organisation, or both, and the room, such as "de ROOM", "berlin ROOM" or "berlin de ROOM"'
            )
        found.append(Wanted(room, next(iter(languages), ""), next(iter(others), "")))
    return tuple(found)


def wanted_rooms(texts: Sequence[str], what: str, is_room: Callable[[str], bool]) -> tuple[Wanted, ...]:
    """Read rooms (or servers) of the settings that belong to an organisation, each written as ``ORGANISATION ROOM``.

    :raises CourageError: naming what is wrong and what is allowed.
    """
    found: list[Wanted] = []
    for text in texts:
        words = text.split()
        if len(words) != 2 or not is_room(words[1]):
            raise CourageError(
                f"the {what} {text!r} cannot be right; write the short name of an organisation and a room, such as "
                '"berlin ROOM"'
            )
        found.append(Wanted(words[1], organisation=words[0]))
    return tuple(found)


class Desks:
    """Which rooms of a chat system are desk rooms, of which organisation, for which language.

    ``title`` is how errors call the chat system, ``setting`` the setting with the ``main`` desk room of the first
    organisation; ``more`` are the others of the settings, ``given`` the rooms that belong to other organisations; ``voice`` is
    spoken in desk rooms for all languages. Where a
    desk room is a part of a room, ``place(desk)`` is that room. :attr:`trouble` is filled by the gateway: why a desk room cannot be used.
    """

    def __init__(
        self,
        channel: str,
        rooms: Rooms,
        *,
        title: str,
        setting: str,
        main: str,
        voice: Voice | None = None,
        more: Sequence[Wanted] = (),
        given: Sequence[Wanted] = (),
        place: Callable[[str], str] = str,
    ) -> None:
        self._channel = channel
        self._rooms = rooms
        self._title = title
        self._setting = setting
        self._place = place
        self._main = main
        self._voice = voice or default_voice()
        self._wanted = ([Wanted(main)] if main else []) + list(more)
        self._given = list(given)
        self._became: dict[str, str] = {}
        self._owners: dict[str, int] = {}
        self._unknown: set[str] = set()
        self._elsewhere: set[str] = set()
        self._desks = [
            _Desk(DEFAULT_ORGANISATION, w.language, w.room, False) for w in self._wanted if not w.organisation
        ]
        self.trouble: dict[str, str] = {}

    # What there is

    def __contains__(self, room: object) -> bool:
        return any(self._place(desk.room) == room for desk in self._desks)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the desk rooms, each once."""
        return iter(dict.fromkeys(desk.room for desk in self._desks))

    def organisation(self, room: str) -> int | None:
        """Return whose desk room a room is, ``None`` where it is none."""
        place = self._place
        return next((desk.organisation_id for desk in self._desks if place(desk.room) == place(room)), None)

    def language(self, room: str) -> str:
        """Return the language that a desk room is for, empty for one that is for all."""
        mine = [desk for desk in self._desks if desk.room == room]
        return "" if not mine or any(not desk.language for desk in mine) else mine[0].language

    def voice(self, room: str) -> Voice:
        """Return the voice that is spoken in a desk room: a room for one language speaks it."""
        language = self.language(room)
        return self._voice.to((language,)) if language else self._voice

    def new_for(self, room: str) -> int:
        """Return the organisation that a room that nobody knows yet belongs to, by the settings."""
        return self._owners.get(room, DEFAULT_ORGANISATION)

    def room(self, organisation_id: int, language: str = "") -> str:
        """Return the desk room for an organisation's cases in a language.

        :raises ChannelError: if it cannot be used (yet).
        :raises ChannelRefused: if another organisation than the first has none.
        """
        found = [
            desk
            for its in dict.fromkeys((language, ""))
            for chosen in (True, False)
            for desk in self._desks
            if (desk.organisation_id, desk.language, desk.chosen) == (organisation_id, its, chosen)
        ]
        usable = next((desk.room for desk in found if desk.room not in self.trouble), None)
        if usable is not None:
            return usable
        if found:
            raise ChannelError(self.trouble[found[0].room])
        if organisation_id == DEFAULT_ORGANISATION:
            raise ChannelError(
                f"no desk room is set for {self._title} ({self._setting}, or the page of rooms)"
            )
        raise ChannelRefused(
            f"this organisation has no desk room on {self._title}: make one of its rooms a desk on the page of rooms"
        )

    async def usable(self, organisation_id: int, language: str = "") -> str:
        """Return :meth:`room`, after a look at what people chose.

        :raises ChannelError: as it does.
        """
        await self.refresh()
        return self.room(organisation_id, language)

    async def told_of(self, room: str) -> tuple[str, Voice]:
        """Return the desk room that hears what happens in a group room, and its voice.

        :raises ChannelError: if there is none that can be used.
        """
        owner = await asyncio.to_thread(self._rooms.owner, self._channel, room)
        desk = await self.usable(owner)
        return desk, self.voice(desk)

    @property
    def notes(self) -> list[str]:
        """What ``/health`` says of desk rooms that a person has to mend."""
        here = set(self)
        found = [why for room, why in self.trouble.items() if room in here]
        if not any(desk.organisation_id == DEFAULT_ORGANISATION for desk in self._desks):
            found.append(f"no desk room is set, so cards have nowhere to go ({self._setting})")
        found += [
            f"the desk room {room} of the settings belongs to another organisation"
            for room in sorted(self._elsewhere)
        ]
        found += [
            f"there is no organisation {slug!r}, of which the settings speak"
            for slug in sorted(self._unknown)
        ]
        return found

    @property
    def main(self) -> str:
        """The main desk room of the settings, as it is now; empty where there is none."""
        return self.now(self._main)

    def now(self, room: str) -> str:
        """Return what a desk room of the settings has become."""
        return self._became.get(room, room)

    # What changes it

    def became(self, wanted: str, room: str) -> None:
        """Take note that a desk room of the settings is now, or is really, another one."""
        self._became[wanted] = room
        self._desks = [
            _Desk(d.organisation_id, d.language, room, d.chosen) if d.room == wanted and not d.chosen else d
            for d in self._desks
        ]

    @property
    def wanted(self) -> tuple[str, ...]:
        """The desk rooms of the settings, as they stand there."""
        return tuple(dict.fromkeys(wanted.room for wanted in self._wanted))

    async def refresh(self) -> bool:
        """Look up what people chose, and which organisations the settings speak of; return whether anything changed."""
        before = self._desks
        self._desks = await asyncio.to_thread(self._read)
        return self._desks != before

    def _read(self) -> list[_Desk]:
        slugs = {wanted.organisation for wanted in (*self._wanted, *self._given)} - {""}
        numbers = {slug: self._rooms.organisation_named(slug) for slug in slugs}
        self._unknown = {slug for slug, number in numbers.items() if number is None}
        whose: dict[str, int] = {}
        chosen: list[_Desk] = []
        for room in sorted(self._rooms.of_channel(self._channel), key=lambda room: room.organisation_id):
            whose[room.room_id] = room.organisation_id
            if room.desk_language is not None:
                chosen.append(_Desk(room.organisation_id, room.desk_language, room.room_id, True))
        for wanted in (*self._given, *self._wanted):
            number = numbers.get(wanted.organisation)
            room_id = self._became.get(wanted.room, wanted.room)
            room_id = self._place(room_id)
            if number is not None and self._owners.get(room_id) != number:
                # Once for each start; whom people give it to later, they decide.
                if whose.get(room_id, number) != number:
                    self._rooms.give(self._channel, room_id, number)
                    whose[room_id] = number
                self._owners[room_id] = number
        desks = [desk for desk in chosen if whose[desk.room] == desk.organisation_id]
        self._elsewhere = set()
        for wanted in self._wanted:
            number = numbers.get(wanted.organisation) if wanted.organisation else DEFAULT_ORGANISATION
            room_id = self._became.get(wanted.room, wanted.room)
            if number is None or self._place(room_id) in [desk.room for desk in desks if desk.chosen]:
                continue
            if (
                whose.get(self._place(room_id), number) != number
            ):  # no card of one organisation in a room of another
                self._elsewhere.add(self._place(room_id))
                continue
            desks.append(_Desk(number, wanted.language, room_id, False))
        return desks

    async def watch(self, changed: Callable[[], Awaitable[None]], every: float = _EVERY) -> None:
        """Look up again and again what people chose; ``changed`` hears of every change. Runs until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                if await self.refresh():
                    await changed()
            except Exception as error:  # the database may be away: what was known counts on
                _log.info("desk rooms of %s could not be looked up: %s", self._channel, type(error).__name__)
