"""A desk's work of many weeks, put straight into the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import writing
from courage.db.models.cases import Case, CaseEvent, OfferedSuggestion, Reply
from courage.db.models.delivery import Counter
from courage.db.models.people import Person, Room

_NUMBERS = count(1)


def people(sessions: sessionmaker[Session], *names: str, role: str = "volunteer") -> list[int]:
    """Add people; return their numbers."""
    with writing(sessions, 1) as session:
        rows = [Person(organisation_id=1, name=name, role=role) for name in names]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def room(sessions: sessionmaker[Session], room_id: str, name: str) -> None:
    """Give a room a name, and a hundred messages that were screened."""
    with writing(sessions, 1) as session:
        session.add(Room(organisation_id=1, channel="test", room_id=room_id, name=name))


def screened(sessions: sessionmaker[Session], at: datetime, number: int) -> None:
    """Count messages that were screened on a day."""
    with writing(sessions, 1) as session:
        session.add(
            Counter(
                organisation_id=1, day=at.date(), channel="test", room_id="!a", name="screened", count=number
            )
        )


def case(
    sessions: sessionmaker[Session],
    at: datetime,
    *,
    by: int | None = None,
    after: timedelta = timedelta(minutes=10),
    strategy: str = "facts",
    **more: Any,
) -> int:
    """Open a case, answered by a person after a time if one is named; return its number."""
    number = next(_NUMBERS)
    values: dict[str, Any] = {
        "status": "open" if by is None else "replied", "author": f"author {number}", "room_id": "!a",
        "hateful": True, "category": "derogation", "severity": 2, "targets": ["migrants"], "language": "en",
        "score": 0.9, "route": "counter", "text": "a secret text",
    }  # fmt: skip
    values |= more
    with writing(sessions, 1) as session:
        row = Case(
            organisation_id=1, channel="test", message_id=f"m{number}", sent_at=at, received_at=at, opened_at=at,
            retain_until=at + timedelta(days=90), **values,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if by is not None:
            response = None if strategy == "own_words" else f"en-{strategy}-1"
            if response is not None:
                session.add(
                    OfferedSuggestion(
                        organisation_id=1, case_id=row.id, person_id=by, round=1, number=1, response_id=response,
                        strategy=strategy, language="en", text=f"Response of {strategy}.", score=0.9, offered_at=at,
                    )
                )  # fmt: skip
            session.add(
                Reply(
                    organisation_id=1, case_id=row.id, person_id=by, draft_version=1, response_id=response,
                    text="x", state="posted", confirmed_at=at + after, posted_at=at + after,
                )
            )  # fmt: skip
            for kind in ("claimed", "shown"):
                session.add(CaseEvent(organisation_id=1, case_id=row.id, person_id=by, kind=kind, at=at))
        return row.id
