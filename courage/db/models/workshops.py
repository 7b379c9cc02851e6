"""Tables of workshops: many people play scenarios together, led by a trainer; participants have no accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class Workshop(Owned, Base):
    """One workshop.

    ``phase`` is where it stands (:data:`courage.taxonomy.WORKSHOP_PHASES`); ``place`` the scenario of ``scenarios`` that
    is played, from 0 (-1 before the first), ``scene`` the scene, ``turn_id`` its turn. ``revision`` grows with everything
    that all participants see. ``texts_until`` is when texts and names go; figures stay.
    """

    __tablename__ = "workshops"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    scenarios: Mapped[list[str]] = mapped_column(JSON)
    phase: Mapped[str] = mapped_column(String(12), default="lobby")
    place: Mapped[int] = mapped_column(Integer, default=-1)
    scene: Mapped[str] = mapped_column(String(40), default="")
    turn_id: Mapped[int | None] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    texts_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class WorkshopParticipant(Owned, Base):
    """Somebody who takes part: a name, and the hash of what their browser holds.

    ``before`` and ``after`` are how sure they say they feel, 1 to 5, if they want to say it, ``before_words`` and ``after_words``
    the same in their own words, which only the trainer of the workshop reads.
    """

    __tablename__ = "workshop_participants"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey(Workshop.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    before: Mapped[int | None] = mapped_column(Integer)
    after: Mapped[int | None] = mapped_column(Integer)
    before_words: Mapped[str | None] = mapped_column(Text)
    after_words: Mapped[str | None] = mapped_column(Text)


class WorkshopTurn(Owned, Base):
    """One scene that everybody answered: what was shown, and with which answer the talk went on.

    ``shown`` are the ids of the answers shown, in the order of the screen; ``went`` is how it went on (``answer``,
    ``silence``, ``report``); ``reading`` is what the program read in the answer, in codes.
    """

    __tablename__ = "workshop_turns"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey(Workshop.id, ondelete="CASCADE"), index=True)
    scenario: Mapped[str] = mapped_column(String(80))
    scene: Mapped[str] = mapped_column(String(40))
    shown: Mapped[list[int]] = mapped_column(JSON, default=list)
    chosen_id: Mapped[int | None] = mapped_column(Integer)
    went: Mapped[str] = mapped_column(String(12), default="", server_default="")
    reading: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    because: Mapped[str] = mapped_column(Text, default="", server_default="")
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class WorkshopAnswer(Owned, Base):
    """What a participant wrote in a turn; the newest ``number`` of their browser counts, however often it is sent.

    ``late`` answers came when the talk had gone on: they are kept and count, but are not shown.
    """

    __tablename__ = "workshop_answers"
    __table_args__ = (UniqueConstraint("turn_id", "participant_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey(WorkshopTurn.id, ondelete="CASCADE"))
    participant_id: Mapped[int] = mapped_column(
        ForeignKey(WorkshopParticipant.id, ondelete="CASCADE"), index=True
    )
    text: Mapped[str | None] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class WorkshopVote(Owned, Base):
    """The one answer of a turn that a participant finds most helpful; changeable until voting is closed."""

    __tablename__ = "workshop_votes"
    __table_args__ = (
        UniqueConstraint("turn_id", "participant_id"),
        Index("ix_workshop_votes_answer", "answer_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey(WorkshopTurn.id, ondelete="CASCADE"))
    participant_id: Mapped[int] = mapped_column(
        ForeignKey(WorkshopParticipant.id, ondelete="CASCADE"), index=True
    )
    answer_id: Mapped[int] = mapped_column(ForeignKey(WorkshopAnswer.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
