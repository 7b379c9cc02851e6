"""How often the queue asks the database."""

from __future__ import annotations

from sqlalchemy import event

from courage.cases.errors import ChannelRefused
from tests.unit.cases.kit import World


async def busy(world: World, cases: int) -> None:
    """Open cases in three rooms: some claimed, with drafts, and replies of which some failed."""
    for number in range(cases):
        case_id = await world.case(f"they are vermin {number}", f"$q{number}", room_id=f"!room{number % 3}")
        if number % 2:
            world.casework.claim(case_id, world.ann if number % 3 else world.bob)
        if number % 4 == 1:
            holder = world.casework.view(case_id).holder_id
            assert holder is not None
            world.casework.edit(case_id, holder, "First.")
            draft = world.casework.edit(case_id, holder, f"Second {number}.")
            world.casework.confirm_post(case_id, holder, draft.version)
    world.channel.fails, world.channel.failures = "reply:", [ChannelRefused("muted")] * 3
    await world.dispatcher.drain()


def statements(world: World) -> int:
    """Return how many statements one look at the queue takes."""
    heard: list[str] = []
    engine = world.sessions.kw["bind"]

    def listen(*args: object) -> None:
        heard.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        world.casework.queue(statuses=("open", "claimed", "escalated", "replied"), limit=200)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(heard)


async def test_the_queue_asks_as_often_for_fifty_cases_as_for_five(world: World) -> None:
    await busy(world, 5)
    few = statements(world)
    for number in range(5, 50):
        await world.case(f"they are vermin {number}", f"$more{number}")
    many = statements(world)
    assert len(world.casework.queue(statuses=("open", "claimed", "replied"), limit=200)) == 50
    assert many == few
    assert many <= 6


async def test_the_queue_shows_each_case_as_it_is_alone(world: World) -> None:
    await busy(world, 12)
    found = world.casework.queue(statuses=("open", "claimed", "escalated", "replied"), limit=200)
    assert found == [world.casework.view(view.id) for view in found]
    assert {view.reply.state for view in found if view.reply} == {"failed"}
    assert {view.draft.text for view in found if view.draft} == {"Second 1.", "Second 5.", "Second 9."}
    assert {view.holder for view in found} == {None, "Ann", "Bob"}


async def test_an_empty_queue_is_empty(world: World) -> None:
    assert world.casework.queue() == []
