"""How many cases wait for a person: numbers that a notice may name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.access import LEADERS, WORKERS
from courage.cases.lanes import FOR_MODERATORS
from courage.cases.machine import ACTIVE
from courage.db.models.cases import Case
from courage.db.models.people import Person
from courage.people.care import care_of
from courage.people.readiness import kept_out


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cases that nobody is on: to be answered, and (for moderators and admins) escalated; ``latest`` is the youngest's
    opening."""

    open: int = 0
    escalated: int = 0
    latest: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.open or self.escalated)


def waiting_for(session: Session, person: Person) -> Waiting:
    """Count what waits for a person, in a session that reaches their organisation.

    Target groups that they muted are not counted; who gets no live cases, or works on none, has nothing waiting.
    """
    if person.role not in WORKERS or kept_out(session, person, person.organisation_id):
        return Waiting()
    rows = session.execute(
        select(FOR_MODERATORS, Case.targets, Case.opened_at).where(
            Case.organisation_id == person.organisation_id,
            Case.status.in_(ACTIVE),
            Case.claimed_by.is_(None),
        )
    ).all()
    muted = frozenset(care_of(session, person).muted)
    calm = [at for grave, targets, at in rows if not grave and not muted.intersection(targets)]
    grave_ones = [at for grave, _, at in rows if grave] if person.role in LEADERS else []
    return Waiting(len(calm), len(grave_ones), max((*calm, *grave_ones), default=None))
