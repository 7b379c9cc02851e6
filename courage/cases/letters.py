"""What the outbox looks like from outside: letters that nobody accepted, and saying something of our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.errors import CaseError
from courage.cases.events import EventBus
from courage.cases.ports import Button
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.cases import Reply
from courage.db.models.delivery import Outbox


@dataclass(frozen=True, slots=True)
class LetterView:
    """A row of the outbox that was given up, and why."""

    id: int
    channel: str
    kind: str
    case_id: int | None
    reason: str
    attempts: int
    created_at: datetime


def _stored(button: Button) -> list[str]:
    # Rows from before buttons had keys have two parts; one that has no key is still stored like them.
    return [button.title, button.payload, *([button.key] if button.key else [])]


class Letters:
    """Shows dead letters, revives them, and orders announcements."""

    def __init__(
        self, sessions: sessionmaker[Session], *, bus: EventBus | None = None, clock: Clock = utcnow
    ) -> None:
        self._sessions = sessions
        self._bus = bus or EventBus()
        self._clock = clock

    def dead(self, organisation_id: int = 1, limit: int = 100) -> list[LetterView]:
        """Return the letters that were given up, newest first."""
        query = select(Outbox).where(Outbox.organisation_id == organisation_id, Outbox.state == "dead")
        with self._sessions() as session:
            rows = session.scalars(query.order_by(Outbox.id.desc()).limit(limit))
            return [
                LetterView(
                    row.id,
                    row.channel,
                    row.kind,
                    row.case_id,
                    row.last_error or "",
                    row.attempts,
                    row.created_at,
                )
                for row in rows
            ]

    def revive(self, letter_id: int, organisation_id: int = 1) -> None:
        """Try a dead letter again; replies are confirmed anew by the person instead.

        :raises CaseError: if there is no such dead letter, or it is a reply.
        """
        with writing(self._sessions) as session:
            row = session.get(Outbox, letter_id)
            if row is None or row.organisation_id != organisation_id or row.state != "dead":
                raise CaseError(f"there is no dead letter {letter_id}")
            if row.kind == "reply":
                raise CaseError(f"letter {letter_id} is a reply: confirm it again on case {row.case_id}")
            row.state, row.attempts, row.next_at = "pending", 0, self._clock()
        self._bus.publish("outbox")

    def say(
        self,
        channel: str,
        room_id: str,
        text: str,
        key: str,
        buttons: tuple[Button, ...] = (),
        organisation_id: int = 1,
    ) -> None:
        """Say something of our own in a desk or direct room, once for each key."""
        with writing(self._sessions) as session:
            if session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None:
                return
            session.add(
                Outbox(
                    organisation_id=organisation_id,
                    key=key,
                    lane=f"say:{channel}:{room_id}"[:120],
                    channel=channel,
                    kind="say",
                    room_id=room_id,
                    payload={"text": text, "buttons": [_stored(button) for button in buttons]},
                    next_at=self._clock(),
                    created_at=self._clock(),
                )
            )
        self._bus.publish("outbox")

    def pending_replies(self, organisation_id: int = 1) -> int:
        """Return how many replies no channel has accepted yet."""
        query = select(Reply.id).where(Reply.organisation_id == organisation_id, Reply.state == "pending")
        with self._sessions() as session:
            return len(session.scalars(query).all())
