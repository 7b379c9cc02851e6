"""Which messages of a chat system people still see the text of, so that gateways can look what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.machine import ACTIVE
from courage.db.models.cases import Case, CaseMessage
from courage.db.scope import scope_to_every


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message of which a case keeps the ``text``; ``known_at`` is since when it said that, by the chat system's clock."""

    room_id: str
    message_id: str
    known_at: datetime
    text: str = field(repr=False)


def kept_messages(sessions: sessionmaker[Session], channel: str, most: int) -> list[KeptMessage]:
    """Return the messages of a channel that are not known to be removed and whose text is kept.

    Those of cases that people may still work on come first, then the newest; at most ``most``.
    """
    with sessions() as session:
        scope_to_every(session, "a gateway reads for the whole installation")
        rows = session.execute(
            select(CaseMessage.room_id, CaseMessage.message_id, CaseMessage.text_at, Case.text)
            .join(Case, Case.id == CaseMessage.case_id)
            .where(CaseMessage.channel == channel, CaseMessage.removed.is_(False), Case.text.is_not(None))
            .order_by(case((Case.status.in_(ACTIVE), 0), else_=1), CaseMessage.id.desc())
            .limit(most)
        )
        return [KeptMessage(room, message, at, text or "") for room, message, at, text in rows]
