"""What other programs say a text should have been judged: without effect until a trainer confirms it."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.decision_records import next_revision
from courage.cases.decisions import REVIEWERS, STATES
from courage.cases.errors import CaseError, DecisionNotFound, NotAllowed, NotPossible
from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.access import ApiKey
from courage.db.models.people import Person
from courage.db.models.proposals import Proposal
from courage.db.scope import every, scope_to
from courage.detection.feedback import make_override
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.people.errors import PersonError

#: How many proposals of one key may wait for review; no more are taken.
MOST_PER_KEY: Final = 500


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal without its text; ``key`` is the name of the program's API key, ``score`` what screening said."""

    id: int
    organisation_id: int
    key: str
    decision: str
    state: str
    language: str
    score: float
    severity: int
    proposed_at: datetime
    reviewer: str | None
    reviewed_at: datetime | None
    text_kept: bool


class Proposals:
    """Takes, lists, confirms and rejects proposals. ``key`` is the secret behind their hashes; all synchronous."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        key: bytes,
        *,
        retain: timedelta = timedelta(days=90),
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._key = key
        self._retain = retain
        self._clock = clock

    def propose(self, verdict: Verdict, decision: str, *, api_key_id: int, organisation_id: int = 1) -> bool:
        """Keep that a program judges a text otherwise than its verdict; return whether that was kept.

        It is not where the verdict says the same already, where the same proposal waits or was reviewed, where too many
        of this key wait, or where the text has no word.
        """
        if verdict.hateful == (decision == "missed"):
            return False
        try:
            made = make_override(0, verdict.text, decision, severity=verdict.severity, key=self._key)
        except CourageError:
            return False
        now = self._clock()
        with writing(self._sessions, organisation_id) as session:
            same = select(Proposal.id).where(
                Proposal.organisation_id == organisation_id,
                Proposal.exact == made.exact,
                Proposal.decision == decision,
            )
            waiting = select(func.count()).where(
                Proposal.api_key_id == api_key_id, Proposal.state == "waiting"
            )
            if session.scalar(same.limit(1)) is not None or (session.scalar(waiting) or 0) >= MOST_PER_KEY:
                return False
            session.add(
                Proposal(
                    organisation_id=organisation_id,
                    api_key_id=api_key_id,
                    text=verdict.text,
                    language=verdict.language,
                    score=verdict.score,
                    severity=verdict.severity,
                    decision=decision,
                    exact=made.exact,
                    simhash=f"{made.simhash:016x}",
                    words=made.words,
                    proposed_at=now,
                    retain_until=now + self._retain,
                )
            )
        return True

    def list(
        self, organisation_id: int = 1, *, state: str = "waiting", limit: int = 50, before: int | None = None
    ) -> builtins.list[ProposalView]:
        """Return proposals, the latest first.

        :raises CaseError: if the state is unknown.
        """
        if state not in STATES:
            raise CaseError(f"state {state!r} is not one of {', '.join(STATES)}")
        query = (
            select(Proposal)
            .where(Proposal.organisation_id == organisation_id, Proposal.state == state)
            .order_by(Proposal.id.desc())
            .limit(max(1, min(limit, 200)))
        )
        if before is not None:
            query = query.where(Proposal.id < before)
        with reading(self._sessions, organisation_id) as session:
            return [_view(session, row) for row in session.scalars(query)]

    def show(self, number: int, person_id: int) -> str:
        """Return the text of a proposal to a trainer.

        :raises NotPossible: if it is not kept any more.
        """
        with self._sessions() as session:
            _, row = _reviewed(session, number, person_id)
            if row.text is None:
                raise NotPossible(f"the text of proposal {number} is not kept any more")
            return row.text

    def confirm(self, number: int, person_id: int) -> ProposalView:
        """Confirm a proposal: from the next message on, screening goes by it.

        :raises NotPossible: if the text is not kept any more, so that nobody can have read it.
        """
        return self._review(number, person_id, "confirmed")

    def reject(self, number: int, person_id: int) -> ProposalView:
        """Reject a proposal; if it was in force, screening goes by its own judgement again."""
        return self._review(number, person_id, "rejected")

    def _review(self, number: int, person_id: int, state: str) -> ProposalView:
        with writing(self._sessions) as session:
            person, row = _reviewed(session, number, person_id)
            if state == "confirmed" and row.text is None:
                raise NotPossible(
                    f"the text of proposal {number} is not kept any more; it can only be rejected"
                )
            row.state, row.reviewed_by, row.reviewed_at = state, person.id, self._clock()
            row.revision = next_revision(session, row.organisation_id)
            session.flush()
            return _view(session, row)


def forget_proposals(session: Session, now: datetime) -> None:
    """Delete what nobody reviewed in time, and the texts of what was reviewed once their time is over."""
    session.execute(delete(Proposal).where(Proposal.state == "waiting", Proposal.retain_until <= now))
    session.execute(
        update(Proposal).where(Proposal.text.is_not(None), Proposal.retain_until <= now).values(text=None)
    )


def _reviewed(session: Session, number: int, person_id: int) -> tuple[Person, Proposal]:
    with every(session, "the person names their own organisation"):
        person = session.get(Person, person_id)
    if person is None or not person.active:
        raise PersonError(f"there is no active person {person_id}")
    if person.role not in REVIEWERS:
        raise NotAllowed(f"{person.name} is a {person.role}; only {' and '.join(REVIEWERS)} review proposals")
    scope_to(session, person.organisation_id)
    row = session.get(Proposal, number) if 0 < number < 2**31 else None
    if row is None or row.organisation_id != person.organisation_id:
        raise DecisionNotFound(f"there is no proposal {number} to review")
    return person, row


def _view(session: Session, row: Proposal) -> ProposalView:
    reviewer = None if row.reviewed_by is None else session.get_one(Person, row.reviewed_by).name
    return ProposalView(
        id=row.id,
        organisation_id=row.organisation_id,
        key=session.get_one(ApiKey, row.api_key_id).name,
        decision=row.decision,
        state=row.state,
        language=row.language,
        score=round(row.score, 4),
        severity=row.severity,
        proposed_at=row.proposed_at,
        reviewer=reviewer,
        reviewed_at=row.reviewed_at,
        text_kept=row.text is not None,
    )
