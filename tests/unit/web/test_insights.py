"""The page of insights: for those who lead, with its files; what single people did for those alone who look after them."""

from __future__ import annotations

import csv
import html
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.insights import kit
from tests.unit.web.conftest import Enter
from tests.unit.web.world import World


def fill(world: World) -> None:
    """Let three volunteers answer, one of them with a name that a spreadsheet would run."""
    sessions, now = world.practice_spaces._sessions, datetime.now(UTC)
    three = kit.people(sessions, "Ann Answers", "Bob Answers", "=cmd Answers")
    kit.room(sessions, "!a", "=HYPERLINK(1)")
    for number in range(9):
        kit.case(sessions, now - timedelta(days=9, hours=number), by=three[number % 3])


async def test_pictures_tables_and_files_say_the_same(world: World, enter: Enter) -> None:
    fill(world)
    page = html.unescape(await (await enter("moderator")).page("/insights"))
    assert '<svg class="picture"' in page
    assert "a secret text" not in page
    assert "Ann Answers" not in page
    assert "Too few to say" in page
    file = await (await enter("moderator")).get("/insights/room.csv?period=four_weeks")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="room-')
    rows = list(csv.reader(io.StringIO((await file.text()).lstrip("\ufeff"))))
    assert rows[0] == ["room", "cases", "answers", "median_minutes"]
    assert rows[1] == ["'=HYPERLINK(1)", "9", "9", "10.0"]


async def test_the_load_of_people_is_for_trainers_and_admins(world: World, enter: Enter) -> None:
    fill(world)
    moderator, trainer = await enter("moderator"), await enter("trainer")
    assert "Load of each person" not in await moderator.page("/insights")
    assert (await moderator.get("/insights/load.csv")).status == 404
    page = await trainer.page("/insights")
    assert page.index("Ann Answers") < page.index("Bob Answers")
    assert "noprint" in page[page.index("Load of each person") - 200 : page.index("Load of each person")]
    assert "'=cmd Answers,3,3,3" in await (await trainer.get("/insights/load.csv")).text()
    assert (await (await enter("volunteer")).get("/insights")).status == 403


@pytest.mark.parametrize("asked", ["period=ever", "from=2026-02-30", "from=2026-03-02&to=2026-03-01"])
async def test_a_period_that_cannot_be_is_refused(enter: Enter, asked: str) -> None:
    assert (await (await enter("admin")).get(f"/insights?{asked}")).status == 400


async def test_it_reads_from_right_to_left(world: World, enter: Enter) -> None:
    fill(world)
    admin = await enter("admin")
    left = await admin.page("/insights")
    world.people.change(world.person["admin"].id, languages=["ar"])
    right = await admin.page("/insights")
    assert 'dir="rtl"' in right
    assert left.count("<rect") == right.count("<rect") > 0
