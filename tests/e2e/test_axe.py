"""Every page passes axe, the checker that auditors use: four languages, light and dark; and main actions need no mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from courage.taxonomy import LANGUAGES
from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import MARKS, Browser, open_browser
from tests.e2e.screenshots import TABLE, VIEWS, fill

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

#: What the law asks for (EN 301 549 names WCAG 2.1 AA), and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SAMPLE = ("case", "exchange", "help")


async def look(browser: Browser, page: Any, mine: int, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what axe finds on each of some views, in the states that need most of a page."""
    wrong = {}
    for name in names:
        await page.goto(browser.base + VIEWS[name].format(case=mine))
        if name == "case":
            await page.locator("form[action$='/message'] button").click()
            await page.locator("#shown").wait_for()
            await page.locator("form[action$='/suggest'] button[data-key=s]").click()
            await page.locator(".suggestions").wait_for()
            await page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        if name == "exchange":
            await page.locator("input[type=file]").set_input_files(
                {"name": "replies.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
            )
            await page.locator("form[enctype] button").click()
            await page.locator("select[name=column0]").wait_for()
        wrong[name] = await wrong_on(page, runOnly=RULES)
    return {name: found for name, found in wrong.items() if found}


async def test_a_sample_of_pages_passes_axe(browser: Browser) -> None:
    mine = await fill(browser.world)
    page = await browser.enter("admin")
    assert await look(browser, page, mine, SAMPLE) == {}
    await page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert any("color-contrast" in found for found in await wrong_on(page, runOnly=RULES))  # axe is awake


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_passes_axe(tmp_path: Path, language: str, scheme: str) -> None:
    async with open_browser(tmp_path) as browser:
        world = browser.world
        mine = await fill(world)
        page = await browser.enter("admin", color_scheme=scheme)
        world.people.change(world.person["admin"].id, languages=[language])
        wrong = await look(browser, page, mine, tuple(VIEWS))
        await page.goto(f"{browser.base}/cases/{mine}")
        await page.locator("#reply-text").press("Control+Enter")
        await page.locator("#very-text").wait_for()
        wrong["post"] = await wrong_on(page, runOnly=RULES)
        stranger = await browser.chromium.new_page(color_scheme=scheme, locale=language)
        await stranger.goto(f"{browser.base}/login")
        wrong["login"] = await wrong_on(stranger, runOnly=RULES)
        await stranger.close()
    assert {name: found for name, found in wrong.items() if found} == {}


async def test_main_actions_need_no_mouse(browser: Browser) -> None:
    """Claim, read, ask, take, change, post and take back again with Tab, Enter and Space alone, no letter shortcuts."""
    world = browser.world
    await fill(world)
    page = await browser.enter("moderator")
    await page.evaluate("localStorage.setItem('courage-keys-off', '1')")

    async def tab_to(selector: str) -> None:
        for _ in range(90):
            if await page.evaluate("(s) => document.activeElement?.matches(s)", selector):
                shown = "getComputedStyle(document.activeElement)"
                assert await page.evaluate(
                    f"{shown}.outlineStyle !== 'none' || {shown}.boxShadow !== 'none'"
                ), f"nobody sees the focus on {selector}"
                return
            await page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    await page.goto(f"{browser.base}/cases/1")
    await page.locator("body[data-live=on]").wait_for()
    await page.keyboard.press("c")  # switched off: nothing happens
    await tab_to("form[action$='/claim'] button")
    await page.keyboard.press("Enter")
    await page.get_by_text("The case is yours").wait_for()
    await tab_to("form[action$='/message'] button")
    await page.keyboard.press("Space")
    await page.locator("#shown:focus").wait_for()
    await tab_to("form[action$='/suggest'] button")
    await page.keyboard.press("Enter")
    await page.locator(".suggestions").wait_for()
    await tab_to("form[action$='/choose'] button")
    await page.keyboard.press("Enter")
    await page.locator("#reply-text:focus").wait_for()
    await page.keyboard.type(" Yes.")
    await page.keyboard.press("Tab")
    await tab_to("form[action$='/draft'] button")
    await page.keyboard.press("Enter")
    await page.locator("#very-text:focus").wait_for()
    await tab_to("#post-now")
    await page.keyboard.press("Enter")
    await page.locator("#reply").wait_for()
    assert world.casework.view(1, 1).reply is not None
