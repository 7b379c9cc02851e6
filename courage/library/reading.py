"""Reading the library: one response, many by filters, what is due, and what happened to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload, sessionmaker

from courage.db.engine import reading
from courage.db.folding import fold
from courage.db.models.library import Response
from courage.library import history as versions
from courage.library import store
from courage.library.history import Change, VersionView
from courage.library.views import Event, ResponseView, view

# Within the class, ``list`` is the method.
Responses = list[ResponseView]
Events = list[Event]
Versions = list[VersionView]
Changes = list[Change]


class LibraryReader:
    """What people can ask of a library. Methods are synchronous and safe to call from any thread."""

    def __init__(self, sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> None:
        self.sessions = sessions
        self.clock = clock

    def get(self, response_id: str, *, organisation_id: int = 1) -> ResponseView:
        """Return one response.

        :raises NotFoundError: if there is none with this id.
        """
        with reading(self.sessions, organisation_id) as session:
            return view(store.load(session, organisation_id, response_id))

    def list(
        self,
        *,
        organisation_id: int = 1,
        state: str | None = None,
        language: str | None = None,
        target: str | None = None,
        strategy: str | None = None,
        query: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> Responses:
        """Return responses by filters, newest change first; every word of ``query``, folded, must occur in text, narratives or id."""
        with reading(self.sessions, organisation_id) as session:
            found = session.scalars(
                self._filtered(select(Response), organisation_id, state, language, target, strategy, query)
                .options(selectinload(Response.narratives), selectinload(Response.sources))
                .order_by(Response.changed_at.desc(), Response.number.desc())
                .limit(limit)
                .offset(offset)
            )
            return [view(row) for row in found]

    def by_numbers(
        self,
        numbers: Sequence[int],
        *,
        organisation_id: int = 1,
        state: str | None = None,
        language: str | None = None,
        target: str | None = None,
        strategy: str | None = None,
    ) -> Responses:
        """Return the responses among ``numbers`` that the filters of :meth:`list` let through, in that order."""
        with reading(self.sessions, organisation_id) as session:
            found = session.scalars(
                self._filtered(select(Response), organisation_id, state, language, target, strategy, "")
                .where(Response.number.in_(numbers))
                .options(selectinload(Response.narratives), selectinload(Response.sources))
            )
            by_number = {row.number: view(row) for row in found}
        return [by_number[number] for number in numbers if number in by_number]

    def search(self, query: str, *, organisation_id: int = 1, limit: int = 20, **filters: Any) -> Responses:
        """Return responses in which every word of ``query`` occurs; ``filters`` as in :meth:`list`."""
        return self.list(organisation_id=organisation_id, query=query, limit=limit, **filters)

    def count(self, *, organisation_id: int = 1, **filters: Any) -> int:
        """Return how many responses the filters of :meth:`list` let through."""
        chosen = {name: filters.get(name) for name in ("state", "language", "target", "strategy")}
        with reading(self.sessions, organisation_id) as session:
            base = select(func.count(Response.number))
            query = self._filtered(base, organisation_id, **chosen, query=filters.get("query", ""))
            return session.scalar(query) or 0

    def due(self, *, organisation_id: int = 1, within_days: int = 0, today: date | None = None) -> Responses:
        """Return approved responses whose review date has come, or will within some days; most overdue first."""
        until = (today or self.clock().date()) + timedelta(days=within_days)
        with reading(self.sessions, organisation_id) as session:
            found = session.scalars(
                select(Response)
                .where(*_due(organisation_id, until))
                .options(selectinload(Response.narratives), selectinload(Response.sources))
                .order_by(Response.review_on, Response.number)
            )
            return [view(row) for row in found]

    def count_due(self, *, organisation_id: int = 1) -> int:
        """Return how many responses :meth:`due` lists today."""
        counted = select(func.count(Response.number)).where(*_due(organisation_id, self.clock().date()))
        with reading(self.sessions, organisation_id) as session:
            return session.scalar(counted) or 0

    @staticmethod
    def _filtered(
        base: Any,
        organisation_id: int,
        state: str | None,
        language: str | None,
        target: str | None,
        strategy: str | None,
        query: str,
    ) -> Any:
        base = base.where(Response.organisation_id == organisation_id, Response.stands_for.is_(None))
        if state is not None:
            base = base.where(Response.state == state)
        if language is not None:
            base = base.where(Response.language == language)
        if target is not None:
            base = base.where(Response.targets_key.contains(f",{target},", autoescape=True))
        if strategy is not None:
            base = base.where(Response.strategy == strategy)
        for word in fold(query).split():
            base = base.where(or_(Response.search_key.contains(word, autoescape=True)))
        return base

    def history(self, response_id: str, *, organisation_id: int = 1) -> Events:
        """Return all that happened to a response: versions, steps of review, comments; oldest first."""
        with reading(self.sessions, organisation_id) as session:
            return versions.history(session, store.load(session, organisation_id, response_id))

    def versions(self, response_id: str, *, organisation_id: int = 1) -> Versions:
        """Return all versions, oldest first."""
        with reading(self.sessions, organisation_id) as session:
            return versions.list_versions(session, store.load(session, organisation_id, response_id))

    def diff(
        self, response_id: str, before: int, after: int | None = None, *, organisation_id: int = 1
    ) -> Changes:
        """Return what changed between two versions (``after`` defaults to the current one)."""
        with reading(self.sessions, organisation_id) as session:
            row = store.load(session, organisation_id, response_id)
            old = versions.get_version(session, row, before)
            new = versions.get_version(session, row, row.version if after is None else after)
            return versions.compare(old.content, new.content)


def _due(organisation_id: int, until: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Response.organisation_id == organisation_id,
        Response.state == "approved",
        Response.stands_for.is_(None),
        Response.review_on <= until,
    )
