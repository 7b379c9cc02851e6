"""Table of what was used of what may be used in a stretch of time, so that limits hold at every engine and over restarts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from courage.db.engine import Base, Organisation, UtcDateTime
from courage.db.scope import Owned


class Allowance(Owned, Base):
    """How much of ``subject`` engines have taken of an organisation's allowance in the stretch that began at ``since``."""

    __tablename__ = "allowances"

    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    taken: Mapped[int] = mapped_column(Integer, default=0)
