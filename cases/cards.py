"""From a case to what people see of it: cards, views and one-line reasons that never quote the message."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.case_tables import Case, Draft, Reply
from cases.machine import allowed
from cases.people_tables import Person, Room
from cases.ports import Button, Card
from cases.views import CaseView, DraftView, ReplyView
from detection.verdict import Reason, Verdict

# Reasons of screening may quote the message, so a card names only their kinds, most telling first.
_KINDS = {
    "category": "kind of hate",
    "target": "names a group",
    "word": "hateful word",
    "frame": "way it is put",
    "example": "like a known example",
    "feedback": "people decided on one like it",
}


def reasons_line(case: Case) -> str:
    """Return why a case was opened in one line without a word of the message."""
    parts = []
    if case.reporters:
        count = len(case.reporters)
        parts.append("reported by a member" if count == 1 else f"reported by {count} members")
    if not case.hateful:
        parts.append("screening saw no hate")
        return "; ".join(parts)
    if case.category != "none":
        parts.append(case.category.replace("_", " "))
    if case.targets:
        parts.append("against " + ", ".join(case.targets).replace("_", " "))
    kinds = [str(reason.get("kind", "")) for reason in case.reasons if float(reason.get("weight", 0.0)) >= 0]
    said = {"category"} if case.category != "none" else set()
    said |= {"target"} if case.targets else set()
    parts += [words for kind, words in _KINDS.items() if kind in kinds and kind not in said]
    return "; ".join(parts) or "screening"


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
        language=case.language,
        # A person may send a case to the escalation lane that screening would have answered.
        route="escalate" if case.status == "escalated" else case.route,
        reasons=tuple(Reason(**reason) for reason in case.reasons),
    )


def buttons_of(case: Case) -> tuple[Button, ...]:
    """Return the short commands that make sense for a case now."""
    show = Button("Show message", f"show {case.id}")
    not_hate = Button("Not hate", f"not hate {case.id}")
    if case.text is None:
        return ()
    if case.status == "open":
        return (
            Button("Claim", f"claim {case.id}"),
            show,
            not_hate,
            Button("Escalate", f"escalate {case.id}"),
        )
    if case.status == "claimed":
        return (show, Button("Suggestions", f"suggest {case.id}"), Button("Release", f"release {case.id}"))
    if case.status == "escalated":
        return (show, not_hate, Button("Close", f"close {case.id}"))
    if case.status == "dismissed":
        return (Button("Undo", f"undo {case.id}"),)
    return ()


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
        reasons=reasons_line(case),
        lane=lane_of(case),
        text=case.text,
        repeats=case.repeats,
        reported=len(case.reporters),
        holder=None if holder is None else holder.name,
        note=f"the reply could not be posted: {failure}" if failure and case.status == "claimed" else "",
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
    holder = session.get(Person, case.claimed_by) if case.claimed_by is not None else None
    draft = session.scalar(
        select(Draft).where(Draft.case_id == case.id).order_by(Draft.version.desc()).limit(1)
    )
    reply = session.scalar(select(Reply).where(Reply.case_id == case.id).order_by(Reply.id.desc()).limit(1))
    return CaseView(
        id=case.id,
        organisation_id=case.organisation_id,
        channel=case.channel,
        room_id=case.room_id,
        room_name=room_name(session, case),
        message_id=case.message_id,
        author=case.author,
        status=case.status,
        version=case.version,
        lane=lane_of(case),
        hateful=case.hateful,
        category=case.category,
        severity=case.severity,
        targets=tuple(case.targets),
        language=case.language,
        score=case.score,
        route=case.route,
        reasons=reasons_line(case),
        repeats=case.repeats,
        reported=len(case.reporters),
        holder_id=case.claimed_by,
        holder=None if holder is None else holder.name,
        claim_until=case.claim_until,
        sent_at=case.sent_at,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        text_kept=case.text is not None,
        draft=None if draft is None else draft_view(draft),
        reply=None if reply is None else reply_view(reply),
        actions=allowed(case.status),
    )
