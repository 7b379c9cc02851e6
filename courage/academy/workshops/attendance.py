"""Who took part in a workshop, how long and in what: for the trainer's table, its CSV file and certificates."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.shelf import Shelf
from courage.academy.workshops.errors import NoSuchWorkshop
from courage.academy.workshops.snapshot import participants_of
from courage.db.engine import reading
from courage.db.models.workshops import (
    Workshop,
    WorkshopAnswer,
    WorkshopTurn,
    WorkshopVote,
)
from courage.library.exchange.layouts import escape

#: Columns of the CSV file.
COLUMNS: Final = ("name", "joined", "last_seen", "minutes", "turns", "answers", "votes", "before", "after")


@dataclass(frozen=True, slots=True)
class Attended:
    """One participant: ``minutes`` from joining (or the start) until they were last seen; ``turns`` that there were."""

    participant_id: int
    name: str
    joined_at: datetime
    seen_at: datetime
    minutes: int
    turns: int
    answers: int
    votes: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """A workshop with everybody who took part; ``topics`` are the titles of what was played."""

    workshop_id: int
    title: str
    language: str
    day: datetime
    minutes: int
    topics: tuple[str, ...]
    people: tuple[Attended, ...]


def attendance(
    sessions: sessionmaker[Session], shelf: Shelf, workshop_id: int, organisation_id: int
) -> Attendance:
    """Return who took part, in the order in which they joined.

    :raises NoSuchWorkshop: if there is no such workshop in the organisation.
    """
    with reading(sessions, organisation_id) as session:
        row = session.get(Workshop, workshop_id) if 0 < workshop_id < 2**31 else None
        if row is None:
            raise NoSuchWorkshop(f"there is no workshop {workshop_id}")
        turns = session.scalars(
            select(WorkshopTurn)
            .where(WorkshopTurn.organisation_id == organisation_id, WorkshopTurn.workshop_id == row.id)
            .order_by(WorkshopTurn.id)
        ).all()
        numbers = [turn.id for turn in turns]
        answers = _by_person(session, WorkshopAnswer, organisation_id, numbers)
        votes = _by_person(session, WorkshopVote, organisation_id, numbers)
        people = participants_of(session, row)
        played = [id_ for id_ in row.scenarios if any(turn.scenario == id_ for turn in turns)]
        began, ended = row.started_at, row.ended_at or row.changed_at
        known = shelf.within(session, organisation_id).scenarios
        return Attendance(
            row.id,
            row.title,
            row.language,
            row.started_at or row.created_at,
            0 if began is None else _minutes(began, ended),
            tuple(known[id_].title if id_ in known else id_ for id_ in played),
            tuple(
                Attended(
                    p.id, p.name, p.joined_at, p.seen_at,
                    0 if began is None else _minutes(max(began, p.joined_at), min(ended, p.seen_at)),
                    len(turns), answers.get(p.id, 0), votes.get(p.id, 0), p.before, p.after,
                )
                for p in people
            ),
        )  # fmt: skip


def _minutes(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds() / 60))


def _by_person(
    session: Session,
    table: type[WorkshopAnswer | WorkshopVote],
    organisation_id: int,
    turns: Sequence[int],
) -> dict[int, int]:
    query = (
        select(table.participant_id, func.count())
        .where(table.organisation_id == organisation_id, table.turn_id.in_(turns))
        .group_by(table.participant_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def as_csv(found: Attendance) -> str:
    """Return who took part as CSV (with a byte order mark, for spreadsheets); no cell can be a formula."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in found.people:
        table.writerow(
            [
                escape(one.name), _at(one.joined_at), _at(one.seen_at), one.minutes, one.turns, one.answers,
                one.votes, "" if one.before is None else one.before, "" if one.after is None else one.after,
            ]
        )  # fmt: skip
    return "\ufeff" + out.getvalue()


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
