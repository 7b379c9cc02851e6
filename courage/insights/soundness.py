"""Whether the database can be read: looked at anew now and then, from the disk and not from what is remembered of it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

#: Seconds for which an answer holds: a look through a hundred megabytes takes a fraction of one.
EVERY: Final = 60.0
_DAMAGED: Final = "the database is damaged: stop, and restore a backup (see docs/operations.md)"
_UNREADABLE: Final = "the database cannot be read; see the log"


class Soundness:
    """Looks through the database, at most once in ``every`` seconds; may be asked from any thread."""

    def __init__(
        self, engine: Engine, *, every: float = EVERY, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._every = every
        self._now = now
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._trouble: str | None = None

    def trouble(self) -> str | None:
        """Return in words what is wrong with the database, ``None`` if nothing is."""
        with self._lock:
            if (now := self._now()) >= self._next:
                begun = time.monotonic()
                self._trouble = self._look()
                took = time.monotonic() - begun
                self._next = now + max(self._every, 100 * took)
            return self._trouble

    def _look(self) -> str | None:
        try:
            if self._engine.dialect.name == "sqlite":
                return self._look_sqlite(Path(self._engine.url.database or ""))
            with self._engine.connect() as connection:
                connection.execute(text("SELECT count(*) FROM organisations"))
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            # Damage at some places keeps even the check from going on.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
                sqlite3.SQLITE_CORRUPT,
                sqlite3.SQLITE_NOTADB,
            ):
                log.error("the database is damaged")
                return _DAMAGED
            log.error("the database cannot be read: %s", type(error).__name__)
            return _UNREADABLE
        return None

    @staticmethod
    def _look_sqlite(path: Path) -> str | None:
        if not path.is_file():
            log.error("the database is gone")
            return "the database's file is gone: stop, and restore a backup (see docs/operations.md)"
        # A connection of its own reads the file; those at work would answer from their memory.
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        ) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found == "ok":
            return None
        log.error("the database is damaged")  # what it says may quote what stands there
        return _DAMAGED
