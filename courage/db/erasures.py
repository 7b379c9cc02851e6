"""The list of what was erased and whose access was taken away: kept beside the database, so that no backup rolls it back.

A restored backup brings back what was there when it was made. What people erased since, this list takes away again. It
holds digests and numbers, never a text, a name or an address of a room.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Session

from courage.clock import utcnow
from courage.db.scope import ScopedSession
from courage.errors import DatabaseError

FILE: Final = "erasures.jsonl"
#: ``message``: its text; ``organisation``: all it owned; ``practice``: one person's; ``drill``: a run of the academy;
#: ``person_off``, ``person_on``: access; ``key``: an API key that was revoked; ``participant``: somebody who left a
#: workshop with all that they wrote; ``author``: somebody who wrote in a group room; ``person``: somebody of the desk;
#: ``mail_off``: somebody who wants no mails any more; ``passkey``: one that was taken away, by the hash of its id;
#: ``account``: one at the provider of logins that was unlinked.
KINDS: Final = (
    "message",
    "organisation",
    "practice",
    "drill",
    "person_off",
    "person_on",
    "key",
    "participant",
    "author",
    "person",
    "mail_off",
    "passkey",
    "account",
)
_JOURNAL: Final = "courage_erasures"
_WAITING: Final = "courage_erasures_waiting"


@dataclass(frozen=True, slots=True)
class Erased:
    """One line of the list: ``what`` is the digest of whatever it was, see :func:`digest`."""

    kind: str
    what: str
    at: datetime


def digest(*parts: object) -> str:
    """Return the digest under which a thing is listed; a moment counts by its microseconds on every database."""
    words = [
        part.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(part, datetime) else str(part)
        for part in parts
    ]
    return sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Erasures:
    """The list in its file (mode 600), which only grows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entries: Iterable[Erased]) -> None:
        """Append entries; when this returns they are on the disk.

        :raises DatabaseError: if the file cannot be written.
        """
        lines = "".join(_line(entry) for entry in entries)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # ends when the file is closed
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DatabaseError(
                f"what is erased cannot be noted in {self.path} ({error.strerror}); nothing was erased"
            ) from None

    def read(self) -> list[Erased]:
        """Return all entries, oldest first; a line cut off by a power cut is passed over.

        :raises DatabaseError: if the file is there and cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DatabaseError(f"{self.path} cannot be read: {error.strerror}") from None
        return sorted({entry for line in text.splitlines() if (entry := _read(line))}, key=lambda e: e.at)

    def merge(self, other: Sequence[Erased]) -> int:
        """Add those entries of another list that this one lacks; return how many."""
        known = set(self.read())
        fresh = [entry for entry in other if entry not in known]
        if fresh:
            self.add(fresh)
        return len(fresh)


def _line(entry: Erased) -> str:
    return json.dumps({"kind": entry.kind, "what": entry.what, "at": entry.at.isoformat()}) + "\n"


def _read(line: str) -> Erased | None:
    try:
        found: dict[str, Any] = json.loads(line)
        return Erased(str(found["kind"]), str(found["what"]), datetime.fromisoformat(found["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def listing(erasures: Erasures | None) -> dict[str, Any]:
    """Return the ``info`` of a session factory whose sessions note what they erase."""
    return {} if erasures is None else {_JOURNAL: erasures}


def remember(session: Session, kind: str, what: str) -> None:
    """Note that this transaction erases something; it is on the list before the transaction is committed.

    So a crash in between leaves a line too much, which a restore then obeys, and never one too few.
    """
    assert kind in KINDS, kind
    session.info.setdefault(_WAITING, []).append(Erased(kind, what, utcnow()))


@event.listens_for(ScopedSession, "before_commit")
def _write(session: Session) -> None:
    waiting = session.info.pop(_WAITING, None)
    journal = session.info.get(_JOURNAL)
    if waiting and isinstance(journal, Erasures):
        journal.add(waiting)


@event.listens_for(ScopedSession, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
