"""The table of proposals: what other programs say a text should have been judged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.access import ApiKey
from courage.db.models.people import Person
from courage.db.scope import Owned


class Proposal(Owned, Base):
    """One program's disagreement with a verdict; it has no effect until a trainer confirms it.

    ``decision`` is ``not_hate`` or ``missed``; ``state`` is ``waiting``, ``confirmed`` (in force) or ``rejected``.
    The text is kept until ``retain_until``; the hashes stay with what was confirmed. ``revision`` is the
    organisation's ``decisions_revision`` at the last change.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        Index("ix_proposal_revision", "organisation_id", "revision"),
        Index("ix_proposal_exact", "organisation_id", "exact"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    api_key_id: Mapped[int] = mapped_column(ForeignKey(ApiKey.id), index=True)
    text: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    score: Mapped[float] = mapped_column(Float)
    severity: Mapped[int] = mapped_column(Integer, default=0)
    decision: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    exact: Mapped[str] = mapped_column(String(32))
    simhash: Mapped[str] = mapped_column(String(16))
    words: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    retain_until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
