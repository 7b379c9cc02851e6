"""What happens to the ways in of a person, written down for them and for those who look into a break-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.doors import DoorEvent
from courage.db.models.people import Person
from courage.db.scope import scope_to_every

#: Added or taken away by the person (``reset``: by the command line); ``passkey_copied``: refused as one that was copied.
KINDS: Final = (
    "passkey_added",
    "passkey_removed",
    "passkey_copied",
    "factor_on",
    "factor_off",
    "factor_reset",
    "account_linked",
    "account_unlinked",
)
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class DoorEventView:
    """One thing that happened."""

    kind: str
    name: str
    at: datetime


def record(session: Session, person: Person, kind: str, name: str = "", *, at: datetime) -> None:
    """Write down what happened, in the transaction in which it does."""
    assert kind in KINDS, kind
    session.add(
        DoorEvent(
            organisation_id=person.organisation_id, person_id=person.id, kind=kind, name=name[:80], at=at
        )
    )


class DoorEvents:
    """Reads what happened. Synchronous."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def of(self, person_id: int) -> list[DoorEventView]:
        """Return what happened to somebody's ways in lately, newest first."""
        with self._sessions() as session:
            scope_to_every(session, "a number says whose it is")
            rows = session.scalars(
                select(DoorEvent)
                .where(DoorEvent.person_id == person_id)
                .order_by(DoorEvent.id.desc())
                .limit(_SHOWN)
            )
            return [DoorEventView(row.kind, row.name, row.at) for row in rows]
