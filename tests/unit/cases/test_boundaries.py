"""Where a rule begins and ends: the last minute of a claim, the longest reply, who may do what, what a card says.

Each test answers a change of the code that no other test noticed (``python -m tests.mutation``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.errors import (
    AlreadyClaimed,
    CaseError,
    CaseNotFound,
    NotAllowed,
    NotPossible,
    NotYourCase,
    ReplyRefused,
)
from courage.cases.retention import Upkeep, purge
from courage.db.engine import writing
from courage.db.models.delivery import Counter
from tests.unit.cases.kit import T0, Wish, World, make_world

CLAIM = timedelta(minutes=30)
UNDO = timedelta(minutes=10)


def counted(world: World) -> dict[tuple[str, str], int]:
    """Return what was counted and written, by day and name."""
    with world.sessions() as session:
        return {(row.day.isoformat(), row.name): row.count for row in session.scalars(select(Counter))}


async def written(world: World, case_id: int, text: str = "Please do not.") -> int:
    """Let Ann claim a case and write a draft; return its version."""
    world.casework.claim(case_id, world.ann)
    return world.casework.edit(case_id, world.ann, text).version


# time


@pytest.mark.parametrize(("late", "taken_over"), [(timedelta(seconds=-1), False), (timedelta(0), True)])
async def test_a_claim_lasts_to_the_second(world: World, late: timedelta, taken_over: bool) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.clock.now += CLAIM + late
    if taken_over:
        assert world.casework.claim(case_id, world.bob).holder_id == world.bob
    else:
        with pytest.raises(AlreadyClaimed, match="Ann"):
            world.casework.claim(case_id, world.bob)


async def test_claiming_again_and_writing_renew_a_claim(world: World) -> None:
    first, second = await world.case(), await world.case("vermin, all of them", "$2", author="@other:x")
    world.casework.claim(first, world.ann)
    world.clock.pass_(minutes=20)
    await written(world, second)
    world.clock.pass_(minutes=9)
    world.casework.claim(first, world.ann)
    world.casework.edit(second, world.ann, "Another text.")
    world.clock.pass_(minutes=29)
    assert world.casework.expire_claims() == []
    world.clock.pass_(minutes=1)
    assert sorted(world.casework.expire_claims()) == [first, second]
    assert {view.status for view in world.casework.queue()} == {"open"}


@pytest.mark.parametrize(("late", "possible"), [(timedelta(0), True), (timedelta(seconds=1), False)])
async def test_undo_lasts_to_the_second(world: World, late: timedelta, possible: bool) -> None:
    case_id = await world.case()
    world.casework.dismiss(case_id, world.ann)
    world.clock.now += UNDO + late
    if possible:
        assert world.casework.undo(case_id, world.ann).status == "open"
    else:
        with pytest.raises(NotPossible, match="more than 10 minutes"):
            world.casework.undo(case_id, world.ann)


async def test_an_undone_step_is_not_undone_twice(world: World) -> None:
    case_id = await world.case()
    world.casework.escalate(case_id, world.ann)
    assert world.casework.undo(case_id, world.ann).status == "open"
    with pytest.raises(NotPossible, match="nothing to undo"):
        world.casework.undo(case_id, world.ann)


async def test_undoing_a_release_gives_the_case_back_for_a_whole_claim(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    world.clock.pass_(minutes=25)
    world.casework.release(case_id, world.ann)
    assert world.casework.undo(case_id, world.ann).holder_id == world.ann
    world.clock.pass_(minutes=29)
    assert world.casework.expire_claims() == []


async def test_a_message_counts_for_the_day_on_which_it_came(world: World) -> None:
    await world.intake.receive(world.message("lovely", received_at=T0 - timedelta(days=1)))
    await world.intake.receive(world.message("lovely too", "$2"))
    await world.intake.close()
    days = {day: count for (day, name), count in counted(world).items() if name == "screened"}
    assert days == {"2026-02-28": 1, "2026-03-01": 1}


async def test_starting_the_intake_twice_counts_once_and_stopping_writes_what_is_left(world: World) -> None:
    await world.intake.start()
    await world.intake.start()
    await world.intake.receive(world.message("lovely"))
    await world.intake.close()
    assert counted(world)["2026-03-01", "screened"] == 1
    await world.intake.start()  # and it can begin anew
    await world.intake.receive(world.message("lovely", "$2"))
    await world.intake.close()
    assert counted(world)["2026-03-01", "screened"] == 2


async def test_counts_are_written_while_the_intake_runs(tmp_path: Path) -> None:
    world = make_world(tmp_path, flush_seconds=0.01)
    await world.intake.start()
    await world.intake.receive(world.message("lovely"))
    async with asyncio.timeout(30):
        while not counted(world):
            await asyncio.sleep(0.01)
    assert counted(world)["2026-03-01", "screened"] == 1
    await world.intake.close()


# sizes


async def test_the_longest_reply_is_exactly_as_long_as_allowed(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    assert len(world.casework.edit(case_id, world.ann, "x" * 2000).text) == 2000
    assert world.casework.edit(case_id, world.ann, "x").text == "x"
    with pytest.raises(ReplyRefused, match="1 to 2000 characters, this one 2001"):
        world.casework.edit(case_id, world.ann, "x" * 2001)


async def test_the_queue_shows_at_least_one_and_goes_on_below_a_number(world: World) -> None:
    numbers = [await world.case(f"vermin number {n}", f"${n}", author=f"@a{n}:x") for n in range(3)]
    assert [view.id for view in world.casework.queue(limit=0)] == numbers[:1]
    assert [view.id for view in world.casework.queue(limit=2)] == numbers[:2]
    assert [view.id for view in world.casework.queue(before=numbers[1])] == numbers[:1]
    with pytest.raises(CaseError, match="'lost' is not one of"):
        world.casework.queue(statuses=("open", "lost"))


async def test_the_queue_of_what_is_done_begins_with_the_newest(world: World) -> None:
    numbers = [await world.case(f"vermin number {n}", f"${n}", author=f"@a{n}:x") for n in range(3)]
    for number in numbers:
        world.casework.dismiss(number, world.ann)
    assert [view.id for view in world.casework.queue(statuses=("dismissed",))] == numbers[::-1]


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**31 - 1])
async def test_numbers_at_the_edge_of_the_database_name_no_case(world: World, number: int) -> None:
    await world.case()
    with pytest.raises(CaseNotFound):
        world.casework.view(number)


# who may


STEPS = ("claim", "release", "suggest", "dismiss", "escalate", "missed", "close", "undo", "show_message")


@pytest.mark.parametrize("step", STEPS)
async def test_a_trainer_takes_no_step_on_a_case_and_nothing_changes(world: World, step: str) -> None:
    case_id = await world.case()
    before = world.casework.view(case_id)
    with pytest.raises(NotAllowed, match="Tom is a trainer"):
        getattr(world.casework, step)(case_id, world.tom, *([Wish()] if step == "suggest" else []))
    assert world.casework.view(case_id) == before


@pytest.mark.parametrize("step", ["release", "dismiss", "escalate"])
async def test_only_moderators_act_on_a_case_that_is_somebody_elses(world: World, step: str) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    with pytest.raises(AlreadyClaimed, match="Ann"):
        getattr(world.casework, step)(case_id, world.bob)
    assert world.casework.view(case_id).holder_id == world.ann
    assert getattr(world.casework, step)(case_id, world.mia).holder_id is None


@pytest.mark.parametrize("step", ["edit", "choose", "confirm_post"])
async def test_even_a_moderator_writes_only_on_their_own_case(world: World, step: str) -> None:
    case_id = await world.case()
    argument = "Text." if step == "edit" else 1
    with pytest.raises(NotYourCase, match="claim case 1 first"):
        getattr(world.casework, step)(case_id, world.mia, argument)
    await written(world, case_id)
    with pytest.raises(AlreadyClaimed, match="Ann"):
        getattr(world.casework, step)(case_id, world.mia, argument)
    assert world.channel.replies == {}


async def test_a_volunteer_closes_what_was_answered_but_not_what_was_escalated(world: World) -> None:
    answered = await world.case()
    await world.posted(answered)
    assert world.casework.close(answered, world.bob).status == "closed"
    escalated = await world.case("i will kill them", "$2", author="@other:x")
    with pytest.raises(NotAllowed, match="only a moderator or an admin"):
        world.casework.close(escalated, world.bob)
    assert world.casework.close(escalated, world.mia).status == "closed"


# once


async def test_a_reply_goes_out_once_however_often_it_is_confirmed(world: World) -> None:
    case_id = await world.case()
    version = await written(world, case_id)
    first = world.casework.confirm_post(case_id, world.ann, version)
    assert world.casework.confirm_post(case_id, world.ann, version) == first
    await world.dispatcher.drain()
    world.casework.confirm_post(case_id, world.ann, version)
    await world.dispatcher.drain()
    assert list(world.channel.replies) == [f"reply:{case_id}:{version}"]


async def test_while_a_reply_is_on_its_way_nobody_gives_the_case_away(world: World) -> None:
    case_id = await world.case()
    version = await written(world, case_id)
    world.casework.confirm_post(case_id, world.ann, version)
    for step in ("release", "dismiss", "escalate"):
        with pytest.raises(NotPossible, match="on its way"):
            getattr(world.casework, step)(case_id, world.ann)
    with pytest.raises(NotPossible, match="on its way"):
        world.casework.edit(case_id, world.ann, "Something else.")
    assert world.casework.next_expiry() is None
    world.clock.now += CLAIM * 2
    assert world.casework.expire_claims() == []
    with pytest.raises(AlreadyClaimed):
        world.casework.claim(case_id, world.bob)


async def test_saving_the_same_text_again_makes_no_new_version(world: World) -> None:
    case_id = await world.case()
    version = await written(world, case_id, "The same.")
    assert world.casework.edit(case_id, world.ann, "  The same. ").version == version
    assert world.casework.edit(case_id, world.ann, "Another.").version == version + 1


async def test_short_commands_mean_the_case_claimed_last(world: World) -> None:
    first, second = await world.case(), await world.case("vermin, all of them", "$2", author="@other:x")
    assert world.casework.current_case(world.ann) is None
    world.casework.claim(second, world.ann)
    world.clock.pass_(minutes=1)
    world.casework.claim(first, world.ann)
    assert world.casework.current_case(world.ann) == first
    world.clock.pass_(minutes=1)
    world.casework.claim(second, world.ann)
    assert world.casework.current_case(world.ann) == second
    world.casework.dismiss(second, world.ann)
    assert world.casework.current_case(world.ann) == first


# what the desk room sees


@pytest.mark.parametrize(
    ("text", "steps", "status"),
    [
        ("they are vermin", ("claim",), "claimed"),
        ("they are vermin", ("claim", "release"), "open"),
        ("they are vermin", ("claim", "release", "undo"), "claimed"),
        ("they are vermin", ("dismiss",), "dismissed"),
        ("they are vermin", ("dismiss", "undo"), "open"),
        ("they are vermin", ("dismiss", "missed"), "open"),
        ("they are vermin", ("escalate",), "escalated"),
        ("i will kill them", ("close",), "closed"),
    ],
)
async def test_the_card_in_the_desk_room_follows_every_step(
    world: World, text: str, steps: tuple[str, ...], status: str
) -> None:
    case_id = await world.case(text)
    await world.dispatcher.drain()
    for step in steps:
        world.clock.pass_(seconds=1)
        getattr(world.casework, step)(case_id, world.mia)
        await world.dispatcher.drain()
        assert world.channel.updates[-1].status == world.casework.view(case_id).status
    assert world.channel.updates[-1].status == status
    assert len(world.channel.updates) == len(steps)


async def test_editing_a_repeat_takes_it_out_of_the_case(world: World) -> None:
    case_id = await world.case()
    await world.case("they are vermin", "$2")
    await world.case("they are vermin", "$3")
    assert world.casework.view(case_id).repeats == 3
    world.clock.pass_(seconds=5)
    softened = await world.intake.edited(world.message("they are lovely", "$2"))
    assert softened is None or softened.case_id == case_id
    assert [view.id for view in world.casework.queue()] == [case_id]
    assert world.casework.view(case_id).repeats == 2
    world.clock.pass_(seconds=5)
    await world.intake.edited(world.message("vermin should all be gone", "$3"))
    assert world.casework.view(case_id).repeats == 1
    assert len(world.casework.queue()) == 2


async def test_nobody_decides_about_a_text_that_is_gone(world: World) -> None:
    case_id = await world.case()
    world.clock.pass_(days=29)
    assert purge(world.sessions, world.clock()).texts == 0
    world.clock.pass_(days=2)
    assert purge(world.sessions, world.clock()).texts == 1
    with pytest.raises(NotPossible, match="not kept any more"):
        world.casework.show_message(case_id, world.ann)
    for step in ("dismiss", "escalate", "claim"):
        with pytest.raises(NotPossible, match="its message is gone"):
            getattr(world.casework, step)(case_id, world.ann)


async def test_a_removal_that_is_told_twice_changes_nothing_more(world: World) -> None:
    case_id = await world.case()
    await world.case("they are vermin", "$2")
    for message_id, repeats in (("$2", 1), ("$1", 1)):
        assert await world.intake.redacted(1, "test", "!room", message_id) == case_id
        history = world.casework.history(case_id, world.ann)
        assert await world.intake.redacted(1, "test", "!room", message_id) == case_id
        assert world.casework.history(case_id, world.ann) == history
        assert world.casework.view(case_id).repeats == repeats
    assert world.casework.view(case_id).status == "withdrawn"
    assert await world.intake.redacted(1, "test", "!room", "$unknown") is None


async def test_upkeep_gives_claims_back_when_there_is_news_and_rests_in_between(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    looked, looks, loop = asyncio.Event(), [0], asyncio.get_running_loop()
    upkeep = Upkeep(world.sessions, world.casework, bus=world.bus, clock=world.clock)
    expire = world.casework.expire_claims

    def counting() -> list[int]:
        looks[0] += 1
        try:
            return expire()
        finally:
            loop.call_soon_threadsafe(looked.set)

    world.casework.expire_claims = counting  # type: ignore[method-assign]
    running = asyncio.create_task(upkeep.run())
    async with asyncio.timeout(30):
        await looked.wait()
        for _ in range(50):
            await asyncio.to_thread(int)
        assert looks[0] == 1  # it waits for news, or for the next claim that runs out
        assert world.casework.view(case_id).status == "claimed"
        looked.clear()
        world.clock.now += CLAIM
        world.bus.publish("case", {"case_id": case_id})
        await looked.wait()
    assert world.casework.view(case_id).status == "open"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# what others hear


@pytest.mark.parametrize(("repeats", "told"), [(2, True), (3, False), (4, True), (5, False)])
async def test_the_card_counts_repeats_at_every_doubling(world: World, repeats: int, told: bool) -> None:
    await world.case()
    for n in range(2, repeats):
        await world.case("they are vermin", f"${n}")
    await world.dispatcher.drain()
    before = len(world.channel.updates)
    await world.case("They  are VERMIN", f"${repeats}")
    await world.dispatcher.drain()
    assert len(world.channel.updates) - before == told
    if told:
        assert world.channel.updates[-1].repeats == repeats


@pytest.mark.parametrize(
    ("step", "status"), [("claim", "claimed"), ("dismiss", "dismissed"), ("escalate", "escalated")]
)
async def test_everybody_who_listens_hears_of_a_step_once_it_is_taken(
    world: World, step: str, status: str
) -> None:
    case_id = await world.case()
    async with world.bus.subscribe("case", "outbox") as heard:
        getattr(world.casework, step)(case_id, world.ann)
        async with asyncio.timeout(30):
            news = [await anext(heard), await anext(heard)]
    assert {event.topic for event in news} == {"case", "outbox"}
    (told,) = [event.data for event in news if event.topic == "case"]
    assert told == {"case_id": case_id, "organisation_id": 1, "event": "changed", "status": status}


async def test_a_step_that_was_refused_is_told_to_nobody(world: World) -> None:
    case_id = await world.case()
    async with world.bus.subscribe("case") as heard:
        with pytest.raises(NotAllowed):
            world.casework.claim(case_id, world.tom)
        world.casework.claim(case_id, world.ann)
        async with asyncio.timeout(30):
            assert (await anext(heard)).data["status"] == "claimed"


async def test_a_claim_renewed_at_the_last_moment_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await world.case(), await world.case("vermin, all of them", "$2", author="@other:x")
    for case_id in (first, second):
        world.casework.claim(case_id, world.ann)
    world.clock.now += CLAIM
    entered = []

    @contextmanager
    def with_a_race(sessions: sessionmaker[Session]) -> Iterator[Session]:
        entered.append(1)
        if len(entered) == 2:  # both were found to have run out, and the first is free by now
            monkeypatch.undo()
            world.casework.claim(second, world.ann)
        with writing(sessions) as session:
            yield session

    monkeypatch.setattr("courage.cases.claims.writing", with_a_race)
    assert world.casework.expire_claims() == [first]
    assert world.casework.view(second).holder_id == world.ann
    assert world.casework.view(first).status == "open"


async def test_a_summary_is_about_one_room_and_one_minute_and_says_the_worst(tmp_path: Path) -> None:
    world = make_world(tmp_path, cards_per_minute=1)
    world.rooms.ensure("test", "!other", name="Another room")
    number = 0

    async def flood(count: int, room_id: str, text: str = "vermin") -> None:
        nonlocal number
        for _ in range(count):
            number += 1
            await world.case(f"{text} number {number}", f"${number}", author=f"@a{number}:x", room_id=room_id)

    await flood(3, "!room")
    await flood(1, "!room", "we are being replaced")
    await flood(3, "!other")
    world.clock.pass_(minutes=1)
    await flood(6, "!room")
    world.clock.pass_(minutes=2)
    await world.dispatcher.drain()
    summaries = [card for card in world.channel.cards.values() if card.lane == "summary"]
    assert sorted((card.room_name, card.repeats) for card in summaries) == [
        ("Another room", 2),
        ("Garden talk", 3),
        ("Garden talk", 5),
    ]
    assert {card.severity for card in summaries} == {2}
