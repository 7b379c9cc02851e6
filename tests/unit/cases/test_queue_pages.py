"""The queue a page at a time: nothing twice, nothing left out, what was muted counted, as few questions as before."""

from __future__ import annotations

from sqlalchemy import event, update

from courage.cases.queue_pages import QueuePage
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from courage.people.care import Care
from tests.unit.cases.kit import World


def change(world: World, number: int, **values: object) -> None:
    with world.sessions() as session:
        session.execute(update(Case).where(Case.id == number).values(**values))
        session.commit()


def ids(page: QueuePage) -> list[int]:
    return [case.id for case in page.cases]


async def test_pages_follow_each_other_with_nothing_twice_and_nothing_left_out(world: World) -> None:
    for number in range(11):
        text = "we will kill them" if number in (3, 9) else "they are vermin"
        await world.case(f"{text} {number}", f"$q{number}", author=f"@e{number}:x")
    pages = [world.casework.page(1, world.ann, number=number, size=4) for number in (1, 2, 3)]
    assert [ids(page) for page in pages] == [[4, 10, 1, 2], [3, 5, 6, 7], [8, 9, 11]]
    assert {(p.pages, p.escalated, p.counter, p.total) for p in pages} == {(3, 2, 9, 11)}
    # Cases were settled meanwhile: who asks for a page that is not there any more sees the last.
    beyond = world.casework.page(1, world.ann, number=9, size=4)
    assert (beyond.number, ids(beyond)) == (3, [8, 9, 11])
    only = world.casework.page(1, world.ann, lane="escalate", size=1, number=2)
    assert (ids(only), only.pages, only.counter) == ([10], 2, 0)


async def test_own_languages_come_first_on_the_whole_list_and_not_on_a_page_alone(world: World) -> None:
    for number in range(6):
        await world.case(f"they are vermin {number}", f"$q{number}", author=f"@e{number}:x")
    for number in (5, 6):
        change(world, number, language="fr", severity=1)
    world.people.change(world.ann, languages=("fr",))
    assert ids(world.casework.page(1, world.ann, size=3)) == [5, 6, 1]
    assert ids(world.casework.page(1, world.bob, size=3)) == [1, 2, 3]


async def test_muted_groups_are_left_out_of_every_page_and_counted(world: World) -> None:
    for number in range(5):
        await world.case(f"they are vermin {number}", f"$q{number}", author=f"@e{number}:x")
    for number in (2, 4, 5):
        change(world, number, targets=["women"])
    care = Care(make_sessions(world.sessions.kw["bind"], strict=True), clock=world.clock)
    world.casework.claim(5, world.ann)
    care.choose(world.ann, 1, daily_cap=None, muted=("women",))
    page = world.casework.page(1, world.ann, size=2)
    assert (ids(page), page.hidden, page.counter, page.pages) == ([1, 3], 2, 3, 2)
    assert ids(world.casework.page(1, world.ann, size=2, number=2)) == [5], "what she is on stays"
    assert world.casework.page(1, world.ann, size=2, muted=True).counter == 5


async def test_a_page_asks_as_often_for_fifty_cases_as_for_five(world: World) -> None:
    async def asked(upto: int) -> int:
        for number in range(upto):
            await world.case(f"they are vermin {number}", f"$q{number}", author=f"@e{number}:x")
        heard: list[object] = []
        engine = world.sessions.kw["bind"]

        def listen(*args: object) -> None:
            heard.append(args[2])

        event.listen(engine, "before_cursor_execute", listen)
        try:
            world.casework.page(1, world.ann)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return len(heard)

    few = await asked(5)
    assert await asked(50) == few <= 12


async def test_other_organisations_see_nothing_of_it(world: World) -> None:
    await world.case()
    page = world.casework.page(2, world.ann)
    assert (page.total, page.cases, page.pages) == (0, (), 1)
