"""Moderators who chose it are told at once that a case was escalated, in the transaction that escalates it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from courage.cases.notices.letters import MAIL, PUSH, notice_row
from courage.db.models.cases import Case
from courage.db.models.delivery import Outbox
from courage.db.models.notices import NoticeChoice, PushSubscription
from courage.db.models.people import Person

#: Between two alarms to one person; what is escalated meanwhile is in the number that the next one names.
APART: Final = timedelta(minutes=5)
#: Roles that settle escalated cases; :data:`courage.cases.access.LEADERS`, which cannot be imported from here.
_ROLES: Final = ("moderator", "admin")


def order_alarms(session: Session, case: Case, kind: str, at: datetime) -> None:
    """Order the alarms of a line of the audit trail, if it is one that escalates a case.

    :param kind: that of the line.
    """
    if kind != "escalate" and not (kind == "opened" and case.status == "escalated"):
        return
    found = session.execute(
        select(NoticeChoice, Person)
        .join(Person, Person.id == NoticeChoice.person_id)
        .where(
            NoticeChoice.organisation_id == case.organisation_id,
            or_(NoticeChoice.mail_alarm, NoticeChoice.push_alarm),
            Person.active,
            Person.role.in_(_ROLES),
        )
    ).all()
    for choice, person in found:
        due = at
        if choice.alarm_at is not None and choice.alarm_at <= at + APART:
            due = max(at, choice.alarm_at + APART)
        ordered = order_notices(session, choice, person, "alarm", at, due)
        if ordered:
            choice.alarm_at = due


def order_notices(
    session: Session,
    choice: NoticeChoice,
    person: Person,
    kind: str,
    at: datetime,
    due: datetime | None = None,
) -> int:
    """Order a notice by every way that a person chose, except where one is still waiting; return how many."""
    ordered = 0
    if getattr(choice, f"mail_{kind}") and choice.confirmed_at is not None:
        ordered += _once(session, MAIL, kind, person, at, due)
    if getattr(choice, f"push_{kind}"):
        mine = PushSubscription.person_id == person.id
        numbers = select(PushSubscription.id).where(
            mine, PushSubscription.organisation_id == person.organisation_id
        )
        for number in session.scalars(numbers.order_by(PushSubscription.id)).all():
            ordered += _once(session, PUSH, kind, person, at, due, number)
    return ordered


def _once(
    session: Session, channel: str, kind: str, person: Person, at: datetime, due: datetime | None,
    number: int | None = None,
) -> int:  # fmt: skip
    waits = select(Outbox.id).where(
        Outbox.organisation_id == person.organisation_id,
        Outbox.channel == channel,
        Outbox.state == "pending",
        Outbox.room_id == str(person.id if number is None else number),
        Outbox.key.startswith(f"{channel}:{kind}:{person.id}:"),
        # One that is being handed over already names the numbers of before.
        Outbox.leased_until.is_(None),
    )
    if session.scalar(waits.limit(1)) is not None:
        return 0
    session.add(notice_row(channel, kind, person.organisation_id, person.id, at, due=due, number=number))
    return 1
