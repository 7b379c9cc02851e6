"""Tables of the academy: runs of scenarios and exercises, their turns, drills in chat, and feedback that is disputed.

Runs belong to the practice space of the person who practises (:mod:`courage.people.practice`), so that nothing of them
stands beside live data. A dispute belongs to the person's real organisation: it is what they chose to show its trainers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class Drill(Owned, Base):
    """One person's run of an exercise (``kind`` is one of ``EXERCISES``).

    ``scene`` is where a scenario stands. ``state`` is ``under_way``, ``ended`` (it came to its end, with ``outcome``) or
    ``left``. ``shown`` says that the person asked to see harmful texts of this run at once.
    """

    __tablename__ = "drills"
    __table_args__ = (Index("ix_drills_of_person", "person_id", "exercise_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[str] = mapped_column(String(16))
    exercise_id: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    scene: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(16), default="under_way")
    outcome: Mapped[str | None] = mapped_column(String(16))
    shown: Mapped[bool] = mapped_column(Boolean, default=False)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DrillTurn(Owned, Base):
    """One reply or answer of a run, counted from 1: what was read in it and said about it, as codes and values.

    ``reply`` is the person's own text (``None`` for buttons and choices), ``reading`` and ``feedback`` are JSON as
    :mod:`courage.academy.records` writes it, ``because`` is the scenario's sentence.
    """

    __tablename__ = "drill_turns"
    __table_args__ = (UniqueConstraint("drill_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    drill_id: Mapped[int] = mapped_column(ForeignKey(Drill.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    scene: Mapped[str] = mapped_column(String(40), default="")
    reply: Mapped[str | None] = mapped_column(Text)
    reading: Mapped[dict[str, Any]] = mapped_column(JSON)
    feedback: Mapped[dict[str, Any]] = mapped_column(JSON)
    because: Mapped[str] = mapped_column(Text, default="")
    next_scene: Mapped[str] = mapped_column(String(40), default="")
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class DrillChat(Owned, Base):
    """A direct conversation in which somebody practises: what was offered by number, or the run that is under way."""

    __tablename__ = "drill_chats"
    __table_args__ = (UniqueConstraint("person_id", "channel", "room_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    channel: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(255))
    offered: Mapped[list[str]] = mapped_column(JSON)
    drill_id: Mapped[int | None] = mapped_column(ForeignKey(Drill.id, ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class DrillDispute(Owned, Base):
    """Feedback that somebody sees differently, shown to the trainers of their organisation with their consent.

    Nothing points to the run: what the person chose to show stands here (``reply``, ``grades``, ``words``), until
    ``retain_until``. ``state`` is ``open`` or ``answered``.
    """

    __tablename__ = "drill_disputes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    exercise_id: Mapped[str] = mapped_column(String(80))
    scene: Mapped[str] = mapped_column(String(40))
    turn: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(8))
    reply: Mapped[str] = mapped_column(Text)
    grades: Mapped[dict[str, str]] = mapped_column(JSON)
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retain_until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
