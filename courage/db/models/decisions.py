"""The table of what people decided about texts: hashes only, the text stays with its case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.cases import Case
from courage.db.models.people import Person
from courage.db.scope import Owned


class DecisionRow(Owned, Base):
    """One person's decision on the text of one case.

    ``decision`` is ``not_hate`` or ``missed``; ``state`` is ``waiting`` and ``confirmed`` (both are in force),
    ``rejected``, ``withdrawn`` (taken back) or ``expired`` (its text was purged before a trainer had read it).
    ``revision`` is the organisation's ``decisions_revision`` at the last change: who has seen revision n reads only
    what is above it.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("organisation_id", "case_id", "person_id", "exact"),
        Index("ix_decision_revision", "organisation_id", "revision"),
        Index("ix_decision_exact", "organisation_id", "exact"),
        # Texts of a state, each once, without looking at every decision.
        Index("ix_decision_texts", "organisation_id", "state", "exact", "decision"),
        Index("ix_decision_latest", "organisation_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    decision: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    exact: Mapped[str] = mapped_column(String(32))
    simhash: Mapped[str] = mapped_column(String(16))
    words: Mapped[int] = mapped_column(Integer)
    severity: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
