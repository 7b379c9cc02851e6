"""Bringing responses from elsewhere (starter library, packs) together with what an organisation made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from courage.db.engine import next_revision, reading, writing
from courage.db.models.library import Approval, Response, ResponseVersion
from courage.library import store
from courage.library.drafts import ResponseDraft, content_hash
from courage.library.service import Library
from courage.library.views import Actor

PART = 500


@dataclass(slots=True)
class MergeReport:
    """Ids by what happened. ``conflicts`` were changed both here and there: the copy here stays as it is."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    theirs: dict[str, ResponseDraft] = field(default_factory=dict)

    def pretty(self) -> str:
        """Return the report in a few lines."""
        lines = [
            f"{len(self.added)} added, {len(self.updated)} updated, {len(self.unchanged)} unchanged, "
            f"{len(self.kept)} changed here and kept, {len(self.conflicts)} in conflict"
        ]
        lines += [f"  {i}: changed here and there; yours is kept" for i in self.conflicts[:20]]
        return "\n".join(lines)


def merge_origin(
    library: Library,
    drafts: Sequence[ResponseDraft],
    *,
    origin: str,
    by: Actor,
    organisation_id: int = 1,
    state: str = "draft",
    dry_run: bool = False,
    scope: str = "organisation",
) -> MergeReport:
    """Add what is new, update what nobody changed here, keep what somebody did; all in one transaction.

    A local copy counts as unchanged when its content is what was last taken over (``origin_hash``).
    """
    report = MergeReport()
    with reading(
        library.sessions, organisation_id
    ) as session:  # most often there is nothing to do: find out without the write lock
        _merge(session, library, drafts, report, origin, by, organisation_id, state, scope, write=False)
    if dry_run or not (report.added or report.updated):
        return report
    report = MergeReport()
    with writing(library.sessions, organisation_id) as session:
        _merge(session, library, drafts, report, origin, by, organisation_id, state, scope, write=True)
    library.changed(organisation_id)
    return report


def retire_withdrawn(
    library: Library,
    there: frozenset[str],
    *,
    origin: str,
    by: Actor,
    organisation_id: int = 1,
) -> list[str]:
    """Retire responses that an origin no longer has and that no person here wrote, edited or approved; return their ids."""
    gone = select(Response.id).where(
        Response.organisation_id == organisation_id,
        Response.origin == origin,
        Response.state == "approved",
        Response.content_hash == Response.origin_hash,
        ~exists().where(Approval.response_number == Response.number, Approval.person_id.is_not(None)),
        ~exists().where(
            ResponseVersion.response_number == Response.number, ResponseVersion.person_id.is_not(None)
        ),
    )
    with library.sessions() as session:
        if there.issuperset(session.scalars(gone)):
            return []
    with writing(library.sessions) as session:
        now, revision = library.clock(), next_revision(session, organisation_id)
        names = [name for name in session.scalars(gone) if name not in there]
        for name in names:
            row = store.load(session, organisation_id, name)
            row.state, row.revision = "retired", revision
            store.stamp(row, by, now)
            session.add(store.step_row(row, "retired", by, now, f"no longer in {origin}"))
    library.changed(organisation_id)
    return names


def _merge(
    session: Session,
    library: Library,
    drafts: Sequence[ResponseDraft],
    report: MergeReport,
    origin: str,
    by: Actor,
    organisation_id: int,
    state: str,
    scope: str,
    *,
    write: bool,
) -> None:
    now = library.clock()
    revision = next_revision(session, organisation_id) if write else 0
    for start in range(0, len(drafts), PART):
        part = drafts[start : start + PART]
        there = {
            row.id: row
            for row in session.scalars(
                select(Response)
                .where(Response.organisation_id == organisation_id, Response.id.in_([d.id for d in part]))
                .options(selectinload(Response.narratives), selectinload(Response.sources))
            )
        }
        for draft in part:
            theirs, row = content_hash(draft.content()), there.get(draft.id)
            if row is None:
                report.added.append(draft.id)
                if write:
                    store.insert(
                        session,
                        draft,
                        by=by,
                        organisation_id=organisation_id,
                        now=now,
                        why=f"from {origin}",
                        state=state,
                        origin=origin,
                        revision=revision,
                        scope=scope,
                    )
            elif row.content_hash == theirs or (row.origin == origin and row.origin_hash == theirs):
                (report.unchanged if row.content_hash == theirs else report.kept).append(draft.id)
            elif row.origin == origin and row.content_hash == row.origin_hash and row.state != "retired":
                report.updated.append(draft.id)
                if write:
                    store.new_version(
                        session, row, draft, by=by, now=now, why=f"from {origin}", revision=revision
                    )
                    row.origin_hash = row.content_hash
                    row.state = state
                    if state == "approved":
                        store.take_out_of_use(session, row)
                    session.add(store.step_row(row, state, by, now, f"from {origin}"))
            else:
                report.conflicts.append(draft.id)
                report.theirs[draft.id] = draft
        if write:
            session.flush()
            session.expunge_all()
