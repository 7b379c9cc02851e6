"""Tables of deliveries and counts; this module also gathers all tables of cases and people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.cases import (
    Case,
    CaseEvent,
    CaseMessage,
    Draft,
    Feedback,
    OfferedSuggestion,
    Reply,
)
from courage.db.models.decisions import DecisionRow
from courage.db.models.people import ChannelIdentity, LinkCode, LoginLink, Person, Room, WebSession
from courage.db.scope import Owned

__all__ = [
    "Base",
    "Case",
    "CaseEvent",
    "CaseMessage",
    "ChannelIdentity",
    "Counter",
    "DecisionRow",
    "Draft",
    "Feedback",
    "LinkCode",
    "LoginLink",
    "OfferedSuggestion",
    "Organisation",
    "Outbox",
    "Person",
    "Reply",
    "Restore",
    "Room",
    "SyncPosition",
    "WebSession",
]


class Outbox(Owned, Base):
    """One thing a channel has to do; ``key`` makes it happen once, ``lane`` keeps the order.

    ``kind`` is card, card_update, reply, say, summary, webhook, mail or push; ``state`` is pending, sent, dead or cancelled.
    The payload names rows and never carries text of a message. A row with ``held_at`` waits, and its lane with it, until
    somebody says that it may go: after a restore nobody knows whether it was sent before.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "state", "next_at"), Index("ix_outbox_lane", "lane", "state"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    lane: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    room_id: Mapped[str] = mapped_column(String(255), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey(Case.id, ondelete="CASCADE"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Restore(Base):
    """A restore of the whole installation from a backup; see ``courage.cases.deliveries.key_for_channel``."""

    __tablename__ = "restores"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    restored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Counter(Owned, Base):
    """How many messages of a day and room were screened, benign, flagged …; nothing about single messages."""

    __tablename__ = "counters"
    __table_args__ = (UniqueConstraint("organisation_id", "day", "channel", "room_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    day: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(24))
    count: Mapped[int] = mapped_column(Integer, default=0)


class SyncPosition(Owned, Base):
    """Up to where a gateway account has read its channel."""

    __tablename__ = "sync_positions"
    __table_args__ = (UniqueConstraint("organisation_id", "channel", "account"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(255))
    position: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
