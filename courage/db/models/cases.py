"""Tables of a case and of everything that hangs on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class Case(Owned, Base):
    """One flagged or reported message and all that happens to it; its number is ``id``."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("organisation_id", "channel", "room_id", "message_id"),
        Index("ix_case_queue", "organisation_id", "status", "severity"),
        Index("ix_case_digest", "organisation_id", "author", "text_digest"),
        Index("ix_case_lanes", "organisation_id", "status", "route", "language", "severity"),
        Index("ix_case_room_time", "organisation_id", "channel", "room_id", "sent_at"),
        # When the same author wrote there again, without looking at the cases themselves.
        Index(
            "ix_case_author_time",
            "organisation_id",
            "author",
            "channel",
            "room_id",
            "opened_at",
            "hateful",
            "status",
            "route",
        ),
        Index("ix_case_thread", "organisation_id", "channel", "room_id", "reply_to"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(255))
    message_id: Mapped[str] = mapped_column(String(255))
    reply_to: Mapped[str | None] = mapped_column(String(255))
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)
    text_digest: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), default="open")
    version: Mapped[int] = mapped_column(Integer, default=1)
    hateful: Mapped[bool] = mapped_column(Boolean)
    category: Mapped[str] = mapped_column(String(24))
    severity: Mapped[int] = mapped_column(Integer)
    targets: Mapped[list[str]] = mapped_column(JSON, default=list)
    subgroups: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    language: Mapped[str] = mapped_column(String(8))
    score: Mapped[float] = mapped_column(Float)
    route: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    repeats: Mapped[int] = mapped_column(Integer, default=1)
    reporters: Mapped[list[str]] = mapped_column(JSON, default=list)
    carded: Mapped[bool] = mapped_column(Boolean, default=True)
    card_ref: Mapped[str | None] = mapped_column(String(255))
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    carded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retain_until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class CaseMessage(Owned, Base):
    """A message that belongs to a case: the first one, and repeats of it by the same author."""

    __tablename__ = "case_messages"
    __table_args__ = (UniqueConstraint("organisation_id", "channel", "room_id", "message_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(255))
    message_id: Mapped[str] = mapped_column(String(255))
    removed: Mapped[bool] = mapped_column(Boolean, default=False)
    text_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseEvent(Owned, Base):
    """The audit trail of a case: who did what and when, never any text of a message."""

    __tablename__ = "case_events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class OfferedSuggestion(Owned, Base):
    """A response that was offered for a case; ``round`` counts the times suggestions were asked for.

    ``parts`` is what its score was made of at that moment, so that ranking can learn from what was chosen.
    """

    __tablename__ = "offered_suggestions"
    __table_args__ = (UniqueConstraint("case_id", "round", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    round: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    response_id: Mapped[str] = mapped_column(String(120))
    strategy: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    score: Mapped[float] = mapped_column(Float)
    parts: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    translated_from: Mapped[str | None] = mapped_column(String(8))
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Draft(Owned, Base):
    """One version of what a person is about to post; versions are never changed, only followed."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("case_id", "version"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    version: Mapped[int] = mapped_column(Integer)
    response_id: Mapped[str | None] = mapped_column(String(120))
    base_text: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    edited_ratio: Mapped[float] = mapped_column(Float, default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class UnsentText(Owned, Base):
    """What a person has in the box of a case and has not sent on yet; goes when they post, or the message goes.

    ``before`` is what stood there until a suggestion or another device's text took its place, so that it can be brought
    back. ``revision`` grows with each change of the text, ``device`` is the page that wrote it (empty: the program did), and
    ``turn`` which of that page's states of the text it is.
    """

    __tablename__ = "unsent_texts"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    text: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    device: Mapped[str] = mapped_column(String(32), default="", server_default="")
    turn: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Reply(Owned, Base):
    """What a person confirmed for posting; ``state`` is pending, posted, failed or cancelled."""

    __tablename__ = "replies"
    __table_args__ = (UniqueConstraint("case_id", "draft_version"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    draft_version: Mapped[int] = mapped_column(Integer)
    response_id: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    edited_ratio: Mapped[float] = mapped_column(Float, default=0.0)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    failure: Mapped[str | None] = mapped_column(String(300))
    posted_ref: Mapped[str | None] = mapped_column(String(255))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Feedback(Owned, Base):
    """What people decided about a verdict before there were decisions: ``label`` is ``hate`` or ``not_hate``.

    Nothing writes or reads it any more (see ``DecisionRow``); the table stays because it may hold rows.
    """

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("case_id", "label"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    label: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
