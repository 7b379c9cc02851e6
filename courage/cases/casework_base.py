"""What all parts of casework share: settings, loading with access checks, telling others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from courage.cases.cards import case_view
from courage.cases.decisions import Decisions
from courage.cases.errors import AlreadyClaimed, CaseNotFound, NotAllowed, NotYourCase
from courage.cases.events import EventBus
from courage.cases.ports import Recommending
from courage.cases.views import CaseView
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.cases import Case
from courage.db.models.people import Person
from courage.people.errors import PersonError

WORKERS = ("volunteer", "moderator", "admin")
LEADERS = ("moderator", "admin")


@dataclass(frozen=True, slots=True)
class CaseworkSettings:
    """How casework works: how long a claim and an undo last, and how long a reply may be (characters)."""

    claim_time: timedelta = timedelta(minutes=30)
    undo_time: timedelta = timedelta(minutes=10)
    max_reply: int = 2000


class CaseworkBase:
    """The ground on which the parts of ``Casework`` stand."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        recommender: Recommending | None = None,
        settings: CaseworkSettings | None = None,
        *,
        bus: EventBus | None = None,
        decisions: Decisions | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._recommender = recommender
        self._settings = settings or CaseworkSettings()
        self._bus = bus or EventBus()
        self._decisions = decisions
        self._clock = clock

    @contextmanager
    def _work(self, case_id: int, person_id: int) -> Iterator[tuple[Session, Case, Person, datetime]]:
        """Open a writing transaction on a case for a person; tells others when it is committed."""
        with writing(self._sessions) as session:
            person = self._worker(session, person_id)
            case = self._case(session, case_id, person)
            yield session, case, person, self._clock()
            organisation_id, status = case.organisation_id, case.status
        self._bus.publish("outbox")
        self._bus.publish(
            "case",
            {"case_id": case_id, "organisation_id": organisation_id, "event": "changed", "status": status},
        )

    @contextmanager
    def _look(self, case_id: int, person_id: int) -> Iterator[tuple[Session, Case, Person]]:
        with self._sessions() as session:
            person = self._worker(session, person_id)
            yield session, self._case(session, case_id, person), person

    @staticmethod
    def _worker(session: Session, person_id: int) -> Person:
        person = session.get(Person, person_id)
        if person is None or not person.active:
            raise PersonError(f"there is no active person {person_id}")
        if person.role not in WORKERS:
            raise NotAllowed(f"{person.name} is a {person.role}; only {', '.join(WORKERS)} work on cases")
        return person

    @staticmethod
    def _case(session: Session, case_id: int, person: Person) -> Case:
        # PostgreSQL keeps integers to 32 bits; a number nobody could have been given is simply not found.
        case = session.get(Case, case_id) if 0 < case_id < 2**31 else None
        if case is None or case.organisation_id != person.organisation_id:
            raise CaseNotFound(f"there is no case {case_id}")
        return case

    @staticmethod
    def _holder(session: Session, case: Case) -> str:
        holder = session.get(Person, case.claimed_by) if case.claimed_by is not None else None
        return "somebody else" if holder is None else holder.name

    def _mine(self, session: Session, case: Case, person: Person) -> None:
        if case.status == "claimed" and case.claimed_by == person.id:
            return
        if case.status == "claimed":
            raise AlreadyClaimed(case.id, self._holder(session, case))
        if case.status == "open":
            raise NotYourCase(f"claim case {case.id} first")
        raise NotYourCase(f"case {case.id} is {case.status}; nothing can be done on it like that")

    def _mine_or_free(self, session: Session, case: Case, person: Person) -> None:
        """Let pass who holds the case, anybody when nobody does, and moderators always."""
        if case.status == "claimed" and case.claimed_by != person.id and person.role not in LEADERS:
            raise AlreadyClaimed(case.id, self._holder(session, case))

    @staticmethod
    def _leader(person: Person, what: str) -> None:
        if person.role not in LEADERS:
            raise NotAllowed(f"only a moderator or an admin can {what}; {person.name} is a {person.role}")

    def view(self, case_id: int, organisation_id: int | None = None) -> CaseView:
        """Return a case without its text.

        :raises CaseNotFound: if there is none, or it is another organisation's.
        """
        with self._sessions() as session:
            case = session.get(Case, case_id) if 0 < case_id < 2**31 else None
            if case is None or organisation_id not in (None, case.organisation_id):
                raise CaseNotFound(f"there is no case {case_id}")
            return case_view(session, case)
