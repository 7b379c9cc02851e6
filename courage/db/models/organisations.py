"""Tables about organisations: how each is set up, whose practice one is, who belongs to several."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, true
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person


class OrganisationSettings(Base):
    """How an organisation is set up; one without a row is as new ones are.

    ``slug`` is its short name in commands and at the login; ``kind`` is ``organisation``, ``practice`` (the sandbox of
    one person), ``installation`` (where those are who look after the installation), ``starter`` (the starter library that
    all but the first share) or ``erased`` (its number is never given again); ``state`` is ``active`` or ``suspended``.
    ``None`` means: as the installation's settings say, or without limit. ``readiness_gate`` says that only people who are
    marked ready get live cases; the ``refresher`` numbers, when practising again is suggested (``None``: as the file of paths
    says): after months, or after so many grave cases within so many days. ``daily_cap`` is how many harmful messages a day
    anybody may read at most. ``most_messages`` are read in a minute, ``most_bytes`` of text are kept before people are warned.
    """

    __tablename__ = "organisation_settings"

    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    slug: Mapped[str | None] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="organisation", server_default="organisation")
    state: Mapped[str] = mapped_column(String(16), default="active", server_default="active")
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str | None] = mapped_column(String(8))
    retention_days: Mapped[int | None] = mapped_column(Integer)
    signature: Mapped[str] = mapped_column(String(200), default="", server_default="")
    shared_library: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    most_rooms: Mapped[int | None] = mapped_column(Integer)
    most_messages: Mapped[int | None] = mapped_column(Integer)
    most_bytes: Mapped[int | None] = mapped_column(BigInteger)
    readiness_gate: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    daily_cap: Mapped[int | None] = mapped_column(Integer)
    refresher_months: Mapped[int | None] = mapped_column(Integer)
    refresher_hard_cases: Mapped[int | None] = mapped_column(Integer)
    refresher_days: Mapped[int | None] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class PracticeSpace(Base):
    """The organisation that is one person's practice; what happens in it is nobody else's."""

    __tablename__ = "practice_spaces"

    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), unique=True)


class Membership(Base):
    """A person of one organisation who is also one of another: ``person_id`` there, ``account_id`` here.

    Each organisation has its own row of people for them, with its own role and name; they log in as the account.
    """

    __tablename__ = "memberships"

    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
