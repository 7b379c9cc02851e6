"""Leases: what only one of several engines may do at a time, each for some seconds, renewed while it lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.engine import writing
from courage.db.models.leases import Lease
from courage.db.scope import scope_to_every

#: How long a lease lasts that nobody renews: how long nobody does the work when an engine dies.
LASTS: Final = timedelta(seconds=10)
_WHOSE: Final = "leases are the installation's"


class Leases:
    """Takes, renews and gives back leases for one holder; synchronous and thread-safe.

    Time is the database's where that has one of its own, so that machines whose clocks differ agree.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        holder: str,
        *,
        lasts: timedelta = LASTS,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._sessions = sessions
        self.holder = holder
        self.lasts = lasts
        self._clock = clock

    def take(self, name: str) -> bool:
        """Take a lease that is free or renew one's own; ``False`` while somebody else holds it."""
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, _WHOSE)
                now = self._now(session)
                mine = session.execute(
                    update(Lease)
                    .where(Lease.name == name, or_(Lease.holder == self.holder, Lease.until <= now))
                    .values(holder=self.holder, until=now + self.lasts)
                )
                assert isinstance(mine, CursorResult)
                if mine.rowcount:
                    return True
                if session.get(Lease, name) is not None:
                    return False
                session.add(Lease(name=name, holder=self.holder, until=now + self.lasts))
            return True
        except IntegrityError:
            return False  # two took it for the first time at the same moment

    def give_back(self, name: str) -> None:
        """Let others take it at once; nothing happens if it is not one's own any more."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(delete(Lease).where(Lease.name == name, Lease.holder == self.holder))

    def holder_of(self, name: str) -> str | None:
        """Return who holds a lease now; ``None`` if nobody does."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            now = self._now(session)
            return session.scalar(select(Lease.holder).where(Lease.name == name, Lease.until > now))

    def _now(self, session: Session) -> datetime:
        if self._clock is not None:
            return self._clock()
        if session.get_bind().dialect.name != "postgresql":
            return utcnow()
        moment = session.scalar(select(func.clock_timestamp()))
        assert isinstance(moment, datetime)
        return moment.astimezone(UTC)
