"""Who is on a case: the queue, claiming, releasing, claims that run out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, func, select, update

from courage.cases.cards import case_view
from courage.cases.casework_base import CaseworkBase
from courage.cases.errors import AlreadyClaimed, CaseError, NotPossible
from courage.cases.ledger import move, note, order_update, pending_reply
from courage.cases.machine import ACTIVE, STATUSES, next_status
from courage.cases.views import CaseView, EventView
from courage.db.engine import writing
from courage.db.models.cases import Case, CaseEvent, Reply
from courage.db.models.people import Person

_MAX_PAGE = 200


class Claims(CaseworkBase):
    """Finding cases and being the one person on a case."""

    def queue(
        self,
        organisation_id: int = 1,
        *,
        statuses: Sequence[str] = ("open", "claimed", "escalated"),
        language: str | None = None,
        room_id: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[CaseView]:
        """Return cases, gravest first, then oldest; where all asked for are done, newest first.

        :raises CaseError: if a status is unknown.
        """
        for status in statuses:
            if status not in STATUSES:
                raise CaseError(f"status {status!r} is not one of {', '.join(STATUSES)}")
        query = select(Case).where(Case.organisation_id == organisation_id, Case.status.in_(statuses))
        if language is not None:
            query = query.where(Case.language == language)
        if room_id is not None:
            query = query.where(Case.room_id == room_id)
        if before is not None:
            query = query.where(Case.id < before)
        waiting = any(status in ACTIVE for status in statuses)
        ordering = (Case.severity.desc(), Case.id) if waiting else (Case.id.desc(),)
        with self._sessions() as session:
            cases = session.scalars(query.order_by(*ordering).limit(max(1, min(limit, _MAX_PAGE)))).all()
            return [case_view(session, case) for case in cases]

    def current_case(self, person_id: int) -> int | None:
        """Return the case that a person claimed last and still holds, for short commands without a number."""
        with self._sessions() as session:
            return session.scalar(
                select(Case.id)
                .where(Case.claimed_by == person_id, Case.status == "claimed")
                .order_by(Case.claimed_at.desc(), Case.id.desc())
                .limit(1)
            )

    def claim(self, case_id: int, person_id: int) -> CaseView:
        """Make a person the one who is on a case; claiming one's own case again renews the time.

        :raises AlreadyClaimed: naming the other person, if somebody was faster.
        :raises NotPossible: if the case is neither open nor claimed.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            values = {
                "claimed_by": person.id,
                "claimed_at": now,
                "claim_until": now + self._settings.claim_time,
            }
            if case.status == "claimed" and case.claimed_by == person.id:
                case.claim_until = values["claim_until"]  # type: ignore[assignment]
                case.claimed_at = now
                return case_view(session, case)
            if case.status == "claimed" and self._ran_out(case, now) and not pending_reply(session, case.id):
                self._expire(case_id, now, within=session)
                session.refresh(case)
            if case.status == "claimed":
                raise AlreadyClaimed(case.id, self._holder(session, case))
            status = next_status(case.id, case.status, "claim")
            # One statement decides between two people who claim at the same moment.
            result = session.execute(
                update(Case)
                .where(Case.id == case.id, Case.status == "open")
                .values(status=status, version=Case.version + 1, **values)
                .execution_options(synchronize_session=False)
            )
            assert isinstance(result, CursorResult)
            session.refresh(case)
            if result.rowcount != 1:
                raise AlreadyClaimed(case.id, self._holder(session, case))
            note(session, case, "claimed", now, person.id)
            order_update(session, case, now)
            return case_view(session, case)

    def release(self, case_id: int, person_id: int) -> CaseView:
        """Give a case back to the queue; moderators may do that for others.

        :raises CaseError: if the case is not claimed, is somebody else's, or its reply is on the way.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine_or_free(session, case, person)
            if pending_reply(session, case.id) is not None:
                raise NotPossible(f"the reply to case {case.id} is on its way; it cannot be released now")
            holder = case.claimed_by
            move(session, case, "release", claimed_by=None, claimed_at=None, claim_until=None)
            note(session, case, "release", now, person.id, back_to="claimed", holder=holder)
            order_update(session, case, now)
            return case_view(session, case)

    @staticmethod
    def _ran_out(case: Case, now: datetime) -> bool:
        return case.claim_until is not None and case.claim_until <= now

    def _expire(self, case_id: int, now: datetime, within: object = None) -> bool:
        from sqlalchemy.orm import Session

        assert isinstance(within, Session)
        case = within.get(Case, case_id)
        if case is None or case.status != "claimed" or not self._ran_out(case, now):
            return False
        if pending_reply(within, case.id) is not None:
            return False
        holder = case.claimed_by
        move(within, case, "expire", claimed_by=None, claimed_at=None, claim_until=None)
        note(within, case, "claim_expired", now, None, holder=holder)
        order_update(within, case, now)
        return True

    def expire_claims(self) -> list[int]:
        """Give cases back whose claims ran out, except where a reply is on the way; returns their numbers."""
        now = self._clock()
        with self._sessions() as session:
            due = session.scalars(
                select(Case.id).where(Case.status == "claimed", Case.claim_until <= now)
            ).all()
        freed = []
        for case_id in due:
            try:
                with writing(self._sessions) as session:
                    if self._expire(case_id, now, within=session):
                        freed.append(case_id)
            except NotPossible:
                continue  # the person did something just now
        for case_id in freed:
            self._bus.publish("outbox")
            self._bus.publish("case", {"case_id": case_id, "event": "claim_expired", "status": "open"})
        return freed

    def next_expiry(self) -> datetime | None:
        """Return when the next claim runs out, so that a timer can wait for it."""
        with self._sessions() as session:
            waiting = select(Reply.case_id).where(Reply.state == "pending")
            moment = session.scalar(
                select(func.min(Case.claim_until)).where(Case.status == "claimed", Case.id.not_in(waiting))
            )
            return moment

    def history(self, case_id: int, person_id: int) -> list[EventView]:
        """Return the audit trail of a case, oldest first.

        :raises CaseNotFound: if there is no such case for this person.
        """
        with self._look(case_id, person_id) as (session, case, _):
            rows = session.execute(
                select(CaseEvent, Person.name)
                .outerjoin(Person, Person.id == CaseEvent.person_id)
                .where(CaseEvent.case_id == case.id)
                .order_by(CaseEvent.id)
            )
            return [EventView(event.at, event.kind, name, dict(event.data)) for event, name in rows]
