"""Answers that come at the wrong moment: not a word is lost, and the box stays under the hands of whoever writes in it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e.desk_browser import MARKS, Browser, ready
from tests.e2e.test_desk_typing import WORDS, on_a_case, on_two_devices, write

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

SAVED = "Saved. Only you see it."
MORE = " And this."


class Held:
    """A request whose answer the desk has made and which does not arrive until it may."""

    def __init__(self) -> None:
        self.made, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, route: Any) -> None:
        answer = await route.fetch()
        self.made.set()
        await self.go.wait()
        await route.fulfill(response=answer)


def kept(browser: Browser, number: int) -> str | None:
    """Return what the desk has of the volunteer's words."""
    found = browser.world.casework.unsent(number, browser.world.person["volunteer"].id)
    return None if found is None else found.text


async def saved_here(page: Any, words: str) -> None:
    """Wait until the browser knows that the desk has exactly these words."""
    await page.wait_for_function(
        "(words) => Object.values(localStorage).map((one) => JSON.parse(one)).some((one) => one.kept && one.text === words)",
        arg=words,
    )


async def test_the_box_is_the_same_one_after_a_press_beside_it(browser: Browser) -> None:
    page, _ = await on_a_case(browser)
    box, held = page.locator("#reply-text"), Held()
    await write(page)
    element = await box.element_handle()
    await page.route("**/suggest", held)
    await page.get_by_role("button", name="Get suggestions").click()
    await held.made.wait()
    held.go.set()
    await page.get_by_role("button", name="Use 2").wait_for()
    await element.evaluate(
        "(box) => { box.focus(); box.setSelectionRange(box.value.length, box.value.length); }"
    )
    await page.keyboard.type(MORE)
    assert await box.input_value() == WORDS + MORE
    await page.keyboard.press("Control+z")  # what was typed can still be taken back, letter by letter or all
    assert len(await box.input_value()) < len(WORDS + MORE)


async def test_an_answer_made_before_a_save_takes_nothing_out_of_the_box(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    box, held = page.locator("#reply-text"), Held()
    await write(page)
    await page.route("**/suggest", held)
    await page.get_by_role("button", name="Get suggestions").click()
    await held.made.wait()
    await box.press("End")
    await page.keyboard.type(MORE)
    await saved_here(page, WORDS + MORE)
    held.go.set()
    await page.get_by_role("button", name="Use 2").wait_for()
    assert await box.input_value() == WORDS + MORE
    await page.keyboard.type(" Still here.")
    await saved_here(page, WORDS + MORE + " Still here.")
    assert kept(browser, number) == WORDS + MORE + " Still here."


async def test_what_is_saved_while_the_page_is_reloaded_is_on_the_new_one(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    box, held = page.locator("#reply-text"), Held()
    await write(page)
    await saved_here(page, WORDS)
    await page.route(f"**/cases/{number}", held)
    reloading = asyncio.create_task(page.reload())
    await held.made.wait()
    async with page.expect_event("requestfinished", lambda one: one.url.endswith("/typed")):
        await page.keyboard.type(MORE)
    assert kept(browser, number) == WORDS + MORE
    held.go.set()
    await reloading
    await ready(page)
    assert await box.input_value() == WORDS + MORE


async def test_an_answer_that_breaks_off_is_asked_for_again(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    broken = []

    async def torn(route: Any) -> None:
        await route.fetch()
        broken.append(await route.fulfill(status=200, content_type="application/json", body='{"kept": tr'))

    await page.route("**/typed", torn, times=1)
    await write(page)
    await page.get_by_text("Kept in this browser").wait_for()
    await page.get_by_text(SAVED).wait_for()  # by itself
    assert len(broken) == 1
    await write(page, MORE)
    await page.get_by_text(SAVED).wait_for()
    await page.get_by_role("button", name="Check before posting").click()
    await page.get_by_role("heading", name="Post").or_(page.locator("#very-text")).first.wait_for()
    assert sorted(kept(browser, number) or "") == sorted(WORDS + MORE)


@pytest.mark.parametrize("status", [404, 409])
async def test_what_stands_before_the_desk_cannot_throw_words_away(browser: Browser, status: int) -> None:
    page, number = await on_a_case(browser)

    async def proxy(route: Any) -> None:
        await route.fulfill(status=status, content_type="text/html", body="<h1>nothing here</h1>")

    await page.route("**/typed", proxy)
    await write(page)
    await page.get_by_text("Kept in this browser").wait_for()
    await page.unroute("**/typed")
    await page.reload()
    await page.get_by_text(SAVED).wait_for()
    assert await page.locator("#reply-text").input_value() == WORDS
    assert kept(browser, number) == WORDS


async def test_a_page_opened_anew_is_no_other_device_of_its_own(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    stored = asyncio.Event()

    async def unanswered(route: Any) -> None:
        if not stored.is_set():  # one save arrives, and its answer does not; then nothing does
            await route.fetch()
            stored.set()
        await route.abort()

    await page.route("**/typed", unanswered)
    await page.locator("#reply-text").focus()
    held = Held()
    await page.route(f"**/cases/{number}", held)
    reloading = asyncio.create_task(page.reload())
    await held.made.wait()  # the page is made now, and knows nothing of what follows
    await page.keyboard.type(WORDS)
    await stored.wait()
    await page.keyboard.type(MORE)
    held.go.set()
    await reloading
    await page.unroute("**/typed")
    await page.get_by_text(SAVED).or_(page.locator("#other-text:not([hidden])")).first.wait_for()
    assert await page.locator("#other-text").is_hidden()
    assert kept(browser, number) == WORDS + MORE


async def test_reloading_instead_of_choosing_between_two_texts_loses_neither(browser: Browser) -> None:
    page, other, _ = await on_two_devices(browser)
    await write(page, "Written on the phone.")
    await page.get_by_text(SAVED).wait_for()
    await write(other, "Written on the computer.")
    await other.get_by_role("button", name="Check before posting").click()
    await other.locator("#other-text:focus").wait_for()
    await other.reload()
    await ready(other)
    await (
        other.get_by_role("alert")
        .filter(has_text="on another device")
        .get_by_text("Written on the phone.")
        .wait_for()
    )
    assert await other.locator("#reply-text").input_value() == "Written on the computer."


async def test_a_page_that_was_put_aside_comes_back_with_what_was_written_since(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    await write(page)
    await saved_here(page, WORDS)
    await asyncio.to_thread(
        browser.world.casework.keep_typed, number, browser.world.person["volunteer"].id, "Newer words."
    )
    async with page.expect_navigation():
        await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert await page.locator("#reply-text").input_value() == "Newer words."


async def written_down(page: Any, words: str) -> None:
    """Wait until a tab sees in the browser's storage what another one has put there."""
    await page.wait_for_function(
        "(words) => Object.values(localStorage).some((one) => JSON.parse(one).text === words)", arg=words
    )


async def test_two_tabs_without_a_connection_overwrite_nothing_of_each_other(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    context, address = page.context, page.url
    other = await context.new_page()
    await other.goto(address)
    await ready(other)
    await context.set_offline(True)
    await page.locator("#reply-text").press_sequentially("Of the first tab.")
    await written_down(other, "Of the first tab.")
    await other.locator("#reply-text").press_sequentially("Of the second tab.")
    await written_down(page, "Of the second tab.")
    await page.locator("#reply-text").press_sequentially(" More of the first.")
    await written_down(other, "Of the first tab. More of the first.")
    await page.close()
    await other.close()
    await context.set_offline(False)
    fresh = await context.new_page()
    await fresh.goto(address)
    await ready(fresh)
    await fresh.get_by_text(SAVED).wait_for()
    words = "Of the second tab.\nOf the first tab. More of the first."
    assert await fresh.locator("#reply-text").input_value() == words
    assert kept(browser, number) == words
