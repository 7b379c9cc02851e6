"""The table of what was done at people's wish with what is kept about them: given out, erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class DataRequest(Owned, Base):
    """One export or erasure; nothing says whose where it was an author's.

    ``kind`` is ``export`` or ``erase``; ``subject`` is ``author`` (somebody who wrote in a group room) or ``person``
    (somebody of the desk, ``person_id``). ``counts`` are rows by what they are. ``by_id`` ``None``: whoever looks after
    the installation, on the command line.
    """

    __tablename__ = "data_requests"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
