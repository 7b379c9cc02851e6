"""How a case ends, and how an ending is taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.cards import case_view
from courage.cases.casework_base import CaseworkBase
from courage.cases.errors import NotPossible
from courage.cases.ledger import move, note, order_update, pending_reply
from courage.cases.machine import UNDOABLE
from courage.cases.views import CaseView
from courage.db.models.cases import Case, CaseEvent, Feedback
from courage.db.models.people import Person

# Notes that do not stand in the way of an undo: nobody decided anything in them.
QUIET = frozenset(
    {
        "shown",
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


class Closings(CaseworkBase):
    """Dismissing, escalating, closing, and undoing those."""

    def dismiss(self, case_id: int, person_id: int) -> CaseView:
        """Say that the message is not hate; screening lets near-identical texts pass from then on.

        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotPossible: if the case is done already.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine_or_free(session, case, person)
            self._no_reply_on_its_way(session, case)
            back = self._stood(case)
            move(session, case, "dismiss", claimed_by=None, claimed_at=None, claim_until=None, closed_at=now)
            self._label(session, case, person, "not_hate")
            self._decide(session, case, person, "not_hate", now)
            note(session, case, "dismiss", now, person.id, **back)
            order_update(session, case, now)
            return case_view(session, case)

    def escalate(self, case_id: int, person_id: int) -> CaseView:
        """Hand a case to the moderators: it is not to be answered.

        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotPossible: if the case is done or escalated already.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine_or_free(session, case, person)
            self._no_reply_on_its_way(session, case)
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
        with self._work(case_id, person_id) as (session, case, person, now):
            if case.status == "escalated":
                self._leader(person, "close an escalated case")
            move(session, case, "close", closed_at=now)
            note(session, case, "closed", now, person.id)
            order_update(session, case, now)
            return case_view(session, case)

    def missed(self, case_id: int, person_id: int) -> CaseView:
        """Say that a message is hate though screening or a person said otherwise; a dismissed case reopens.

        :raises NotPossible: if screening said so itself and nobody dismissed it.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            if case.status == "dismissed":
                move(session, case, "reopen", closed_at=None)
            elif case.hateful:
                raise NotPossible(f"screening did find hate in case {case.id}; nothing was missed")
            self._label(session, case, person, "hate")
            self._decide(session, case, person, "missed", now)
            note(session, case, "missed", now, person.id)
            order_update(session, case, now)
            return case_view(session, case)

    def undo(self, case_id: int, person_id: int) -> CaseView:
        """Take back one's own last release, dismissal or escalation, as long as nobody did anything since.

        :raises NotPossible: if there is nothing to undo, it was somebody else's step, or it is too long ago.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            last = session.scalar(
                select(CaseEvent)
                .where(CaseEvent.case_id == case.id, CaseEvent.kind.not_in(QUIET))
                .order_by(CaseEvent.id.desc())
                .limit(1)
            )
            if last is None or last.kind not in UNDOABLE or last.data.get("undone"):
                raise NotPossible(f"there is nothing to undo on case {case.id}")
            if last.person_id != person.id:
                raise NotPossible(f"the last step on case {case.id} was somebody else's; ask that person")
            if now - last.at > self._settings.undo_time:
                minutes = int(self._settings.undo_time.total_seconds() // 60)
                raise NotPossible(f"the last step on case {case.id} is more than {minutes} minutes ago")
            back_to = str(last.data.get("back_to", "open"))
            holder = last.data.get("holder") if back_to == "claimed" else None
            until = now + self._settings.claim_time if holder is not None else None
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
            if last.kind == "dismiss":
                self._unlabel(session, case, "not_hate")
                if self._decisions is not None:
                    self._decisions.withdraw(session, case, "not_hate")
            note(session, case, "undo", now, person.id, undone=last.kind)
            order_update(session, case, now)
            return case_view(session, case)

    def undo_close(self, case_id: int, person_id: int) -> CaseView:
        """Same as ``undo``."""
        return self.undo(case_id, person_id)

    def decided_texts(self, organisation_id: int = 1) -> list[tuple[str, str]]:
        """Return (text, ``hate`` | ``not_hate``) of what people decided, as long as the texts are kept."""
        with self._sessions() as session:
            rows = session.execute(
                select(Case.text, Feedback.label)
                .join(Feedback, Feedback.case_id == Case.id)
                .where(Case.organisation_id == organisation_id, Case.text.is_not(None))
                .order_by(Feedback.id)
            )
            return [(text, label) for text, label in rows if text is not None]

    @staticmethod
    def _stood(case: Case) -> dict[str, object]:
        return {"back_to": case.status, "holder": case.claimed_by}

    @staticmethod
    def _no_reply_on_its_way(session: Session, case: Case) -> None:
        if pending_reply(session, case.id) is not None:
            raise NotPossible(f"the reply to case {case.id} is on its way; wait until it is posted")

    def _decide(self, session: Session, case: Case, person: Person, decision: str, now: datetime) -> None:
        """Let screening learn from a decision; the history says so where it does not."""
        if self._decisions is None:
            return
        self._decisions.withdraw(session, case, "missed" if decision == "not_hate" else "not_hate")
        if decision == "not_hate" and not case.hateful:
            return  # screening said so itself
        if not self._decisions.record(session, case, person, decision, now):
            note(session, case, "not_learnt", now, person.id)

    def _label(self, session: Session, case: Case, person: Person, label: str) -> None:
        self._unlabel(session, case, "hate" if label == "not_hate" else "not_hate")
        if session.scalar(select(Feedback.id).where(Feedback.case_id == case.id, Feedback.label == label)):
            return
        session.add(
            Feedback(
                organisation_id=case.organisation_id,
                case_id=case.id,
                person_id=person.id,
                label=label,
                category=case.category,
                language=case.language,
                at=self._clock(),
            )
        )

    @staticmethod
    def _unlabel(session: Session, case: Case, label: str) -> None:
        query = select(Feedback).where(Feedback.case_id == case.id, Feedback.label == label)
        for feedback in session.scalars(query):
            session.delete(feedback)
        session.flush()
