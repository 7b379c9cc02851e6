"""What finished runs say of somebody's practice: counts and grades, whoever reads them, and never a text."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from courage.academy.catalogue import Catalogue
from courage.academy.paths import load_paths
from courage.academy.progress import Progress
from courage.academy.readiness import Advisor
from courage.academy.shelf import Shelf
from courage.db.engine import writing
from courage.db.models.academy import Drill, DrillTurn
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from tests.unit.academy.workshop_kit import GARDEN, SEEDS
from tests.unit.cases.kit import World, make_world

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "what I wrote is mine"


@pytest.fixture
def world(tmp_path: Path, gate: None) -> World:
    return make_world(tmp_path)


@pytest.fixture
def progress(world: World) -> Progress:
    return Progress(world.sessions, Shelf(Catalogue.load(SEEDS), world.sessions))


def drilled(
    world: World,
    person_id: int,
    *,
    exercise: str = GARDEN,
    kind: str = "scenarios",
    state: str = "ended",
    grades: dict[str, str] | None = None,
    **reading: Any,
) -> None:
    space = PracticeSpaces(world.sessions).ensure(person_id)
    with writing(world.sessions, space) as session:
        drill = Drill(
            organisation_id=space, person_id=person_id, kind=kind, exercise_id=exercise, language="en", state=state,
            started_at=NOW, ended_at=NOW + timedelta(minutes=5) if state == "ended" else None,
        )  # fmt: skip
        session.add(drill)
        session.flush()
        feedback = (
            {} if grades is None else {"measures": [[name, grade, []] for name, grade in grades.items()]}
        )
        session.add(
            DrillTurn(
                organisation_id=space, drill_id=drill.id, number=1, reply=None if grades is None else SECRET,
                reading=reading, feedback=feedback,
            )
        )  # fmt: skip


GOOD = {"safe": "good", "kind": "good", "to_the_point": "could_be_better", "true": "good"}


def test_finished_runs_count_on_the_path_and_others_do_not(world: World, progress: Progress) -> None:
    advisor = Advisor(world.sessions, progress, load_paths(), clock=lambda: NOW + timedelta(days=1))
    before = {(one.kind, one.level): one.have for one in advisor.of(world.ann, 1).path}
    drilled(world, world.ann, grades=GOOD)
    drilled(world, world.ann, exercise="en-test-lift", state="under_way", grades=GOOD)
    drilled(world, world.ann, exercise="en-card-001", kind="cards")
    drilled(world, world.bob, exercise="en-card-002", kind="cards")
    after = {(one.kind, one.level): one.have for one in advisor.of(world.ann, 1).path}
    assert {key: after[key] - before[key] for key in after if after[key] != before[key]} == {
        ("scenarios", 1): 1,
        ("cards", None): 1,
    }


def test_an_answer_that_was_not_safe_is_heard_of(world: World, progress: Progress) -> None:
    drilled(world, world.ann, grades={**GOOD, "safe": "not_good"})
    with world.sessions() as session:
        (one,) = progress.of(session, [world.ann])[world.ann]
    assert (one.level, one.safe) == (1, False)


def test_where_somebody_struggles_is_counted_by_measure_strategy_and_tone(
    world: World, progress: Progress
) -> None:
    drilled(world, world.ann, grades=GOOD, strategy="question", tone="calm")
    drilled(world, world.ann, grades={**GOOD, "safe": "not_good"}, strategy="question", tone="harsh")
    drilled(world, world.ann, exercise="en-card-001", kind="cards")
    found = progress.person(world.ann)
    assert found.finished == 3
    assert found.kinds == (("scenarios", 2), ("cards", 1))
    assert found.measures["safe"] == (1, 0, 1)
    assert found.measures["to_the_point"] == (0, 2, 0)
    assert found.hardest == "to_the_point"
    assert found.strategies == (("question", 2),)
    assert dict(found.tones) == {"calm": 1, "harsh": 1}


def test_a_group_is_an_organisation_and_no_other(world: World, progress: Progress) -> None:
    from courage.db.engine import Organisation

    with world.sessions() as session:
        session.add(Organisation(id=50, name="Elsewhere"))
        session.commit()
    eve = People(world.sessions).add("Eve", "volunteer", 50).id
    for person_id in (world.ann, world.bob, eve):
        drilled(world, person_id, grades=GOOD)
    assert progress.group(1).finished == 2
    assert progress.group(50).finished == 1


def test_no_text_of_anybody_is_in_it(world: World, progress: Progress) -> None:
    drilled(world, world.ann, grades=GOOD)
    advisor = Advisor(world.sessions, progress, load_paths())
    shown = [asdict(progress.person(world.ann)), asdict(progress.group(1)), asdict(advisor.of(world.ann, 1))]
    assert SECRET not in str(shown)
