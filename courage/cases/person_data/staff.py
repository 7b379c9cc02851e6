"""What is kept about somebody of the desk: a volunteer, moderator, trainer or admin.

What is erased: name, languages, accounts, sessions, drafts, practice and all that is about nobody else. What stays is
what they did for the organisation (who approved a response, that a case was answered, the replies that stand in the
chat), with a number where their name was: the trail of a decision must not break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlalchemy.orm import Session

import courage.db.models  # noqa: F401  # so that every table is known
from courage.cases.ledger import move, note, order_update, pending_reply
from courage.db.engine import Base
from courage.db.erasures import digest, remember
from courage.db.models.cases import Case
from courage.db.models.organisations import PracticeSpace
from courage.db.models.people import Person
from courage.db.scope import COLUMN, OF_ORGANISATIONS, scope_to
from courage.people.erasing import empty_for_good
from courage.people.errors import PersonError


@dataclass(frozen=True, slots=True)
class Mark:
    """A column in which a person is named.

    ``what`` says to people what it is; ``goes``: the row is erased with them; else it stays, and names a number.
    ``shown``: what of the row an export shows; never a secret, and nothing that is about somebody else.
    """

    table: str
    column: str
    what: str
    goes: bool
    shown: tuple[str, ...]


#: Every column that points at people; a test fails where a table has one that does not stand here.
MARKS: Final = (
    Mark("channel_identities", "person_id", "accounts", True, ("channel", "user_id")),
    Mark("link_codes", "person_id", "accounts", True, ("expires_at", "used_at")),
    Mark("login_links", "person_id", "logins", True, ("expires_at", "used_at")),
    Mark("recovery_codes", "person_id", "logins", True, ()),
    Mark("passkeys", "person_id", "logins", True, ("name", "created_at", "last_used_at")),
    Mark("provider_accounts", "person_id", "accounts", True, ("issuer", "subject", "name", "created_at", "last_used_at")),
    Mark("door_events", "person_id", "logins", True, ("kind", "name", "at")),
    Mark("web_sessions", "person_id", "logins", True, ("kind", "name", "created_at", "last_seen_at", "expires_at")),
    Mark("memberships", "person_id", "accounts", True, ("joined_at",)),
    Mark("memberships", "account_id", "accounts", True, ("joined_at",)),
    Mark("practice_spaces", "person_id", "practice", True, ()),
    Mark("drills", "person_id", "practice", True, ("kind", "exercise_id", "language", "state", "outcome", "started_at", "ended_at")),
    Mark("drill_chats", "person_id", "practice", True, ("channel", "changed_at")),
    Mark("drill_disputes", "person_id", "questions", True, ("exercise_id", "reply", "words", "answer", "asked_at", "answered_at")),
    Mark("readiness_events", "person_id", "readiness", True, ("kind", "how", "role", "note", "at")),
    Mark("drafts", "person_id", "drafts", True, ("case_id", "version", "text", "created_at")),
    Mark("unsent_texts", "person_id", "drafts", True, ("case_id", "text", "before", "kept_at")),
    Mark("care_choices", "person_id", "settings", True, ("daily_cap", "muted", "softened", "country", "break_until")),
    Mark("notice_choices", "person_id", "settings", True,
         ("address", "confirmed_at", "mail_digest", "mail_alarm", "push_digest", "push_alarm", "every_minutes",
          "quiet_from", "quiet_to", "zone", "digest_at", "alarm_at")),
    Mark("push_subscriptions", "person_id", "settings", True, ("created_at",)),
    Mark("cases", "claimed_by", "steps", False, ("id", "status", "claimed_at")),
    Mark("case_events", "person_id", "steps", False, ("case_id", "kind", "at")),
    Mark("data_requests", "person_id", "settings", False, ("kind", "at")),
    Mark("data_requests", "by_id", "settings", False, ("kind", "subject", "at")),
    Mark("decisions", "person_id", "decisions", False, ("case_id", "decision", "state", "decided_at")),
    Mark("decisions", "reviewed_by", "decisions", False, ("case_id", "decision", "state", "reviewed_at")),
    Mark("drill_disputes", "answered_by", "training", False, ("exercise_id", "answer", "answered_at")),
    Mark("feedback", "person_id", "steps", False, ("case_id", "label", "at")),
    Mark("offered_suggestions", "person_id", "steps", False, ("case_id", "response_id", "offered_at")),
    Mark("own_scenarios", "changed_by", "training", False, ("title", "language", "changed_at")),
    Mark("own_scenario_versions", "by_id", "training", False, ("number", "at")),
    Mark("proposals", "reviewed_by", "decisions", False, ("decision", "state", "reviewed_at")),
    Mark("readiness_events", "by_id", "training", False, ("kind", "at")),
    Mark("replies", "person_id", "replies", False, ("case_id", "text", "state", "confirmed_at", "posted_at")),
    Mark("webhooks", "created_by", "settings", False, ("url", "created_at")),
    Mark("workshops", "trainer_id", "training", False, ("title", "language", "started_at", "ended_at")),
)  # fmt: skip
#: Tables of the library that name people in words too: the number's column (``None``: there is none), the name's, and
#: what an export shows.
NAMES: Final = (
    ("responses", "author_id", "author_name", ("id", "language", "state", "created_at")),
    ("responses", "changed_by_id", "changed_by_name", ("id", "language", "state", "changed_at")),
    ("response_versions", "person_id", "person_name", ("version", "created_at")),
    ("response_approvals", "person_id", "person_name", ("version", "created_at")),
    ("response_comments", "person_id", "person_name", ("version", "text", "created_at")),
    ("response_facts", "proposed_by_id", "proposed_by_name", ("id",)),
    ("response_fact_versions", None, "proposed_by_name", ("version",)),
    ("response_fact_versions", None, "approved_by_name", ("version",)),
)
#: Tables of the library that hold the number of a person as a word: what their work taught the ranking.
TAUGHT: Final = ("response_feedback", "response_influence")


@dataclass(frozen=True, slots=True)
class StaffCounts:
    """How many things there are of each kind: those that go, and those that stay with a number in place of the name."""

    go: Mapping[str, int]
    stay: Mapping[str, int]


def staff_of(session: Session, organisation_id: int, person_id: int) -> Person:
    """Return somebody of an organisation and let the session reach their practice too.

    :raises PersonError: if there is no such person there, or they are erased.
    """
    space = session.scalar(select(PracticeSpace.organisation_id).where(PracticeSpace.person_id == person_id))
    scope_to(session, organisation_id, *(() if space is None else (space,)))
    person = session.get(Person, person_id)
    if person is None or person.organisation_id != organisation_id or person.erased_at is not None:
        raise PersonError(f"there is no person {person_id} in this organisation")
    return person


def staff_counts(session: Session, person: Person) -> StaffCounts:
    """Return what an erasure takes away, and where a number takes the place of the name."""
    go: dict[str, int] = {}
    stay: dict[str, int] = {}
    for mark, table, mine in _marked(session, person):
        _count(session, go if mark.goes else stay, mark.what, table, mine)
    if (space := _space(session, person)) is not None:
        cases = Base.metadata.tables["cases"]
        _count(session, go, "practice", cases, cases.c[COLUMN] == space)
    for table, _, _, mine in _named(person):
        _count(session, stay, "library", table, mine)
    for table, mine in _taught(person):
        _count(session, go, "taught", table, mine)
    return StaffCounts(go, stay)


def staff_record(session: Session, person: Person) -> dict[str, Any]:
    """Return all that is kept about somebody of the desk, by table; no secret, and nothing about anybody else."""
    records: dict[str, list[dict[str, Any]]] = {}
    for mark, table, mine in _marked(session, person):
        if mark.shown:
            records.setdefault(table.name, []).extend(_rows(session, table, mark.shown, mine))
    turns = Base.metadata.tables["drill_turns"]
    space = _space(session, person)
    shown = ("drill_id", "number", "scene", "reply", "answered_at")
    records["drill_turns"] = _rows(session, turns, shown, turns.c[COLUMN] == space)
    for table, _, columns, mine in _named(person):
        records.setdefault(table.name, []).extend(_rows(session, table, columns, mine))
    return {
        "person": {
            "number": person.id,
            "name": person.name,
            "role": person.role,
            "languages": list(person.languages),
            "may_log_in": person.active,
            "has_password": person.password_hash is not None,
            "has_second_factor": person.second_factor is not None,
            "since": _plain(person.created_at),
            "ready_for_live_cases_since": _plain(person.ready_since),
        },
        "records": {name: rows for name, rows in sorted(records.items()) if rows},
    }


def erase_staff(session: Session, person: Person, now: datetime) -> StaffCounts:
    """Erase somebody of the desk, in the session's transaction; return what that was.

    Cases that they are on go back to the queue, except where their reply is on the way already.
    """
    counts = staff_counts(session, person)
    remember(session, "person", staff_digest(person))
    held = select(Case).where(Case.claimed_by == person.id, Case.status == "claimed")
    for case in session.scalars(held).all():
        if pending_reply(session, case.id) is None:
            move(session, case, "release", claimed_by=None, claimed_at=None, claim_until=None)
            note(session, case, "release", now)
            order_update(session, case, now)
    session.flush()
    if (space := _space(session, person)) is not None:
        empty_for_good(session, space)
    for mark, table, mine in _marked(session, person):
        if mark.goes:
            session.execute(delete(table).where(mine))
    name = _number(session, person)
    for table, column, _, mine in _named(person):
        session.execute(update(table).where(mine).values({column: name}))
    for table, mine in _taught(person):
        session.execute(delete(table).where(mine))
    person.name, person.languages, person.active, person.erased_at = name, [], False, now
    person.password_hash, person.second_factor, person.second_factor_step = None, None, 0
    person.ready_since = None
    session.flush()
    return counts


def staff_digest(person: Person) -> str:
    """Return under what the list of what was erased has somebody of the desk."""
    return digest("person", person.id, person.created_at)


def _number(session: Session, person: Person) -> str:
    """Return what stands where their name stood; names are unique in an organisation."""
    name = f"#{person.id}"
    while session.scalar(
        select(func.count())
        .select_from(Person)
        .where(Person.organisation_id == person.organisation_id, Person.name == name)
    ):
        name += "#"
    return name


def _space(session: Session, person: Person) -> int | None:
    return session.scalar(select(PracticeSpace.organisation_id).where(PracticeSpace.person_id == person.id))


def _marked(session: Session, person: Person) -> Iterator[tuple[Mark, Table, ColumnElement[bool]]]:
    """Yield each column that points at people with its table and which of its rows are this person's."""
    theirs = [number for number in (person.organisation_id, _space(session, person)) if number is not None]
    for mark in MARKS:
        table = Base.metadata.tables[mark.table]
        mine = table.c[mark.column] == person.id
        if COLUMN in table.c and table.name not in OF_ORGANISATIONS:
            mine = mine & table.c[COLUMN].in_(theirs)
        yield mark, table, mine


def _named(person: Person) -> Iterator[tuple[Table, str, tuple[str, ...], ColumnElement[bool]]]:
    for name, number, words, shown in NAMES:
        table = Base.metadata.tables[name]
        mine = table.c[words] == person.name
        if number is not None:
            # Who brought a file in stands beside the author whom the file names: only their own name is taken away.
            mine = mine & (table.c[number] == person.id)
        yield table, words, shown, mine & (table.c[COLUMN] == person.organisation_id)


def _taught(person: Person) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    for name in TAUGHT:
        table = Base.metadata.tables[name]
        yield table, (table.c.person == str(person.id)) & (table.c[COLUMN] == person.organisation_id)


def _count(
    session: Session, into: dict[str, int], what: str, table: Table, mine: ColumnElement[bool]
) -> None:
    if found := session.scalar(select(func.count()).select_from(table).where(mine)):
        into[what] = into.get(what, 0) + found


def _rows(
    session: Session, table: Table, shown: tuple[str, ...], mine: ColumnElement[bool]
) -> list[dict[str, Any]]:
    key = next(iter(table.primary_key.columns))
    query = select(*(table.c[name] for name in shown)).where(mine).order_by(key)
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in session.execute(query)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
