"""What a browser holds between two steps of a login, sealed: whose password was right, which challenge was given.

Nothing is kept for a step that was begun, so nobody fills memory or the database by beginning many, any engine can go on
with what another began, and a restart forgets nothing. What was used is noted, so that nothing is good twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.tries import UsedTicket
from courage.db.scope import scope_to_every
from courage.people.errors import CannotUnseal
from courage.people.sealing import MARK, Seal

#: How long a ticket is good.
LIFE: Final = timedelta(minutes=5)
_LONGEST: Final = 4_000
_WHOSE: Final = "a ticket is used before it is known whose it is"


class Tickets:
    """Gives tickets, reads them and uses them up. Synchronous and thread-safe.

    :param seal: encrypts what a ticket says; ``None``: with a key of this process, so only this one can read them.
    """

    def __init__(
        self, sessions: sessionmaker[Session], seal: Seal | None = None, *, clock: Clock = utcnow
    ) -> None:
        self._sessions = sessions
        self._seal = seal or Seal(secrets.token_bytes(32), "tickets")
        self._clock = clock

    def give(self, purpose: str, says: Mapping[str, Any], life: timedelta = LIFE) -> str:
        """Return a ticket that says this to whoever reads it here for the same purpose, and to nobody else."""
        until = int((self._clock() + life).timestamp())
        ticket = {"id": secrets.token_hex(16), "until": until, "says": dict(says)}
        text = json.dumps(ticket, separators=(",", ":"))
        return self._seal.close(text, purpose).removeprefix(MARK).rstrip("=")

    def read(self, purpose: str, ticket: str) -> dict[str, Any] | None:
        """Return what a ticket says; ``None`` if it is none of ours, for something else, or too old."""
        found = self._opened(purpose, ticket)
        return None if found is None else found[0]

    def use(self, purpose: str, ticket: str) -> dict[str, Any] | None:
        """Return what a ticket says and use it up; ``None`` as :meth:`read`, or if it was used before, at any engine."""
        found = self._opened(purpose, ticket)
        if found is None:
            return None
        says, until, number = found
        # By its number: what is sealed can be written in more ways than one.
        digest = sha256(f"{purpose}\0{number}".encode()).hexdigest()
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, _WHOSE)
                session.add(UsedTicket(digest=digest, until=until))
        except IntegrityError:
            return None
        return says

    def _opened(self, purpose: str, ticket: str) -> tuple[dict[str, Any], datetime, str] | None:
        if not ticket.isascii() or len(ticket) > _LONGEST:
            return None
        try:
            found = json.loads(self._seal.open(MARK + ticket + "=" * (-len(ticket) % 4), purpose))
        except CannotUnseal:
            return None
        now = self._clock()
        until = datetime.fromtimestamp(found["until"], tz=now.tzinfo)
        return (found["says"], until, found["id"]) if until > now else None


def forget_used(session: Session, now: datetime) -> None:
    """Delete what was noted of tickets that are too old by now."""
    session.execute(delete(UsedTicket).where(UsedTicket.until <= now - LIFE))
