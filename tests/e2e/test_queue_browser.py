"""A long queue in a real browser: a page at a time, walked through by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.desk_browser import MARKS, Browser, ready
from tests.unit.web.test_cases_pages import flag

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS


async def fill(browser: Browser, many: int) -> None:
    for number in range(many):
        await flag(browser.world, f"Migrants are criminals, number {number}", f"m{number}")


def focused(page: Any) -> Any:
    return page.evaluate("document.activeElement.closest('[data-row]')?.dataset.row")


async def test_keys_walk_over_the_end_of_a_page_and_back(browser: Browser) -> None:
    await fill(browser, 60)
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/cases")
    await ready(page)
    assert await page.locator("[data-row]").count() == 25
    assert await page.locator("#count").inner_text() == "60"
    for _ in range(25):
        await page.keyboard.press("j")
    assert await focused(page) == "25"
    await page.keyboard.press("j")
    await page.wait_for_url("**/cases?page=2")
    await page.wait_for_function("document.activeElement.closest('[data-row]')")
    assert await focused(page) == "26"
    await page.keyboard.press("k")
    await page.wait_for_url("**/cases?page=1")
    await page.wait_for_function("document.activeElement.closest('[data-row]')")
    assert await focused(page) == "25"
    await ready(page)
    await page.keyboard.press(".")
    await page.wait_for_url("**/cases?page=2")
    await ready(page)
    await page.keyboard.press(".")
    await page.wait_for_url("**/cases?page=3")
    await page.get_by_role("navigation", name="Pages").get_by_text("Page 3 of 3").wait_for()
    assert await page.locator("[data-row]").count() == 10
    # On the last page nothing pulls the focus away, and a case there opens by Enter.
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases/51")


async def test_a_new_case_is_counted_on_a_later_page_without_a_reload(browser: Browser) -> None:
    await fill(browser, 30)
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/cases?page=2&status=open")
    await ready(page)
    assert await page.locator("[data-row]").count() == 5
    await flag(browser.world, "Migrants are vermin, all of them", "new")
    await page.locator("#count", has_text="31").wait_for()
    await page.locator("[data-row='31']").wait_for()
    assert "status=open" in page.url
