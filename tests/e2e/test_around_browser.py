"""The conversation around a case in a real browser: by keyboard, without losing what stands there, fit for axe."""

from __future__ import annotations

import pytest

from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import MARKS, Browser, ready
from tests.e2e.test_axe import RULES
from tests.unit.web.test_case_around import talk

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS


@pytest.mark.parametrize(("language", "title", "reveal"), [
    ("en", "In the conversation", "Show this message"), ("ar", "في المحادثة", "عرض هذه الرسالة"),
])  # fmt: skip
async def test_by_keyboard_and_kept_while_one_works(
    browser: Browser, language: str, title: str, reveal: str
) -> None:
    number = await talk(browser.world)
    page = await browser.enter("volunteer", viewport={"width": 400, "height": 800})
    browser.world.people.change(browser.world.person["volunteer"].id, languages=[language])
    await page.goto(f"{browser.base}/cases/{number}")
    await ready(page)
    around = page.get_by_role("region", name=title)
    await page.keyboard.press("a")
    await around.get_by_text("the tomatoes are ripe").wait_for()
    assert await page.evaluate("document.activeElement.id") == "around-title"
    assert await page.get_by_text("all of those migrants").count() == 0
    await around.get_by_role("button", name=reveal).press("Enter")
    await around.get_by_text("all of those migrants").wait_for()
    assert await page.evaluate("document.activeElement.id") == "around-3", (
        "the focus is at what was asked for"
    )
    assert await wrong_on(page, runOnly=RULES) == []
    await page.keyboard.press("c")
    await page.locator("#reply-text").wait_for()
    assert await around.get_by_text("the tomatoes are ripe").is_visible(), "it stays while they work"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()
    await ready(page)
    assert await page.get_by_text("the tomatoes are ripe").count() == 0
