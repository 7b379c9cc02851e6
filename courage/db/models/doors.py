"""Tables of the ways in beside password and link: passkeys, accounts elsewhere, and what happened to the ways in of a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courage.clock import utcnow
from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class Passkey(Owned, Base):
    """A passkey (WebAuthn credential) of a person: its public key, which opens nothing by itself.

    ``credential`` is its id as base64url, ``credential_hash`` what it is found by. ``user_handle`` is how authenticators
    call the person, random and the same for all of theirs. ``rp_id`` is the host that it was made for: it works at no
    other. ``synced`` says that it may be on several devices, which then do not count uses together.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    credential: Mapped[str] = mapped_column(Text)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    user_handle: Mapped[str] = mapped_column(String(88))
    rp_id: Mapped[str] = mapped_column(String(255))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    synced: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DoorEvent(Owned, Base):
    """Something that happened to the ways in of a person: ``kind`` says what, ``name`` to which of them.

    What people do themselves and what the command line does is told apart by the kind.
    """

    __tablename__ = "door_events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class ProviderAccount(Owned, Base):
    """An account at the provider of logins (OpenID Connect) that opens a person's account here.

    ``issuer`` and ``subject`` say whose it is, for good; ``name`` is only what it was called when it was linked.
    """

    __tablename__ = "provider_accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
