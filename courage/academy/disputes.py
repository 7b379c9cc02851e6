"""Feedback that somebody sees differently: what they chose to show, to the trainers of their own organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.errors import AcademyError
from courage.clock import utcnow
from courage.db.engine import reading, writing
from courage.db.models.academy import DrillDispute
from courage.db.models.people import Person

KEPT: Final = timedelta(days=90)
LONGEST: Final = 1000


class NoSuchDispute(AcademyError):
    """There is no such dispute in this organisation."""


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute as trainers see it, and its person."""

    id: int
    person_id: int
    person: str
    exercise_id: str
    scene: str
    turn: int
    language: str
    reply: str
    grades: Mapping[str, str]
    words: str
    state: str
    answer: str
    asked_at: datetime


class Disputes:
    """Keeps disputes. Synchronous."""

    def __init__(self, sessions: sessionmaker[Session], clock: Callable[[], datetime] = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def add(
        self,
        *,
        organisation_id: int,
        person_id: int,
        exercise_id: str,
        scene: str,
        turn: int,
        language: str,
        reply: str,
        grades: Mapping[str, str],
        words: str,
    ) -> int:
        """Keep what somebody shows to trainers; return its number. The same turn again replaces what was said of it.

        :raises AcademyError: if the words are missing or too long.
        """
        words = words.strip()
        if not words:
            raise AcademyError("say in your own words how you see it; the field is empty")
        if len(words) > LONGEST:
            raise AcademyError(f"your words have {len(words)} characters; at most {LONGEST} are allowed")
        now = self._clock()
        with writing(self._sessions, organisation_id) as session:
            row = session.scalar(
                select(DrillDispute).where(
                    DrillDispute.person_id == person_id,
                    DrillDispute.exercise_id == exercise_id,
                    DrillDispute.turn == turn,
                    DrillDispute.reply == reply,
                    DrillDispute.state == "open",
                )
            )
            if row is None:
                row = DrillDispute(
                    organisation_id=organisation_id, person_id=person_id, exercise_id=exercise_id, scene=scene,
                    turn=turn, language=language, reply=reply,
                )  # fmt: skip
                session.add(row)
            row.grades, row.words = dict(grades), words
            row.asked_at, row.retain_until = now, now + KEPT
            session.flush()
            return row.id

    def waiting(self, organisation_id: int, *, state: str = "open", limit: int = 100) -> list[DisputeView]:
        """Return the disputes of an organisation, the latest first."""
        with reading(self._sessions, organisation_id) as session:
            query = (
                select(DrillDispute, Person.name)
                .join(Person, Person.id == DrillDispute.person_id)
                .where(DrillDispute.state == state)
                .order_by(DrillDispute.asked_at.desc(), DrillDispute.id.desc())
                .limit(limit)
            )
            return [_view(row, name) for row, name in session.execute(query)]

    def mine(self, organisation_id: int, person_id: int, exercise_id: str) -> list[DisputeView]:
        """Return what a person showed of an exercise, with answers."""
        with reading(self._sessions, organisation_id) as session:
            query = select(DrillDispute).where(
                DrillDispute.person_id == person_id, DrillDispute.exercise_id == exercise_id
            )
            return [_view(row, "") for row in session.scalars(query.order_by(DrillDispute.id))]

    def count(self, organisation_id: int) -> int:
        """Return how many disputes wait for an answer."""
        with reading(self._sessions, organisation_id) as session:
            query = select(func.count()).select_from(DrillDispute).where(DrillDispute.state == "open")
            return session.scalar(query) or 0

    def answer(self, organisation_id: int, dispute_id: int, by: int, words: str) -> None:
        """Answer a dispute; a blank answer only puts it aside.

        :raises NoSuchDispute: if the organisation has none of this number.
        :raises AcademyError: if the words are too long.
        """
        if len(words.strip()) > LONGEST:
            raise AcademyError(f"the answer has {len(words)} characters; at most {LONGEST} are allowed")
        with writing(self._sessions, organisation_id) as session:
            row = session.scalar(select(DrillDispute).where(DrillDispute.id == dispute_id))
            if row is None:
                raise NoSuchDispute(f"there is no dispute {dispute_id} in this organisation")
            row.state, row.answer = "answered", words.strip()
            row.answered_by, row.answered_at = by, self._clock()


def _view(row: DrillDispute, name: str) -> DisputeView:
    return DisputeView(
        row.id, row.person_id, name, row.exercise_id, row.scene, row.turn, row.language, row.reply, row.grades, row.words,
        row.state, row.answer, row.asked_at,
    )  # fmt: skip
