"""Looking at cases: the queue, one case, what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, not_, select

from courage.cases.access import CaseAccess, find_case, require_ready, worker
from courage.cases.cards import case_view, case_views
from courage.cases.lanes import FOR_MODERATORS, about, check_statuses, order_of
from courage.cases.machine import ACTIVE
from courage.cases.views import CaseView, EventView
from courage.db.engine import reading
from courage.db.models.cases import Case, CaseEvent
from courage.db.models.people import Person
from courage.db.scope import scope_to, scope_to_every
from courage.people.care import care_of

_MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many cases wait for an answer, are with the moderators, and are held by whoever asks."""

    open: int
    escalated: int
    mine: int


class CaseQueue:
    """Finds cases and shows them without their texts."""

    def __init__(self, access: CaseAccess) -> None:
        self._sessions = access.sessions
        self._lacking = access.lacking

    def queue(
        self,
        organisation_id: int = 1,
        *,
        statuses: Sequence[str] = ("open", "claimed", "escalated"),
        language: str | None = None,
        room_id: str | None = None,
        limit: int = 50,
        before: int | None = None,
        person_id: int | None = None,
        muted: bool = False,
    ) -> list[CaseView]:
        """Return cases, gravest first, then oldest; where all asked for are done, newest first.

        Who reads it is not offered cases of target groups that they have muted, except those that they are on.
        However many cases there are, the database is asked a constant number of times.

        :param person_id: who reads it; ``None``: nobody, it is counted, or a program reads it.
        :param muted: with the cases that the person muted.
        :raises CaseError: if a status is unknown.
        :raises NotReady: if the person gets no live cases yet.
        """
        check_statuses(statuses)
        query = select(Case).where(Case.organisation_id == organisation_id, Case.status.in_(statuses))
        if language is not None:
            query = query.where(Case.language == language)
        if room_id is not None:
            query = query.where(Case.room_id == room_id)
        if before is not None:
            query = query.where(Case.id < before)
        with reading(self._sessions, organisation_id) as session:
            if person_id is not None:
                person = worker(session, person_id)
                require_ready(session, person, None, organisation_id, self._lacking)
                query = query.where(not_(about(() if muted else care_of(session, person).muted, person_id)))
            most = max(1, min(limit, _MAX_PAGE))
            return case_views(session, session.scalars(query.order_by(*order_of(statuses)).limit(most)).all())

    def waiting(self, organisation_id: int, person_id: int) -> QueueFigures:
        """Count what waits: cases to be answered, cases for the moderators, and those that a person holds.

        Each counts only cases that are at work; nothing of them is read.
        """
        # Apart, by its own index: who holds a case is in none of those that count the rest.
        held = (
            select(func.count())
            .where(
                Case.organisation_id == organisation_id,
                Case.claimed_by == person_id,
                Case.status.in_(ACTIVE),
            )
            .scalar_subquery()
        )
        found = select(
            func.count().filter(Case.status == "open", not_(FOR_MODERATORS)),
            func.count().filter(FOR_MODERATORS),
            held,
        ).where(Case.organisation_id == organisation_id, Case.status.in_(ACTIVE))
        with reading(self._sessions, organisation_id) as session:
            return QueueFigures(*session.execute(found).one())

    def view(
        self, case_id: int, organisation_id: int | None = None, person_id: int | None = None
    ) -> CaseView:
        """Return a case without its text.

        :param person_id: who looks, whose practice counts as theirs, too; ``None``: nobody, the program itself asks.
        :raises CaseNotFound: if there is none, or it is another organisation's.
        :raises NotReady: if the person gets no live cases yet, and is not on it.
        """
        with self._sessions() as session:
            case = find_case(session, case_id, organisation_id, person_id)
            if person_id is not None:
                require_ready(session, worker(session, person_id), case, case.organisation_id, self._lacking)
            scope_to(session, case.organisation_id)
            return case_view(session, case)

    def current_case(self, person_id: int, organisation_id: int | None = None) -> int | None:
        """Return the case that a person claimed last and still holds, for short commands without a number.

        :param organisation_id: only there: what somebody practises is not what they work on. ``None``: anywhere.
        """
        there = () if organisation_id is None else (Case.organisation_id == organisation_id,)
        with self._sessions() as session:
            scope_to_every(session, "a person's cases are theirs, in practice too")
            return session.scalar(
                select(Case.id)
                .where(Case.claimed_by == person_id, Case.status == "claimed", *there)
                .order_by(Case.claimed_at.desc(), Case.id.desc())
                .limit(1)
            )

    def history(self, case_id: int, person_id: int) -> list[EventView]:
        """Return the audit trail of a case, oldest first.

        :raises CaseNotFound: if there is no such case for this person.
        """
        with self._sessions() as session:
            person = worker(session, person_id)
            case = find_case(session, case_id, person.organisation_id, person.id)
            require_ready(session, person, case, case.organisation_id, self._lacking)
            scope_to(session, person.organisation_id, case.organisation_id)
            rows = session.execute(
                select(CaseEvent, Person.name)
                .outerjoin(Person, Person.id == CaseEvent.person_id)
                .where(CaseEvent.case_id == case.id)
                .order_by(CaseEvent.id)
            )
            return [EventView(event.at, event.kind, name, dict(event.data)) for event, name in rows]
