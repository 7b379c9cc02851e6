"""The queue page by page: in the order in which people should look at cases, counted without reading them all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, not_, select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, require_ready, worker
from courage.cases.cards import case_views
from courage.cases.lanes import FOR_MODERATORS, about, check_statuses, order_of
from courage.cases.machine import ACTIVE
from courage.cases.views import CaseView
from courage.db.engine import reading
from courage.db.models.cases import Case
from courage.people.care import care_of

#: How many cases a page of the queue has.
PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue: ``cases`` of it, how many there are in each lane, and how many were left out as muted.

    ``number`` is the page that is shown, from 1; one that was asked for beyond the last is the last.
    """

    cases: tuple[CaseView, ...]
    number: int
    pages: int
    escalated: int
    counter: int
    hidden: int

    @property
    def total(self) -> int:
        """How many cases there are on all pages."""
        return self.escalated + self.counter


class QueuePages:
    """Finds pages of the queue; however many cases there are, the database is asked a constant number of times."""

    def __init__(self, access: CaseAccess) -> None:
        self._sessions = access.sessions
        self._lacking = access.lacking

    def page(
        self,
        organisation_id: int,
        person_id: int,
        *,
        statuses: Collection[str] = ACTIVE,
        lane: str | None = None,
        language: str | None = None,
        muted: bool = False,
        number: int = 1,
        size: int = PAGE,
    ) -> QueuePage:
        """Return a page for a person: what is for moderators first, then their own languages, then the gravest.

        Where all asked for are done, the newest come first. Cases of target groups that they have muted are left out
        and counted, except those that they are on.

        :param muted: with the cases that the person muted.
        :raises CaseError: if a status is unknown.
        :raises NotReady: if the person gets no live cases yet.
        """
        check_statuses(statuses)
        wanted: list[ColumnElement[bool]] = [
            Case.organisation_id == organisation_id,
            Case.status.in_(statuses),
        ]
        if language is not None:
            wanted.append(Case.language == language)
        if lane is not None:
            wanted.append(FOR_MODERATORS if lane == "escalate" else not_(FOR_MODERATORS))
        with reading(self._sessions, organisation_id) as session:
            person = worker(session, person_id)
            require_ready(session, person, None, organisation_id, self._lacking)
            left_out = about(() if muted else care_of(session, person).muted, person_id)
            own = tuple(person.languages)
            grave, rest, hidden = _count(session, wanted, left_out)
            pages = max(1, -(-(grave + rest) // size))
            number = max(1, min(number, pages))
            order: list[ColumnElement[int]] = [case((FOR_MODERATORS, 0), else_=1)]
            if own:
                order.append(case((Case.language.in_(own), 0), else_=1))
            # Numbers alone are put in order: with their texts that takes long where many cases wait.
            query = (
                select(Case.id)
                .where(*wanted, not_(left_out))
                .order_by(*order, *order_of(statuses))
                .offset((number - 1) * size)
                .limit(size)
            )
            numbers = session.scalars(query).all()
            rows = {row.id: row for row in session.scalars(select(Case).where(Case.id.in_(numbers)))}
            found = case_views(session, [rows[one] for one in numbers])
        return QueuePage(tuple(found), number, pages, grave, rest, hidden)


def _count(
    session: Session,
    wanted: Sequence[ColumnElement[bool]],
    left_out: ColumnElement[bool],
) -> tuple[int, int, int]:
    """Return how many cases are for moderators, how many for others, and how many are left out."""
    query = select(
        func.count().filter(and_(FOR_MODERATORS, not_(left_out))),
        func.count().filter(and_(not_(FOR_MODERATORS), not_(left_out))),
        func.count().filter(left_out),
    ).where(*wanted)
    grave, rest, hidden = session.execute(query.select_from(Case)).one()
    return grave, rest, hidden
