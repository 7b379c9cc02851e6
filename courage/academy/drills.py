"""Runs of scenarios and exercises, kept in the practice space of who practises; nobody else reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.errors import AcademyError, NoSuchDrill
from courage.clock import utcnow
from courage.db.engine import reading, writing
from courage.db.erasures import digest, remember
from courage.db.locks import hold
from courage.db.models.academy import Drill, DrillChat, DrillTurn
from courage.people.practice import PracticeSpaces

UNDER_WAY: Final = "under_way"
ENDED: Final = "ended"
LEFT: Final = "left"


class TurnTaken(AcademyError):
    """The turn that somebody answers was answered already: a second click, or another window."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One reply or answer of a run."""

    number: int
    scene: str
    reply: str | None
    reading: Mapping[str, Any]
    feedback: Mapping[str, Any]
    because: str
    next_scene: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class DrillView:
    """One run with its turns, the first one first."""

    id: int
    person_id: int
    kind: str
    exercise_id: str
    language: str
    scene: str
    state: str
    outcome: str | None
    shown: bool
    started_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    turns: tuple[TurnView, ...] = ()

    @property
    def next_turn(self) -> int:
        """The number of the turn that comes next."""
        return len(self.turns) + 1


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn that is about to be kept; ``outcome`` is set where the run ends with it."""

    number: int
    scene: str
    reply: str | None
    reading: Mapping[str, Any]
    feedback: Mapping[str, Any]
    because: str = ""
    next_scene: str = ""
    ended: bool = False
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class ChatView:
    """A direct conversation in which somebody practises."""

    offered: tuple[str, ...]
    drill_id: int | None


class Drills:
    """Keeps runs. Synchronous.

    :param spaces: the practice spaces in which they are kept.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        spaces: PracticeSpaces,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._sessions = sessions
        self._spaces = spaces
        self._clock = clock

    # reading

    def list(self, person_id: int, *, limit: int = 500) -> list[DrillView]:
        """Return a person's runs without their turns, the latest first."""
        space = self._spaces.find(person_id)
        if space is None:
            return []
        with reading(self._sessions, space) as session:
            query = (
                select(Drill)
                .where(Drill.person_id == person_id)
                .order_by(Drill.changed_at.desc(), Drill.id.desc())
                .limit(limit)
            )
            return [_view(drill, ()) for drill in session.scalars(query)]

    def get(self, person_id: int, drill_id: int) -> DrillView:
        """Return one run.

        :raises NoSuchDrill: if this person has none of this number.
        """
        with reading(self._sessions, self._space(person_id)) as session:
            return _whole(session, _find(session, person_id, drill_id))

    def latest(self, person_id: int, exercise_id: str) -> DrillView | None:
        """Return the latest run of an exercise that was not left, ``None`` where there is none."""
        space = self._spaces.find(person_id)
        if space is None:
            return None
        with reading(self._sessions, space) as session:
            drill = _latest(session, person_id, exercise_id, (UNDER_WAY, ENDED))
            return None if drill is None else _whole(session, drill)

    # playing

    def start(
        self, person_id: int, kind: str, exercise_id: str, language: str, scene: str, *, shown: bool = False
    ) -> DrillView:
        """Begin a run, or return the one of the same exercise that is under way."""
        space = self._spaces.ensure(person_id)
        with writing(self._sessions, space) as session:
            hold(session, "drill", person_id, exercise_id)
            drill = _latest(session, person_id, exercise_id, (UNDER_WAY,))
            if drill is None:
                now = self._clock()
                drill = Drill(
                    organisation_id=space, person_id=person_id, kind=kind, exercise_id=exercise_id,
                    language=language, scene=scene, shown=shown, started_at=now, changed_at=now,
                )  # fmt: skip
                session.add(drill)
                session.flush()
            return _whole(session, drill)

    def show(self, person_id: int, drill_id: int, *, shown: bool = True) -> None:
        """Note whether harmful texts of a run are shown."""
        with writing(self._sessions, self._space(person_id)) as session:
            _find(session, person_id, drill_id).shown = shown

    def add(self, person_id: int, drill_id: int, turn: NewTurn) -> DrillView:
        """Keep a turn, and end the run where it ends with it.

        :raises TurnTaken: if that turn is there already; nothing is changed.
        :raises AcademyError: if the run is over.
        """
        space = self._space(person_id)
        with writing(self._sessions, space) as session:
            drill = _find(session, person_id, drill_id)
            hold(session, "drill", person_id, drill.exercise_id)
            there = len(_turns(session, drill))
            if turn.number <= there:
                raise TurnTaken(
                    f"turn {turn.number} was answered already; the run stands at turn {there + 1}"
                )
            if drill.state != UNDER_WAY:
                raise AcademyError("this run is over; begin it anew to play it again")
            now = self._clock()
            session.add(
                DrillTurn(
                    organisation_id=space, drill_id=drill.id, number=there + 1, scene=turn.scene, reply=turn.reply,
                    reading=dict(turn.reading), feedback=dict(turn.feedback), because=turn.because,
                    next_scene=turn.next_scene, answered_at=now,
                )
            )  # fmt: skip
            drill.scene, drill.changed_at = turn.next_scene or drill.scene, now
            if turn.ended:
                drill.state, drill.outcome, drill.ended_at = ENDED, turn.outcome, now
            session.flush()
            return _whole(session, drill)

    def leave(self, person_id: int, drill_id: int, *, keep: bool) -> None:
        """End a run before its end: ``keep`` what was written, or delete it for good."""
        with writing(self._sessions, self._space(person_id)) as session:
            drill = _find(session, person_id, drill_id)
            if keep:
                if drill.state == UNDER_WAY:
                    drill.state, drill.changed_at = LEFT, self._clock()
                return
            remember(session, "drill", digest(drill.id, drill.started_at))
            erase(session, drill.id)

    # in chat

    def chat(self, person_id: int, channel: str, room_id: str) -> ChatView | None:
        """Return what is going on in a direct conversation, ``None`` where nobody practises there."""
        space = self._spaces.find(person_id)
        if space is None:
            return None
        with reading(self._sessions, space) as session:
            found = session.scalar(_of_chat(person_id, channel, room_id))
            return None if found is None else ChatView(tuple(found.offered), found.drill_id)

    def set_chat(
        self, person_id: int, channel: str, room_id: str, *, offered: tuple[str, ...] = (), drill_id: int | None = None
    ) -> None:  # fmt: skip
        """Note what was offered in a direct conversation, or which run is under way in it."""
        space = self._spaces.ensure(person_id)
        with writing(self._sessions, space) as session:
            hold(session, "drill_chat", person_id)
            found = session.scalar(_of_chat(person_id, channel, room_id))
            if found is None:
                found = DrillChat(
                    organisation_id=space, person_id=person_id, channel=channel, room_id=room_id
                )
                session.add(found)
            found.offered, found.drill_id, found.changed_at = list(offered), drill_id, self._clock()

    def end_chat(self, person_id: int, channel: str, room_id: str) -> None:
        """Forget that somebody practises in a direct conversation."""
        space = self._spaces.find(person_id)
        if space is None:
            return
        with writing(self._sessions, space) as session:
            found = session.scalar(_of_chat(person_id, channel, room_id))
            if found is not None:
                session.delete(found)

    def _space(self, person_id: int) -> int:
        space = self._spaces.find(person_id)
        if space is None:
            raise NoSuchDrill("you have not practised yet; /academy lists what there is")
        return space


def erase(session: Session, drill_id: int) -> None:
    """Delete a run and its turns, in the session's transaction."""
    session.execute(delete(DrillTurn).where(DrillTurn.drill_id == drill_id))
    session.execute(delete(Drill).where(Drill.id == drill_id))


def _of_chat(person_id: int, channel: str, room_id: str) -> Any:
    return select(DrillChat).where(
        DrillChat.person_id == person_id, DrillChat.channel == channel, DrillChat.room_id == room_id
    )


def _find(session: Session, person_id: int, drill_id: int) -> Drill:
    drill = session.scalar(select(Drill).where(Drill.id == drill_id, Drill.person_id == person_id))
    if drill is None:
        raise NoSuchDrill(f"you have no run {drill_id}; /academy lists yours")
    return drill


def _latest(session: Session, person_id: int, exercise_id: str, states: tuple[str, ...]) -> Drill | None:
    return session.scalar(
        select(Drill)
        .where(Drill.person_id == person_id, Drill.exercise_id == exercise_id, Drill.state.in_(states))
        .order_by(Drill.id.desc())
        .limit(1)
    )


def _turns(session: Session, drill: Drill) -> list[DrillTurn]:
    query = select(DrillTurn).where(DrillTurn.drill_id == drill.id).order_by(DrillTurn.number)
    return list(session.scalars(query))


def _whole(session: Session, drill: Drill) -> DrillView:
    return _view(drill, tuple(_turn(turn) for turn in _turns(session, drill)))


def _turn(turn: DrillTurn) -> TurnView:
    return TurnView(
        turn.number, turn.scene, turn.reply, turn.reading, turn.feedback, turn.because, turn.next_scene, turn.answered_at
    )  # fmt: skip


def _view(drill: Drill, turns: tuple[TurnView, ...]) -> DrillView:
    return DrillView(
        drill.id, drill.person_id, drill.kind, drill.exercise_id, drill.language, drill.scene, drill.state, drill.outcome,
        drill.shown, drill.started_at, drill.changed_at, drill.ended_at, turns,
    )  # fmt: skip
