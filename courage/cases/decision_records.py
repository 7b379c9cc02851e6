"""Recording what people decide about texts: hashes in a table of their own, within limits for each person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from courage.db.engine import Organisation
from courage.db.models.cases import Case
from courage.db.models.decisions import DecisionRow
from courage.db.models.people import Person
from courage.detection.feedback import MOST_PER_PERSON, make_override
from courage.errors import CourageError
from courage.people.practice import is_practice


def next_revision(session: Session, organisation_id: int) -> int:
    """Raise the organisation's count of changes to decisions and return it; holds the row until commit."""
    session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(decisions_revision=Organisation.decisions_revision + 1)
        .execution_options(synchronize_session=False)
    )
    query = select(Organisation.decisions_revision).where(Organisation.id == organisation_id)
    return session.scalar(query) or 0


def change_state(session: Session, rows: Iterable[DecisionRow], state: str) -> None:
    """Set the state of decisions, so that every engine notices."""
    revisions: dict[int, int] = {}
    for row in rows:
        if row.organisation_id not in revisions:
            revisions[row.organisation_id] = next_revision(session, row.organisation_id)
        row.state, row.revision = state, revisions[row.organisation_id]


def expire(session: Session, now: datetime) -> int:
    """End what no trainer reviewed before its text was due to be purged; return how many decisions that were."""
    query = select(DecisionRow).join(Case, Case.id == DecisionRow.case_id)
    rows = session.scalars(query.where(DecisionRow.state == "waiting", Case.retain_until <= now)).all()
    change_state(session, rows, "expired")
    return len(rows)


class DecisionRecords:
    """Keeps decisions: hashes only, the text stays where the case keeps it anyway.

    ``key`` is the secret behind the hashes. Both methods work inside the transaction of the step that a person takes
    on a case.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def record(self, session: Session, case: Case, person: Person, decision: str, now: datetime) -> bool:
        """Keep a person's decision on the text of a case; return whether screening learns from it.

        It does not in practice, where too many decisions of this person wait for review, where a trainer rejected the same decision
        before, or where there are no words to go by.
        """
        if case.text is None or is_practice(session, case.organisation_id):
            return False
        try:
            made = make_override(0, case.text, decision, severity=case.severity, key=self._key)
        except CourageError:
            return False
        query = select(DecisionRow).where(
            DecisionRow.organisation_id == case.organisation_id, DecisionRow.exact == made.exact
        )
        same = session.scalars(query).all()
        if any(row.state == "rejected" and row.decision == decision for row in same):
            return False
        mine = [row for row in same if row.person_id == person.id and row.state == "waiting"]
        if not mine and self._waiting(session, case.organisation_id, person.id) >= MOST_PER_PERSON:
            return False
        row = next((row for row in same if row.person_id == person.id and row.case_id == case.id), None)
        if row is not None and row.state == "confirmed" and row.decision == decision:
            return True
        if row is not None and row.state in ("confirmed", "rejected"):
            # A trainer's word on the opposite decision stands; this person's new opinion does not undo it.
            return False
        revision = next_revision(session, case.organisation_id)
        if row is None:
            row = DecisionRow(
                organisation_id=case.organisation_id,
                case_id=case.id,
                person_id=person.id,
                exact=made.exact,
                simhash=f"{made.simhash:016x}",
                words=made.words,
            )
            session.add(row)
        row.decision, row.state, row.severity = decision, "waiting", made.severity
        row.revision, row.decided_at = revision, now
        return True

    @staticmethod
    def _waiting(session: Session, organisation_id: int, person_id: int) -> int:
        query = select(func.count(func.distinct(DecisionRow.exact))).where(
            DecisionRow.organisation_id == organisation_id,
            DecisionRow.person_id == person_id,
            DecisionRow.state == "waiting",
        )
        return session.scalar(query) or 0

    @staticmethod
    def withdraw(session: Session, case: Case, decision: str) -> None:
        """Take back what was decided on a case; a trainer's word stands."""
        query = select(DecisionRow).where(
            DecisionRow.case_id == case.id, DecisionRow.decision == decision, DecisionRow.state == "waiting"
        )
        change_state(session, session.scalars(query).all(), "withdrawn")
