"""The table of how people look after themselves: what they chose, which is nobody else's to see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.models.people import Person
from courage.db.scope import Owned


class CareChoice(Owned, Base):
    """One person's choices; who made none has no row.

    ``daily_cap`` is how many harmful messages a day they want to read at most (``None``: no limit of their own), ``muted``
    the target groups of cases that they are not offered, ``softened`` that messages are shown with words covered,
    ``country`` where help lines are named for, ``break_until`` the end of a break.
    """

    __tablename__ = "care_choices"
    __table_args__ = (UniqueConstraint("person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    daily_cap: Mapped[int | None] = mapped_column(Integer)
    muted: Mapped[list[str]] = mapped_column(JSON, default=list)
    softened: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    break_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
