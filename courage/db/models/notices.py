"""Tables of how people hear of the desk when it is closed: what they chose, and the browsers that may be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class NoticeChoice(Owned, Base):
    """One person's address and choices; who made none, and was not invited by e-mail, has no row.

    ``confirmed_at`` says that somebody reads the address, nothing but invitations goes to another one. ``digest`` is how
    many cases wait, ``alarm`` that a case was escalated, each by e-mail or to browsers. ``every_minutes`` is the least
    between two digests; ``quiet_from`` and ``quiet_to`` are minutes of the day in ``zone``, between which none leaves.
    ``digest_at`` and ``alarm_at`` are when the last ones were ordered.
    """

    __tablename__ = "notice_choices"
    __table_args__ = (UniqueConstraint("person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254), default="", server_default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_digest: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    mail_alarm: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    push_digest: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    push_alarm: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    every_minutes: Mapped[int] = mapped_column(Integer, default=60, server_default="60")
    quiet_from: Mapped[int | None] = mapped_column(Integer)
    quiet_to: Mapped[int | None] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    digest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PushSubscription(Owned, Base):
    """A browser of a person that may be told: where its push service takes messages, and the keys to encrypt them with.

    ``endpoint_hash`` finds a browser again that subscribes anew; it belongs to whoever did so last.
    """

    __tablename__ = "push_subscriptions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000))
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_key: Mapped[str] = mapped_column(String(120))
    auth_secret: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
