"""From a case to what people see of it: cards and views, with reasons that never quote the message."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.cases.machine import allowed
from courage.cases.ports import Button, Card
from courage.cases.reasons import CaseReason, reasons_of
from courage.cases.views import CaseView, DraftView, ReplyView
from courage.db.models.cases import Case, Draft, Reply
from courage.db.models.people import Person, Room
from courage.db.scope import every
from courage.detection.verdict import Reason, Verdict

# The buttons of a card by the case's status: the key of the title, and the command without the case's number.
_SHOW, _NOT_HATE = ("show", "show"), ("not_hate", "not hate")
_BUTTONS = {
    "open": (("claim", "claim"), _SHOW, _NOT_HATE, ("escalate", "escalate")),
    "claimed": (_SHOW, ("suggest", "suggest"), ("release", "release")),
    "escalated": (_SHOW, _NOT_HATE, ("close", "close")),
    "dismissed": (("undo", "undo"),),
}
#: Every key that a button of a card can have; ``queue`` is on summaries.
BUTTONS = frozenset({"queue", *(key for buttons in _BUTTONS.values() for key, _ in buttons)})


def why(case: Case) -> tuple[CaseReason, ...]:
    """Return why a case was opened, without a word of the message."""
    return reasons_of(
        hateful=case.hateful,
        category=case.category,
        targets=case.targets,
        reasons=case.reasons,
        reporters=len(case.reporters),
    )


def lane_of(case: Case) -> str:
    """Return ``escalate`` for what must not be answered, else ``counter``."""
    return "escalate" if case.route == "escalate" or case.status == "escalated" else "counter"


def verdict_of(case: Case) -> Verdict:
    """Return the verdict that a case was opened with; its text is empty when it was purged."""
    return Verdict(
        text=case.text or "",
        hateful=case.hateful,
        score=case.score,
        category=case.category,
        severity=case.severity,
        targets=tuple(case.targets),
        subgroups=tuple(case.subgroups),
        language=case.language,
        # A person may send a case to the escalation lane that screening would have answered.
        route="escalate" if case.status == "escalated" else case.route,
        reasons=tuple(Reason(**reason) for reason in case.reasons),
    )


def buttons_of(case: Case) -> tuple[Button, ...]:
    """Return the short commands that make sense for a case now."""
    if case.text is None:
        return ()
    return tuple(Button("", f"{command} {case.id}", key) for key, command in _BUTTONS.get(case.status, ()))


def room_name(session: Session, case: Case) -> str:
    """Return the name of a case's room, or the channel's id of it."""
    name = session.scalar(
        select(Room.name).where(
            Room.organisation_id == case.organisation_id,
            Room.channel == case.channel,
            Room.room_id == case.room_id,
        )
    )
    return name or case.room_id


def card_of(session: Session, case: Case) -> Card:
    """Return the card of a case as it stands now."""
    with every(session, "who is on a case of practice is of another organisation"):
        holder = session.get(Person, case.claimed_by) if case.claimed_by is not None else None
    failure = session.scalar(
        select(Reply.failure)
        .where(Reply.case_id == case.id, Reply.state == "failed")
        .order_by(Reply.id.desc())
    )
    return Card(
        case_id=case.id,
        organisation_id=case.organisation_id,
        room_name=room_name(session, case),
        status=case.status,
        category=case.category,
        severity=case.severity,
        targets=tuple(case.targets),
        language=case.language,
        score=case.score,
        reasons=why(case),
        lane=lane_of(case),
        text=case.text,
        repeats=case.repeats,
        reported=len(case.reporters),
        holder=None if holder is None else holder.name,
        note=failure if failure and case.status == "claimed" else "",
        buttons=buttons_of(case),
    )


def draft_view(draft: Draft) -> DraftView:
    """Return a draft as a plain value."""
    return DraftView(
        case_id=draft.case_id,
        version=draft.version,
        text=draft.text,
        response_id=draft.response_id,
        edited_ratio=draft.edited_ratio,
        person_id=draft.person_id,
        created_at=draft.created_at,
    )


def reply_view(reply: Reply) -> ReplyView:
    """Return a reply as a plain value."""
    return ReplyView(
        id=reply.id,
        case_id=reply.case_id,
        draft_version=reply.draft_version,
        text=reply.text,
        response_id=reply.response_id,
        state=reply.state,
        failure=reply.failure,
        posted_ref=reply.posted_ref,
        person_id=reply.person_id,
        confirmed_at=reply.confirmed_at,
        posted_at=reply.posted_at,
    )


def case_view(session: Session, case: Case) -> CaseView:
    """Return a case as a plain value, without the harmful text."""
    return case_views(session, [case])[0]


def case_views(session: Session, cases: Sequence[Case]) -> list[CaseView]:
    """Return cases as plain values, in their order, without the harmful texts; four queries however many they are."""
    ids = [case.id for case in cases]
    holders = {case.claimed_by for case in cases if case.claimed_by is not None}
    people = select(Person.id, Person.name).where(Person.id.in_(holders))
    with every(session, "who is on a case of practice is of another organisation"):
        names = {row.id: row.name for row in session.execute(people)} if holders else {}
    rooms = {
        (room.organisation_id, room.channel, room.room_id): room.name
        for room in session.scalars(select(Room).where(Room.room_id.in_({case.room_id for case in cases})))
    }
    newest_draft = (
        select(Draft.case_id, func.max(Draft.version).label("version"))
        .where(Draft.case_id.in_(ids))
        .group_by(Draft.case_id)
        .subquery()
    )
    drafts = {
        draft.case_id: draft
        for draft in session.scalars(
            select(Draft).join(
                newest_draft,
                (newest_draft.c.case_id == Draft.case_id) & (newest_draft.c.version == Draft.version),
            )
        )
    }
    newest_reply = select(func.max(Reply.id)).where(Reply.case_id.in_(ids)).group_by(Reply.case_id)
    replies = {
        reply.case_id: reply for reply in session.scalars(select(Reply).where(Reply.id.in_(newest_reply)))
    }
    return [
        _case_view(
            case,
            rooms.get((case.organisation_id, case.channel, case.room_id)) or case.room_id,
            None if case.claimed_by is None else names.get(case.claimed_by),
            drafts.get(case.id),
            replies.get(case.id),
        )
        for case in cases
    ]


def _case_view(
    case: Case, room: str, holder: str | None, draft: Draft | None, reply: Reply | None
) -> CaseView:
    return CaseView(
        id=case.id,
        organisation_id=case.organisation_id,
        channel=case.channel,
        room_id=case.room_id,
        room_name=room,
        message_id=case.message_id,
        author=case.author,
        status=case.status,
        version=case.version,
        lane=lane_of(case),
        hateful=case.hateful,
        category=case.category,
        severity=case.severity,
        targets=tuple(case.targets),
        subgroups=tuple(case.subgroups),
        language=case.language,
        score=case.score,
        route=case.route,
        reasons=why(case),
        repeats=case.repeats,
        reported=len(case.reporters),
        holder_id=case.claimed_by,
        holder=holder,
        claim_until=case.claim_until,
        sent_at=case.sent_at,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        text_kept=case.text is not None,
        draft=None if draft is None else draft_view(draft),
        reply=None if reply is None else reply_view(reply),
        actions=allowed(case.status),
    )
