"""What people decided about texts, as trainers and admins review it."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import exists, func, not_, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from courage.cases.care import require_rested
from courage.cases.decision_records import change_state
from courage.cases.errors import CaseError, DecisionNotFound, NotAllowed, NotPossible
from courage.cases.events import EventBus
from courage.cases.ledger import note, order_update, reopen, require_read
from courage.cases.views import DecisionView
from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.cases import Case
from courage.db.models.decisions import DecisionRow
from courage.db.models.people import Person
from courage.db.scope import every, scope_to
from courage.detection.feedback import exact_hash
from courage.people.errors import PersonError

STATES: Final = ("waiting", "confirmed", "rejected")
REVIEWERS: Final = ("trainer", "admin")
#: Those who may look at decisions and their texts: moderators see what becomes of theirs.
READERS: Final = (*REVIEWERS, "moderator")
_MAX_PAGE = 200


class Decisions:
    """Lists decisions, shows their texts where those are kept, confirms and rejects. Everything is synchronous.

    Casework records them with ``DecisionRecords`` under the same ``key``, the secret behind their hashes.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        key: bytes,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._bus = bus or EventBus()
        self._clock = clock
        self.key = key

    def list(
        self, organisation_id: int = 1, *, state: str = "waiting", limit: int = 50, before: int | None = None
    ) -> builtins.list[DecisionView]:
        """Return decisions, the latest first, one for each text however many people decided so.

        :raises CaseError: if the state is unknown.
        """
        if state not in STATES:
            raise CaseError(f"state {state!r} is not one of {', '.join(STATES)}")
        # Walked from the latest on, until the page is full: of each text the latest decision.
        later = aliased(DecisionRow)
        again = exists().where(
            later.organisation_id == organisation_id, later.state == state, later.exact == DecisionRow.exact,
            later.decision == DecisionRow.decision, later.id > DecisionRow.id,
        )  # fmt: skip
        query = select(DecisionRow).where(
            DecisionRow.organisation_id == organisation_id, DecisionRow.state == state, not_(again)
        )
        query = query.order_by(DecisionRow.id.desc())
        if before is not None:
            query = query.where(DecisionRow.id < before)
        with reading(self._sessions, organisation_id) as session:
            rows = session.scalars(query.limit(max(1, min(limit, _MAX_PAGE)))).all()
            return self._views(session, rows)

    def count(self, organisation_id: int = 1) -> int:
        """Return how many texts wait for a trainer's review."""
        query = select(DecisionRow.exact, DecisionRow.decision).where(
            DecisionRow.organisation_id == organisation_id, DecisionRow.state == "waiting"
        )
        with reading(self._sessions, organisation_id) as session:
            return session.scalar(select(func.count()).select_from(query.distinct().subquery())) or 0

    def show(self, number: int, person_id: int) -> str:
        """Return the text that was decided on, because a reader asked for it; the case's history notes it.

        :raises Enough: if they take a break, or have read enough for today.
        :raises NotPossible: if the text is not kept any more.
        """
        with writing(self._sessions) as session:
            person, row = self._reviewed(session, number, person_id, READERS)
            text, case = self._text(session, row)
            require_rested(session, person, case, self._clock())
            note(session, case, "shown", self._clock(), person.id)
            return text

    def confirm(self, number: int, person_id: int, *, only_read: bool = False) -> DecisionView:
        """Confirm a decision: it holds for good, lifts grave verdicts, and overrules the opposite one.

        Where the opposite one was a dismissal, the case that it closed is opened again.

        :param only_read: refuse it of who has not asked for the text.
        :raises NotPossible: if the text is not kept any more, so that nobody can have read it.
        """
        with writing(self._sessions) as session:
            person, row = self._reviewed(session, number, person_id)
            _, case = self._text(session, row)
            if only_read:
                require_read(session, case, person.id, "confirm the decision")
            alike = self._alike(session, row)
            change_state(session, [one for one in alike if one.decision == row.decision], "confirmed")
            reopened = self._reject(session, [one for one in alike if one.decision != row.decision])
            view = self._done(session, row, alike, person, case, "decision_confirmed")
        self._announce(reopened)
        return view

    def reject(self, number: int, person_id: int) -> DecisionView:
        """Reject a decision: screening goes by its own judgement again, and nobody's click changes that.

        Where it was a dismissal, the case that it closed is opened again, as long as its text is kept.
        """
        with writing(self._sessions) as session:
            person, row = self._reviewed(session, number, person_id)
            alike = [one for one in self._alike(session, row) if one.decision == row.decision]
            reopened = self._reject(session, alike)
            case = session.get_one(Case, row.case_id)
            view = self._done(session, row, alike, person, case, "decision_rejected")
        self._announce(reopened)
        return view

    def confirmed_texts(self, organisation_id: int = 1) -> builtins.list[tuple[str, str]]:
        """Return (text, decision) of what trainers confirmed, each text once, as long as texts are kept."""
        query = (
            select(DecisionRow, Case)
            .join(Case, Case.id == DecisionRow.case_id)
            .where(DecisionRow.organisation_id == organisation_id, DecisionRow.state == "confirmed")
            .order_by(DecisionRow.id)
        )
        found: dict[str, tuple[str, str]] = {}
        with reading(self._sessions, organisation_id) as session:
            for row, case in session.execute(query):
                if self._kept(row, case) and case.text is not None:
                    found[row.exact] = (case.text, row.decision)
        return list(found.values())

    def _reject(self, session: Session, rows: Iterable[DecisionRow]) -> builtins.list[Case]:
        """Reject decisions and return the cases that are open again because of it."""
        rows, now = [row for row in rows if row.state != "rejected"], self._clock()
        change_state(session, rows, "rejected")
        reopened = []
        for case_id in sorted({row.case_id for row in rows if row.decision == "not_hate"}):
            case = session.get_one(Case, case_id)
            if case.status != "dismissed" or not any(
                self._kept(row, case) for row in rows if row.case_id == case_id
            ):
                continue  # nobody could work on it, or its text is another one by now
            reopen(session, case)
            note(session, case, "reopened", now, why="decision_rejected", to=case.status)
            order_update(session, case, now)
            reopened.append(case)
        return reopened

    def _announce(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self._bus.publish("outbox")
            self._bus.publish(
                "case",
                {"case_id": case.id, "organisation_id": case.organisation_id, "event": "reopened"},
            )

    def _done(
        self, session: Session, row: DecisionRow, alike: Iterable[DecisionRow], person: Person, case: Case, kind: str
    ) -> DecisionView:  # fmt: skip
        now = self._clock()
        for one in alike:
            one.reviewed_by, one.reviewed_at = person.id, now
        note(session, case, kind, now, person.id)
        session.flush()
        return self._view(session, row)

    @staticmethod
    def _alike(session: Session, row: DecisionRow) -> builtins.list[DecisionRow]:
        query = select(DecisionRow).where(
            DecisionRow.organisation_id == row.organisation_id,
            DecisionRow.exact == row.exact,
            DecisionRow.state.in_(STATES),
        )
        return list(session.scalars(query))

    @staticmethod
    def _reviewed(
        session: Session, number: int, person_id: int, roles: Collection[str] = REVIEWERS
    ) -> tuple[Person, DecisionRow]:
        with every(session, "the person names their own organisation"):
            person = session.get(Person, person_id)
        if person is None or not person.active:
            raise PersonError(f"there is no active person {person_id}")
        if person.role not in roles:
            raise NotAllowed(f"{person.name} is a {person.role}; only {' and '.join(roles)} review decisions")
        scope_to(session, person.organisation_id)
        row = session.get(DecisionRow, number) if 0 < number < 2**31 else None
        if row is None or row.organisation_id != person.organisation_id or row.state not in STATES:
            raise DecisionNotFound(f"there is no decision {number} to review")
        return person, row

    def _kept(self, row: DecisionRow, case: Case) -> bool:
        # An edited message is another text: then this decision's own is gone.
        return case.text is not None and exact_hash(case.text, self.key) == row.exact

    def _text(self, session: Session, row: DecisionRow) -> tuple[str, Case]:
        case = session.get_one(Case, row.case_id)
        if case.text is None or not self._kept(row, case):
            raise NotPossible(f"the text of decision {row.id} is not kept any more; it can only be rejected")
        return case.text, case

    def _view(self, session: Session, row: DecisionRow) -> DecisionView:
        return self._views(session, [row])[0]

    def _views(self, session: Session, rows: Sequence[DecisionRow]) -> builtins.list[DecisionView]:
        """Return decisions as they are shown; however many, the database is asked three times."""
        cases = {
            case.id: case
            for case in session.scalars(select(Case).where(Case.id.in_({row.case_id for row in rows})))
        }
        alike = session.execute(
            select(DecisionRow.exact, DecisionRow.decision, DecisionRow.state, Person.name)
            .join(Person, DecisionRow.person_id == Person.id)
            .where(
                DecisionRow.organisation_id.in_({row.organisation_id for row in rows}),
                DecisionRow.exact.in_({row.exact for row in rows}),
            )
            .order_by(DecisionRow.id)
        )
        names: dict[tuple[str, str, str], Counter[str]] = {}
        for exact, decision, state, name in alike:
            names.setdefault((exact, decision, state), Counter())[name] += 1
        asked = {row.reviewed_by for row in rows if row.reviewed_by is not None}
        people = session.execute(select(Person.id, Person.name).where(Person.id.in_(asked)))
        reviewers: dict[int, str] = dict(people.all())
        return [
            self._shown(
                row,
                cases[row.case_id],
                tuple(names.get((row.exact, row.decision, row.state), ())),
                None if row.reviewed_by is None else reviewers[row.reviewed_by],
            )
            for row in rows
        ]

    def _shown(
        self, row: DecisionRow, case: Case, people: tuple[str, ...], reviewer: str | None
    ) -> DecisionView:
        return DecisionView(
            id=row.id,
            organisation_id=row.organisation_id,
            case_id=row.case_id,
            decision=row.decision,
            state=row.state,
            people=people,
            category=case.category,
            severity=case.severity,
            language=case.language,
            grave=case.route == "escalate",
            decided_at=row.decided_at,
            reviewer=reviewer,
            reviewed_at=row.reviewed_at,
            text_kept=self._kept(row, case),
        )
