"""What happens elsewhere shows by itself: replies that leave, cases that others take, a line that went dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courage.web import streams
from tests.e2e.desk_browser import MARKS, Browser, open_browser, ready
from tests.unit.web.test_cases_pages import flag

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS


@pytest_asyncio.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a desk whose confirmed replies wait before they leave."""
    async with open_browser(tmp_path, undo_post=timedelta(seconds=8)) as found:
        yield found


async def confirm(page: Any, words: str) -> None:
    """Write a reply and confirm it."""
    await page.locator("#reply-text").fill(words)
    await page.get_by_role("button", name="Check before posting").click()
    await page.get_by_role("button", name="Post this text").click()


async def test_a_confirmed_reply_can_be_taken_back_and_is_then_truly_posted(patient: Browser) -> None:
    world, page = patient.world, await patient.enter("volunteer")
    number, other = await flag(world), await flag(world, "they are vermin", "m2")
    world.casework.claim(number, world.person["volunteer"].id)
    await page.goto(f"{patient.base}/cases/{number}")
    await ready(page)
    await confirm(page, "Not so.")
    await page.get_by_role("button", name="Undo: do not post it yet").click()
    await page.get_by_text("Taken back.", exact=True).wait_for()
    assert await page.locator("#reply-text").input_value() == "Not so."
    assert not any(line.kind == "reply" for line in world.practice.lines("practice-group"))
    await confirm(page, "Not so at all.")
    await page.locator("#countdown").wait_for()
    await (
        page.locator("#reply").get_by_text("Posted. Thank you.").wait_for()
    )  # by itself, once the channel has it
    assert [line.text for line in world.practice.lines("practice-group") if line.kind == "reply"] == [
        "Not so at all."
    ]
    await page.get_by_role("link", name="Next case").click()
    await page.wait_for_url(f"**/cases/{other}")


async def test_a_reply_that_leaves_before_its_page_is_there_is_shown_as_posted(tmp_path: Path) -> None:
    async with open_browser(tmp_path, undo_post=timedelta(seconds=1)) as browser:
        world, page = browser.world, await browser.enter("volunteer")
        number = await flag(world)
        world.casework.claim(number, world.person["volunteer"].id)
        await page.goto(f"{browser.base}/cases/{number}")
        await ready(page)
        await page.evaluate(
            """() => { window.left = new Promise((resolve) => new EventSource("/events").addEventListener(
                "case", (event) => JSON.parse(event.data).event === "card_update_sent" && resolve())) }"""
        )

        async def late(route: Any) -> None:
            if route.request.method == "GET":
                return await route.continue_()
            told = await route.fetch()
            await page.evaluate("window.left")  # the answer comes when the last of its news has been and gone
            await route.fulfill(response=told)

        await page.route(f"**/cases/{number}/post", late)
        await confirm(page, "Not so.")
        await page.locator("#reply").get_by_text("Posted. Thank you.").wait_for()


async def test_who_loses_a_race_sees_it(browser: Browser) -> None:
    world, page = browser.world, await browser.enter("volunteer")
    number = await flag(world)
    await page.goto(f"{browser.base}/cases/{number}")
    await ready(page)
    await page.get_by_role("button", name="Claim").wait_for()
    await asyncio.to_thread(world.casework.claim, number, world.person["moderator"].id)
    await page.get_by_text("Somebody else worked on this case just now").wait_for()
    assert await page.get_by_role("button", name="Claim").count() == 0
    await page.get_by_text("with moderator one").first.wait_for()


async def test_a_line_that_died_shows_and_heals_by_itself(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The line stays open and nothing comes through it, as where a router forgot it: the browser itself sees nothing.
    monkeypatch.setattr(streams, "_HEARTBEAT", 3600.0)
    world, page = browser.world, await browser.enter("volunteer")
    await page.goto(f"{browser.base}/cases")
    await ready(page)
    lost = page.get_by_text("The live connection is interrupted")
    await page.context.set_offline(True)
    await lost.wait_for(timeout=10_000)  # five seconds, and what a busy machine adds
    await flag(world)
    monkeypatch.undo()
    await page.context.set_offline(False)
    await page.get_by_role("link", name="Open case 1").wait_for()
    await ready(page)
    await lost.wait_for(state="hidden")


async def test_the_thirteenth_page_of_a_person_is_told_and_hears_all_the_same(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many streams as a person may have are open elsewhere: however many of this browser's own end, none is free.
    monkeypatch.setattr(streams, "_MOST", 0)
    world, page = browser.world, await browser.enter("volunteer")
    await page.goto(f"{browser.base}/cases")
    await page.get_by_text("The live connection is interrupted").wait_for()
    await flag(world)
    await page.get_by_role("link", name="Open case 1").wait_for()
    monkeypatch.undo()
    await ready(page)
