"""Drills at the desk: a scenario turn by turn, the short exercises, what is whose, and what trainers are shown."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from sqlalchemy import func, select

from courage.cases.retention import purge
from courage.clock import utcnow
from courage.db.engine import Base, make_sessions
from courage.db.models.academy import Drill, DrillDispute, DrillTurn

from .conftest import Enter, Visitor
from .world import World

GARDEN = "/academy/scenarios/en-test-garden"
CLAIM = "The foreigners take all the plots"


def field(page: str, name: str) -> str:
    found = re.findall(rf'name="{name}" value="(\d+)"', page)
    assert found, f"{name} is not on the page"
    return str(found[-1])  # the open turn comes last, after those of feedback


async def begun(visitor: Visitor, path: str = GARDEN, **more: str) -> str:
    await visitor.press(f"{path}/begin", more)
    return await visitor.page(path)


async def reply(visitor: Visitor, page: str, do: str = "reply", text: str = "", path: str = GARDEN) -> str:
    data = {"run": field(page, "run"), "turn": field(page, "turn"), "do": do, "text": text}
    response = await visitor.press(f"{path}/turn", data)
    return unescape(await response.text())


def rows(world: World, *tables: Any) -> list[int]:
    with make_sessions(world.engine)() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def test_a_scenario_is_played_to_its_end_with_feedback_after_each_turn(
    world: World, enter: Enter
) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    assert 'class="harmful"' in page  # hidden until asked
    page = await reply(visitor, page, text="Where did you hear that?")
    assert "A calm question leaves Dave a way back." in page
    assert "ok, I only heard it from a mate" in page
    assert "an open question" in page
    assert "Safe for you" in page
    assert "Where did you hear that?" in page
    page = await reply(visitor, page, text="You are such an idiot, Dave.")
    assert "insults somebody" in page
    assert ">idiot</q>" in page
    assert "That was a hard one" in page
    assert "Next time the claim is the thing to answer." in page
    assert 'name="turn"' not in page.split("Turn by turn")[1]
    overview = await visitor.page("/academy")
    assert "was hard" in overview


async def test_a_lost_connection_and_a_new_login_find_the_run_where_it_was(
    world: World, enter: Enter
) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    await reply(visitor, page, text="Where did you hear that?")
    again = await (await enter("volunteer")).page(GARDEN)
    assert "ok, I only heard it from a mate" in again
    assert field(again, "turn") == "2"
    assert "Go on" in await visitor.page("/academy")


async def test_a_second_click_answers_once(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    await reply(visitor, page, text="Where did you hear that?")
    page = await reply(visitor, page, text="Where did you hear that?")
    assert "ok, I only heard it from a mate" in page
    assert rows(world, DrillTurn) == [1]


async def test_to_say_nothing_and_to_tell_the_moderators_are_answers(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await reply(visitor, await begun(visitor), "silence")
    assert "Nobody said anything, and Noor noticed." in page
    assert "You said nothing." in page
    await visitor.press(f"{GARDEN}/begin")
    page = await reply(visitor, await visitor.page(GARDEN), "report")
    assert "Some of it worked" in page


async def test_what_cannot_be_read_is_said_and_what_was_typed_stays(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    long = "word " * 220
    page = await reply(visitor, page, text=long)
    assert "at most 1000 are read" in page
    assert long.strip() in page
    assert "the reply is empty" in await reply(visitor, page, text="  ")
    assert rows(world, DrillTurn) == [0]


async def test_harmful_texts_are_shown_where_somebody_asked_for_this_run(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    assert 'class="harmful"' in page
    await visitor.press(f"{GARDEN}/show", {"run": field(page, "run"), "shown": "yes"})
    shown = await visitor.page(GARDEN)
    assert 'class="harmful"' not in shown
    assert CLAIM in shown


async def test_one_starts_from_a_suggestion_of_the_library(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await reply(visitor, await begun(visitor), "suggest", text="my own beginning")
    assert "Start from a suggestion and change it" in page
    assert 'data-fill="#reply"' in page
    assert "my own beginning" in page


async def test_leaving_asks_and_keeps_or_deletes(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await begun(visitor)
    page = await reply(visitor, page, text="Where did you hear that?")
    run = field(page, "run")
    asked = await visitor.press(f"{GARDEN}/leave", {"run": run})
    assert "or delete this run for good?" in await asked.text()
    kept = await visitor.press(f"{GARDEN}/leave", {"run": run, "keep": "yes"})
    assert "Kept." in await kept.text()
    assert rows(world, Drill, DrillTurn) == [1, 1]
    assert "Begin" in await visitor.page(GARDEN)
    gone = await visitor.press("/academy/delete", {"run": run})
    assert "Deleted for good." in await gone.text()
    assert rows(world, Drill, DrillTurn) == [0, 0]


async def test_nobody_sees_or_changes_the_runs_of_others(world: World, enter: Enter) -> None:
    visitor, other = await enter("volunteer"), await enter("trainer")
    page = await reply(visitor, await begun(visitor), text="Where did you hear that?")
    run = field(page, "run")
    assert "Where did you hear that?" not in await other.page(GARDEN)
    for path, more in (("/turn", {"turn": "2", "text": "x"}), ("/leave", {"keep": "no"}), ("/show", {})):
        response = await other.press(GARDEN + path, {"run": run, **more})
        assert response.status in (400, 404), path
    await other.press("/academy/delete", {"run": run})
    assert rows(world, DrillTurn) == [1]


async def test_nothing_of_a_drill_reaches_live_data_others_or_what_is_learnt(
    world: World, enter: Enter
) -> None:
    tables = [table for table in Base.metadata.sorted_tables if "organisation_id" in table.c]
    ours = {"drills", "drill_turns", "drill_chats", "practice_spaces", "organisation_settings"}

    def counted() -> dict[str, int]:
        with make_sessions(world.engine)() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in tables
                if table.name not in ours
            }

    visitor = await enter("volunteer")
    before = counted()
    page = await begun(visitor)
    page = await reply(visitor, page, "suggest")
    page = await reply(visitor, page, text="Migrants are criminals and vermin, all of them.")
    await visitor.press("/academy/cards/en-card-001", {"answer1": "3"})
    assert counted() == before
    assert world.shelf.learnt == []
    space = world.practice_spaces.find(world.person["volunteer"].id)
    with make_sessions(world.engine)() as session:
        assert {row.organisation_id for row in session.scalars(select(Drill))} == {space}
        assert {row.organisation_id for row in session.scalars(select(DrillTurn))} == {space}
    assert "vermin" not in await (await enter("admin")).page("/cases")


async def test_emptying_the_practice_rooms_leaves_drills_alone(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    await reply(visitor, await begun(visitor), text="Where did you hear that?")
    await visitor.press("/practice/clear", {"sure": "yes"})
    assert rows(world, Drill, DrillTurn) == [1, 1]


async def test_a_card_is_answered_once_and_says_why(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await visitor.page("/academy/cards")
    assert "Who do you mean by they?" in page
    assert 'data-key="4"' in page
    assert 'data-clock="60"' in page
    assert "It insults." not in page
    answered = await visitor.press("/academy/cards/en-card-001", {"answer1": "2"})
    text = await answered.text()
    assert "It insults." in text
    assert "Better not · your choice" in text
    refused = await visitor.press("/academy/cards/en-card-001", {"answer1": "9"})
    assert refused.status == 400
    assert "allowed: 1 to 4" in await refused.text()
    assert "1 of 1 done" in await visitor.page("/academy")


async def test_the_other_exercises_say_what_was_right(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    right = await visitor.press("/academy/spot_the_hate/en-spot-001", {"answer1": "no_hate"})
    assert "Right: no hate." in await right.text()
    wrong = await visitor.press("/academy/spot_the_hate/en-spot-001", {"answer1": "hate"})
    assert "It is: no hate." in await wrong.text()
    source = await visitor.press("/academy/sources/en-source-001", {"answer1": "1", "answer2": "2"})
    text = await source.text()
    assert "Nobody is named." in text
    assert "The pool is open." in text
    half = await visitor.press("/academy/sources/en-source-001", {"answer1": "1"})
    assert half.status == 400
    limits = await visitor.press("/academy/limits/en-limits-001", {"answer1": "1"})
    assert "You may stop." in await limits.text()
    assert (await visitor.get("/academy/limits/en-nothing")).status == 404
    assert (await visitor.get("/academy/scenarios/en-nothing")).status == 404


async def test_feedback_is_disputed_with_consent_only_and_trainers_see_that_turn_alone(
    world: World, enter: Enter
) -> None:
    visitor, trainer = await enter("volunteer"), await enter("trainer")
    page = await reply(visitor, await begun(visitor), text="Where did you hear that?")
    page = await reply(visitor, page, text="That was a good question, wasn't it?")
    run = field(page, "run")
    data = {"run": run, "turn": "1", "words": "It was kind, I think."}
    refused = await visitor.press(f"{GARDEN}/dispute", data)
    assert refused.status == 400
    assert rows(world, DrillDispute) == [0]
    sent = await visitor.press(f"{GARDEN}/dispute", {**data, "consent": "yes"})
    assert "Sent to the trainers." in await sent.text()
    await visitor.press(f"{GARDEN}/dispute", {**data, "consent": "yes", "words": "Better said now."})
    assert rows(world, DrillDispute) == [1]
    shown = await trainer.page("/academy/disputes")
    assert "Better said now." in shown
    assert "Where did you hear that?" in shown
    assert "good question" not in shown
    assert "volunteer one" in shown
    number = re.search(r"/academy/disputes/(\d+)", shown)
    assert number
    await trainer.press(f"/academy/disputes/{number[1]}", {"answer": "You are right, I agree."})
    assert "You are right, I agree." in await visitor.page(GARDEN)
    assert "Nobody sees feedback differently" in await trainer.page("/academy/disputes")
    assert (await visitor.get("/academy/disputes")).status == 403


async def test_disputes_go_after_their_time(world: World, enter: Enter) -> None:
    visitor = await enter("volunteer")
    page = await reply(visitor, await begun(visitor), text="Where did you hear that?")
    data = {"run": field(page, "run"), "turn": "1", "words": "x", "consent": "yes"}
    await visitor.press(f"{GARDEN}/dispute", data)
    sessions = make_sessions(world.engine)
    purge(sessions, utcnow())
    assert rows(world, DrillDispute) == [1]
    with sessions() as session:
        for row in session.scalars(select(DrillDispute)):
            row.retain_until = utcnow()
        session.commit()
    purge(sessions, utcnow())
    assert rows(world, DrillDispute) == [0]


async def test_the_pages_are_in_the_readers_language_and_scenarios_of_another_can_be_chosen(
    world: World, enter: Enter
) -> None:
    visitor = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=("ar",))
    text = await visitor.page("/academy")
    assert 'dir="rtl"' in text
    assert "إشاعة عن الحديقة" in text
    unknown = await visitor.get("/academy?language=xx")
    assert unknown.status == 400
