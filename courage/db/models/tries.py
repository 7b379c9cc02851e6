"""Table of tries to log in, so that their limits hold over restarts and at every engine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from courage.db.engine import Base, UtcDateTime


class LoginTry(Base):
    """A try that failed or is under way, once for each ``subject`` that it counts for, or a login that succeeded.

    ``subject`` is a keyed hash of a name, an address or both: neither is stored. The installation's, of no organisation.
    """

    __tablename__ = "login_tries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UsedTicket(Base):
    """A ticket of a login (:mod:`courage.people.tickets`) that is good no more; the installation's, of no organisation."""

    __tablename__ = "used_tickets"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
