"""What an organisation uses of what it may use: rooms, messages a minute, kept text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import add
from typing import Final

from sqlalchemy import LargeBinary, Text, cast, func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.counters import OVER_LIMIT
from courage.clock import Clock, utcnow
from courage.db.engine import reading
from courage.db.models.delivery import Counter
from courage.db.models.people import Room
from courage.db.scope import scope_to_every
from courage.people.erasing import owned_tables
from courage.people.organisations import Organisations, OrganisationView

#: From this part of the space for texts on people are warned.
NEAR: Final = 0.8
#: For so many days back it is said how many messages were left unread, today included.
DAYS: Final = 7
#: What is text to the database and to nobody else.
_NO_TEXTS: Final = frozenset({"sync_positions"})
#: How long a sum of bytes is believed, in seconds: it takes a look at every text.
_FRESH: Final = 60.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used and what may be; ``None`` of a limit: there is none.

    ``left_unread`` are messages of the last ``DAYS`` days that came faster than the limit lets through and could not
    wait; ``kept_bytes`` is the size in UTF-8 of all texts that are kept.
    """

    rooms: int
    most_rooms: int | None
    most_messages: int | None
    left_unread: int
    kept_bytes: int
    most_bytes: int | None

    @property
    def share(self) -> float:
        """How much of the space for texts is used, 0 to 1 and above."""
        return self.kept_bytes / self.most_bytes if self.most_bytes else 0.0

    @property
    def near(self) -> bool:
        """Whether people are to be warned of the space for texts."""
        return self.share >= NEAR

    def troubles(self, waiting: int = 0) -> list[str]:
        """Return in words what a limit keeps from being done, or soon will; mostly nothing.

        :param waiting: how many messages wait at this engine.
        """
        found = []
        if waiting:
            found.append(f"{waiting} messages wait, more than {self.most_messages} a minute come")
        if self.left_unread:
            found.append(f"{self.left_unread} messages of {DAYS} days were left unread")
        if self.near and self.most_bytes:
            found.append(
                f"{self.share:.0%} of {self.most_bytes / 1e6:,.0f} MB for texts are used; nothing is deleted for it"
            )
        return found


class Usages:
    """Reads what organisations use. Synchronous; may be called from any thread.

    :param timer: seconds that pass.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        organisations: Organisations,
        *,
        clock: Clock = utcnow,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._organisations = organisations
        self._clock = clock
        self._timer = timer
        self._lock = threading.Lock()
        self._bytes: tuple[float | None, dict[int, int]] = (None, {})

    def limited(self) -> list[OrganisationView]:
        """Return the organisations that have a limit of messages or of kept text."""
        return [
            v for v in self._organisations.list() if v.most_messages is not None or v.most_bytes is not None
        ]

    def of(self, view: OrganisationView) -> Usage:
        """Return what an organisation uses; the size of its texts is at most a minute old."""
        since = (self._clock() - timedelta(days=DAYS - 1)).date()
        kept = self._kept(view.id)
        with reading(self._sessions, view.id) as session:
            rooms = session.scalar(
                select(func.count()).where(Room.organisation_id == view.id, Room.kind == "group", Room.active)
            )
            unread = session.scalar(
                select(func.sum(Counter.count)).where(
                    Counter.organisation_id == view.id, Counter.name == OVER_LIMIT, Counter.day >= since
                )
            )
        return Usage(rooms or 0, view.most_rooms, view.most_messages, int(unread or 0), kept, view.most_bytes)

    def _kept(self, organisation_id: int) -> int:
        now = self._timer()
        with self._lock:
            at, known = self._bytes
        if at is None or now - at >= _FRESH:
            known = self._sums()
            with self._lock:
                self._bytes = (now, known)
        return known.get(organisation_id, 0)

    def _sums(self) -> dict[int, int]:
        """Return the bytes of all texts by organisation; of each table in one statement."""
        found: dict[int, int] = {}
        with self._sessions() as session:
            scope_to_every(session, "one statement for all organisations, sums alone")
            sqlite = session.get_bind().dialect.name == "sqlite"
            for table in owned_tables():
                texts = [c for c in table.c if isinstance(c.type, Text) and not c.name.endswith("_key")]
                if not texts or table.name in _NO_TEXTS:
                    continue
                # SQLite counts characters of a text, and bytes of what is no text.
                sizes = [func.length(cast(c, LargeBinary)) if sqlite else func.octet_length(c) for c in texts]
                total = reduce(add, (func.coalesce(func.sum(size), 0) for size in sizes))
                for whose, size in session.execute(
                    select(table.c.organisation_id, total).group_by(table.c.organisation_id)
                ):
                    found[whose] = found.get(whose, 0) + int(size)
        return found
