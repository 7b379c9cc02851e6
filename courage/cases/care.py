"""How much somebody has read today, and when it is enough: at the limit, and in a break, nothing new is shown to them.

What they have begun stays theirs: a case that they are on can be finished or handed back, and what they have read today
they may read again. Moderators and admins still see what may not wait, which is the escalation lane.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.access import LEADERS
from courage.cases.cards import lane_of
from courage.cases.errors import Enough
from courage.clock import Clock, utcnow
from courage.db.engine import reading
from courage.db.models.cases import Case, CaseEvent
from courage.db.models.people import Person
from courage.people.care import care_of
from courage.people.practice import is_practice

#: How many days people see of themselves, today included.
DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Day:
    """How many harmful messages somebody asked to see on a day; one that they looked at again counts once."""

    day: date
    read: int


#: What counts as having read something: the message of a case, what was said around it, and of that, each message that
#: screening flags and that somebody asked for.
READING: Final = ("shown", "around", "around_shown")
#: One thing that was read: the case, and which message around its own (a keyed digest), else empty.
Read = tuple[int, str]


def what_was_read(case_id: int, data: dict[str, Any]) -> Read:
    """Return what an event of :data:`READING` says was read; looking around a message counts as reading that."""
    return case_id, str(data.get("of", ""))


def read_today(session: Session, person_id: int, now: datetime) -> frozenset[Read]:
    """Return what a person has asked to see since midnight (UTC)."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    query = select(CaseEvent.case_id, CaseEvent.data).where(
        CaseEvent.person_id == person_id, CaseEvent.kind.in_(READING), CaseEvent.at >= midnight
    )
    return frozenset(what_was_read(case_id, data) for case_id, data in session.execute(query))


def require_rested(session: Session, person: Person, case: Case, now: datetime, of: str = "") -> None:
    """Let pass who has not read enough for today and takes no break.

    :param of: which message around that of the case they ask for; empty for that of the case.
    :raises Enough: for everybody else, unless they have read this very message today.
    """
    if is_practice(session, case.organisation_id):
        return
    if person.role in LEADERS and lane_of(case) == "escalate":
        return
    chosen = care_of(session, person)
    resting = chosen.break_until is not None and chosen.break_until > now
    if not resting and chosen.cap is None:
        return
    read = read_today(session, person.id, now)
    if (case.id, of) in read:
        return
    if resting:
        raise Enough("break")
    if chosen.cap is not None and len(read) >= chosen.cap:
        raise Enough("cap", chosen.cap)


class Exposure:
    """Says people how much they have read; nobody else asks here. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def days(self, person_id: int, organisation_id: int) -> tuple[Day, ...]:
        """Return the last :data:`DAYS` days of a person, today first."""
        today = self._clock().astimezone(UTC).date()
        first = today - timedelta(days=DAYS - 1)
        # Each message once a day: the first time that it was shown on it is counted in Python, as databases differ in
        # how they cut a moment down to its day.
        query = select(CaseEvent.case_id, CaseEvent.data, CaseEvent.at).where(
            CaseEvent.person_id == person_id,
            CaseEvent.kind.in_(READING),
            CaseEvent.at >= datetime.combine(first, time(), UTC),
        )
        with reading(self._sessions, organisation_id) as session:
            seen = {
                (at.astimezone(UTC).date(), what_was_read(case_id, data))
                for case_id, data, at in session.execute(query)
            }
        days = [today - timedelta(days=back) for back in range(DAYS)]
        return tuple(Day(day, sum(moment == day for moment, _ in seen)) for day in days)

    def today(self, person_id: int, organisation_id: int) -> int:
        """Return how many messages a person has read today."""
        with reading(self._sessions, organisation_id) as session:
            return len(read_today(session, person_id, self._clock()))
