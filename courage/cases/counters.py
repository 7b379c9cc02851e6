"""Counts of what was screened, by day and room; kept in memory and written now and then."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from datetime import date
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import reading, writing
from courage.db.models.delivery import Counter
from courage.db.scope import scope_to_every
from courage.taxonomy import FLAGS, SENSITIVITIES

Key = tuple[int, date, str, str, str]


def shadow_name(sensitivity: str, flag: str) -> str:
    """Return the name under which messages are counted that a sensitivity would have made this of (one of ``FLAGS``)."""
    return f"{sensitivity}_{flag}"


#: Names of counts that say what each sensitivity would have made of messages, whatever the room's own is.
SHADOWS: Final = frozenset(shadow_name(sensitivity, flag) for sensitivity in SENSITIVITIES for flag in FLAGS)

#: Name of the count of messages that a gateway gave up, because they could not be screened.
NOT_SCREENED: Final = "not_screened"

#: Name of the count of messages that were left unread, because more came than the organisation's limit lets through.
OVER_LIMIT: Final = "over_limit"

#: How many days the counts of what each sensitivity would have flagged are kept.
SHADOW_DAYS: Final = 90


class Counters:
    """Counts in memory; ``flush`` adds them to the database. A crash loses at most what was not flushed."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._tally: Tally[Key] = Tally()

    def add(self, organisation_id: int, day: date, channel: str, room_id: str, name: str) -> None:
        """Count one."""
        with self._lock:
            self._tally[organisation_id, day, channel, room_id, name] += 1

    @property
    def waiting(self) -> bool:
        """Whether there is anything to flush."""
        return bool(self._tally)

    def flush(self) -> None:
        """Write what was counted; if that fails, the counts stay in memory for the next time."""
        with self._lock:
            tally, self._tally = self._tally, Tally()
        if not tally:
            return
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, "messages of all organisations were counted together")
                for key, count in sorted(tally.items()):
                    self._upsert(session, key, count)
        except Exception:
            with self._lock:
                self._tally.update(tally)
            raise

    @staticmethod
    def _upsert(session: Session, key: Key, count: int) -> None:
        columns = ("organisation_id", "day", "channel", "room_id", "name")
        values = dict(zip(columns, key, strict=True))
        dialect = session.get_bind().dialect.name
        if dialect in ("sqlite", "postgresql"):
            insert = sqlite_insert if dialect == "sqlite" else postgresql_insert
            statement = insert(Counter).values(**values, count=count)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=list(columns), set_={"count": Counter.count + statement.excluded.count}
                )
            )
            return
        row = session.scalar(select(Counter).filter_by(**values))
        if row is None:
            session.add(Counter(**values, count=count))
        else:
            session.execute(update(Counter).where(Counter.id == row.id).values(count=Counter.count + count))

    def totals(self, organisation_id: int = 1, since: date | None = None) -> dict[str, int]:
        """Return the counts by name, of the database and of what is not written yet."""
        query = select(Counter.name, func.sum(Counter.count)).where(
            Counter.organisation_id == organisation_id
        )
        if since is not None:
            query = query.where(Counter.day >= since)
        with reading(self._sessions, organisation_id) as session:
            totals = {name: int(count) for name, count in session.execute(query.group_by(Counter.name))}
        with self._lock:
            for (organisation, day, _, _, name), count in self._tally.items():
                if organisation == organisation_id and (since is None or day >= since):
                    totals[name] = totals.get(name, 0) + count
        return totals
