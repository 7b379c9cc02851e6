"""Replies that a channel has not accepted yet, and whether anybody is there to accept them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.deliveries import failed
from courage.cases.errors import ChannelNotServed
from courage.cases.ledger import pending_reply
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox


class PendingReplies:
    """Knows the channels that are served.

    :param channels: their names; a live collection is asked anew each time.
    """

    def __init__(self, channels: Collection[str]) -> None:
        self._channels = channels

    @property
    def channels(self) -> list[str]:
        """The names of the channels that are served now."""
        return sorted(self._channels)

    def require_served(self, channel: str, what: str) -> None:
        """Let pass what goes to a channel that is served.

        :raises ChannelNotServed: naming the channel, ``what`` was not sent, and the channels that are served.
        """
        if channel not in self._channels:
            raise ChannelNotServed(channel, what, self.channels)

    def on_its_way(self, session: Session, case: Case, now: datetime) -> Reply | None:
        """Return the reply of a case that its channel has still to accept, or ``None``.

        A reply that waits for a channel which nobody serves is given up here, so that it does not hold the case for
        ever; one that another process is handing over just now still counts as on its way.
        """
        reply = pending_reply(session, case.id)
        if reply is None or case.channel in self._channels:
            return reply
        rows = session.scalars(
            select(Outbox).where(Outbox.case_id == case.id, Outbox.kind == "reply", Outbox.state == "pending")
        ).all()
        if any(row.leased_until is not None and row.leased_until > now for row in rows):
            return reply
        for row in rows:
            failed(session, row, str(ChannelNotServed(case.channel, "the reply", self.channels)), now)
        session.flush()
        session.refresh(case)
        return pending_reply(session, case.id)
