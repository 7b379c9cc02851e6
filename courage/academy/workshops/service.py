"""Workshops put together: what trainers lead, what participants do, who took part."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from courage.academy.figures import TrainingFigures, figures, years
from courage.academy.shelf import Shelf
from courage.academy.workshops.attendance import Attendance, attendance
from courage.academy.workshops.leading import Leading, Reader
from courage.academy.workshops.taking_part import TakingPart
from courage.cases.events import EventBus
from courage.cases.workshop_texts import KEEP
from courage.clock import Clock, utcnow


class Workshops:
    """Both sides of workshops under one name; each is a part of its own."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        shelf: Shelf,
        reader: Reader,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self.shelf = shelf
        self.leading = Leading(sessions, shelf, reader, bus=bus, clock=clock, keep=KEEP)
        self.guests = TakingPart(sessions, shelf, bus=bus, clock=clock)

    def attendance(self, workshop_id: int, organisation_id: int) -> Attendance:
        """Return who took part in a workshop.

        :raises NoSuchWorkshop: if there is no such workshop in the organisation.
        """
        return attendance(self._sessions, self.shelf, workshop_id, organisation_id)

    def figures(
        self,
        organisation_id: int | None,
        year: int | None = None,
        *,
        between: tuple[datetime, datetime] | None = None,
    ) -> TrainingFigures:
        """Return the figures of training of an organisation, ``None``: of all together; of a year, or between two moments."""
        return figures(self._sessions, organisation_id, year, between=between)

    def years(self, organisation_id: int | None) -> list[int]:
        """Return the years of which there are figures, the latest first."""
        return years(self._sessions, organisation_id)
