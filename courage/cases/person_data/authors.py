"""What is kept about somebody who wrote in a group room. They are known by a keyed hash of their account alone.

What is erased: texts, drafts and whatever quotes a message, and every trace of who wrote or reported it. What stays: that
there was a case, when, in which room and of which category, so that counts do not change, and the number that the chat
system gave the message, so that it is not taken in a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.cards import lane_of, why
from courage.cases.decision_records import change_state
from courage.cases.ledger import cancel_pending, change, forget_text, move, note, order_update
from courage.cases.machine import ACTIVE
from courage.db.erasures import digest, remember
from courage.db.models.cases import Case, CaseEvent, CaseMessage, Draft, Reply
from courage.db.models.decisions import DecisionRow
from courage.db.models.people import Room

#: Stands where an author's pseudonym stood; no account has it.
NOBODY: Final = ""


def written_by(session: Session, author: str) -> Sequence[Case]:
    """Return the cases of an author's messages, oldest first."""
    return session.scalars(select(Case).where(Case.author == author).order_by(Case.id)).all()


def reported_by(session: Session, author: str) -> list[Case]:
    """Return the cases that somebody reported, oldest first."""
    # Reporters are a list in one column; databases differ in how to look into it.
    some = select(Case.id, Case.reporters).where(Case.reporters.is_not(None)).order_by(Case.id)
    numbers = [number for number, reporters in session.execute(some) if author in (reporters or ())]
    return list(session.scalars(select(Case).where(Case.id.in_(numbers)).order_by(Case.id)))


def author_counts(session: Session, author: str) -> dict[str, int]:
    """Return how many things of each kind are kept about an author and would be erased."""
    cases = written_by(session, author)
    numbers = [case.id for case in cases]
    drafts = session.scalars(select(Draft.id).where(Draft.case_id.in_(numbers))).all()
    replies = session.scalars(select(Reply.id).where(Reply.case_id.in_(numbers))).all()
    return {
        "cases": len(cases),
        "texts": sum(case.text is not None for case in cases),
        "drafts": len(drafts),
        "replies": len(replies),
        "reports": len(reported_by(session, author)),
    }


def author_record(session: Session, author: str) -> dict[str, Any]:
    """Return all that is kept about an author, without the names of those who worked on it."""
    cases = written_by(session, author)
    reported = reported_by(session, author)
    numbers = [case.id for case in cases]
    rooms = {
        (channel, room): name
        for channel, room, name in session.execute(select(Room.channel, Room.room_id, Room.name))
    }
    events: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    query = select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.at).where(CaseEvent.case_id.in_(numbers))
    for number, kind, at in session.execute(query.order_by(CaseEvent.id)):
        events[number].append({"at": _moment(at), "what": kind})
    replies: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    answers = select(Reply).where(Reply.case_id.in_(numbers), Reply.state == "posted").order_by(Reply.id)
    for reply in session.scalars(answers):
        replies[reply.case_id].append({"at": _moment(reply.posted_at), "text": reply.text})

    def place(case: Case) -> str:
        return rooms.get((case.channel, case.room_id)) or case.room_id

    return {
        "kept_under": author,
        "messages": [
            {
                "case": case.id,
                "chat_system": case.channel,
                "room": place(case),
                "sent_at": _moment(case.sent_at),
                "text": case.text,
                "text_is_kept_until": _moment(case.retain_until),
                "times_repeated": case.repeats,
                "judged_hateful": case.hateful,
                "category": case.category,
                "severity": case.severity,
                "groups_meant": list(case.targets),
                "language": case.language,
                "score": round(case.score, 4),
                "reasons": [reason.code for reason in why(case)],
                "lane": lane_of(case),
                "status": case.status,
                "what_happened": events[case.id],
                "answers_posted": replies[case.id],
            }
            for case in cases
        ],
        "reported": [
            {"case": case.id, "chat_system": case.channel, "room": place(case)} for case in reported
        ],
    }


def erase_author(session: Session, organisation_id: int, author: str, now: datetime) -> dict[str, int]:
    """Erase an author, in the session's transaction; return what that was (see :func:`author_counts`)."""
    if author == NOBODY:
        return dict.fromkeys(author_counts(session, "-"), 0)
    counts = author_counts(session, author)
    for case in written_by(session, author):
        _forget(session, case, now)
    for case in reported_by(session, author):
        change(session, case, reporters=[who for who in case.reporters if who != author])
        order_update(session, case, now)
    remember(session, "author", author_digest(organisation_id, author))
    return counts


def author_digest(organisation_id: int, author: str) -> str:
    """Return under what the list of what was erased has an author."""
    return digest("author", organisation_id, author)


def _forget(session: Session, case: Case, now: datetime) -> None:
    cancel_pending(session, case)
    if case.status in ACTIVE:
        move(session, case, "withdraw", claimed_by=None, claim_until=None, closed_at=now, author=NOBODY)
        note(session, case, "withdrawn", now, why="erased")
    else:
        change(session, case, author=NOBODY)
        note(session, case, "author_erased", now)
    forget_text(session, case)
    case.reply_to = None
    for message in session.scalars(select(CaseMessage).where(CaseMessage.case_id == case.id)):
        message.removed = True  # it is never taken in again
    # What nobody reviewed ends with its text, as on its date; what a trainer confirmed is a hash of words and stays.
    waiting = select(DecisionRow).where(DecisionRow.case_id == case.id, DecisionRow.state == "waiting")
    change_state(session, session.scalars(waiting).all(), "expired")
    order_update(session, case, now)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
