"""What somebody has typed and not sent on yet: kept for them, whatever happens to the case meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, find_case, worker
from courage.cases.errors import NotPossible
from courage.cases.ledger import latest_draft, unsent_of
from courage.db.engine import writing
from courage.db.models.cases import Case, UnsentText
from courage.db.models.people import Person
from courage.db.scope import scope_to


@dataclass(frozen=True, slots=True)
class UnsentView:
    """``text`` stands in the box; ``before`` (``""``: nothing) is what a suggestion took the place of."""

    text: str
    before: str
    kept_at: datetime


class UnsentTexts:
    """Keeps one text for each person and case.

    It is theirs alone, and stays when the case is taken from them or their claim runs out. ``claim_time`` is how much
    longer the claim of somebody lasts who types.
    """

    def __init__(self, access: CaseAccess, claim_time: timedelta) -> None:
        self._access = access
        self._claim_time = claim_time

    def keep(self, case_id: int, person_id: int, text: str) -> bool:
        """Keep what a person has typed; return whether the case is theirs. Nobody else is told: nothing happened.

        :raises CaseNotFound: if there is no such case for them.
        :raises NotPossible: if the message is gone, with which all that may quote it goes.
        """
        now = self._access.clock()
        with writing(self._access.sessions) as session:
            case, person = self._open(session, case_id, person_id)
            if case.text is None:
                raise NotPossible(
                    f"the message of case {case.id} is gone; what is written about it is not kept"
                )
            set_text(session, case, person, text.replace("\0", ""), now)
            mine = case.status == "claimed" and case.claimed_by == person.id
            if mine:
                case.claim_until = now + self._claim_time  # who types is still there
            return mine

    def unsent(self, case_id: int, person_id: int) -> UnsentView | None:
        """Return what a person has typed, as long as they did not make something newer of it."""
        with self._access.sessions() as session:
            case, person = self._open(session, case_id, person_id)
            row = unsent_of(session, case.id, person.id)
            if row is None:
                return None
            draft = latest_draft(session, case.id)
            if draft is not None and draft.person_id == person.id and draft.created_at >= row.kept_at:
                return UnsentView(draft.text, row.before or "", row.kept_at)
            return UnsentView(row.text, row.before or "", row.kept_at)

    def bring_back(self, case_id: int, person_id: int) -> None:
        """Put what a suggestion took the place of back into the box; doing it again puts the suggestion back.

        :raises NotPossible: if there is nothing to bring back.
        """
        now = self._access.clock()
        with writing(self._access.sessions) as session:
            case, person = self._open(session, case_id, person_id)
            row = unsent_of(session, case.id, person.id)
            if row is None or not row.before:
                raise NotPossible(f"there is nothing to bring back on case {case.id}")
            row.text, row.before, row.kept_at = row.before, row.text, now

    def drop(self, case_id: int, person_id: int) -> None:
        """Throw away what a person has typed."""
        with writing(self._access.sessions) as session:
            case, person = self._open(session, case_id, person_id)
            if (row := unsent_of(session, case.id, person.id)) is not None:
                session.delete(row)

    @staticmethod
    def _open(session: Session, case_id: int, person_id: int) -> tuple[Case, Person]:
        person = worker(session, person_id)
        case = find_case(session, case_id, person.organisation_id, person.id)
        scope_to(session, person.organisation_id, case.organisation_id)
        return case, person


def set_text(session: Session, case: Case, person: Person, text: str, now: datetime) -> UnsentText:
    """Put a text into a person's box."""
    row = unsent_of(session, case.id, person.id)
    if row is None:
        row = UnsentText(
            organisation_id=case.organisation_id, case_id=case.id, person_id=person.id, text=text, kept_at=now
        )
        session.add(row)
    row.text, row.kept_at = text, now
    return row


def replace_text(session: Session, case: Case, person: Person, text: str, now: datetime) -> None:
    """Put a suggestion into a person's box and remember what stood there."""
    row = unsent_of(session, case.id, person.id)
    draft = latest_draft(session, case.id)
    mine = draft is not None and draft.person_id == person.id
    if row is not None and not (mine and draft is not None and draft.created_at >= row.kept_at):
        stood = row.text
    else:
        stood = draft.text if mine and draft is not None else ""
    row = set_text(session, case, person, text, now)
    if stood.strip() and stood != text:
        row.before = stood
