"""An organisation's facts: a new figure is proposed once, approved once, and then shows in every text that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload, sessionmaker

from courage.clock import utcnow
from courage.db.engine import next_revision, writing
from courage.db.models.library import Response, SharedFact, SharedFactVersion
from courage.library import store
from courage.library.errors import NotFoundError, StateError, TwoPeopleError
from courage.library.facts import Fact, fact_from_mapping, shown_in
from courage.library.views import Actor, ResponseView, view


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact as it is in use (``None``: not yet), what is proposed in its place, by whom, and which responses use it."""

    id: str
    version: int
    in_use: Fact | None
    proposed: Fact | None
    proposed_by_id: int | None
    proposed_by_name: str
    used_by: tuple[str, ...]

    @property
    def latest(self) -> Fact:
        """What is proposed, or what is in use where nothing is."""
        fact = self.proposed or self.in_use
        assert fact is not None  # a row is made with one or the other
        return fact


@dataclass(slots=True)
class FactsReport:
    """Ids of facts from elsewhere by what happened; ``proposed`` wait for somebody here to approve them."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class SharedFacts:
    """Facts of all organisations. Methods are synchronous and safe to call from any thread.

    Until a proposed value is approved, texts show the one before. ``on_change(organisation_id)`` is called after
    texts changed.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        clock: Callable[[], datetime] = utcnow,
        on_change: Callable[[int], None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._on_change = on_change or (lambda organisation_id: None)

    def approved(self, organisation_id: int = 1) -> dict[str, Fact]:
        """Return the facts in use, by id."""
        with self._sessions() as session:
            return store.approved_facts(session, organisation_id)

    def get(self, fact_id: str, *, organisation_id: int = 1) -> FactView:
        """Return one fact.

        :raises NotFoundError: if there is none with this id.
        """
        with self._sessions() as session:
            return _view(session, _row(session, organisation_id, fact_id))

    def list(self, *, organisation_id: int = 1) -> tuple[FactView, ...]:
        """Return all facts by id, those that wait for approval first."""
        with self._sessions() as session:
            rows = session.scalars(
                select(SharedFact)
                .where(SharedFact.organisation_id == organisation_id)
                .order_by(SharedFact.proposed.is_(None), SharedFact.id)
            ).all()
            return tuple(_view(session, row) for row in rows)

    def due(self, *, organisation_id: int = 1, within_days: int = 0) -> tuple[Fact, ...]:
        """Return the facts in use that somebody has to look up again by then, the most overdue first."""
        until: date = self._clock().date() + timedelta(days=within_days)
        facts = [fact for fact in self.approved(organisation_id).values() if fact.due <= until]
        return tuple(sorted(facts, key=lambda fact: (fact.due, fact.id)))

    def propose(self, fact: Fact, *, by: Actor, organisation_id: int = 1) -> FactView:
        """Propose a fact, new or in place of the value in use; a proposal before it is replaced."""
        with writing(self._sessions) as session:
            row = _find(session, organisation_id, fact.id)
            if row is None:
                row = SharedFact(organisation_id=organisation_id, id=fact.id, version=0)
                session.add(row)
            if row.content == fact.content():
                row.proposed = None  # what is in use already needs nobody's approval
            else:
                _put(row, fact, by, self._clock())
            session.flush()
            return _view(session, row)

    def texts_as_proposed(
        self, fact_id: str, *, organisation_id: int = 1
    ) -> tuple[tuple[ResponseView, str], ...]:
        """Return every response that uses a fact and its text as it would read with the value proposed."""
        with self._sessions() as session:
            row = _row(session, organisation_id, fact_id)
            facts = store.approved_facts(session, organisation_id)
            facts[fact_id] = _view(session, row).latest
            users = [view(response) for response in _users(session, organisation_id, fact_id)]
        return tuple((user, shown_in(user.written, facts, user.language)) for user in users)

    def approve(self, fact_id: str, *, by: Actor, organisation_id: int = 1) -> tuple[str, ...]:
        """Put what is proposed to use; return the ids of the responses that show it from now on.

        :raises StateError: if nothing is proposed.
        :raises TwoPeopleError: if ``by`` proposed it.
        """
        with writing(self._sessions) as session:
            row = _row(session, organisation_id, fact_id)
            if row.proposed is None:
                raise StateError(f"nothing is proposed for the fact {fact_id}")
            if by.id is None:
                raise TwoPeopleError(f"the fact {fact_id} must be approved by a person")
            if row.proposed_by_id == by.id:
                raise TwoPeopleError(f"you proposed the fact {fact_id}; another person has to approve it")
            if row.proposed_by_id is not None:
                row.origin = ""  # from now on it is the organisation's own
            fact = fact_from_mapping({"id": row.id, **row.proposed})
            used = _publish(session, row, fact, by, self._clock())
        self._on_change(organisation_id)
        return used

    def reject(self, fact_id: str, *, by: Actor, organisation_id: int = 1) -> None:
        """Drop what is proposed; texts stay as they are.

        :raises StateError: if nothing is proposed.
        """
        with writing(self._sessions) as session:
            row = _row(session, organisation_id, fact_id)
            if row.proposed is None:
                raise StateError(f"nothing is proposed for the fact {fact_id}")
            row.proposed = row.proposed_at = row.proposed_by_id = None
            row.proposed_by_name = ""
            if row.content is None:
                session.delete(row)

    def merge(
        self, facts: Iterable[Fact], *, origin: str, by: Actor, organisation_id: int = 1
    ) -> FactsReport:
        """Take facts from elsewhere over: new ones at once; a new value of one that nobody changed here at once where
        only texts from the same origin show it, else as a proposal; what somebody changed here is kept.
        """
        report, wanted = FactsReport(), list(facts)
        with (
            self._sessions() as session
        ):  # most often there is nothing to do: find out without the write lock
            known = {
                row.id: (row.origin, row.origin_hash)
                for row in session.scalars(
                    select(SharedFact).where(SharedFact.organisation_id == organisation_id)
                )
            }
        report.kept = [f.id for f in wanted if f.id in known and known[f.id][0] != origin]
        wanted = [
            fact
            for fact in wanted
            if fact.id not in known
            or (known[fact.id][0] == origin and known[fact.id][1] != fact.content_hash())
        ]
        if not wanted:
            return report
        with writing(self._sessions) as session:
            for fact in wanted:
                _merge(session, fact, origin, by, organisation_id, self._clock(), report)
        self._on_change(organisation_id)
        return report


def _merge(
    session: Session,
    fact: Fact,
    origin: str,
    by: Actor,
    organisation_id: int,
    now: datetime,
    report: FactsReport,
) -> None:
    row = _find(session, organisation_id, fact.id)
    if row is None:
        row = SharedFact(organisation_id=organisation_id, id=fact.id, version=0, origin=origin)
        session.add(row)
        session.flush()
        _publish(session, row, fact, by, now)
        row.origin_hash = fact.content_hash()
        report.added.append(fact.id)
        return
    if row.origin != origin or row.proposed_by_id is not None:
        report.kept.append(fact.id)
        return
    row.origin_hash = fact.content_hash()
    if all(_as_it_came(user, origin) for user in _users(session, organisation_id, fact.id)):
        _publish(session, row, fact, by, now)
        report.updated.append(fact.id)
    else:
        _put(row, fact, by, now)
        report.proposed.append(fact.id)


def _as_it_came(row: Response, origin: str) -> bool:
    return row.origin == origin and row.content_hash == row.origin_hash


def _publish(session: Session, row: SharedFact, fact: Fact, by: Actor, now: datetime) -> tuple[str, ...]:
    proposed_by = row.proposed_by_name or by.name
    row.content, row.version = fact.content(), row.version + 1
    row.proposed = row.proposed_at = row.proposed_by_id = None
    row.proposed_by_name = ""
    session.flush()
    session.add(
        SharedFactVersion(
            organisation_id=row.organisation_id,
            fact_number=row.number,
            version=row.version,
            content=fact.content(),
            proposed_by_name=proposed_by,
            approved_by_name=by.name,
            created_at=now,
        )
    )
    users = _users(session, row.organisation_id, row.id)
    if not users:
        return ()
    revision = next_revision(session, row.organisation_id)
    # Nobody's words changed: who approved the figure may still approve the texts.
    hand = Actor(None, by.name)
    for user in users:
        draft = view(user).draft()
        why = f"fact {fact.id}: {fact.value.get(user.language, '–')} ({fact.year})"[:200]
        store.new_version(session, user, draft, by=hand, now=now, why=why, revision=revision)
        if user.state == "approved":
            session.add(store.step_row(user, "approved", by, now, why))
    return tuple(user.id for user in users if user.stands_for is None)


def _put(row: SharedFact, fact: Fact, by: Actor, now: datetime) -> None:
    row.proposed, row.proposed_at = fact.content(), now
    row.proposed_by_id, row.proposed_by_name = by.id, by.name


def _find(session: Session, organisation_id: int, fact_id: str) -> SharedFact | None:
    return session.scalar(
        select(SharedFact).where(SharedFact.organisation_id == organisation_id, SharedFact.id == fact_id)
    )


def _row(session: Session, organisation_id: int, fact_id: str) -> SharedFact:
    row = _find(session, organisation_id, fact_id)
    if row is None:
        raise NotFoundError(f"there is no fact {fact_id[:80]!r}")
    return row


def _users(session: Session, organisation_id: int, fact_id: str) -> list[Response]:
    return list(
        session.scalars(
            select(Response)
            .where(
                Response.organisation_id == organisation_id,
                Response.facts_key.contains(f",{fact_id},", autoescape=True),
            )
            .options(selectinload(Response.narratives), selectinload(Response.sources))
            .order_by(func.length(Response.id), Response.id)
        )
    )


def _view(session: Session, row: SharedFact) -> FactView:
    def read(content: dict[str, object] | None) -> Fact | None:
        return None if content is None else fact_from_mapping({"id": row.id, **content})

    return FactView(
        row.id,
        row.version,
        read(row.content),
        read(row.proposed),
        row.proposed_by_id,
        row.proposed_by_name,
        tuple(user.id for user in _users(session, row.organisation_id, row.id)),
    )
