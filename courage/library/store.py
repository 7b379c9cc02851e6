"""Reading and writing response rows within a session; everything that changes the library passes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from courage.db.engine import next_revision
from courage.db.folding import fold
from courage.db.models.library import (
    Approval,
    Narrative,
    Response,
    ResponseVersion,
    SharedFact,
    Source,
    pack_targets,
)
from courage.library.drafts import ResponseDraft, content_hash, text_hash
from courage.library.errors import ConflictError, NotFoundError
from courage.library.facts import Fact, fact_from_mapping, shown_in
from courage.library.views import Actor, view


def load(session: Session, organisation_id: int, response_id: str) -> Response:
    """Return the row with narratives and sources.

    :raises NotFoundError: if the organisation has no such response.
    """
    row = session.scalar(
        select(Response)
        .where(
            Response.organisation_id == organisation_id,
            Response.id == response_id,
            Response.stands_for.is_(None),
        )
        .options(selectinload(Response.narratives), selectinload(Response.sources))
    )
    if row is None:
        raise NotFoundError(f"there is no response {response_id[:120]!r}")
    return row


def load_expecting(
    session: Session, organisation_id: int, response_id: str, lock: int | None, mine: dict[str, object]
) -> Response:
    """Return the row if it is still as the person saw it (``lock``; ``None`` skips the check).

    :raises ConflictError: if somebody changed it since; names who and when.
    """
    row = load(session, organisation_id, response_id)
    if lock is not None and row.lock != lock:
        raise ConflictError(
            f"{row.changed_by_name or 'somebody'} changed {row.id} at {row.changed_at:%Y-%m-%d %H:%M} UTC; "
            "look at that version, then save again",
            mine=mine,
            theirs=view(row),
        )
    return row


def prefix(draft: ResponseDraft) -> str:
    """Return what the slug of a draft begins with."""
    what = draft.strategy if draft.kind == "counter_narrative" else draft.kind
    return f"{draft.language}-{draft.targets[0] if draft.targets else 'any'}-{what}-"


def free_id(session: Session, organisation_id: int, draft: ResponseDraft) -> str:
    """Return the next free slug such as ``en-muslims-facts-007``."""
    start = prefix(draft)
    taken = set(
        session.scalars(
            select(Response.id).where(
                Response.organisation_id == organisation_id, Response.id.startswith(start, autoescape=True)
            )
        )
    )
    numbers = [int(end) for name in taken if (end := name.removeprefix(start)).isdigit()]
    return f"{start}{max(numbers, default=0) + 1:03d}"


def fill(session: Session, row: Response, draft: ResponseDraft) -> None:
    """Copy a checked draft's content into the row, replacing narratives and sources only where they differ.

    Facts that the draft shows are filled in. One that is not known stays a placeholder, and lint lets nobody approve it.
    """
    organisation_id = row.organisation_id
    row.language, row.strategy = draft.language, draft.strategy
    row.kind, row.general, row.for_role, row.dialect = (
        draft.kind,
        draft.general,
        draft.for_role,
        draft.dialect,
    )
    row.needs_key, row.subgroups_key = pack_targets(draft.needs), pack_targets(draft.subgroups)
    used = draft.fact_ids()
    facts = approved_facts(session, organisation_id, used)
    row.facts_key = pack_targets(used)
    row.wording = draft.text if used else ""
    row.longer_wording = draft.longer if used else ""
    row.text = shown_in(draft.text, facts, draft.language)
    row.longer = shown_in(draft.longer, facts, draft.language)
    row.tone, row.voice, row.length = draft.tone, draft.voice, draft.length
    row.targets_key = pack_targets(draft.targets)
    row.review_on, row.licence, row.translation_of = draft.review_on, draft.licence, draft.translation_of
    row.text_hash = text_hash(row.text)
    row.content_hash = content_hash(draft.content())
    row.search_key = fold(" ".join((row.id, row.text, *draft.narratives)))
    if tuple(narrative.text for narrative in row.narratives) != draft.narratives:
        row.narratives[:] = [
            Narrative(organisation_id=organisation_id, position=i, text=text)
            for i, text in enumerate(draft.narratives)
        ]
    wanted = [(s.title, s.publisher, s.year, s.locator, "") for s in draft.sources]
    wanted += [
        (f.title, f.publisher, f.year, f.locator, f.id) for f in (facts[i] for i in used if i in facts)
    ]
    if [(s.title, s.publisher, s.year, s.locator, s.fact_id) for s in row.sources] != wanted:
        row.sources[:] = [
            Source(
                organisation_id=organisation_id,
                position=i,
                title=title,
                publisher=publisher,
                year=year,
                locator=locator,
                fact_id=fact_id,
            )
            for i, (title, publisher, year, locator, fact_id) in enumerate(wanted)
        ]


def approved_facts(
    session: Session, organisation_id: int, ids: Sequence[str] | None = None
) -> dict[str, Fact]:
    """Return an organisation's approved facts by id: those named, or all."""
    if ids is not None and not ids:
        return {}
    query = select(SharedFact).where(
        SharedFact.organisation_id == organisation_id, SharedFact.content.is_not(None)
    )
    if ids is not None:
        query = query.where(SharedFact.id.in_(ids))
    return {
        row.id: fact_from_mapping({"id": row.id, **(row.content or {})}) for row in session.scalars(query)
    }


def build(
    session: Session,
    draft: ResponseDraft,
    *,
    by: Actor,
    organisation_id: int,
    now: datetime,
    state: str,
    origin: str,
    revision: int,
    scope: str,
) -> Response:
    """Put a new row into the session; after a flush, :func:`record` has to note its first version."""
    row = Response(
        organisation_id=organisation_id,
        id=draft.id,
        state=state,
        scope=scope,
        version=1,
        author_id=by.id,
        author_name=draft.author or by.name,
        origin=origin,
        created_at=now,
        revision=revision,
    )
    fill(session, row, draft)
    row.origin_hash = row.content_hash if origin else ""
    stamp(row, by, now)
    session.add(row)
    return row


def record(
    session: Session, row: Response, draft: ResponseDraft, *, by: Actor, now: datetime, why: str
) -> None:
    """Note the first version of a new row and the state in which it came."""
    session.add(version_row(row, draft, by, now, why))
    if row.state != "draft":
        session.add(step_row(row, row.state, by, now, why))


def insert(
    session: Session,
    draft: ResponseDraft,
    *,
    by: Actor,
    organisation_id: int,
    now: datetime,
    why: str = "",
    state: str = "draft",
    origin: str = "",
    revision: int | None = None,
    scope: str = "organisation",
) -> Response:
    """Add a checked draft as a new response with version 1. The id must be free."""
    if not draft.id:
        draft = replace(draft, id=free_id(session, organisation_id, draft))
    row = build(
        session,
        draft,
        by=by,
        organisation_id=organisation_id,
        now=now,
        state=state,
        origin=origin,
        revision=next_revision(session, organisation_id) if revision is None else revision,
        scope=scope,
    )
    session.flush()
    record(session, row, draft, by=by, now=now, why=why)
    return row


def new_version(
    session: Session,
    row: Response,
    draft: ResponseDraft,
    *,
    by: Actor,
    now: datetime,
    why: str,
    revision: int | None = None,
) -> None:
    """Save a checked draft as the next version of the row; the state is the caller's business."""
    row.revision = next_revision(session, row.organisation_id) if revision is None else revision
    row.version += 1
    fill(session, row, draft)
    stamp(row, by, now)
    session.add(version_row(row, draft, by, now, why))


#: What a row that stands in for another does not take over from it.
_ITS_OWN: Final = frozenset(
    {"number", "id", "lock", "state", "revision", "stands_for", "in_use_version", "origin", "origin_hash"}
)


def keep_in_use(session: Session, row: Response) -> None:
    """Keep the approved text of a response in use while a new version of it goes through review.

    A row of its own stands in for it, which suggestions find and nobody lists, edits or exports.
    """
    columns = {
        column.name: getattr(row, column.name)
        for column in Response.__table__.columns
        if column.name not in _ITS_OWN
    }
    session.add(
        Response(
            **columns,
            id=f"@{row.number}.{row.version}",  # no slug looks like that
            state="approved",
            revision=next_revision(session, row.organisation_id),
            stands_for=row.number,
            narratives=[
                Narrative(organisation_id=n.organisation_id, position=n.position, text=n.text)
                for n in row.narratives
            ],
            sources=[
                Source(
                    organisation_id=s.organisation_id,
                    position=s.position,
                    title=s.title,
                    publisher=s.publisher,
                    year=s.year,
                    locator=s.locator,
                    fact_id=s.fact_id,
                )
                for s in row.sources
            ],
        )
    )
    row.in_use_version = row.version


def take_out_of_use(session: Session, row: Response) -> None:
    """End what :func:`keep_in_use` began: the response itself is approved again, or retired."""
    row.in_use_version = None
    for stand_in in standing_in(session, row):
        stand_in.state, stand_in.revision = "retired", next_revision(session, row.organisation_id)


def standing_in(session: Session, row: Response) -> Sequence[Response]:
    """Return the rows that stand in for a response and are in use."""
    return session.scalars(
        select(Response).where(
            Response.organisation_id == row.organisation_id,
            Response.stands_for == row.number,
            Response.state == "approved",
        )
    ).all()


def stamp(row: Response, by: Actor, now: datetime) -> None:
    """Note who changed the row last."""
    row.changed_at, row.changed_by_id, row.changed_by_name = now, by.id, by.name


def version_row(row: Response, draft: ResponseDraft, by: Actor, now: datetime, why: str) -> ResponseVersion:
    """Return the record of the row's current version."""
    return ResponseVersion(
        organisation_id=row.organisation_id,
        response_number=row.number,
        version=row.version,
        content=draft.content(),
        content_hash=row.content_hash,
        person_id=by.id,
        person_name=by.name,
        why=why,
        created_at=now,
    )


def step_row(row: Response, step: str, by: Actor, now: datetime, why: str) -> Approval:
    """Return the record of a step through review."""
    return Approval(
        organisation_id=row.organisation_id,
        response_number=row.number,
        version=row.version,
        step=step,
        person_id=by.id,
        person_name=by.name,
        why=why,
        created_at=now,
    )


def exact_copy(session: Session, organisation_id: int, digest: str, except_number: int | None) -> str | None:
    """Return the id of another living response with the same words, or ``None``."""
    query = select(Response.id).where(
        Response.organisation_id == organisation_id,
        Response.text_hash == digest,
        Response.state != "retired",
        Response.stands_for.is_(None),
    )
    if except_number is not None:
        query = query.where(Response.number != except_number)
    return session.scalar(query.order_by(Response.number).limit(1))
