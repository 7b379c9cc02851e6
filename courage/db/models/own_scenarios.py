"""Scenarios that an organisation's trainers wrote themselves, with every version of their text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class OwnScenario(Owned, Base):
    """A scenario as it is written (``text``, YAML, perhaps half done) and as it is offered (``offered``, checked).

    ``revision`` counts its versions, ``offered_revision`` says which is offered. ``exercise_id`` is the id by which runs
    know it, from the first time that it is offered; ``title`` and ``language`` are those of the text as far as one can
    read it. ``retired`` ones are not offered any more.
    """

    __tablename__ = "own_scenarios"
    __table_args__ = (UniqueConstraint("organisation_id", "exercise_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    title: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    exercise_id: Mapped[str | None] = mapped_column(String(80))
    offered: Mapped[str | None] = mapped_column(Text)
    offered_revision: Mapped[int | None] = mapped_column(Integer)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))


class OwnScenarioVersion(Owned, Base):
    """One version of the text of an own scenario, and who saved it."""

    __tablename__ = "own_scenario_versions"
    __table_args__ = (UniqueConstraint("scenario_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey(OwnScenario.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
