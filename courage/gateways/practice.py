"""The practice rooms of the web desk: a channel in memory, for training and for trying things out.

Each practice space (:mod:`courage.people.practice`) has a pair of rooms of its own, named after it.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from courage.cases.errors import ChannelRefused
from courage.cases.events import EventBus
from courage.cases.ports import Button, Card, Neighbour
from courage.clock import utcnow
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.registry import Gateway, GatewayContext, GatewayType, NoOptions

DESK = "practice-desk"
GROUP = "practice-group"


@dataclass(frozen=True, slots=True)
class PracticeLine:
    """One line of a practice room.

    ``kind`` is ``message`` (a pretend member), ``reply`` (posted by a volunteer), ``card``, ``say`` (the assistant)
    or ``person`` (somebody who talks with the assistant).
    """

    id: str
    room_id: str
    kind: str
    author: str
    text: str
    in_reply_to: str | None = None
    buttons: tuple[Button, ...] = ()
    card: Card | None = None
    at: datetime = field(default_factory=utcnow)


class PracticeChannel:
    """Keeps the last lines of each room and tells the bus (topic ``practice``) about every change."""

    name = "practice"
    knows_organisations = True

    def __init__(
        self, bus: EventBus, *, desk_room: str = DESK, lines_kept: int = 200, rooms_kept: int = 2000
    ) -> None:
        self._bus = bus
        self.desk_room = desk_room
        self._lines_kept = lines_kept
        self._rooms_kept = rooms_kept
        self._rooms: OrderedDict[str, deque[PracticeLine]] = OrderedDict()
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        """Return at once: the desk's pages hand the messages in."""

    def health(self) -> dict[str, Any]:
        """Return that it is well: it is in memory."""
        return {"status": "ok"}

    def group_of(self, organisation_id: int) -> str:
        """Return the group room of a practice space."""
        return f"{GROUP}-{organisation_id}"

    def desk_of(self, organisation_id: int) -> str:
        """Return the desk room of a practice space; cards of the first organisation, which is none, have one apart."""
        return self.desk_room if organisation_id == DEFAULT_ORGANISATION else f"{DESK}-{organisation_id}"

    def lines(self, room_id: str) -> list[PracticeLine]:
        """Return the lines of a room that are kept, oldest first."""
        return list(self._rooms.get(room_id, ()))

    def message(
        self, room_id: str, author: str, text: str, *, message_id: str, in_reply_to: str | None = None
    ) -> PracticeLine:
        """Keep what a pretend member wrote; whoever calls this hands it to the intake too."""
        return self._add(PracticeLine(message_id, room_id, "message", author, text, in_reply_to))

    def person(self, room_id: str, author: str, text: str) -> PracticeLine:
        """Keep what somebody said to the assistant."""
        return self._add(PracticeLine(self._new_id(), room_id, "person", author, text))

    def remove(self, room_id: str, line_id: str) -> None:
        """Take a line away, as when a member deletes a message."""
        room = self._rooms.get(room_id)
        if room is not None:
            kept = [line for line in room if line.id != line_id]
            room.clear()
            room.extend(kept)
            self._tell(room_id)

    def clear(self, room_id: str) -> None:
        """Take every line of a room away."""
        if self._rooms.pop(room_id, None) is not None:
            self._tell(room_id)

    async def send_card(self, card: Card, key: str) -> str:
        """Put a card into the practice desk."""
        room_id = self.desk_of(card.organisation_id)
        line = PracticeLine(self._new_id(), room_id, "card", "Courage", "", None, card.buttons, card)
        return self._once(key, line)

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date; one that is gone since a restart is put in anew."""
        room_id = self.desk_of(card.organisation_id)
        room = self._rooms.get(room_id, deque())
        for at, line in enumerate(room):
            if line.id == ref:
                room[at] = replace(line, card=card, buttons=card.buttons)
                self._tell(room_id)
                return
        self._add(PracticeLine(ref, room_id, "card", "Courage", "", None, card.buttons, card))

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Show a reply in the practice room.

        :raises ChannelRefused: if the message was removed.
        """
        room = self._rooms.get(room_id, ())
        # After a restart the room is empty; that is no reason to lose a reply.
        if room and not any(line.id == in_reply_to for line in room) and len(room) < self._lines_kept:
            raise ChannelRefused("the message is not in the practice room any more")
        return self._once(key, PracticeLine(self._new_id(), room_id, "reply", "Courage", text, in_reply_to))

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a message in a practice room.

        :raises ChannelRefused: if the room was emptied meanwhile.
        """
        kinds = {"message": "message", "reply": "own"}
        lines = [line for line in self.lines(room_id) if line.kind in kinds]
        at = next((at for at, line in enumerate(lines) if line.id == message_id), None)
        if at is None:
            raise ChannelRefused("the message is not in the practice room any more")
        return [
            Neighbour(line.id, line.author, line.at, line.text, kinds[line.kind])
            for line in lines[max(0, at - before) : at + after + 1]
        ]

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something as the assistant."""
        line = PracticeLine(self._new_id(), room_id, "say", "Courage", text, None, buttons)
        return self._once(key, line)

    def _once(self, key: str, line: PracticeLine) -> str:
        if key in self._keys:
            return self._keys[key]
        self._keys[key] = line.id
        if len(self._keys) > self._rooms_kept * self._lines_kept:
            self._keys.popitem(last=False)
        return self._add(line).id

    def _add(self, line: PracticeLine) -> PracticeLine:
        room = self._rooms.setdefault(line.room_id, deque(maxlen=self._lines_kept))
        room.append(line)
        self._rooms.move_to_end(line.room_id)
        if len(self._rooms) > self._rooms_kept:
            self._rooms.popitem(last=False)
        self._tell(line.room_id)
        return line

    def _tell(self, room_id: str) -> None:
        self._bus.publish("practice", {"room": room_id})

    def _new_id(self) -> str:
        return f"practice-{next(self._numbers)}"


def make(_: NoOptions, context: GatewayContext) -> Gateway:
    """Return the practice rooms."""
    return PracticeChannel(context.bus)


GATEWAY = GatewayType("practice", make)
