"""How far somebody is, and what the program suggests: it counts what was practised, and people decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from courage.academy.paths import PathsError, load_paths
from courage.academy.readiness import Advisor, Drilled
from courage.cases.errors import NotReady
from courage.people.errors import PersonError
from courage.people.readiness import Lack, Readiness
from tests.unit.cases.kit import World, make_world

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PATHS = """
paths:
  volunteer:
    - {drill: scenarios, level: 1, count: 2}
    - {drill: scenarios, level: 2, count: 1}
    - {drill: cards, count: 2}
  moderator: [{drill: limits, count: 1}]
  trainer: [{drill: limits, count: 1}]
refresher: {months: 12, hard_cases: 2, days: 14}
"""


class Drills:
    """What people finished, as the test says."""

    def __init__(self) -> None:
        self.done: dict[int, list[Drilled]] = {}

    def of(self, session: Session, person_ids: Sequence[int]) -> Mapping[int, Sequence[Drilled]]:
        return {number: self.done.get(number, []) for number in person_ids}

    def did(self, person_id: int, kind: str, exercise: str, level: int = 0, **more: object) -> None:
        at = more.pop("at", NOW)
        assert isinstance(at, datetime)
        self.done.setdefault(person_id, []).append(Drilled(kind, exercise, level, at, **more))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path, gate: None) -> World:
    return make_world(tmp_path)


@pytest.fixture
def drills() -> Drills:
    return Drills()


@pytest.fixture
def advisor(world: World, drills: Drills, tmp_path: Path) -> Advisor:
    file = tmp_path / "paths.yml"
    file.write_text(PATHS, encoding="utf-8")
    return Advisor(world.sessions, drills, load_paths(file), clock=lambda: NOW)


def test_what_is_missing_is_counted_by_kind_and_level(world: World, drills: Drills, advisor: Advisor) -> None:
    for exercise, level in (("a", 1), ("a", 1), ("b", 3)):
        drills.did(world.ann, "scenarios", exercise, level)
    drills.did(world.ann, "cards", "c1")
    found = advisor.of(world.ann, 1)
    # The hard one fulfils the harder requirement, so one of level 1 is left; doing one twice counts once.
    assert found.path == (Lack("scenarios", 1, 2, 1), Lack("scenarios", 1, 1, 2), Lack("cards", 1, 2))
    assert found.lacks == (Lack("scenarios", 1, 2, 1), Lack("cards", 1, 2))
    assert (found.suggestion, [why.code for why in found.reasons]) == ("practise", ["missing"])


def walk(drills: Drills, person_id: int, **more: object) -> None:
    for exercise, level in (("a", 1), ("b", 1), ("c", 2)):
        drills.did(person_id, "scenarios", exercise, level, **more)
    for exercise in ("c1", "c2"):
        drills.did(person_id, "cards", exercise)


def test_the_whole_path_suggests_ready_and_marks_nobody(
    world: World, drills: Drills, advisor: Advisor
) -> None:
    walk(drills, world.ann, safe=True)
    found = advisor.of(world.ann, 1)
    assert (found.suggestion, found.ready_since) == ("ready", None)
    assert world.casework.queue(1) == []
    with pytest.raises(NotReady):
        world.casework.queue(1, person_id=world.ann)


def test_answers_that_are_not_safe_hold_the_suggestion_back(
    world: World, drills: Drills, advisor: Advisor
) -> None:
    walk(drills, world.ann, safe=False)
    found = advisor.of(world.ann, 1)
    assert found.suggestion == "practise"
    assert [(why.code, dict(why.values)) for why in found.reasons] == [
        ("path_done", {}),
        ("unsafe_lately", {"unsafe": 3, "of": 3}),
    ]


def test_a_year_without_practice_suggests_to_refresh_and_takes_nothing_away(
    world: World, drills: Drills, advisor: Advisor
) -> None:
    Readiness(world.sessions, clock=lambda: NOW - timedelta(days=366)).decide(
        world.ann, world.tom, ready=True
    )
    found = advisor.of(world.ann, 1)
    assert (found.suggestion, [why.code for why in found.reasons]) == ("refresh", ["long_ago"])
    assert world.casework.queue(1, person_id=world.ann) == []  # still let in
    drills.did(world.ann, "limits", "l1", at=NOW - timedelta(days=1))
    assert advisor.of(world.ann, 1).suggestion == "none"


async def test_grave_cases_suggest_a_quiet_exercise_until_it_is_done(
    world: World, drills: Drills, advisor: Advisor
) -> None:
    Readiness(world.sessions, clock=lambda: NOW - timedelta(days=1)).decide(world.mia, world.tom, ready=True)
    for number in range(2):
        case_id = await world.case(f"kill them {number}", f"${number}", author=f"@{number}:x")
        world.clock.now = NOW - timedelta(hours=1)
        world.casework.show_message(case_id, world.mia)
    found = advisor.of(world.mia, 1)
    assert (found.suggestion, [why.code for why in found.reasons]) == ("refresh", ["hard_cases"])
    drills.did(world.mia, "limits", "l1")
    assert advisor.of(world.mia, 1).suggestion == "none"


def test_another_role_suggests_to_practise_for_it(world: World, advisor: Advisor) -> None:
    Readiness(world.sessions, clock=lambda: NOW).decide(world.ann, world.tom, ready=True)
    world.people.change(world.ann, role="moderator")
    assert [why.code for why in advisor.of(world.ann, 1).reasons] == ["role_changed"]


def test_people_are_in_the_order_of_names(world: World, drills: Drills, advisor: Advisor) -> None:
    walk(drills, world.bob)
    assert [one.name for one in advisor.everybody(1)] == ["Ann", "Bob", "Mia", "Tom"]


def test_the_shipped_paths_can_be_read_and_ask_each_role_for_something() -> None:
    paths = load_paths()
    for role in ("volunteer", "moderator", "trainer", "admin"):
        assert paths.of(role)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ("drill: scenarios, level: 9", "9"),
        ("drill: cards, level: 1", "level is for scenarios only"),
        ("drill: songs", "scenarios"),
    ],
)
def test_a_wrong_path_is_named(tmp_path: Path, wrong: str, line: str) -> None:
    file = tmp_path / "paths.yml"
    file.write_text(PATHS.replace("drill: cards", wrong), encoding="utf-8")
    with pytest.raises(PathsError, match=rf"paths\.yml: paths\.volunteer.*{line}"):
        load_paths(file)


async def test_an_organisation_says_itself_when_practising_again_is_suggested(
    world: World, advisor: Advisor
) -> None:
    readiness = Readiness(world.sessions, clock=lambda: NOW - timedelta(days=100))
    readiness.decide(world.ann, world.tom, ready=True)
    admin = world.people.add("Ada", "admin").id
    assert advisor.of(world.ann, 1).suggestion == "none"
    readiness.set_refresher(1, admin, months=3, hard_cases=None, days=None)
    found = advisor.of(world.ann, 1)
    assert [(why.code, why.values) for why in found.reasons] == [("long_ago", {"months": 3})]
    assert (advisor.refresher(1).hard_cases, advisor.refresher(1).days) == (2, 14)  # as usual
    readiness.set_refresher(1, admin, months=None, hard_cases=None, days=None)
    assert advisor.of(world.ann, 1).suggestion == "none"
    assert [(one.kind, one.by, one.note) for one in readiness.history(1)] == [
        ("refresher", "Ada", "– · – · –"),
        ("refresher", "Ada", "3 · – · –"),
    ]
    for wrong in ({"months": 0}, {"months": 121}, {"days": 366}, {"hard_cases": 0}):
        with pytest.raises(PersonError):
            readiness.set_refresher(1, admin, **{"months": None, "hard_cases": None, "days": None, **wrong})
    with pytest.raises(PersonError):
        readiness.set_refresher(1, world.tom, months=3, hard_cases=None, days=None)


async def test_how_many_grave_cases_are_many_is_the_organisations_word(
    world: World, advisor: Advisor
) -> None:
    readiness = Readiness(world.sessions, clock=lambda: NOW - timedelta(days=1))
    readiness.decide(world.mia, world.tom, ready=True)
    admin = world.people.add("Ada", "admin").id
    case_id = await world.case("kill them all")
    world.clock.now = NOW - timedelta(hours=1)
    world.casework.show_message(case_id, world.mia)
    assert advisor.of(world.mia, 1).suggestion == "none"
    readiness.set_refresher(1, admin, months=None, hard_cases=1, days=None)
    assert [why.code for why in advisor.of(world.mia, 1).reasons] == ["hard_cases"]
