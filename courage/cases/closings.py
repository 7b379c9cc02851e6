"""How a case ends, and how an ending is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, require_holder_or_free, require_leader
from courage.cases.cards import case_view, lane_of
from courage.cases.decision_records import DecisionRecords
from courage.cases.errors import NotPossible
from courage.cases.ledger import move, note, order_update, pending_reply, reopen, require_read, waiting_reply
from courage.cases.machine import UNDOABLE
from courage.cases.pending_replies import PendingReplies
from courage.cases.views import CaseView
from courage.db.models.cases import Case, CaseEvent
from courage.db.models.people import Person
from courage.taxonomy import NARRATIVE

# Notes that do not stand in the way of an undo: nobody decided anything in them.
QUIET = frozenset(
    {
        "shown",
        "around",
        "around_shown",
        "repeated",
        "repeat_removed",
        "reported",
        "card_sent",
        "undo",
        "not_learnt",
        "decision_confirmed",
        "decision_rejected",
    }
)


class Closings:
    """Dismissing, escalating, closing, and undoing those.

    :param decisions: where decisions about texts are kept; ``None``: screening does not learn from them.
    :param claim_time: how long a claim lasts that an undo gives back.
    :param undo_time: how long a step can be undone.
    """

    def __init__(
        self,
        access: CaseAccess,
        pending: PendingReplies,
        decisions: DecisionRecords | None,
        *,
        claim_time: timedelta,
        undo_time: timedelta,
    ) -> None:
        self._access = access
        self._pending = pending
        self._decisions = decisions
        self._claim_time = claim_time
        self._undo_time = undo_time

    def dismiss(self, case_id: int, person_id: int, *, only_read: bool = False) -> CaseView:
        """Say that the message is not hate; screening lets near-identical texts pass from then on.

        What is in the escalation lane is settled by moderators and admins only.

        :param only_read: refuse it of who has not asked for the message; chats show it on the card itself.
        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotAllowed: if somebody else dismisses an escalated case.
        :raises NotPossible: if the case is done already.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            if lane_of(case) == "escalate":
                require_leader(person, "dismiss an escalated case")
            require_holder_or_free(session, case, person)
            if only_read:
                require_read(session, case, person.id, "say that it is not hate")
            self._no_reply_on_its_way(session, case, now)
            back = self._stood(case)
            move(session, case, "dismiss", claimed_by=None, claimed_at=None, claim_until=None, closed_at=now)
            self._decide(session, case, person, "not_hate", now)
            note(session, case, "dismiss", now, person.id, **back)
            order_update(session, case, now)
            return case_view(session, case)

    def escalate(self, case_id: int, person_id: int) -> CaseView:
        """Hand a case to the moderators: it is not to be answered.

        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotPossible: if the case is done or escalated already.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_holder_or_free(session, case, person)
            self._no_reply_on_its_way(session, case, now)
            back = self._stood(case)
            move(session, case, "escalate", claimed_by=None, claimed_at=None, claim_until=None)
            note(session, case, "escalate", now, person.id, **back)
            order_update(session, case, now)
            return case_view(session, case)

    def close(self, case_id: int, person_id: int) -> CaseView:
        """Close a case that was replied to, or one in the escalation lane that a moderator has dealt with.

        :raises NotAllowed: if an escalated case is closed by somebody who is not a moderator.
        :raises NotPossible: if the case is neither.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            if case.status == "escalated":
                require_leader(person, "close an escalated case")
            move(session, case, "close", closed_at=now)
            note(session, case, "closed", now, person.id)
            order_update(session, case, now)
            return case_view(session, case)

    def missed(self, case_id: int, person_id: int) -> CaseView:
        """Say that a message is hate though screening or a person said otherwise; a dismissed case reopens,
        in the lane that it was in.

        :raises NotPossible: if screening said so itself and nobody dismissed it.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            if case.status == "dismissed":
                reopen(session, case)
            elif case.hateful:
                raise NotPossible(f"screening did find hate in case {case.id}; nothing was missed")
            self._decide(session, case, person, "missed", now)
            note(session, case, "missed", now, person.id, to=case.status)
            order_update(session, case, now)
            return case_view(session, case)

    def undo(self, case_id: int, person_id: int) -> CaseView:
        """Take back one's own last release, dismissal or escalation, as long as nobody did anything since; or a reply
        that one has confirmed, as long as it has not left.

        :raises NotPossible: if there is nothing to undo, it was somebody else's step, or it is too long ago.
        """
        with self._access.change(case_id, person_id, own_step=True) as (session, case, person, now):
            last = session.scalar(
                select(CaseEvent)
                .where(CaseEvent.case_id == case.id, CaseEvent.kind.not_in(QUIET))
                .order_by(CaseEvent.id.desc())
                .limit(1)
            )
            if last is None or last.kind not in {*UNDOABLE, "confirmed"} or last.data.get("undone"):
                raise NotPossible(f"there is nothing to undo on case {case.id}")
            if last.person_id != person.id:
                raise NotPossible(f"the last step on case {case.id} was somebody else's; ask that person")
            if last.kind == "confirmed":
                return self._take_back(session, case, person, last, now)
            if now - last.at > self._undo_time:
                minutes = int(self._undo_time.total_seconds() // 60)
                raise NotPossible(f"the last step on case {case.id} is more than {minutes} minutes ago")
            back_to = str(last.data.get("back_to", "open"))
            holder = last.data.get("holder") if back_to == "claimed" else None
            until = now + self._claim_time if holder is not None else None
            move(
                session,
                case,
                f"undo_to_{back_to}",
                claimed_by=holder,
                claimed_at=now if holder is not None else None,
                claim_until=until,
                closed_at=None,
            )
            last.data = {**last.data, "undone": True}
            if last.kind == "dismiss" and self._decisions is not None:
                self._decisions.withdraw(session, case, "not_hate")
            note(session, case, "undo", now, person.id, undone=last.kind, to=case.status)
            order_update(session, case, now)
            return case_view(session, case)

    def _take_back(
        self, session: Session, case: Case, person: Person, confirmed: CaseEvent, now: datetime
    ) -> CaseView:
        row, reply = waiting_reply(session, case, now), pending_reply(session, case.id)
        if row is None or reply is None:
            raise NotPossible(f"the reply to case {case.id} has left; it cannot be taken back any more")
        row.state, reply.state = "cancelled", "cancelled"
        confirmed.data = {**confirmed.data, "undone": True}
        case.claim_until = now + self._claim_time
        note(session, case, "undo", now, person.id, undone="confirmed", to=case.status)
        return case_view(session, case)

    @staticmethod
    def _stood(case: Case) -> dict[str, object]:
        return {"back_to": case.status, "holder": case.claimed_by}

    def _no_reply_on_its_way(self, session: Session, case: Case, now: datetime) -> None:
        if self._pending.on_its_way(session, case, now) is not None:
            raise NotPossible(f"the reply to case {case.id} is on its way; wait until it is posted")

    def _decide(self, session: Session, case: Case, person: Person, decision: str, now: datetime) -> None:
        """Let screening learn from a decision; the history says so where it does not."""
        if self._decisions is None:
            return
        self._decisions.withdraw(session, case, "missed" if decision == "not_hate" else "not_hate")
        if decision == "not_hate" and not case.hateful and case.category != NARRATIVE:
            return  # screening said so itself
        if not self._decisions.record(session, case, person, decision, now):
            note(session, case, "not_learnt", now, person.id)
