"""Being the one person on a case: claiming, releasing, claims that run out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, holder_name, require_holder_or_free
from courage.cases.cards import case_view
from courage.cases.care import require_rested
from courage.cases.errors import AlreadyClaimed, NotPossible
from courage.cases.ledger import move, note, order_update
from courage.cases.machine import next_status
from courage.cases.pending_replies import PendingReplies
from courage.cases.views import CaseView
from courage.db.engine import writing
from courage.db.models.cases import Case, Reply
from courage.db.scope import scope_to_every


class Claims:
    """Puts people on cases and takes them off again; a claim lasts ``claim_time``."""

    def __init__(self, access: CaseAccess, pending: PendingReplies, claim_time: timedelta) -> None:
        self._access = access
        self._pending = pending
        self._claim_time = claim_time

    def claim(self, case_id: int, person_id: int) -> CaseView:
        """Make a person the one who is on a case; claiming one's own case again renews the time.

        :raises AlreadyClaimed: naming the other person, if somebody was faster.
        :raises Enough: if they take a break, or have read enough for today.
        :raises NotPossible: if the case is neither open nor claimed.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            values = {
                "claimed_by": person.id,
                "claimed_at": now,
                "claim_until": now + self._claim_time,
            }
            if case.status == "claimed" and case.claimed_by == person.id:
                case.claim_until = values["claim_until"]  # type: ignore[assignment]
                case.claimed_at = now
                return case_view(session, case)
            require_rested(session, person, case, now)
            if case.status == "claimed" and self._expire(session, case_id, now):
                session.refresh(case)
            if case.status == "claimed":
                raise AlreadyClaimed(case.id, holder_name(session, case))
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
                raise AlreadyClaimed(case.id, holder_name(session, case))
            note(session, case, "claimed", now, person.id)
            order_update(session, case, now)
            return case_view(session, case)

    def release(self, case_id: int, person_id: int) -> CaseView:
        """Give a case back to the queue; moderators may do that for others.

        :raises CaseError: if the case is not claimed, is somebody else's, or its reply is on the way.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_holder_or_free(session, case, person)
            if self._pending.on_its_way(session, case, now) is not None:
                raise NotPossible(f"the reply to case {case.id} is on its way; it cannot be released now")
            holder = case.claimed_by
            move(session, case, "release", claimed_by=None, claimed_at=None, claim_until=None)
            note(session, case, "release", now, person.id, back_to="claimed", holder=holder)
            order_update(session, case, now)
            return case_view(session, case)

    @staticmethod
    def _ran_out(case: Case, now: datetime) -> bool:
        return case.claim_until is not None and case.claim_until <= now

    def _expire(self, session: Session, case_id: int, now: datetime) -> bool:
        case = session.get(Case, case_id)
        if case is None or case.status != "claimed" or not self._ran_out(case, now):
            return False
        if self._pending.on_its_way(session, case, now) is not None:
            return False
        holder = case.claimed_by
        move(session, case, "expire", claimed_by=None, claimed_at=None, claim_until=None)
        note(session, case, "claim_expired", now, None, holder=holder)
        order_update(session, case, now)
        return True

    def expire_claims(self) -> list[int]:
        """Give cases back whose claims ran out, except where a reply is on the way; returns their numbers."""
        now = self._access.clock()
        with self._access.sessions() as session:
            scope_to_every(session, "claims run out in every organisation")
            due = session.scalars(
                select(Case.id).where(Case.status == "claimed", Case.claim_until <= now)
            ).all()
        freed = []
        for case_id in due:
            try:
                with writing(self._access.sessions) as session:
                    scope_to_every(session, "claims run out in every organisation")
                    if self._expire(session, case_id, now):
                        freed.append((case_id, session.get_one(Case, case_id).organisation_id))
            except NotPossible:
                continue  # the person did something just now
        for case_id, organisation_id in freed:
            told = {"case_id": case_id, "organisation_id": organisation_id, "event": "claim_expired"}
            self._access.bus.publish("outbox")
            self._access.bus.publish("case", {**told, "status": "open"})
        return [case_id for case_id, _ in freed]

    def next_expiry(self) -> datetime | None:
        """Return when the next claim runs out, so that a timer can wait for it."""
        with self._access.sessions() as session:
            scope_to_every(session, "claims run out in every organisation")
            # A reply on its way holds a claim, unless nobody is there to take it.
            waiting = (
                select(Reply.case_id)
                .join(Case, Case.id == Reply.case_id)
                .where(Reply.state == "pending", Case.channel.in_(self._pending.channels))
            )
            moment = session.scalar(
                select(func.min(Case.claim_until)).where(Case.status == "claimed", Case.id.not_in(waiting))
            )
            return moment
