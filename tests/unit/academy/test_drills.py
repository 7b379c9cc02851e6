"""Runs in the database: whose they are, what a second click does, and that deleting is for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from courage.academy.drills import Drills, DrillView, NewTurn, TurnTaken
from courage.academy.errors import AcademyError, NoSuchDrill
from courage.backup.forgetting import settle
from courage.clock import utcnow
from courage.db.engine import make_sessions
from courage.db.erasures import FILE, Erasures
from courage.db.models.academy import Drill, DrillTurn
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from tests.databases import open_database


class Home:
    """A database with two people, and the list of what is erased beside it."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_database(folder / "drills.db")
        self.erasures = Erasures(folder / FILE)
        self.sessions = make_sessions(self.engine, strict=True, erasures=self.erasures)
        people = People(self.sessions)
        self.ann, self.ben = people.add("Ann", "volunteer").id, people.add("Ben", "volunteer").id
        self.drills = Drills(self.sessions, PracticeSpaces(self.sessions))

    def begin(self, person: int) -> DrillView:
        return self.drills.start(person, "scenarios", "en-test-garden", "en", "rumour")

    def count(self, table: Any) -> int:
        with make_sessions(self.engine)() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def turn(number: int, *, ended: bool = False) -> NewTurn:
    return NewTurn(number, "rumour", "my words", {}, {}, "because", "seen", ended, "good" if ended else None)


def test_a_run_under_way_is_gone_on_with_and_one_that_ended_is_begun_anew(home: Home) -> None:
    first = home.begin(home.ann)
    assert home.begin(home.ann).id == first.id
    home.drills.add(home.ann, first.id, turn(1, ended=True))
    assert home.begin(home.ann).id != first.id


def test_a_turn_counts_once_and_a_run_that_is_over_takes_none(home: Home) -> None:
    run = home.begin(home.ann)
    home.drills.add(home.ann, run.id, turn(1))
    with pytest.raises(TurnTaken, match="stands at turn 2"):
        home.drills.add(home.ann, run.id, turn(1))
    home.drills.add(home.ann, run.id, turn(2, ended=True))
    with pytest.raises(AcademyError, match="is over"):
        home.drills.add(home.ann, run.id, turn(3))
    assert home.count(DrillTurn) == 2


def test_runs_are_their_persons_alone(home: Home) -> None:
    run = home.begin(home.ann)
    with pytest.raises(NoSuchDrill):
        home.drills.get(home.ben, run.id)
    home.begin(home.ben)
    with pytest.raises(NoSuchDrill):
        home.drills.leave(home.ben, run.id, keep=False)
    assert [one.id for one in home.drills.list(home.ann)] == [run.id]


def test_what_was_deleted_does_not_come_back_with_a_backup(home: Home) -> None:
    kept, gone = home.begin(home.ben), home.begin(home.ann)
    home.drills.add(home.ann, gone.id, turn(1))
    before = utcnow() - timedelta(hours=1)
    home.drills.leave(home.ann, gone.id, keep=False)
    listed = home.erasures.read()
    assert [entry.kind for entry in listed] == ["drill"]
    space = PracticeSpaces(home.sessions).ensure(home.ann)
    # As a backup from before brings it back.
    with make_sessions(home.engine)() as session:
        session.add(
            Drill(
                id=gone.id, organisation_id=space, person_id=home.ann, kind="scenarios",
                exercise_id="en-test-garden", language="en", scene="rumour", started_at=gone.started_at,
            )
        )  # fmt: skip
        session.commit()
    assert home.count(Drill) == 2
    assert settle(home.sessions, listed, before, utcnow()).erased == 1
    assert [one.id for one in home.drills.list(home.ann)] == []
    assert [one.id for one in home.drills.list(home.ben)] == [kept.id]
