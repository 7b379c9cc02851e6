"""What people decide works at once and everywhere, within limits, until a trainer has the last word."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from courage.cases import decision_records
from courage.cases.errors import DecisionNotFound, NotAllowed, NotPossible
from courage.cases.intake import Intake, IntakeSettings, Receipt
from courage.cases.learnt import Learnt
from courage.cases.retention import purge
from courage.db.engine import Organisation, writing
from courage.db.models.cases import Case
from courage.db.models.decisions import DecisionRow
from tests.unit.cases.kit import KEY, World, screen

SAID = "You vermin of a football team!"
THREAT = "I will kill this bug tonight"
MILD = "they are like you know what"


async def say(world: World, text: str, message_id: str, **more: Any) -> Receipt:
    """Let somebody else say something in another room."""
    more = {"author": "@zoe:x", "room_id": "!other", **more}
    return await world.intake.receive(world.message(text, message_id, **more))


def only(world: World) -> int:
    """Return the number of the one decision that waits."""
    (found,) = world.decisions.list()
    return found.id


async def test_not_hate_lets_the_same_words_pass_in_every_room(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    again = await say(world, "you VERMIN of a football team", "$2")
    assert again.case_id is None
    assert again.verdict is not None
    assert again.verdict.reasons[0].text == "people decided this is not hate"
    assert (await say(world, "those vermin of a football team", "$3")).created


async def test_undo_takes_the_decision_back_too(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    world.casework.undo(case, world.ann)
    assert (await say(world, SAID, "$2")).created
    assert world.decisions.list() == []
    world.casework.dismiss(case, world.ann)  # and it can be decided once more
    assert (await say(world, SAID, "$3")).case_id is None


async def test_a_missed_message_is_flagged_from_then_on(world: World) -> None:
    receipt = await world.intake.reported(world.message(MILD), "@bea:x")
    assert receipt.verdict is not None
    assert not receipt.verdict.hateful
    assert receipt.case_id is not None
    assert not (await say(world, MILD, "$2")).created  # a member's report alone changes nothing
    world.casework.missed(receipt.case_id, world.ann)
    flagged = await say(world, f"{MILD}!", "$3")
    assert flagged.created
    assert flagged.verdict is not None
    assert flagged.verdict.reasons[0].text == "people decided this is hate"


async def test_hate_after_all_takes_not_hate_back(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    world.casework.missed(case, world.bob)
    assert (await say(world, SAID, "$2")).created


async def test_one_person_cannot_blind_screening(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_records, "MOST_PER_PERSON", 2)
    for number in range(3):
        case = await world.case(f"vermin number {number}", f"${number}")
        assert world.casework.dismiss(case, world.ann).status == "dismissed"
    assert [event.kind for event in world.casework.history(case, world.ann)][-2:] == ["not_learnt", "dismiss"]
    assert (await say(world, "vermin number 1", "$a")).case_id is None
    assert (await say(world, "vermin number 2", "$b")).created
    world.casework.undo(case, world.ann)  # the case itself is dealt with as ever
    world.casework.dismiss(case, world.bob)
    assert (await say(world, "vermin number 2", "$c")).case_id is None
    oldest = world.decisions.list()[-1]
    world.decisions.confirm(oldest.id, world.tom)  # what is reviewed does not count any more
    more = await world.case("vermin at last", "$d")
    world.casework.dismiss(more, world.ann)
    assert (await say(world, "vermin at last", "$e")).case_id is None


async def test_only_a_trainer_lifts_a_threat(world: World) -> None:
    case = await world.case(THREAT)
    world.casework.dismiss(case, world.mia)
    assert (await say(world, THREAT, "$2")).created
    assert world.decisions.list()[0].grave
    with pytest.raises(NotAllowed, match="trainer and admin"):
        world.decisions.confirm(only(world), world.mia)
    assert world.decisions.show(only(world), world.tom) == THREAT
    world.decisions.confirm(only(world), world.tom)
    after = await say(world, THREAT, "$3", room_id="!third")
    assert after.case_id is None
    assert after.verdict is not None
    assert after.verdict.reasons[0].text == "people decided this is not hate, and a trainer confirmed it"
    kinds = [event.kind for event in world.casework.history(case, world.mia)]
    assert kinds[-2:] == ["shown", "decision_confirmed"]


async def test_what_a_trainer_rejects_nobody_clicks_away(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    world.decisions.reject(only(world), world.tom)
    again = await say(world, SAID, "$2")
    assert again.case_id is not None
    world.casework.dismiss(again.case_id, world.bob)
    assert (await say(world, SAID, "$3", room_id="!third")).created
    (rejected,) = world.decisions.list(state="rejected")
    assert (rejected.people, rejected.reviewer) == (("Ann",), "Tom")
    world.decisions.confirm(rejected.id, world.tom)  # trainers may change their mind
    assert (await say(world, SAID, "$4", room_id="!fourth")).case_id is None


async def test_confirming_overrules_the_opposite(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    (not_hate,) = world.decisions.list()
    other = await world.intake.reported(world.message(SAID, "$9", "@x:x", room_id="!z"), "@bea:x")
    assert other.case_id is not None
    world.casework.missed(other.case_id, world.bob)
    assert (await say(world, SAID, "$2")).created  # of two who disagree, the later
    world.decisions.confirm(not_hate.id, world.tom)
    assert (await say(world, SAID, "$3", room_id="!third")).case_id is None
    assert world.decisions.count() == 0


async def test_hashes_only_and_the_end_of_the_text(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    with world.sessions() as session:
        row = session.scalars(select(DecisionRow)).one()
        assert "vermin" not in repr([getattr(row, column.key) for column in DecisionRow.__table__.columns])
    await world.intake.redacted(1, "test", "!room", "$1")
    (view,) = world.decisions.list()
    assert not view.text_kept
    with pytest.raises(NotPossible, match="not kept"):
        world.decisions.show(view.id, world.tom)
    with pytest.raises(NotPossible, match="only be rejected"):
        world.decisions.confirm(view.id, world.tom)
    assert (await say(world, SAID, "$2")).case_id is None  # removing a message does not undo a decision
    purge(world.sessions, world.clock() + timedelta(days=31))
    assert world.decisions.list() == []
    assert (await say(world, SAID, "$3")).created


async def test_an_edited_message_is_not_what_was_decided(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    world.clock.pass_(minutes=1)
    await world.intake.receive(world.message("you all are vermin", edited=True))
    assert not world.decisions.list()[0].text_kept
    world.casework.dismiss(case, world.ann)
    assert [view.text_kept for view in world.decisions.list()] == [True, False]


async def test_confirmed_texts_are_given_out_for_training(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    assert world.decisions.confirmed_texts() == []
    world.decisions.confirm(only(world), world.tom)
    assert world.decisions.confirmed_texts() == [(SAID, "not_hate")]


async def test_another_organisation_and_another_engine(world: World) -> None:
    elsewhere = Intake(world.sessions, screen, IntakeSettings(KEY), learnt=Learnt(world.sessions, KEY))
    assert (await elsewhere.receive(world.message(SAID, "$0", room_id="!a"))).created
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    # The other engine knows at its next message; another organisation never does.
    assert (await elsewhere.receive(world.message(SAID, "$1", room_id="!b"))).case_id is None
    with writing(world.sessions) as session:
        session.add(Organisation(id=2, name="Others"))
    stranger = world.people.add("Tess", "trainer", 2)
    learnt = Learnt(world.sessions, KEY)
    assert (await learnt.apply(await screen(SAID, "balanced"), 2)).hateful
    with pytest.raises(DecisionNotFound):
        world.decisions.reject(only(world), stranger.id)
    assert world.decisions.list(2) == []


async def test_many_verdicts_at_once_are_all_fresh(world: World) -> None:
    learnt = Learnt(world.sessions, KEY)
    verdict = await screen(SAID, "balanced")
    before = [asyncio.create_task(learnt.apply(verdict, 1)) for _ in range(50)]
    await asyncio.gather(*before)
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    after = await asyncio.gather(*(learnt.apply(verdict, 1) for _ in range(50)))
    assert all(task.result().hateful for task in before)
    assert not any(verdict.hateful for verdict in after)


async def test_screening_goes_on_without_the_decisions(world: World) -> None:
    class Broken:
        def __call__(self) -> Any:
            raise OSError("no database")

    learnt = Learnt(Broken(), KEY)  # type: ignore[arg-type]
    assert (await learnt.apply(await screen(SAID, "balanced"), 1)).hateful


async def test_nothing_is_kept_where_screening_was_right(world: World) -> None:
    receipt = await world.intake.reported(world.message("lovely weather"), "@bea:x")
    assert receipt.case_id is not None
    world.casework.dismiss(receipt.case_id, world.ann)
    with world.sessions() as session:
        assert session.scalars(select(DecisionRow)).all() == []
        assert session.get_one(Case, receipt.case_id).status == "dismissed"


async def test_a_rejected_dismissal_opens_the_case_again(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    heard: list[dict[str, object]] = []
    world.bus.listen("case", heard.append)
    world.decisions.reject(only(world), world.tom)
    view = world.casework.view(case)
    assert (view.status, view.closed_at, view.holder) == ("open", None, None)
    assert [event.kind for event in world.casework.history(case, world.mia)][-2:] == [
        "reopened",
        "decision_rejected",
    ]
    assert {"case_id": case, "organisation_id": 1, "event": "reopened"} in heard
    await world.posted(case)
    assert world.casework.view(case).status == "replied"


async def test_a_rejected_dismissal_of_an_escalated_case_goes_back_to_the_moderators(world: World) -> None:
    grave, handed_over = await world.case(THREAT), await world.case(SAID, "$2")
    world.casework.escalate(handed_over, world.ann)
    for case in (grave, handed_over):
        world.casework.dismiss(case, world.mia)
    for decision in world.decisions.list():
        world.decisions.reject(decision.id, world.tom)
    assert [world.casework.view(case).status for case in (grave, handed_over)] == ["escalated"] * 2


async def test_a_rejected_dismissal_stays_closed_where_the_message_is_gone(world: World) -> None:
    case = await world.case(SAID)
    world.casework.dismiss(case, world.ann)
    await world.intake.redacted(1, "test", "!room", "$1")
    world.decisions.reject(only(world), world.tom)
    assert world.casework.view(case).status == "dismissed"


async def test_a_volunteer_cannot_dismiss_what_is_escalated(world: World) -> None:
    grave, handed_over = await world.case(THREAT), await world.case(SAID, "$2")
    world.casework.escalate(handed_over, world.ann)
    for case in (grave, handed_over):
        with pytest.raises(NotAllowed, match="only a moderator or an admin can dismiss an escalated case"):
            world.casework.dismiss(case, world.ann)
        assert world.casework.view(case).status == "escalated"
    assert world.decisions.list() == []
    assert world.casework.dismiss(grave, world.mia).status == "dismissed"
    assert world.casework.missed(grave, world.bob).status == "escalated"
