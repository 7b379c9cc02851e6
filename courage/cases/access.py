"""Opening a case for a person: in one transaction, with the checks of role and holder, telling others afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from courage.cases.errors import AlreadyClaimed, CaseNotFound, NotAllowed, NotReady, NotYourCase
from courage.cases.events import EventBus
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.locks import hold
from courage.db.models.cases import Case
from courage.db.models.people import Person
from courage.db.scope import every, scope_to
from courage.people.errors import PersonError
from courage.people.practice import owner_of
from courage.people.readiness import Lack, kept_out

#: Roles that work on cases, and those of them that settle escalated ones.
WORKERS: Final = ("volunteer", "moderator", "admin")
LEADERS: Final = ("moderator", "admin")
#: Says what somebody has still to practise before they get live cases.
Lacking = Callable[[Session, Person], Sequence[Lack]]


def worker(session: Session, person_id: int) -> Person:
    """Return an active person who may work on cases.

    :raises PersonError: if there is no such active person.
    :raises NotAllowed: if the role does not allow it.
    """
    with every(session, "the person names their own organisation"):
        person = session.get(Person, person_id)
    if person is None or not person.active:
        raise PersonError(f"there is no active person {person_id}")
    if person.role not in WORKERS:
        raise NotAllowed(f"{person.name} is a {person.role}; only {', '.join(WORKERS)} work on cases")
    return person


def require_leader(person: Person, what: str) -> None:
    """Let moderators and admins pass.

    :raises NotAllowed: for everybody else, naming ``what`` they may not do.
    """
    if person.role not in LEADERS:
        raise NotAllowed(f"only a moderator or an admin can {what}; {person.name} is a {person.role}")


def require_ready(
    session: Session, person: Person, case: Case | None, organisation_id: int, lacking: Lacking | None
) -> None:
    """Let pass who is marked ready for live cases, and always who is on the case, or was the last one on it.

    Practice and organisations without the gate let everybody pass.

    :param case: ``None`` for all of the organisation's.
    :raises NotReady: with what is still to be practised.
    """
    if case is not None and case.claimed_by == person.id:
        return
    with every(session, "whose gate it is says the case; practice is an organisation of its own"):
        if kept_out(session, person, organisation_id):
            raise NotReady(person.name, () if lacking is None else lacking(session, person))


def find_case(
    session: Session, case_id: int, organisation_id: int | None = None, person_id: int | None = None
) -> Case:
    """Return a case; ``organisation_id`` ``None`` means any organisation's.

    :param person_id: whose practice counts as theirs, too.
    :raises CaseNotFound: if there is none, or it is another organisation's, or in somebody else's practice.
    """
    # PostgreSQL keeps integers to 32 bits; a number nobody could have been given is simply not found.
    with every(session, "the case says whose it is"):
        case = session.get(Case, case_id) if 0 < case_id < 2**31 else None
    if case is None or not (
        organisation_id in (None, case.organisation_id) or _practises(session, case, person_id)
    ):
        raise CaseNotFound(f"there is no case {case_id}")
    return case


def _practises(session: Session, case: Case, person_id: int | None) -> bool:
    if person_id is None:
        return False
    owner = owner_of(session, case.organisation_id)
    return owner is not None and owner.person_id == person_id


def holder_name(session: Session, case: Case) -> str:
    """Return the name of the person who is on a case, or ``somebody else``."""
    with every(session, "who is on a case of practice is of another organisation"):
        holder = session.get(Person, case.claimed_by) if case.claimed_by is not None else None
    return "somebody else" if holder is None else holder.name


def require_holder(session: Session, case: Case, person: Person) -> None:
    """Let only the person pass who is on the case.

    :raises AlreadyClaimed: if somebody else is on it.
    :raises NotYourCase: if nobody is, or the case is done.
    """
    if case.status == "claimed" and case.claimed_by == person.id:
        return
    if case.status == "claimed":
        raise AlreadyClaimed(case.id, holder_name(session, case))
    if case.status == "open":
        raise NotYourCase(f"claim case {case.id} first")
    raise NotYourCase(f"case {case.id} is {case.status}; nothing can be done on it like that")


def require_holder_or_free(session: Session, case: Case, person: Person) -> None:
    """Let pass who is on the case, anybody when nobody is, and moderators and admins always.

    :raises AlreadyClaimed: if somebody else is on it.
    """
    if case.status == "claimed" and case.claimed_by != person.id and person.role not in LEADERS:
        raise AlreadyClaimed(case.id, holder_name(session, case))


class CaseAccess:
    """Opens cases for people. Everything is synchronous: in async code use ``asyncio.to_thread``.

    :param lacking: says to those who are not ready what they have still to practise; ``None``: nobody does.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
        lacking: Lacking | None = None,
    ) -> None:
        self.sessions = sessions
        self.lacking = lacking
        self.bus = bus or EventBus()
        self.clock = clock

    @contextmanager
    def change(
        self, case_id: int, person_id: int, *, own_step: bool = False
    ) -> Iterator[tuple[Session, Case, Person, datetime]]:
        """Open a writing transaction on a case for a person; tells others when it is committed.

        :param own_step: it takes back a step of their own, for which nobody has to be ready.
        :raises CaseNotFound: if the case is missing or another organisation's.
        :raises NotAllowed: if the person's role does not work on cases.
        :raises NotReady: if they get no live cases yet, and this is one that they are not on.
        """
        with writing(self.sessions) as session:
            person = worker(session, person_id)
            # Two presses at the same moment come one after the other, and the second sees what the first did.
            hold(session, "case", case_id)
            case = find_case(session, case_id, person.organisation_id, person.id)
            if not own_step:
                require_ready(session, person, case, case.organisation_id, self.lacking)
            scope_to(session, person.organisation_id, case.organisation_id)
            yield session, case, person, self.clock()
            organisation_id, status = case.organisation_id, case.status
        self.bus.publish("outbox")
        self.bus.publish(
            "case",
            {"case_id": case_id, "organisation_id": organisation_id, "event": "changed", "status": status},
        )

    @contextmanager
    def read(self, case_id: int, person_id: int) -> Iterator[tuple[Session, Case, Person]]:
        """Open a case for reading, with the same checks as :meth:`change`."""
        with self.sessions() as session:
            person = worker(session, person_id)
            case = find_case(session, case_id, person.organisation_id, person.id)
            require_ready(session, person, case, case.organisation_id, self.lacking)
            scope_to(session, person.organisation_id, case.organisation_id)
            yield session, case, person
