"""The academy in a real browser: a scenario by keyboard, cards by number, the clock, what a screen reader needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.desk_browser import MARKS, Browser, open_browser, ready

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path) as found:
        yield found


async def sound(page: Any) -> None:
    assert await page.evaluate(AUDIT) == []


async def test_a_scenario_from_its_beginning_to_its_end(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.get_by_role("link", name="Academy", exact=True).click()
    await sound(page)
    await page.get_by_role("link", name="The rumour about the garden").first.click()
    await sound(page)
    await page.get_by_role("button", name="Begin").click()
    hidden = page.get_by_text("The foreigners take all the plots")
    assert not await hidden.is_visible()
    await page.get_by_text("Show the message").first.press("Enter")
    assert await hidden.is_visible()
    await page.get_by_role("button", name="Start from a suggestion").click()
    use = page.get_by_role("button", name="Use").first
    await use.wait_for()
    await ready(page)  # it fills the box by script
    await use.click()
    await expect(page.locator("#reply")).not_to_have_value("")
    await page.locator("#reply").fill("Where did you hear that?")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_text("A calm question leaves Dave a way back.").wait_for()
    await page.get_by_role("status").get_by_text("The conversation has gone on.").wait_for()
    await sound(page)
    await page.locator("#reply").fill("<b>You idiot</b> Dave")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_role("heading", name="That was a hard one").wait_for()
    assert await page.locator(".line.person b").count() == 0  # words of people are no markup
    await sound(page)
    await page.get_by_role("button", name="Play it again").click()
    assert await page.get_by_text("The foreigners take all the plots").is_visible() is False


async def test_what_was_typed_is_there_after_a_lost_connection(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.get_by_role("button", name="Begin").click()
    await page.locator("#reply").press_sequentially("half a sentence")
    await page.goto(f"{browser.base}/academy")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.locator("#notice").wait_for()
    assert await page.locator("#reply").input_value() == "half a sentence"


async def test_what_was_typed_before_the_scripts_came_is_kept_too(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    typed = asyncio.Event()

    async def slow(route: Any) -> None:
        await typed.wait()
        await route.continue_()

    await page.route("**/static/*.js*", slow)
    await page.get_by_role("button", name="Begin").click(no_wait_after=True)
    await page.locator("#reply").press_sequentially("half a sentence")
    typed.set()
    await ready(page)
    await page.goto(f"{browser.base}/academy")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.locator("#notice").wait_for()
    assert await page.locator("#reply").input_value() == "half a sentence"


async def test_a_suggestion_is_taken_without_scripts_and_own_words_stay(browser: Browser) -> None:
    page = await browser.enter("volunteer", java_script_enabled=False)
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.get_by_role("button", name="Begin").click()
    await page.locator("#reply").fill("My own beginning.")
    await page.get_by_role("button", name="Start from a suggestion").click()
    offered = await page.locator(".suggestions .said").all_inner_texts()
    await page.get_by_role("button", name="Use").nth(1).click()
    assert await page.locator("#reply").input_value() == f"My own beginning.\n{offered[1]}"
    await page.locator("#reply").fill(offered[1])  # unchanged, it makes room for another
    await page.get_by_role("button", name="Use").first.click()
    assert await page.locator("#reply").input_value() == offered[0]
    await sound(page)
    await page.goto(f"{browser.base}/practice")  # whose examples only scripts can put into the box
    assert await page.locator(".needs-scripts button").count() == 2
    assert not await page.locator(".needs-scripts").is_visible()


async def test_a_suggestion_is_put_under_own_words_and_kept_like_them(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.get_by_role("button", name="Begin").click()
    await page.get_by_role("button", name="Start from a suggestion").click()
    await page.get_by_role("button", name="Use").first.wait_for()
    await ready(page)
    offered = await page.locator(".suggestions .said").all_inner_texts()
    await page.locator("#reply").fill("My own beginning.")
    await page.get_by_role("button", name="Use").first.click()
    together = f"My own beginning.\n{offered[0]}"
    await expect(page.locator("#reply")).to_have_value(together)
    await page.goto(f"{browser.base}/academy")
    await page.goto(f"{browser.base}/academy/scenarios/en-test-garden")
    await page.locator("#notice").wait_for()
    assert await page.locator("#reply").input_value() == together


async def test_cards_are_answered_by_number_and_the_clock_can_be_switched_off(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/academy/cards")
    await sound(page)
    clock = page.locator("#clock p")
    await clock.wait_for()
    await page.get_by_role("button", name="Switch the clock off").click()
    assert not await clock.is_visible()
    await page.reload()
    await page.get_by_role("button", name="Switch the clock on").wait_for()
    assert not await clock.is_visible()
    await page.locator("body").press("3")
    await page.get_by_text("Best · your choice").wait_for()
    await sound(page)


async def test_everything_stands_on_a_telephone_from_right_to_left(browser: Browser) -> None:
    browser.world.people.change(browser.world.person["trainer"].id, languages=("ar",))
    context = await browser.chromium.new_context(viewport={"width": 360, "height": 740}, locale="ar")
    page = await context.new_page()
    await page.goto(f"{browser.base}/login/{browser.world.link('trainer')}")
    await page.locator("form button").first.click()
    await page.locator(".who").wait_for()
    for path in (
        "/academy",
        "/academy/scenarios/ar-test-garden",
        "/academy/spot_the_hate/en-spot-001",
        "/academy/sources/en-source-001",
        "/academy/limits/en-limits-001",
        "/academy/disputes",
    ):
        await page.goto(browser.base + path)
        assert await page.evaluate("document.documentElement.dir") == "rtl"
        await sound(page)


async def test_a_scenario_is_checked_while_it_is_written_and_nothing_typed_is_lost(browser: Browser) -> None:
    page = await browser.enter("trainer")
    await page.goto(f"{browser.base}/academy/own/new?from=en-test-garden")
    text, preview = page.get_by_label("The scenario (YAML)"), page.locator("#preview")
    await preview.get_by_text("it can be offered").wait_for()
    await sound(page)
    written = (await text.input_value()).replace("to: softer", "to: nowhere")
    await text.fill(written)
    await preview.get_by_text("a way leads to nowhere").wait_for()  # without a press
    await page.goto(f"{browser.base}/academy")
    await page.goto(f"{browser.base}/academy/own/new?from=en-test-garden")
    await page.locator("#notice").wait_for()
    assert await text.input_value() == written
    await preview.get_by_text("a way leads to nowhere").wait_for()
    await text.fill(written.replace("to: nowhere", "to: softer"))
    await preview.get_by_text("it can be offered").wait_for()
    await page.get_by_role("button", name="Save and try it out").click()
    assert not await page.get_by_text("The foreigners take all the plots").is_visible()
    await page.get_by_label("What do you write?").fill("Where did you hear that?")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_text("A calm question leaves Dave a way back.").wait_for()
    await sound(page)
    await page.get_by_role("link", name="Back to the text").click()
    await page.get_by_role("button", name="Save and offer it").click()
    await page.get_by_text("Offered. Everybody in your organisation").wait_for()
    await sound(page)
