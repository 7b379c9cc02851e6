"""Live cases are for people who are marked ready; practice, and what somebody is on already, are not refused."""

from __future__ import annotations

import pytest

from courage.cases.errors import NotReady
from courage.cases.inbound import InboundMessage
from courage.db.engine import Organisation
from courage.people.errors import PersonError
from courage.people.practice import PracticeSpaces
from courage.people.readiness import Lack, Readiness
from tests.unit.cases.kit import World

pytestmark = pytest.mark.usefixtures("gate")


@pytest.fixture
def readiness(world: World) -> Readiness:
    return Readiness(world.sessions)


async def test_nobody_who_is_not_ready_gets_anything_of_a_live_case(world: World) -> None:
    case_id = await world.case()
    work = world.casework
    steps = (
        lambda who: work.claim(case_id, who),
        lambda who: work.show_message(case_id, who),
        lambda who: work.view(case_id, 1, who),
        lambda who: work.history(case_id, who),
        lambda who: work.explain(case_id, who),
        lambda who: work.suggest(case_id, who),
        lambda who: work.dismiss(case_id, who),
        lambda who: work.escalate(case_id, who),
        lambda who: work.missed(case_id, who),
        lambda who: work.queue(1, person_id=who),
    )
    for person_id in (world.ann, world.mia):  # a moderator's escalations too
        for step in steps:
            with pytest.raises(NotReady, match="not marked ready for live cases yet"):
                step(person_id)
    assert work.view(case_id).status == "open"
    assert len(work.queue(1)) == 1  # for counting


async def test_who_was_marked_ready_gets_them(world: World, readiness: Readiness) -> None:
    case_id = await world.case()
    readiness.decide(world.ann, world.tom, ready=True, note="walked the whole path")
    assert [case.id for case in world.casework.queue(1, person_id=world.ann)] == [case_id]
    world.casework.claim(case_id, world.ann)
    told = readiness.history(1, world.ann)
    assert [(one.kind, one.by, one.note) for one in told] == [("ready", "Tom", "walked the whole path")]


async def test_nobody_is_locked_out_of_a_case_that_they_are_on(world: World, readiness: Readiness) -> None:
    case_id, other = await world.case(), await world.case("those vermin again", "$2")
    readiness.decide(world.ann, world.tom, ready=True)
    world.casework.claim(case_id, world.ann)
    readiness.decide(world.ann, world.tom, ready=False, note="rest first")
    world.casework.show_message(case_id, world.ann)
    draft = world.casework.edit(case_id, world.ann, "Not here, please.")
    world.casework.confirm_post(case_id, world.ann, draft.version)
    with pytest.raises(NotReady):
        world.casework.claim(other, world.ann)


async def test_own_last_step_can_be_taken_back_by_whoever_did_it(world: World, readiness: Readiness) -> None:
    case_id = await world.case()
    readiness.decide(world.ann, world.tom, ready=True)
    world.casework.claim(case_id, world.ann)
    world.casework.release(case_id, world.ann)
    readiness.decide(world.ann, world.tom, ready=False)
    assert world.casework.undo(case_id, world.ann).holder_id == world.ann


async def test_an_open_gate_lets_everybody_pass_and_is_remembered(world: World, readiness: Readiness) -> None:
    case_id = await world.case()
    admin = world.people.add("Ada", "admin").id
    with pytest.raises(PersonError, match="only an admin"):
        readiness.set_gate(1, world.tom, on=False)
    readiness.set_gate(1, admin, on=False, note="everybody here was trained elsewhere")
    world.casework.claim(case_id, world.ann)
    readiness.set_gate(1, admin, on=True)
    assert [(one.kind, one.by) for one in readiness.history(1)] == [("gate_on", "Ada"), ("gate_off", "Ada")]
    assert readiness.history(1)[1].note == "everybody here was trained elsewhere"


async def test_practice_is_always_open(world: World) -> None:
    space = PracticeSpaces(world.sessions).ensure(world.ann)
    message = InboundMessage(space, "test", "!own", "$9", "@eve:x", "they are vermin", world.clock())
    case_id = (await world.intake.receive(message)).case_id
    assert case_id is not None
    assert world.casework.claim(case_id, world.ann).holder_id == world.ann


def test_what_is_still_to_practise_is_said(world: World) -> None:
    lacks = (Lack("scenarios", 0, 2, 1), Lack("spot_the_hate", 3, 10))
    said = str(NotReady("Ann", lacks))
    assert "scenarios of level 1 0 of 2, spot the hate 3 of 10" in said
    assert "/academy" in said


def test_the_first_who_could_decide_is_ready_and_nobody_else(world: World, readiness: Readiness) -> None:
    ready = {world.people.get(number).name for number, since in readiness.since(1).items() if since}
    assert ready == {"Tom"}  # the trainer came before any admin
    world.people.add("Ada", "admin")
    assert readiness.since(1)[world.people.find("Ada").id] is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("by", "about", "line"),
    [
        ("ann", "bob", "only a trainer or an admin"),
        ("tom", "tom", "nobody decides that for themself"),
    ],
)
def test_who_may_not_decide_hears_why(
    world: World, readiness: Readiness, by: str, about: str, line: str
) -> None:
    with pytest.raises(PersonError, match=line):
        readiness.decide(getattr(world, about), getattr(world, by), ready=True)


def test_a_trainer_decides_about_their_own_organisation_only(world: World, readiness: Readiness) -> None:
    with world.sessions() as session:
        session.add(Organisation(id=2, name="Elsewhere"))
        session.commit()
    eve = world.people.add("Eve", "volunteer", 2).id
    with pytest.raises(PersonError, match="no person"):
        readiness.decide(eve, world.tom, ready=True)
    assert readiness.since(2) == {eve: None}
