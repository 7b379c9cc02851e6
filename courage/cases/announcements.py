"""Saying something of our own in a desk or direct room, through the outbox."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.events import EventBus
from courage.cases.pending_replies import PendingReplies
from courage.cases.ports import Button
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.db.scope import every


def _stored(button: Button) -> list[str]:
    # Rows from before buttons had keys have two parts; one that has no key is still stored like them.
    return [button.title, button.payload, *([button.key] if button.key else [])]


class Announcements:
    """Orders what the assistant says without being asked; ``pending`` knows the channels that are served."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        pending: PendingReplies,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._pending = pending
        self._bus = bus or EventBus()
        self._clock = clock

    def say(
        self,
        channel: str,
        room_id: str,
        text: str,
        key: str,
        buttons: tuple[Button, ...] = (),
        organisation_id: int = 1,
    ) -> None:
        """Say something in a desk or direct room, once for each key.

        :raises ChannelNotServed: if nobody is there who could say it.
        """
        self._pending.require_served(channel, "the announcement")
        now = self._clock()
        with writing(self._sessions, organisation_id) as session:
            with every(session, "a key is used once, whoever used it"):
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
                    next_at=now,
                    created_at=now,
                )
            )
        self._bus.publish("outbox")
