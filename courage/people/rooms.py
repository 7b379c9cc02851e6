"""The rooms of channels, how watchful screening is in each, and whether narratives open cases there."""

from __future__ import annotations

import builtins
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import DEFAULT_ORGANISATION, writing
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Room
from courage.db.scope import scope_to_every
from courage.people.errors import RoomError
from courage.taxonomy import LANGUAGES, SENSITIVITIES

KINDS: Final = ("group", "desk", "direct")
#: How long what was chosen for a room is kept in memory, in seconds.
FRESH: Final = 5.0


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room; ``active`` is false when we left it.

    ``narratives`` says whether a narrative opens a case in it; ``None``: as its sensitivity has it. ``desk_language`` is
    ``None`` unless people made it a desk room; then it is the language of its cases, empty for all.
    """

    organisation_id: int
    channel: str
    room_id: str
    kind: str
    name: str
    sensitivity: str
    active: bool
    narratives: bool | None = None
    desk_language: str | None = None
    card_seen_at: datetime | None = None
    notice_at: datetime | None = None

    @property
    def is_desk(self) -> bool:
        """Whether volunteers work in it: people made it a desk room, or the settings say so."""
        return self.desk_language is not None or self.kind == "desk"


@dataclass(frozen=True, slots=True)
class Choices:
    """How a room is screened: its sensitivity, and whether a narrative opens a case (``None``: as that has it)."""

    sensitivity: str
    narratives: bool | None = None


_WHOSE: Final = "whose a room of a shared chat system is, its row says"


def _owner(session: Session, channel: str, room_id: str) -> int | None:
    """Return the organisation of a room, ``None`` where nobody knows it.

    A room that was given away and given back has rows that are not active any more; one that we left has no other.
    """
    rows = session.execute(
        select(Room.organisation_id, Room.active)
        .where(Room.channel == channel, Room.room_id == room_id)
        .order_by(Room.id.desc())
    ).all()
    active = [whose for whose, is_active in rows if is_active and whose != DEFAULT_ORGANISATION]
    if active:
        return active[0]
    whose = [row[0] for row in rows]
    return DEFAULT_ORGANISATION if DEFAULT_ORGANISATION in whose else next(iter(whose), None)


def _view(room: Room) -> RoomView:
    return RoomView(
        room.organisation_id,
        room.channel,
        room.room_id,
        room.kind,
        room.name,
        room.sensitivity,
        room.active,
        room.narratives,
        room.desk_language,
        room.card_seen_at,
        room.notice_at,
    )


class Rooms:
    """Remembers rooms; what was chosen for them is kept in memory for a moment because every message asks for it.

    :param default: the sensitivity of rooms that nobody has set another one for.
    :param timer: seconds that pass; another process's change counts ``FRESH`` seconds later.
    :raises RoomError: if that word is unknown.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        default: str = "balanced",
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        if default not in SENSITIVITIES:
            raise RoomError(f"sensitivity {default!r} is not one of {', '.join(SENSITIVITIES)}")
        self._sessions = sessions
        self._default = default
        self._lock = threading.Lock()
        self._timer = timer
        self._choices: dict[tuple[int, str, str], tuple[float, Choices]] = {}
        self._owners: dict[tuple[str, str], tuple[float, int | None]] = {}

    def ensure(
        self,
        channel: str,
        room_id: str,
        *,
        kind: str | None = None,
        name: str | None = None,
        organisation_id: int = 1,
        active: bool = True,
    ) -> RoomView:
        """Remember a room or bring what is known of it up to date; ``None`` leaves a field as it is.

        :raises RoomError: if the kind is unknown, or the organisation has as many rooms as it may have.
        """
        if kind is not None and kind not in KINDS:
            raise RoomError(f"room kind {kind!r} is not one of {', '.join(KINDS)}")
        for last_try in (False, True):
            try:
                with writing(self._sessions) as session:
                    room = self._find(session, organisation_id, channel, room_id)
                    if room is None:
                        self._require_room_for_one_more(session, organisation_id, kind)
                        room = Room(
                            organisation_id=organisation_id,
                            channel=channel,
                            room_id=room_id,
                            kind="group",
                            name="",
                            sensitivity=self._default,
                            active=True,
                        )
                        session.add(room)
                        with self._lock:
                            self._owners.pop((channel, room_id), None)
                    room.kind = room.kind if kind is None else kind
                    room.name = room.name if name is None else name[:255]
                    room.active = active
                    return _view(room)
            except IntegrityError:  # somebody else added it in between: the second try finds it
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def seen(
        self,
        channel: str,
        room_id: str,
        *,
        kind: str | None = None,
        name: str | None = None,
        active: bool = True,
        new_for: int = DEFAULT_ORGANISATION,
    ) -> RoomView:
        """Remember a room that a gateway is in, or was: for the organisation that it belongs to already.

        Gateways speak for the installation. A room that nobody knows yet becomes one of the organisation ``new_for``. What
        people made a desk room stays one.

        :raises RoomError: as :meth:`ensure`.
        """
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            owner = _owner(session, channel, room_id)
            chosen = None if owner is None else self._find(session, owner, channel, room_id)
        if chosen is not None and chosen.desk_language is not None:
            kind = "desk"
        whose = new_for if owner is None else owner
        return self.ensure(channel, room_id, kind=kind, name=name, organisation_id=whose, active=active)

    def anywhere(self, channel: str, room_id: str) -> RoomView | None:
        """Return a room, whichever organisation it belongs to, or ``None``; for gateways, which speak for all."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            owner = _owner(session, channel, room_id)
            room = None if owner is None else self._find(session, owner, channel, room_id)
            return None if room is None else _view(room)

    def of_channel(self, channel: str, *, kind: str | None = None) -> builtins.list[RoomView]:
        """Return the rooms of a chat system in which we are, of all organisations; for gateways."""
        query = select(Room).where(Room.channel == channel, Room.active).order_by(Room.id)
        if kind is not None:
            query = query.where(Room.kind == kind)
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return [_view(room) for room in session.scalars(query)]

    def organisation_named(self, slug: str) -> int | None:
        """Return the organisation of a short name, or ``None``."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(OrganisationSettings.organisation_id).where(OrganisationSettings.slug == slug)
            return session.scalar(query)

    def get(self, channel: str, room_id: str, organisation_id: int = 1) -> RoomView | None:
        """Return a room, or ``None``."""
        with self._sessions() as session:
            room = self._find(session, organisation_id, channel, room_id)
            return None if room is None else _view(room)

    def list(self, organisation_id: int = 1, *, kind: str | None = None) -> list[RoomView]:
        """Return the rooms of an organisation by channel and name."""
        query = select(Room).where(Room.organisation_id == organisation_id)
        query = query.order_by(Room.channel, Room.name, Room.id)
        if kind is not None:
            query = query.where(Room.kind == kind)
        with self._sessions() as session:
            return [_view(room) for room in session.scalars(query)]

    def sensitivity(self, channel: str, room_id: str, organisation_id: int = 1) -> str:
        """Return how watchful screening is in a room; rooms that are not known are as new ones are."""
        return self.choices(channel, room_id, organisation_id).sensitivity

    def choices(self, channel: str, room_id: str, organisation_id: int = 1) -> Choices:
        """Return how a room is screened; rooms that are not known are as new ones are."""
        key = (organisation_id, channel, room_id)
        now = self._timer()
        with self._lock:
            read_at, known = self._choices.get(key, (now - FRESH, Choices(self._default)))
        if now - read_at >= FRESH:
            room = self.get(channel, room_id, organisation_id)
            known = Choices(self._default) if room is None else Choices(room.sensitivity, room.narratives)
            with self._lock:
                self._choices[key] = (now, known)
        return known

    def owner(self, channel: str, room_id: str) -> int:
        """Return the organisation that a room of a shared chat system belongs to; the first one where nobody knows it.

        Gateways speak for the installation; this says whose a message is. Kept in memory like choices.
        """
        now = self._timer()
        with self._lock:
            read_at, known = self._owners.get((channel, room_id), (now - FRESH, None))
        if now - read_at >= FRESH:
            with self._sessions() as session:
                scope_to_every(session, _WHOSE)
                known = _owner(session, channel, room_id)
            with self._lock:
                self._owners[channel, room_id] = (now, known)
        return known or DEFAULT_ORGANISATION

    def give(self, channel: str, room_id: str, organisation_id: int) -> RoomView:
        """Give a room to an organisation: messages in it are that organisation's from then on. Old cases stay.

        :raises RoomError: if no organisation knows the room, or the one that gets it has as many as it may have.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, "a room goes from one organisation to another")
            rows = session.scalars(select(Room).where(Room.channel == channel, Room.room_id == room_id)).all()
            if not rows:
                raise RoomError(f"there is no room {room_id!r} in {channel}", say="problem.404")
            mine = next((room for room in rows if room.organisation_id == organisation_id), None)
            if mine is None:
                mine = rows[0]
                self._require_room_for_one_more(session, organisation_id, mine.kind)
                mine.organisation_id = organisation_id
                if mine.desk_language is not None:  # whoever gets it makes it a desk room themselves
                    mine.desk_language, mine.kind = None, "group"
            mine.active = True
            for room in rows:
                if room is not mine:
                    room.active = False
            view = _view(mine)
        with self._lock:
            self._owners.pop((channel, room_id), None)
        return view

    def set_sensitivity(
        self, channel: str, room_id: str, sensitivity: str, organisation_id: int = 1
    ) -> RoomView:
        """Set how watchful screening is in a room.

        :raises RoomError: if the word is unknown or the room is.
        """
        if sensitivity not in SENSITIVITIES:
            raise RoomError(f"sensitivity {sensitivity!r} is not one of {', '.join(SENSITIVITIES)}")
        return self._change(channel, room_id, organisation_id, sensitivity=sensitivity)

    def set_narratives(
        self, channel: str, room_id: str, opens: bool | None, organisation_id: int = 1
    ) -> RoomView:
        """Set whether a narrative opens a case in a room; ``None`` leaves it to the room's sensitivity.

        :raises RoomError: if the room is unknown.
        """
        return self._change(channel, room_id, organisation_id, narratives=opens)

    def set_desk(
        self, channel: str, room_id: str, language: str | None, organisation_id: int = 1
    ) -> RoomView:
        """Make a room a desk room of its organisation, or a group room again.

        :param language: that of the cases whose cards go there; empty for all, ``None`` for a group room.
        :raises RoomError: if the language is unknown or the room is, or if we are not in it any more.
        """
        if language and language not in LANGUAGES:
            raise RoomError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
        room = self.get(channel, room_id, organisation_id)
        if room is not None and language is not None and (not room.active or room.kind == "direct"):
            raise RoomError(
                f"{room.name or room_id} is no room that the assistant is in with others", say="rooms.not_in"
            )
        kind = "group" if language is None else "desk"
        forgotten = {"card_seen_at": None} if language is None else {"notice_at": None}
        return self._change(channel, room_id, organisation_id, desk_language=language, kind=kind, **forgotten)

    def card_seen(self, channel: str, room_id: str, at: datetime, organisation_id: int = 1) -> RoomView:
        """Remember that somebody saw a test card in a desk room.

        :raises RoomError: if the room is unknown.
        """
        return self._change(channel, room_id, organisation_id, card_seen_at=at)

    def notice_posted(self, channel: str, room_id: str, at: datetime, organisation_id: int = 1) -> RoomView:
        """Remember that somebody says that the notice stands in a group room.

        :raises RoomError: if the room is unknown.
        """
        return self._change(channel, room_id, organisation_id, notice_at=at)

    def take_over(self, channel: str, old: str, new: str, organisation_id: int = 1) -> None:
        """Give a room what people chose for the one that it replaces; nothing, where that one is not known.

        :raises RoomError: if the new room is unknown.
        """
        before = self.get(channel, old, organisation_id)
        if before is not None:
            chosen: dict[str, Any] = {"sensitivity": before.sensitivity, "narratives": before.narratives}
            chosen["desk_language"] = before.desk_language
            self._change(channel, new, organisation_id, **chosen)

    def _change(
        self, channel: str, room_id: str, organisation_id: int, **chosen: str | bool | datetime | None
    ) -> RoomView:
        with writing(self._sessions) as session:
            room = self._find(session, organisation_id, channel, room_id)
            if room is None:
                raise RoomError(f"there is no room {room_id!r} in {channel}", say="problem.404")
            for name, value in chosen.items():
                setattr(room, name, value)
            view = _view(room)
        with self._lock:
            known = Choices(view.sensitivity, view.narratives)
            self._choices[organisation_id, channel, room_id] = (self._timer(), known)
        return view

    @staticmethod
    def _require_room_for_one_more(session: Session, organisation_id: int, kind: str | None) -> None:
        settings = session.get(OrganisationSettings, organisation_id)
        if settings is None or settings.most_rooms is None or kind not in (None, "group"):
            return
        mine = select(func.count()).where(
            Room.organisation_id == organisation_id, Room.kind == "group", Room.active
        )
        if (session.scalar(mine) or 0) >= settings.most_rooms:
            raise RoomError(
                f"this organisation may have {settings.most_rooms} rooms, and has them; leave one first",
                say="rooms.most", most=settings.most_rooms,
            )  # fmt: skip

    @staticmethod
    def _find(session: Session, organisation_id: int, channel: str, room_id: str) -> Room | None:
        return session.scalar(
            select(Room).where(
                Room.organisation_id == organisation_id, Room.channel == channel, Room.room_id == room_id
            )
        )
