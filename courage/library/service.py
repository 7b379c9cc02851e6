"""The library: the one way in which people read and change responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from courage.clock import utcnow
from courage.db.engine import next_revision, writing
from courage.db.models.library import Comment, Response
from courage.library import history as versions
from courage.library import store, workflow
from courage.library.drafts import ResponseDraft
from courage.library.errors import ConflictError, DraftError, LintError, StateError
from courage.library.reading import LibraryReader
from courage.library.views import Actor, Event, ResponseView, view
from courage.library.workflow import Checks
from courage.taxonomy import SCOPES


class Library:
    """Responses of all organisations. Methods are synchronous and safe to call from any thread.

    Reading goes through ``reader``, whose methods go by their own names here too.

    ``checks`` may be set after construction, because the linter looks for near copies in an index over the library.
    ``on_change(organisation_id)`` is called after every change, e.g. to tell other processes.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        checks: Checks | None = None,
        clock: Callable[[], datetime] = utcnow,
        on_change: Callable[[int], None] | None = None,
        reader: LibraryReader | None = None,
    ) -> None:
        self.sessions = sessions
        self.clock = clock
        reader = reader or LibraryReader(sessions, clock)
        self.get = reader.get
        self.list = reader.list
        self.search = reader.search
        self.count = reader.count
        self.due = reader.due
        self.count_due = reader.count_due
        self.history = reader.history
        self.versions = reader.versions
        self.diff = reader.diff
        self.checks = checks
        self._on_change = on_change or (lambda organisation_id: None)

    def changed(self, organisation_id: int) -> None:
        """Tell whoever wants to know that the organisation's library changed."""
        self._on_change(organisation_id)

    # writing

    def add(
        self, draft: ResponseDraft, *, by: Actor, organisation_id: int = 1, why: str = "", origin: str = ""
    ) -> ResponseView:
        """Add a draft.

        :raises DraftError: if its content breaks a rule of form or its id is taken.
        """
        draft = draft.checked()
        try:
            with writing(self.sessions, organisation_id) as session:
                row = store.insert(
                    session,
                    draft,
                    by=by,
                    organisation_id=organisation_id,
                    now=self.clock(),
                    why=why,
                    origin=origin,
                )
                added = view(row)
        except IntegrityError:
            raise DraftError(
                f"there is already a response {draft.id!r}", say="wrong.taken", value=draft.id
            ) from None
        self.changed(organisation_id)
        return added

    def edit(
        self,
        response_id: str,
        changes: Mapping[str, Any] | ResponseDraft,
        *,
        by: Actor,
        expected: int | None = None,
        why: str = "",
        organisation_id: int = 1,
    ) -> ResponseView:
        """Save a new version; the response is a draft again until another person approves it.

        A text that was approved stays in use until then, or until the response is retired.

        ``changes`` maps field names of :class:`ResponseDraft` to new values (or is a whole draft); ``expected`` is the
        ``lock`` of the view that the person worked from. Saving what is already there changes nothing.

        :raises ConflictError: if somebody else saved first; it carries both texts.
        """
        mine = dict(changes) if isinstance(changes, Mapping) else changes.content()
        unknown = sorted(set(mine) - {f.name for f in fields(ResponseDraft)})
        if unknown:
            raise DraftError(f"unknown field {unknown[0][:40]!r}")

        def change(session: Session, row: Response, now: datetime) -> None:
            current = view(row)
            if isinstance(changes, ResponseDraft):
                draft = replace(changes, id=row.id).checked()
            else:
                fresh = {"length": ""} if "text" in mine and "length" not in mine else {}
                draft = replace(current.draft(), **{**fresh, **mine}, id=row.id).checked()
            if draft.content() == current.content():
                return
            if row.state == "retired":
                raise StateError(f"{row.id} is retired; restore it before editing")
            if row.state == "approved":
                store.keep_in_use(session, row)
            store.new_version(session, row, draft, by=by, now=now, why=why)
            row.state = "draft"

        return self._change(response_id, organisation_id, expected, mine, change)

    def restore(
        self,
        response_id: str,
        version: int | None = None,
        *,
        by: Actor,
        why: str = "",
        organisation_id: int = 1,
    ) -> ResponseView:
        """Bring an old version back as a new draft version; without ``version``, reopen a retired response.

        :raises NotFoundError: if there is no such version.
        :raises StateError: if no version is named and the response is not retired.
        """

        def change(session: Session, row: Response, now: datetime) -> None:
            if version is None:
                workflow.state_after(row, "reopened")
            if row.state == "retired":
                session.add(store.step_row(row, "reopened", by, now, why))
            wanted = row.version if version is None else version
            old = versions.get_version(session, row, wanted)
            draft = versions.draft_of(row.id, old.content)
            reason = why or f"version {wanted} restored"
            if row.state == "approved":
                store.keep_in_use(session, row)
            store.new_version(session, row, draft, by=by, now=now, why=reason)
            row.state = "draft"

        return self._change(response_id, organisation_id, None, {}, change)

    # review

    def submit(self, response_id: str, *, by: Actor, why: str = "", organisation_id: int = 1) -> ResponseView:
        """Hand a draft in for review."""
        return self._step(response_id, "submitted", by, why, organisation_id)

    def approve(
        self,
        response_id: str,
        *,
        by: Actor,
        why: str = "",
        organisation_id: int = 1,
        expected: int | None = None,
    ) -> ResponseView:
        """Approve the version under review; from now on it is suggested.

        :raises TwoPeopleError: if ``by`` wrote or edited it.
        :raises LintError: if the checks find errors.
        :raises ConflictError: if it is no longer the version that the person read (``expected``).
        """
        return self._step(response_id, "approved", by, why, organisation_id, expected)

    def reject(self, response_id: str, *, by: Actor, why: str, organisation_id: int = 1) -> ResponseView:
        """Send a response back to its author as a draft, with the reason."""
        return self._step(response_id, "rejected", by, why, organisation_id)

    def retire(self, response_id: str, *, by: Actor, why: str = "", organisation_id: int = 1) -> ResponseView:
        """Take a response out of use; it keeps its history and can be restored."""
        return self._step(response_id, "retired", by, why, organisation_id)

    def share(self, response_id: str, scope: str, *, by: Actor, organisation_id: int = 1) -> ResponseView:
        """Offer a response to every organisation here (``shared``) or only to its own (``organisation``)."""
        if scope not in SCOPES:
            raise DraftError(f"scope {scope[:40]!r} is not known; allowed are {', '.join(SCOPES)}")

        def change(session: Session, row: Response, now: datetime) -> None:
            row.scope = scope
            for stand_in in store.standing_in(session, row):
                stand_in.scope, stand_in.revision = scope, next_revision(session, organisation_id)
            row.revision = next_revision(session, organisation_id)
            store.stamp(row, by, now)
            session.add(store.step_row(row, "shared" if scope == "shared" else "unshared", by, now, ""))

        return self._change(response_id, organisation_id, None, {}, change)

    def _step(
        self,
        response_id: str,
        step: str,
        by: Actor,
        why: str,
        organisation_id: int,
        expected: int | None = None,
    ) -> ResponseView:
        def change(session: Session, row: Response, now: datetime) -> None:
            after = workflow.state_after(row, step)
            if step == "approved":
                workflow.require_second_person(session, row, by)
                self._require_clean(view(row))
            row.state = after
            if step in ("approved", "retired"):
                store.take_out_of_use(session, row)
            row.revision = next_revision(session, organisation_id)
            store.stamp(row, by, now)
            session.add(store.step_row(row, step, by, now, why))

        return self._change(response_id, organisation_id, expected, {}, change)

    def _require_clean(self, current: ResponseView) -> None:
        if self.checks is None:
            return
        issues = self.checks.check(
            current.draft(), organisation_id=current.organisation_id, number=current.number
        )
        errors = [issue for issue in issues if issue.level == "error"]
        if errors:
            raise LintError(f"{current.id} cannot be approved: {errors[0].message}", tuple(issues))

    def _change(
        self,
        response_id: str,
        organisation_id: int,
        expected: int | None,
        mine: dict[str, Any],
        change: Callable[[Session, Response, datetime], None],
    ) -> ResponseView:
        try:
            with writing(self.sessions, organisation_id) as session:
                row = store.load_expecting(session, organisation_id, response_id, expected, mine)
                change(session, row, self.clock())
                session.flush()
                changed = view(row)
        except StaleDataError:
            theirs = self.get(response_id, organisation_id=organisation_id)
            raise ConflictError(
                f"{theirs.changed_by_name} changed {response_id} at the same moment; look at that version, then save again",
                mine=mine,
                theirs=theirs,
            ) from None
        self.changed(organisation_id)
        return changed

    # talk

    def comment(self, response_id: str, text: str, *, by: Actor, organisation_id: int = 1) -> Event:
        """Add a remark to the current version."""
        if not text.strip():
            raise DraftError("the comment is empty", say="wrong.empty", field="text")
        with writing(self.sessions, organisation_id) as session:
            row = store.load(session, organisation_id, response_id)
            now = self.clock()
            session.add(
                Comment(
                    organisation_id=organisation_id,
                    response_number=row.number,
                    version=row.version,
                    person_id=by.id,
                    person_name=by.name,
                    text=text.strip(),
                    created_at=now,
                )
            )
            return Event(now, by.id, by.name, "comment", row.version, text.strip())
