"""Practice is a sandbox: nothing done in it changes a verdict, a count, a training file or what another person sees."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import text

from courage.insights.metrics import metrics
from courage.people.practice import is_practice
from courage.web.routes import TABLE
from courage.web.table import EVERYONE
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.test_practice_and_people import cards, space_of
from tests.unit.web.world import HATE, World, until

pytestmark = pytest.mark.slow  # the whole desk twice, with and without practice

#: Words that stand in practice and nowhere else.
TYPED = "They are vermin, says the practising volunteer Q7."
SECRET = "practising volunteer Q7"


def everything_shared(world: World) -> dict[str, Any]:
    """Return what practice must not change: every row that is not of a practice space, verdicts, counts, files."""
    world.intake.counters.flush()
    with world.engine.connect() as connection:
        spaces = "SELECT organisation_id FROM organisation_settings WHERE kind = 'practice'"
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        rows = {}
        for table in sorted(tables):
            if table in ("organisations", "organisation_settings", "practice_spaces", "web_sessions"):
                continue
            columns = connection.execute(text(f"PRAGMA table_info({table})")).all()
            if "organisation_id" in {column[1] for column in columns}:
                found = connection.execute(
                    text(f"SELECT * FROM {table} WHERE organisation_id NOT IN ({spaces})")
                )
                rows[table] = sorted(map(repr, found.all()))
        rows["organisations"] = [
            repr(row)
            for row in connection.execute(
                text(f"SELECT * FROM organisations WHERE id NOT IN ({spaces})")
            ).all()
        ]
    return {
        "rows": rows,
        "training": world.decisions.confirmed_texts(),
        "to review": world.decisions.count(),
        "counts": world.intake.counters.totals(),
        "numbers": metrics(world.practice_spaces._sessions, 1).to_json(),
        "of all": metrics(world.practice_spaces._sessions).to_json(),
        "heard by the ranking": list(world.shelf.learnt),
        "queue": [case.id for case in world.casework.queue()],
        "rooms": world.rooms.list(),
    }


async def seen_by(visitor: Visitor, role: str) -> dict[str, str]:
    """Return every page and answer that a person of a role gets without saying a number, less what always differs."""
    found = {}
    for line in TABLE:
        plain = line.method == "GET" and "{" not in line.path and line.kind not in ("stream", "machine")
        if not plain or role not in (line.roles or EVERYONE):
            continue
        body = await (await visitor.client.get(line.path)).text()
        found[line.path] = re.sub(r'value="[\w-]{20,}"|content="[\w-]{20,}"|"[\w-]{30,}"', "", body)
    return found


async def practise(world: World, visitor: Visitor, role: str) -> list[int]:
    """Do in practice whatever can be done: flag, dismiss, say that it was missed, answer, report, escalate."""
    for number in range(1, 6):
        async with until(world.bus, "practice", lambda n=number: len(cards(world, role)) >= n):
            await visitor.press("/practice/message", {"text": TYPED, "member": "Noor"})
    await visitor.press("/practice/message", {"text": "A harmless line."})
    numbers = cards(world, role)
    await visitor.press(f"/cases/{numbers[0]}/message")
    for number, step in zip(numbers, ("dismiss", "escalate", "claim", "claim", "claim"), strict=True):
        answer = await visitor.press(f"/cases/{number}/{step}")
        assert answer.status == 200, (step, await answer.text())
    await visitor.press(f"/cases/{numbers[0]}/missed")
    await visitor.press(f"/cases/{numbers[1]}/undo")
    await visitor.press(f"/cases/{numbers[2]}/suggest")
    await visitor.press(f"/cases/{numbers[2]}/choose", {"number": "1", "response": "en-migrants-facts-001"})
    await visitor.press(f"/cases/{numbers[2]}/draft", {"text": f"Not so, {SECRET}."})
    group = world.practice.group_of(space_of(world, role))
    async with until(
        world.bus, "practice", lambda: any(x.kind == "reply" for x in world.practice.lines(group))
    ):
        await visitor.press(f"/cases/{numbers[2]}/post", {"version": "2"})
    for say in (f"claim {numbers[3]}", f"suggest {numbers[3]}", "use 1"):
        await visitor.press("/practice/say", {"say": say})
    return numbers


async def test_nothing_done_in_practice_changes_anything_for_anybody_else(world: World, enter: Enter) -> None:
    others = {role: await enter(role) for role in ("moderator", "trainer", "admin")}
    volunteer = await enter("volunteer")
    async with until(
        world.bus, "case", lambda: metrics(world.practice_spaces._sessions, 1).card_samples == 1
    ):
        real = await flag(world)
    before = everything_shared(world)
    pages = {role: await seen_by(visitor, role) for role, visitor in others.items()}
    verdict = await world.learnt.apply(await world.services.screen(TYPED, "balanced"), 1)
    numbers = await practise(world, volunteer, "volunteer")
    assert everything_shared(world) == before
    assert await world.learnt.apply(await world.services.screen(TYPED, "balanced"), 1) == verdict
    for role, visitor in others.items():
        now = await seen_by(visitor, role)
        for path, page in pages[role].items():
            assert now[path] == page, f"{role} sees another {path}"
            assert SECRET not in page
        for number in numbers:
            assert (await visitor.get(f"/api/cases/{number}")).status in (403, 404)
            assert (await visitor.press(f"/cases/{number}/message")).status in (403, 404)
            assert (await visitor.press(f"/cases/{number}/claim")).status in (403, 404)
    assert [case.id for case in world.casework.queue()] == [real]


async def test_emptying_asks_and_touches_only_ones_own(world: World, enter: Enter) -> None:
    volunteer, moderator = await enter("volunteer"), await enter("moderator")
    numbers = await practise(world, volunteer, "volunteer")
    theirs = await practise(world, moderator, "moderator")
    before = everything_shared(world)
    await volunteer.press("/practice/clear")
    assert (await volunteer.get(f"/api/cases/{numbers[0]}")).status == 200
    await volunteer.press("/practice/clear", {"sure": "yes"})
    assert (await volunteer.get(f"/api/cases/{numbers[0]}")).status == 404
    assert "Nobody has said anything yet" in await volunteer.page("/practice")
    assert (await moderator.get(f"/api/cases/{theirs[0]}")).status == 200
    assert SECRET in html.unescape(await moderator.page("/practice"))
    assert everything_shared(world) == before
    with world.engine.connect() as connection:
        left = connection.execute(
            text("SELECT count(*) FROM cases WHERE organisation_id = :id"), {"id": space_of(world)}
        ).scalar_one()
    assert left == 0


@pytest.mark.parametrize("role", ["trainer", "admin", "moderator"])
async def test_a_trainer_who_may_not_open_a_case_reads_nothing_in_practice(
    world: World, enter: Enter, role: str
) -> None:
    volunteer, other = await enter("volunteer"), await enter(role)
    await practise(world, volunteer, "volunteer")
    assert SECRET not in html.unescape(await other.page("/practice"))
    assert "Nobody has said anything yet" in await other.page("/practice")


async def test_streams_tell_of_ones_own_practice_only(world: World, enter: Enter) -> None:
    volunteer, moderator = await enter("volunteer"), await enter("moderator")
    mine = await volunteer.client.get("/events")
    theirs = await moderator.client.get("/events")
    await practise(world, volunteer, "volunteer")
    await flag(world, HATE)
    heard = {"mine": b"", "theirs": b""}
    # The real case ends both: whatever was told of practice came before it.
    for name, stream in (("mine", mine), ("theirs", theirs)):
        while b'"event": "card_sent"' not in heard[name].split(b"opened")[-1]:
            heard[name] += await stream.content.readany()
    assert b"event: practice" in heard["mine"]
    assert b"practice" not in heard["theirs"]
    numbers = cards(world)
    assert all(f'"case_id": {number},'.encode() not in heard["theirs"] for number in numbers)


def test_spaces_are_told_from_real_organisations(world: World) -> None:
    space = space_of(world)
    assert world.practice_spaces.home(space) == 1
    assert world.practice_spaces.home(1) == 1
    assert world.practice_spaces.owner(1) is None
    with world.practice_spaces._sessions() as session:
        assert is_practice(session, space)
        assert not is_practice(session, 1)
