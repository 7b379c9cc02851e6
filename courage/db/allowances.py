"""Limits of so many in a stretch of time, counted in the database: for every engine that shares it, and over restarts.

An engine takes a portion at a time and spends it in memory, so that most uses cost no statement. Portions get smaller as
an allowance runs out; what an engine took and did not spend is lost, never given twice.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import writing
from courage.db.locks import hold
from courage.db.models.allowances import Allowance

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
#: The largest portion is this part of an allowance, and this part of what is left of it.
_PART: Final = 20
_PART_LEFT: Final = 4


@dataclass(slots=True)
class _Portion:
    """What an engine holds: ``left`` of the stretch that began at ``since``; ``over`` says that there is no more to take."""

    since: datetime
    most: int
    left: int = 0
    over: bool = False


def beginning(now: datetime, stretch: timedelta) -> datetime:
    """Return when the stretch (a minute or a day, UTC) began in which ``now`` lies."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // stretch * stretch


class Allowances:
    """Spends allowances of organisations. Synchronous; may be called from any thread."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._portions: dict[tuple[int, str], _Portion] = {}

    def spend(
        self, organisation_id: int, subject: str, most: int, stretch: timedelta, now: datetime
    ) -> datetime | None:
        """Use one of the ``most`` of a stretch; ``None`` if that was possible, else when the next stretch begins."""
        since = beginning(now, stretch)
        with self._lock:
            portion = self._portion(organisation_id, subject, most, since)
            if portion.left > 0:
                portion.left -= 1
                return None
            if portion.over:
                return since + stretch
        taken = self._take(organisation_id, subject, most, stretch, since)
        with self._lock:
            portion = self._portion(organisation_id, subject, most, since)
            if taken == 0:
                portion.over = True
                return since + stretch
            portion.left += taken - 1
            return None

    def _portion(self, organisation_id: int, subject: str, most: int, since: datetime) -> _Portion:
        found = self._portions.get((organisation_id, subject))
        if found is None or (found.since, found.most) != (since, most):
            found = self._portions[organisation_id, subject] = _Portion(since, most)
        return found

    def _take(
        self, organisation_id: int, subject: str, most: int, stretch: timedelta, since: datetime
    ) -> int:
        with writing(self._sessions, organisation_id) as session:
            hold(session, "allowance", organisation_id, subject)
            row = session.get(Allowance, (organisation_id, subject, since))
            if row is None:
                session.execute(
                    delete(Allowance).where(
                        Allowance.organisation_id == organisation_id,
                        Allowance.subject == subject,
                        Allowance.since < since - stretch,  # another machine's clock may be a little behind
                    )
                )
                row = Allowance(organisation_id=organisation_id, subject=subject, since=since, taken=0)
                session.add(row)
            left = max(0, most - row.taken)
            portion = min(left, max(1, min(most // _PART, left // _PART_LEFT)))
            row.taken += portion
            return portion


def forget_spent(session: Session, now: datetime) -> None:
    """Delete what was used in stretches that are long over."""
    session.execute(delete(Allowance).where(Allowance.since < beginning(now, DAY) - DAY))
