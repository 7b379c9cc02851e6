"""Work for a database that can be done again step by step: after n steps its rows are always the same."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import Organisation, make_engine, make_sessions, writing
from courage.db.models.cases import Case, CaseEvent, CaseMessage, Draft, Reply
from courage.db.models.delivery import Outbox
from courage.db.models.people import Person

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def begin(path: Path) -> None:
    """Add what the steps hang on."""
    sessions = make_sessions(make_engine(f"sqlite:///{path}"))
    with writing(sessions) as session:
        session.add(
            Person(id=1, organisation_id=1, name="Ann", role="volunteer", languages=["en"], created_at=T0)
        )


def step(sessions: sessionmaker[Session], number: int) -> None:
    """Do one step: a case with all that hangs on it, and changes to an earlier one, in one transaction."""
    chance = Random(number)
    now = T0 + timedelta(seconds=number)
    with writing(sessions, 1) as session:
        words = "".join(chance.choices("abcdefg ", k=chance.randrange(10, 6000)))
        session.add(
            Case(
                id=number, organisation_id=1, channel="practice", room_id="room", message_id=f"m{number}",
                author="a" * 32, text=f"words {number} {words}", hateful=True, category="derogation", severity=2,
                targets=["migrants"], language="en", score=0.9, route="counter", sent_at=now, received_at=now,
                opened_at=now, retain_until=now + timedelta(days=90),
            )
        )  # fmt: skip
        session.flush()
        of_it: dict[str, Any] = {"organisation_id": 1, "case_id": number}
        session.add_all(
            [
                CaseMessage(id=number, channel="practice", room_id="room", message_id=f"m{number}", text_at=now, **of_it),
                CaseEvent(id=number, kind="opened", at=now, **of_it),
                Draft(id=number, person_id=1, version=1, text=words, created_at=now, **of_it),
                Reply(id=number, person_id=1, draft_version=1, text=words[:50], confirmed_at=now, **of_it),
                Outbox(
                    id=number, key=f"card:{number}", lane="l", channel="practice", kind="card", next_at=now,
                    created_at=now, **of_it,
                ),
            ]
        )  # fmt: skip
        if number > 5:
            earlier = chance.randrange(1, number)
            session.execute(
                update(Case).where(Case.id == earlier).values(text=None, version=Case.version + 1)
            )
            session.execute(delete(Draft).where(Draft.case_id == earlier))
            session.execute(update(Outbox).where(Outbox.id == earlier).values(state="sent", sent_at=now))
        session.execute(
            update(Organisation)
            .where(Organisation.id == 1)
            .values(library_revision=Organisation.library_revision + 1)
        )


def _work(path: str, done: Synchronized[int], stop: Synchronized[int]) -> None:
    sessions = make_sessions(make_engine(f"sqlite:///{path}"))
    number = 0
    while not stop.value:
        number += 1
        step(sessions, number)
        done.value = number


class Worker:
    """Another process that works as fast as it can until the block ends; ``done`` counts its steps."""

    def __init__(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._done, self._stop = context.Value("i", 0), context.Value("i", 0)
        self._process = context.Process(target=_work, args=(str(path), self._done, self._stop), daemon=True)

    @property
    def done(self) -> int:
        return int(self._done.value)

    def __enter__(self) -> Worker:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.value = 1
        self._process.join(60)
        assert self._process.exitcode == 0


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for (name,) in names}
