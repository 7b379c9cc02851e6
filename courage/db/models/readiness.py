"""The table of who was said to be ready for live cases, and of the gate being opened and shut."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class ReadinessEvent(Owned, Base):
    """One decision, which nothing changes afterwards.

    ``kind`` is ``ready`` or ``not_ready`` (of ``person_id``), ``gate_on`` or ``gate_off`` (of the organisation). ``how``
    says who decided: ``person`` (``by_id``), ``first`` (the first trainer or admin, for whom nobody can decide),
    ``upgrade`` (who answered before there was a gate) or ``installation`` (whoever looks after it, on the command line).
    ``role`` is the one that the person had then.
    """

    __tablename__ = "readiness_events"
    __table_args__ = (Index("ix_readiness_person", "organisation_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    how: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(16), default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
