"""Which rooms the Matrix gateway is in, what they are for, and whose invitations it accepts."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from courage.cases.errors import ChannelRefused
from courage.cases.events import EventBus
from courage.cases.positions import Positions
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.desks import Desks
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.settings import MatrixSettings
from courage.i18n.catalogue import Voice
from courage.people.errors import RoomError
from courage.people.people import People
from courage.people.rooms import Rooms

CHANNEL = "matrix"
_UPGRADES: Final = "upgrades"
_LONGEST_REF: Final = 255
#: Says something in the desk room: key (said once), key of the catalogue, values.
Tell = Callable[..., Awaitable[None]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A room that was replaced: by which one, by whom, and whether we followed."""

    to: str
    by: str
    done: bool = False


def _is_id(settings: MatrixSettings) -> bool:
    return settings.desk_room.startswith("!")


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
        desks: Desks,
        positions: Positions | None = None,
    ) -> None:
        self._settings = settings
        self._positions = positions
        self._api = api
        self._rooms = rooms
        self._people = people
        self._bus = bus
        self._voice = voice
        self._kinds: dict[str, str] = {}
        self.encrypted: set[str] = set()
        self.closed: set[str] = set()
        self.desks = desks
        self._upgrades: dict[str, Upgrade] = {}

    async def load(self) -> None:
        """Read what is known from earlier."""
        if self._positions is not None:
            kept = await asyncio.to_thread(self._positions.kept, _UPGRADES)
            self._upgrades = {old: Upgrade(*upgrade) for old, upgrade in json.loads(kept or "{}").items()}
        for room in await asyncio.to_thread(self._rooms.of_channel, CHANNEL):
            self._kinds[room.room_id] = room.kind

    async def find_desk(self) -> None:
        """Look up the desk rooms, aliases too; one that is not there yet is looked up again."""
        for wanted in self.desks.wanted:
            try:
                found = wanted if wanted.startswith("!") else await self._api.resolve(wanted)
                self.desks.became(wanted, self._now(found) or found)
            except ChannelRefused:
                _log.warning("the desk room %s is not there yet", wanted)
        await self.desks.refresh()
        self.look_at_desks()

    def look_at_desks(self) -> None:
        """Find out which desk rooms can be used."""
        for desk in self.desks:
            if desk in self._kinds:
                self.desks.trouble.pop(desk, None)
            else:
                self.desks.trouble[desk] = (
                    "the assistant is not in the desk room yet; a moderator has to invite it"
                    if desk.startswith("!")
                    else f"the desk room {desk} is not there yet"
                )

    def _now(self, room_id: str) -> str | None:
        """Return the room that a room has become, through all upgrades."""
        seen = set()
        while room_id not in seen and (upgrade := self._upgrades.get(room_id)) is not None and upgrade.done:
            seen.add(room_id)
            room_id = upgrade.to
        return room_id or None

    def joined(self, room_id: str) -> bool:
        """Return whether we were in a room before the current batch."""
        return room_id in self._kinds

    @property
    def count(self) -> int:
        """How many rooms we are in."""
        return len(self._kinds)

    def kind(self, room_id: str) -> str:
        """Return ``desk``, ``direct`` or ``group``; a direct room with a third member is a group room."""
        if room_id in self.desks:
            return "desk"
        if self._kinds.get(room_id) == "desk" and room_id in self._upgrades:
            return "desk"  # it was one until it was replaced; nothing said there is a group's
        if self._kinds.get(room_id) == "direct" and self._members(room_id) <= 2:
            return "direct"
        return "group"

    def card_ref(self, room_id: str, event_id: str) -> str:
        """Return how a card is named in the database: with its room, unless that is the desk room of the settings."""
        ref = event_id if room_id == self._settings.desk_room else f"{room_id} {event_id}"
        return ref if len(ref) <= _LONGEST_REF else event_id

    def card_place(self, ref: str) -> tuple[str, str]:
        """Return room and event id of a card."""
        room_id, blank, event_id = ref.rpartition(" ")
        if blank:
            return room_id, event_id
        return self._settings.desk_room if _is_id(self._settings) else self.desks.room(
            DEFAULT_ORGANISATION
        ), ref

    def name(self, room_id: str) -> str:
        """Return what people call a room."""
        room = self._api.client.rooms.get(room_id)
        return room_id if room is None else str(room.display_name or room_id)

    def _members(self, room_id: str) -> int:
        room = self._api.client.rooms.get(room_id)
        return 2 if room is None else room.joined_count + room.invited_count

    async def seen(self, room_id: str) -> bool:
        """Remember a room that we are in, and its name; return whether we stay in it.

        A room more than the organisation may have is left, so that nobody believes that it is looked after.
        """
        new = room_id not in self._kinds
        for old, upgrade in list(self._upgrades.items()):
            if upgrade.to == room_id and not upgrade.done:
                # Somebody invited us to what a room of ours has become.
                await self._follow(old, upgrade)
        kind = self.kind(room_id)
        if kind != "desk":
            kind = self._kinds.get(room_id) or await self._stored_kind(room_id)
        room = self._api.client.rooms.get(room_id)
        try:
            await asyncio.to_thread(
                self._rooms.seen,
                CHANNEL,
                room_id,
                kind=kind,
                name=None if room is None else str(room.display_name or ""),
                active=room_id not in self.closed and self._now(room_id) == room_id,
                new_for=self.desks.new_for(room_id),
            )
        except RoomError as error:
            _log.warning("room %s is left: %s", room_id, error)
            self._kinds.pop(room_id, None)
            await self._api.leave(room_id, str(error))
            return False
        self._kinds[room_id] = kind
        self.look_at_desks()
        if new and kind == "desk":
            self._bus.publish("channel", {"channel": CHANNEL, "state": "ready"})
        return True

    async def _stored_kind(self, room_id: str) -> str:
        stored = await asyncio.to_thread(self._rooms.anywhere, CHANNEL, room_id)
        return "group" if stored is None or stored.kind == "desk" else stored.kind

    async def replaced(self, room_id: str, event: Mapping[str, Any], tell: Tell) -> None:
        """Follow a room to the one that replaces it; where that cannot be, the desk room is told what to do.

        :raises ChannelError: if the homeserver does not answer.
        """
        content = event.get("content")
        to = content.get("replacement_room") if isinstance(content, Mapping) else None
        if not isinstance(to, str) or not to.startswith("!") or len(to) > 255:
            if room_id not in self.closed:
                self.closed.add(room_id)
                await self.seen(room_id)
                await tell(f"closed:{room_id}", "room_closed", room_id)
            return
        known = self._upgrades.get(room_id)
        if known is not None and known.to == to and known.done:
            return
        upgrade = Upgrade(to, str(event.get("sender", "")))
        try:
            if not self.joined(to):
                await self._api.join(to, upgrade.by.partition(":")[2])
            followed = await self._follow(room_id, upgrade)
        except ChannelRefused:
            followed = False
        if not followed and known != upgrade:
            await self._note_upgrade(room_id, upgrade)
            await tell(f"upgraded:{room_id}", "room_upgraded", room_id, id=to)

    async def _follow(self, old: str, upgrade: Upgrade) -> bool:
        """Take over kind, sensitivity and duties of a room, if the new one says that it is its successor."""
        created = await self._api.state(upgrade.to, "m.room.create")
        predecessor = created.get("predecessor")
        if not isinstance(predecessor, Mapping) or predecessor.get("room_id") != old:
            # Whoever may end a room could else have our cards sent to any other one.
            _log.warning("room %s does not say that it replaces %s; it is not followed", upgrade.to, old)
            return False
        before = await asyncio.to_thread(self._rooms.anywhere, CHANNEL, old)
        whose = DEFAULT_ORGANISATION if before is None else before.organisation_id
        kind = self.kind(old)
        if before is not None:  # first, so that the new one is not one room too many
            await asyncio.to_thread(self._rooms.seen, CHANNEL, old, active=False)
        known = await asyncio.to_thread(self._rooms.seen, CHANNEL, upgrade.to, kind=kind, new_for=whose)
        self._kinds[upgrade.to] = kind
        if before is not None and known.organisation_id == whose:
            await asyncio.to_thread(self._rooms.take_over, CHANNEL, old, upgrade.to, whose)
        await self._note_upgrade(old, Upgrade(upgrade.to, upgrade.by, True))
        await self.find_desk()
        if kind == "desk":
            self._bus.publish("channel", {"channel": CHANNEL, "state": "ready"})
        _log.info("room %s was replaced by %s", old, upgrade.to)
        return True

    async def _note_upgrade(self, old: str, upgrade: Upgrade) -> None:
        self._upgrades[old] = upgrade
        if self._positions is not None:
            rows = {room: (u.to, u.by, u.done) for room, u in self._upgrades.items()}
            await asyncio.to_thread(self._positions.keep, _UPGRADES, json.dumps(rows))

    async def left(self, room_id: str) -> None:
        """Remember that we are not in a room any more."""
        if self._kinds.pop(room_id, None) is not None:
            await asyncio.to_thread(self._rooms.seen, CHANNEL, room_id, active=False)
            self.look_at_desks()

    async def invited(self, room_id: str, state: Iterable[Mapping[str, Any]]) -> None:
        """Join a room when the invitation is from somebody who may invite, else decline and say why."""
        inviter, direct = "", False
        for event in state:
            content = event.get("content")
            if event.get("type") == "m.room.member" and event.get("state_key") == self._api.user_id:
                inviter = str(event.get("sender", ""))
                direct = isinstance(content, Mapping) and content.get("is_direct") is True
        try:
            expected = any(u.to == room_id and u.by == inviter for u in self._upgrades.values())
            whose = await self._may_invite(inviter, direct)
            if expected or whose is not None:
                if direct and self.kind(room_id) != "desk":
                    await asyncio.to_thread(self._rooms.seen, CHANNEL, room_id, kind="direct", active=False)
                elif whose not in (None, DEFAULT_ORGANISATION) and not self.desks.new_for(room_id) > 1:
                    # Whoever invites us does so for their own organisation.
                    await asyncio.to_thread(self._rooms.seen, CHANNEL, room_id, active=False, new_for=whose)
                await self._api.join(room_id)
                _log.info("joined room %s", room_id)
            else:
                await self._api.leave(room_id, self._voice.say("declined"))
                _log.info("declined an invitation to room %s", room_id)
        except ChannelRefused as error:
            _log.warning("invitation to room %s: %s", room_id, error)

    async def _may_invite(self, inviter: str, direct: bool) -> int | None:
        """Return the organisation for which somebody may invite us, ``None`` where they may not."""
        if inviter in self._settings.moderators:
            return DEFAULT_ORGANISATION
        for organisation_id in await asyncio.to_thread(self._people.organisations_of, CHANNEL, inviter):
            person = await asyncio.to_thread(self._people.by_identity, CHANNEL, inviter, organisation_id)
            if person is not None and (direct or person.role in ("moderator", "admin")):
                return organisation_id
        return None
