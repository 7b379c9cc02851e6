"""Who is ready for live cases: people decide it, the academy only suggests; the gate is an organisation's own.

A live case may be the first hateful text that somebody answers in earnest. So only people whom a trainer (or an admin) of
their organisation has marked ready get live cases, unless the organisation has opened the gate. Practice is always open.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Person
from courage.db.models.readiness import ReadinessEvent
from courage.db.scope import every, scope_to
from courage.people.errors import PersonError
from courage.people.organisations import settings_of
from courage.people.practice import is_practice

#: Who decides that somebody is ready.
DECIDERS: Final = ("trainer", "admin")
MAX_NOTE: Final = 1000
_MAX_EVENTS: Final = 200
#: Bounds of when practising again is suggested.
REFRESHER: Final = {"months": (1, 120), "hard_cases": (1, 1000), "days": (1, 365)}


@dataclass(frozen=True, slots=True)
class Lack:
    """What somebody has still to practise: ``kind`` of drill, how many they have done and how many it takes.

    ``level`` is that of scenarios, ``None`` where it does not matter.
    """

    kind: str
    have: int
    need: int
    level: int | None = None


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """One decision as people read it; ``by`` is the name of who decided, ``None`` where it was no person."""

    at: datetime
    kind: str
    how: str
    person: str | None
    by: str | None
    role: str
    note: str


def gate_of(session: Session, organisation_id: int) -> bool:
    """Say whether an organisation lets only people who are marked ready onto live cases; new ones do."""
    query = select(OrganisationSettings.readiness_gate).where(
        OrganisationSettings.organisation_id == organisation_id
    )
    return session.scalar(query) is not False


def kept_out(session: Session, person: Person, organisation_id: int) -> bool:
    """Say whether a person may not work on live cases of an organisation: the gate is on and they are not ready."""
    return (
        person.ready_since is None
        and not is_practice(session, organisation_id)
        and gate_of(session, organisation_id)
    )


def mark_first(session: Session, person: Person, now: datetime) -> None:
    """Mark a new trainer or admin ready if there is nobody in their organisation who could decide it."""
    if person.role not in DECIDERS:
        return
    able = select(Person.id).where(
        Person.organisation_id == person.organisation_id,
        Person.id != person.id,
        Person.active,
        Person.role.in_(DECIDERS),
        Person.ready_since.is_not(None),
    )
    if session.scalar(able.limit(1)) is None:
        _decide(session, person, "ready", "first", now)


def _decide(
    session: Session,
    person: Person,
    kind: str,
    how: str,
    now: datetime,
    note: str = "",
    by_id: int | None = None,
) -> None:
    person.ready_since = now if kind == "ready" else None
    session.add(
        ReadinessEvent(
            organisation_id=person.organisation_id, person_id=person.id, kind=kind, how=how, role=person.role,
            note=note, by_id=by_id, at=now,
        )
    )  # fmt: skip


class Readiness:
    """Marks people ready, opens and shuts the gate, and remembers who did. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def gate(self, organisation_id: int) -> bool:
        """Say whether only people who are marked ready get live cases."""
        with reading(self._sessions, organisation_id) as session:
            return gate_of(session, organisation_id)

    def kept_out(self, person_id: int, organisation_id: int) -> bool:
        """Say whether a person gets no live cases of their organisation."""
        with reading(self._sessions, organisation_id) as session:
            person = session.get(Person, person_id)
            return person is not None and kept_out(session, person, organisation_id)

    def since(self, organisation_id: int) -> dict[int, datetime | None]:
        """Return since when each person of an organisation is ready, those who are not with ``None``."""
        query = select(Person.id, Person.ready_since).where(Person.organisation_id == organisation_id)
        with reading(self._sessions, organisation_id) as session:
            return {row.id: row.ready_since for row in session.execute(query)}

    def decide(self, person_id: int, by_id: int, *, ready: bool, note: str = "") -> None:
        """Mark somebody ready for live cases (again, after a refresher), or not ready any more.

        What they have claimed stays theirs until it is done.

        :param by_id: a trainer or admin of the same organisation, not the person themself.
        :raises PersonError: if one of them is missing or may not, or the note is too long.
        """
        note = note.strip()
        if len(note) > MAX_NOTE:
            raise PersonError(
                f"a note has at most {MAX_NOTE} characters, this one {len(note)}",
                say="wrong.too_long", field="note", length=len(note), most=MAX_NOTE,
            )  # fmt: skip
        with writing(self._sessions) as session:
            scope_to(session, self._organisation(session, by_id))
            by, person = session.get(Person, by_id), session.get(Person, person_id)
            if by is None or not by.active or by.role not in DECIDERS:
                raise PersonError(
                    "only a trainer or an admin of the organisation decides who is ready",
                    say="problem.not_allowed",
                )
            if person is None or person.organisation_id != by.organisation_id:
                raise PersonError(f"there is no person {person_id} in your organisation", say="problem.404")
            if person.id == by.id:
                raise PersonError(
                    "nobody decides that for themself; ask another trainer or an admin",
                    say="readiness.not_oneself",
                )
            _decide(session, person, "ready" if ready else "not_ready", "person", self._clock(), note, by.id)

    def mark(self, person_id: int, *, ready: bool = True, note: str = "") -> None:
        """Mark somebody as whoever looks after the installation.

        :raises PersonError: if there is no such person.
        """
        with writing(self._sessions) as session:
            scope_to(session, self._organisation(session, person_id))
            person = session.get(Person, person_id)
            if person is None:
                raise PersonError(f"there is no person {person_id}")
            _decide(session, person, "ready" if ready else "not_ready", "installation", self._clock(), note)

    def set_gate(self, organisation_id: int, by_id: int, *, on: bool, note: str = "") -> None:
        """Shut the gate (``on``) or open it for everybody who answers; who did it, when and why is kept.

        :raises PersonError: if it is not an admin of the organisation, or the note is too long.
        """
        note = note.strip()
        if len(note) > MAX_NOTE:
            raise PersonError(
                f"a note has at most {MAX_NOTE} characters, this one {len(note)}",
                say="wrong.too_long", field="note", length=len(note), most=MAX_NOTE,
            )  # fmt: skip
        with writing(self._sessions, organisation_id) as session:
            by = session.get(Person, by_id)
            if by is None or not by.active or by.role != "admin":
                raise PersonError(
                    "only an admin of the organisation opens or shuts the gate", say="problem.not_allowed"
                )
            settings_of(session, organisation_id).readiness_gate = on
            session.add(
                ReadinessEvent(
                    organisation_id=organisation_id, kind="gate_on" if on else "gate_off", how="person",
                    role=by.role, note=note, by_id=by.id, at=self._clock(),
                )
            )  # fmt: skip

    def set_refresher(
        self,
        organisation_id: int,
        by_id: int,
        *,
        months: int | None,
        hard_cases: int | None,
        days: int | None,
    ) -> None:
        """Say when practising again is suggested: after months, or after grave cases within days; ``None``: as usual.

        :raises PersonError: if it is not an admin of the organisation, or a number is out of bounds.
        """
        given = {"months": months, "hard_cases": hard_cases, "days": days}
        for name, value in given.items():
            least, most = REFRESHER[name]
            if value is not None and not least <= value <= most:
                raise PersonError(f"{name} is {value}; {least} to {most} is allowed")
        with writing(self._sessions, organisation_id) as session:
            by = session.get(Person, by_id)
            if by is None or not by.active or by.role != "admin":
                raise PersonError("only an admin of the organisation says when practising again is suggested")
            mine = settings_of(session, organisation_id)
            mine.refresher_months, mine.refresher_hard_cases, mine.refresher_days = months, hard_cases, days
            note = " · ".join("–" if value is None else str(value) for value in given.values())
            session.add(
                ReadinessEvent(
                    organisation_id=organisation_id, kind="refresher", how="person", role=by.role, note=note,
                    by_id=by.id, at=self._clock(),
                )
            )  # fmt: skip

    def history(self, organisation_id: int, person_id: int | None = None) -> builtins.list[ReadinessView]:
        """Return the decisions about a person, or (``None``) those of the organisation as a whole, the latest first."""
        who, by = aliased(Person), aliased(Person)
        query = (
            select(ReadinessEvent, who.name, by.name)
            .outerjoin(who, who.id == ReadinessEvent.person_id)
            .outerjoin(by, by.id == ReadinessEvent.by_id)
            .where(ReadinessEvent.organisation_id == organisation_id)
            .order_by(ReadinessEvent.id.desc())
            .limit(_MAX_EVENTS)
        )
        query = query.where(
            ReadinessEvent.person_id.is_(None) if person_id is None else ReadinessEvent.person_id == person_id
        )
        with reading(self._sessions, organisation_id) as session:
            return [
                ReadinessView(row.at, row.kind, row.how, name, decider, row.role, row.note)
                for row, name, decider in session.execute(query)
            ]

    @staticmethod
    def _organisation(session: Session, person_id: int) -> int:
        with every(session, "a person names their own organisation"):
            found = session.get(Person, person_id)
        if found is None:
            raise PersonError(f"there is no person {person_id}")
        return found.organisation_id
