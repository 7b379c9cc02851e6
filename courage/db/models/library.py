"""Tables of the library. Every row belongs to an organisation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courage.clock import utcnow
from courage.db.engine import Base
from courage.db.scope import Owned

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only plain INTEGER keys


def pack_targets(targets: tuple[str, ...] | list[str]) -> str:
    """Write targets as ``,muslims,women,`` so that SQL can look for one with LIKE."""
    return f",{','.join(targets)}," if targets else ""


def unpack_targets(packed: str) -> tuple[str, ...]:
    """Read what :func:`pack_targets` wrote."""
    return tuple(part for part in packed.split(",") if part)


class _Owned(Owned):
    """The column that every table has."""

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)


class Response(_Owned, Base):
    """A response as it is now; ``number`` is its key inside, ``id`` the slug that people see.

    ``lock`` is SQLAlchemy's version counter: it rises with every change of the row. ``revision`` is the
    library revision of the last change, by which indexes find what is new. ``text`` and ``longer`` are as readers see
    them; where they show facts, ``wording`` and ``longer_wording`` are as they were written, with placeholders, and
    ``facts_key`` names the facts.
    """

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        Index("ix_responses_organisation_id_revision", "organisation_id", "revision"),
        Index("ix_responses_organisation_id_state", "organisation_id", "state"),
        Index("ix_responses_organisation_id_text_hash", "organisation_id", "text_hash"),
        # A page of the list, and the numbers on the first page, without looking at every response.
        Index("ix_responses_newest", "organisation_id", "stands_for", "changed_at", "number"),
        Index("ix_responses_due", "organisation_id", "stands_for", "state", "review_on"),
    )

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    scope: Mapped[str] = mapped_column(String(12), default="organisation")
    version: Mapped[int] = mapped_column(Integer, default=1)
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(32))
    content_hash: Mapped[str] = mapped_column(String(32))
    search_key: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    targets_key: Mapped[str] = mapped_column(String(200), default="")
    strategy: Mapped[str] = mapped_column(String(16))
    tone: Mapped[str] = mapped_column(String(12))
    voice: Mapped[str] = mapped_column(String(12))
    length: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(
        String(24), default="counter_narrative", server_default="counter_narrative"
    )
    general: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    needs_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    for_role: Mapped[str] = mapped_column(String(12), default="", server_default="")
    longer: Mapped[str] = mapped_column(Text, default="", server_default="")
    subgroups_key: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    dialect: Mapped[str] = mapped_column(String(16), default="", server_default="")
    wording: Mapped[str] = mapped_column(Text, default="", server_default="")
    longer_wording: Mapped[str] = mapped_column(Text, default="", server_default="")
    facts_key: Mapped[str] = mapped_column(Text, default="", server_default="")
    licence: Mapped[str] = mapped_column(String(60), default="")
    translation_of: Mapped[str | None] = mapped_column(String(120), default=None)
    review_on: Mapped[date | None] = mapped_column(Date, default=None)
    author_id: Mapped[int | None] = mapped_column(Integer, default=None)
    author_name: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(200), default="")
    origin_hash: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_by_id: Mapped[int | None] = mapped_column(Integer, default=None)
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")
    revision: Mapped[int] = mapped_column(Integer, default=0)
    #: Of a row that keeps an approved text in use while its response is under review again: that response's number.
    stands_for: Mapped[int | None] = mapped_column(Key, index=True, default=None)
    #: Of a response that is under review again: the version that stays in use meanwhile.
    in_use_version: Mapped[int | None] = mapped_column(Integer, default=None)
    lock: Mapped[int] = mapped_column(Integer)

    narratives: Mapped[list[Narrative]] = relationship(
        order_by="Narrative.position", cascade="all, delete-orphan", passive_deletes=True
    )
    sources: Mapped[list[Source]] = relationship(
        order_by="Source.position", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012  # SQLAlchemy reads it from the class

    @property
    def targets(self) -> tuple[str, ...]:
        """Target groups that the response stands up for; empty means any."""
        return unpack_targets(self.targets_key)


def _response_key() -> Any:
    return mapped_column(ForeignKey("responses.number", ondelete="CASCADE"), index=True)


class Narrative(_Owned, Base):
    """A hateful narrative, in neutral wording, that a response answers."""

    __tablename__ = "response_narratives"

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    position: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)


class Source(_Owned, Base):
    """Where a fact in a response comes from."""

    __tablename__ = "response_sources"

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(Text, default="")
    year: Mapped[int | None] = mapped_column(Integer, default=None)
    locator: Mapped[str] = mapped_column(Text, default="")
    fact_id: Mapped[str] = mapped_column(String(80), default="", server_default="")


class SharedFact(_Owned, Base):
    """A fact that responses show. ``proposed`` is a newer value that waits for the approval of a second person."""

    __tablename__ = "response_facts"
    __table_args__ = (UniqueConstraint("organisation_id", "id"),)

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(Integer, default=0)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    proposed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    proposed_by_id: Mapped[int | None] = mapped_column(Integer, default=None)
    proposed_by_name: Mapped[str] = mapped_column(String(200), default="")
    proposed_at: Mapped[datetime | None] = mapped_column(default=None)
    origin: Mapped[str] = mapped_column(String(200), default="")
    origin_hash: Mapped[str] = mapped_column(String(32), default="")
    lock: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012  # SQLAlchemy reads it from the class


class SharedFactVersion(_Owned, Base):
    """A value that a fact had in use, with who proposed and who approved it. Never changed, never deleted."""

    __tablename__ = "response_fact_versions"
    __table_args__ = (UniqueConstraint("fact_number", "version"),)

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    fact_number: Mapped[int] = mapped_column(
        ForeignKey("response_facts.number", ondelete="CASCADE"), index=True
    )
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_by_name: Mapped[str] = mapped_column(String(200), default="")
    approved_by_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ResponseVersion(_Owned, Base):
    """One version of a response's content, with who wrote it, when and why. Never changed, never deleted."""

    __tablename__ = "response_versions"
    __table_args__ = (UniqueConstraint("response_number", "version"),)

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[int | None] = mapped_column(Integer, default=None)
    person_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Approval(_Owned, Base):
    """A step of a response through review: ``submitted``, ``approved``, ``rejected``, ``retired``, ``shared`` …"""

    __tablename__ = "response_approvals"

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    version: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(Integer, default=None)
    person_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Comment(_Owned, Base):
    """A remark of a trainer on a response."""

    __tablename__ = "response_comments"

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    version: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(Integer, default=None)
    person_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ResponseFeedback(_Owned, Base):
    """What happened with a suggestion: shown, chosen, edited, posted, rated, followed. No message text."""

    __tablename__ = "response_feedback"
    __table_args__ = (
        Index("ix_response_feedback_room", "organisation_id", "room", "created_at"),
        Index("ix_response_feedback_response", "organisation_id", "response_number"),
    )

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = mapped_column(ForeignKey("responses.number", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(12))
    value: Mapped[float] = mapped_column(Float, default=1.0)
    person: Mapped[str] = mapped_column(String(64), default="")
    room: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ResponseInfluence(_Owned, Base):
    """Decayed sums of one person's feedback on one response; what learning reads instead of the whole log."""

    __tablename__ = "response_influence"
    __table_args__ = (UniqueConstraint("organisation_id", "response_number", "person"),)

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    response_number: Mapped[int] = _response_key()
    person: Mapped[str] = mapped_column(String(64), default="")
    positive: Mapped[float] = mapped_column(Float, default=0.0)
    negative: Mapped[float] = mapped_column(Float, default=0.0)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
