"""Tables of people, their accounts in channels, the rooms, and how people log in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.scope import Owned


class Person(Owned, Base):
    """Somebody who works on cases or on the library.

    ``second_factor`` is the secret of their authenticator, sealed (:mod:`courage.people.sealing`), ``second_factor_step``
    the step of time of the last code that they used: none is good twice. ``ready_since`` is when they were last marked
    ready for live cases (``None``: they are not); who said so is in ``readiness_events``. Of who is erased
    (``erased_at``) the row alone stays, without a name and without access, because what they did for the organisation
    hangs on it.
    """

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # SQLite looks at no length, and to change one there would write the whole table anew.
    second_factor: Mapped[str | None] = mapped_column(String(200).with_variant(String(64), "sqlite"))
    second_factor_step: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    ready_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Owned, Base):
    """A code that stands in for the second factor once; only a hash of it is kept, and that until it is used."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


class ChannelIdentity(Owned, Base):
    """One account of a person in a channel, such as a Matrix user id."""

    __tablename__ = "channel_identities"
    __table_args__ = (UniqueConstraint("organisation_id", "channel", "user_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(255))


class Room(Owned, Base):
    """A room of a channel: ``kind`` is ``group``, ``desk`` or ``direct``.

    ``narratives`` says whether a narrative opens a case there; ``None``: as the sensitivity has it. ``desk_language`` is
    set where people made it a desk room of their organisation: for cases in one language, or for all (empty).
    ``card_seen_at`` is when somebody said that a test card came to the desk room, ``notice_at`` when somebody said that the
    notice for members stands in the group room.
    """

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("organisation_id", "channel", "room_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(8), default="group")
    name: Mapped[str] = mapped_column(String(255), default="")
    sensitivity: Mapped[str] = mapped_column(String(16), default="balanced")
    narratives: Mapped[bool | None] = mapped_column(Boolean)
    desk_language: Mapped[str | None] = mapped_column(String(8))
    card_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class LoginLink(Owned, Base):
    """A one-time login link; only a hash of its token is kept."""

    __tablename__ = "login_links"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebSession(Owned, Base):
    """A session of the web desk; only a hash of its token is kept.

    ``kind`` says how it came to be: ``password``, ``link`` (a one-time login link) or ``token`` (made for a program, in the
    session ``parent_id``, with which it ends).
    """

    __tablename__ = "web_sessions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(8), default="password", server_default="password")
    name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    parent_id: Mapped[int | None] = mapped_column(Integer)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkCode(Owned, Base):
    """A one-time code by which a person says in a chat which account is theirs; only a hash of it is kept."""

    __tablename__ = "link_codes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
