"""What somebody has typed and not sent on yet: kept for them, whatever happens to the case meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

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
    """``text`` stands in the box; ``before`` (``""``: nothing) is what something took the place of.

    ``revision`` is what a device says it has seen when it sends what was typed on it.
    """

    text: str
    before: str
    kept_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of what was typed: ``mine`` says whether the case is the person's.

    ``other`` is what another device of theirs has written meanwhile: then nothing was kept, and they choose.
    """

    mine: bool
    revision: int
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Which state of a text a page sends: the ``number``-th on that ``page``, which calls itself so.

    ``after`` counts the states of the pages before it whose words are in the text: it was read from there when this
    page was opened. One save may be answered late, or reach the desk after a newer one; it is known by its number.
    """

    page: str = ""
    number: int = 0
    after: Mapping[str, int] = field(default_factory=dict)

    def overtaken_by(self, row: UnsentText) -> bool:
        """Say whether a newer state from the same page has been here already."""
        return bool(self.page) and row.device == self.page and row.turn > self.number

    def continues(self, row: UnsentText) -> bool:
        """Say whether what stands there is an earlier state of the same text."""
        if self.page and row.device == self.page:
            return row.turn <= self.number
        return row.turn <= self.after.get(row.device, -1)


#: What the program itself writes comes from no page.
_OF_NO_PAGE: Final = Turn()


class UnsentTexts:
    """Keeps one text for each person and case.

    It is theirs alone, and stays when the case is taken from them or their claim runs out. ``claim_time`` is how much
    longer the claim of somebody lasts who types.
    """

    def __init__(self, access: CaseAccess, claim_time: timedelta) -> None:
        self._access = access
        self._claim_time = claim_time

    def keep(
        self, case_id: int, person_id: int, text: str, *, seen: int | None = None, turn: Turn = _OF_NO_PAGE
    ) -> Kept:
        """Keep what a person has typed, unless another device has written something else meanwhile.

        What reaches the desk after a newer state of the same page changes nothing.

        Nobody else is told: nothing happened to the case.

        :param seen: the revision that the device knew before it was typed on; ``None``: the program itself writes.
        :param turn: which state of the text of which page it is; a page is never in its own way.
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
            text = text.replace("\0", "")
            mine = case.status == "claimed" and case.claimed_by == person.id
            if mine:
                case.claim_until = now + self._claim_time  # who types is still there
            row = unsent_of(session, case.id, person.id)
            if row is not None and turn.overtaken_by(row):
                return Kept(mine, row.revision)
            if row is not None and _written_elsewhere(row, text, seen, turn):
                return Kept(mine, row.revision, row.text)
            row = set_text(session, case, person, text, now, turn=turn, seen=seen or 0)
            return Kept(mine, row.revision)

    def settle(self, case_id: int, person_id: int, text: str, *, seen: int, theirs: bool) -> Kept:
        """Choose between the text of this device and that of another; what is not chosen can be brought back.

        :param seen: the revision of the other text as it was shown; one that is newer is shown first.
        :param theirs: take the other device's text; else ``text`` takes its place.
        """
        now = self._access.clock()
        with writing(self._access.sessions) as session:
            case, person = self._open(session, case_id, person_id)
            mine = case.status == "claimed" and case.claimed_by == person.id
            row = unsent_of(session, case.id, person.id)
            text = text.replace("\0", "")
            if row is None:
                return Kept(mine, set_text(session, case, person, text, now, seen=seen).revision)
            if row.revision != seen and row.text != text:
                return Kept(mine, row.revision, row.text)
            stood = text if theirs else row.text
            if not theirs:
                set_text(session, case, person, text, now)
            if stood.strip() and stood != row.text:
                row.before = stood
            return Kept(mine, row.revision)

    def unsent(self, case_id: int, person_id: int) -> UnsentView | None:
        """Return what a person has typed, as long as they did not make something newer of it."""
        with self._access.sessions() as session:
            case, person = self._open(session, case_id, person_id)
            row = unsent_of(session, case.id, person.id)
            if row is None:
                return None
            draft = latest_draft(session, case.id)
            if draft is not None and draft.person_id == person.id and draft.created_at >= row.kept_at:
                return UnsentView(draft.text, row.before or "", row.kept_at, row.revision)
            return UnsentView(row.text, row.before or "", row.kept_at, row.revision)

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
            before = row.text
            set_text(session, case, person, row.before, now)
            row.before = before

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


def _written_elsewhere(row: UnsentText, text: str, seen: int | None, turn: Turn) -> bool:
    """Say whether what stands there is another text that the device did not know of, and not its own."""
    if seen is None or row.revision == seen or turn.continues(row):
        return False
    return bool(row.text.strip()) and row.text != text


def set_text(
    session: Session,
    case: Case,
    person: Person,
    text: str,
    now: datetime,
    *,
    turn: Turn = _OF_NO_PAGE,
    seen: int = 0,
) -> UnsentText:
    """Put a text into a person's box; a new box begins after the revision ``seen``, which another page may still know."""
    row = unsent_of(session, case.id, person.id)
    if row is None:
        row = UnsentText(
            organisation_id=case.organisation_id, case_id=case.id, person_id=person.id, text=text, kept_at=now,
            revision=seen + 1, device=turn.page, turn=turn.number,
        )  # fmt: skip
        session.add(row)
    elif row.text != text:
        row.revision, row.device, row.turn = row.revision + 1, turn.page, turn.number
    elif row.device == turn.page:
        row.turn = turn.number  # the same words again; what was between them is over all the same
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
