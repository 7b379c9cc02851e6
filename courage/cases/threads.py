"""What is kept of the conversation around a case: other cases, replies that were posted, what became of messages in the chat.

Benign messages are in nobody's database, so this is never the whole conversation. It says what the desk knows by right;
:mod:`courage.cases.around` asks the chat system for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess
from courage.db.models.cases import Case, CaseEvent, CaseMessage, Reply

#: How near in time another case of the same room has to be, and how many lines there are at most before and after it.
NEAR: Final = timedelta(hours=1)
MOST: Final = 6
#: What happened to a message in the chat, as the audit trail calls it.
_IN_THE_CHAT: Final = ("withdrawn", "message_removed", "rescreened", "repeat_removed")


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One line of what is kept: ``kind`` is ``this``, ``case``, ``reply``, ``removed`` or ``edited``.

    ``case_id`` is the case that it is about. ``answered`` says that the case's message answers it, ``same_author`` that its
    author is the case's. ``text`` is that of a reply; of messages nothing is said here. ``by`` is ``author`` or
    ``moderator`` where the chat system said who removed a message.
    """

    at: datetime
    kind: str
    case_id: int
    category: str = ""
    status: str = ""
    answered: bool = False
    same_author: bool = False
    text: str = field(default="", repr=False)
    by: str = ""


class Threads:
    """Puts together what is kept around a case; a constant number of questions, however much there is."""

    def __init__(self, access: CaseAccess) -> None:
        self._access = access

    def thread(self, case_id: int, person_id: int) -> tuple[ThreadLine, ...]:
        """Return what is kept around a case, the oldest first; itself among it where there is anything else.

        :raises CaseNotFound: if there is no such case for this person.
        """
        with self._access.read(case_id, person_id) as (session, case, _):
            others = _neighbours(session, case)
            lines = [_of_case(case, other) for other in others]
            numbers = [case.id, *(other.id for other in others)]
            lines += _replies(session, numbers, besides=case.id)
            lines += _changes(session, numbers)
            if not lines:
                return ()
            lines.append(ThreadLine(case.sent_at, "this", case.id))
        return tuple(sorted(lines, key=lambda line: (line.at, line.case_id, line.kind != "this")))


def _neighbours(session: Session, case: Case) -> Sequence[Case]:
    """Return the cases of the same thread, and those near in time in the same room, the nearest ones."""
    here = and_(
        Case.organisation_id == case.organisation_id,
        Case.channel == case.channel,
        Case.room_id == case.room_id,
        Case.id != case.id,
    )
    # One question for each, as short as an index makes it: who answered, what was answered, who else answered that.
    own = session.scalars(
        select(CaseMessage.message_id).where(
            CaseMessage.organisation_id == case.organisation_id, CaseMessage.case_id == case.id
        )
    ).all()
    threads: list[ColumnElement[bool]] = [
        Case.reply_to.in_([*own, *([] if case.reply_to is None else [case.reply_to])])
    ]
    if case.reply_to is not None:
        answered = session.scalars(
            select(CaseMessage.case_id).where(
                CaseMessage.organisation_id == case.organisation_id,
                CaseMessage.channel == case.channel,
                CaseMessage.room_id == case.room_id,
                CaseMessage.message_id == case.reply_to,
            )
        ).all()
        threads.append(Case.id.in_(answered))
    # The thread first: it may be old.
    wanted: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = [
        *((one, func.abs(Case.id - case.id)) for one in threads),
        (and_(Case.sent_at <= case.sent_at, Case.sent_at >= case.sent_at - NEAR), Case.sent_at.desc()),
        (and_(Case.sent_at > case.sent_at, Case.sent_at <= case.sent_at + NEAR), Case.sent_at.asc()),
    ]
    found: dict[int, Case] = {}
    for one, ordering in wanted:
        for other in session.scalars(select(Case).where(here, one).order_by(ordering).limit(MOST)):
            found.setdefault(other.id, other)
    return list(found.values())


def _of_case(case: Case, other: Case) -> ThreadLine:
    return ThreadLine(
        other.sent_at,
        "case",
        other.id,
        category=other.category,
        status=other.status,
        answered=case.reply_to is not None and case.reply_to == other.message_id,
        same_author=bool(case.author) and case.author == other.author,
    )


def _replies(session: Session, numbers: Sequence[int], *, besides: int) -> list[ThreadLine]:
    """Return the replies that were posted; that of the case itself stands on its page."""
    query = select(Reply).where(
        Reply.case_id.in_(numbers), Reply.case_id != besides, Reply.state == "posted", Reply.text != ""
    )
    return [
        ThreadLine(reply.posted_at or reply.confirmed_at, "reply", reply.case_id, text=reply.text)
        for reply in session.scalars(query.order_by(Reply.id.desc()).limit(2 * MOST))
    ]


def _changes(session: Session, numbers: Sequence[int]) -> list[ThreadLine]:
    """Return which messages were removed or edited in the chat."""
    query = select(CaseEvent).where(CaseEvent.case_id.in_(numbers), CaseEvent.kind.in_(_IN_THE_CHAT))
    found = []
    for event in session.scalars(query.order_by(CaseEvent.id.desc()).limit(4 * MOST)):
        edited = event.kind == "rescreened" or event.data.get("why") == "edited"
        kind = "edited" if edited else "removed"
        found.append(ThreadLine(event.at, kind, event.case_id, by=str(event.data.get("by", ""))))
    return found
