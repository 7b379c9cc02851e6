"""The desk in a real browser: the whole way by mouse and by keyboard, and what a screen reader needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk_browser import MARKS, Browser
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.test_insights import fill
from tests.unit.web.world import World

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")


def said_in_practice(world: World) -> list[str]:
    """Return what stands in the volunteer's own group room."""
    space = world.practice_spaces.ensure(world.person["volunteer"].id)
    return [line.text for line in world.practice.lines(world.practice.group_of(space))]


async def write_hate(page: Any) -> None:
    """Send the hateful example, once the page's scripts are there."""
    await page.locator("body[data-live=on]").wait_for()
    await page.get_by_role("button", name="a hateful message").click()
    await page.wait_for_function("document.querySelector('#group-text').value !== ''")
    await page.locator("#group-text").press("Enter")


async def test_the_whole_way_in_practice(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.get_by_role("link", name="Practice", exact=True).click()
    await page.locator("body[data-live=on]").wait_for()
    await page.get_by_role("button", name="a hateful message").click()
    await page.locator("section", has_text="Group room").get_by_role("button", name="Send").click()
    card = page.get_by_role("article", name="Case 1")
    await card.get_by_role("button", name="Claim").click()
    await page.locator("#desk").get_by_role("button", name="Suggestions").first.click()
    await page.get_by_role("button", name="Use 2").click()
    await page.locator("#desk .say").get_by_role("button", name="Post").click()
    reply = page.locator("#group .reply")
    await reply.wait_for()
    assert await reply.locator(".said").inner_text() == said_in_practice(browser.world)[-1]
    await page.locator("#guide .done >> nth=2").wait_for()
    await card.get_by_text("answered").wait_for()


async def test_the_desk_alone_does_it_when_the_assistant_is_away(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    browser.world.assistant.away = True
    await page.goto(f"{browser.base}/practice")
    await write_hate(page)
    await page.get_by_role("article", name="Case 1").get_by_role("button", name="Claim").click()
    await page.get_by_role("alert").get_by_text("The assistant is away").wait_for()
    await page.get_by_role("link", name="Open on the desk").click()
    await page.wait_for_url("**/cases/1")
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_text("The case is yours").wait_for()
    await page.get_by_role("button", name="Show message").click()
    await page.locator("#shown").get_by_text("criminals").wait_for()
    await page.get_by_role("button", name="Get suggestions").click()
    assert await page.locator("#shown").count() == 1  # what was asked for stays in sight
    await page.get_by_role("button", name="Use 1").click()
    box = page.locator("#reply-text")
    await page.get_by_text("The suggestion is in the box").wait_for()
    words = f"{await box.input_value()} 😀"
    await box.fill(words)
    await page.get_by_role("button", name="Check before posting").click()
    assert await page.locator("#very-text").inner_text() == words
    await page.get_by_role("button", name="Post this text").click()
    await page.locator("#reply").get_by_text("Posted. Thank you.").wait_for()
    await page.goto(f"{browser.base}/practice")
    await page.locator("#group .reply").get_by_text(words).wait_for()


async def test_the_whole_way_by_keyboard(browser: Browser) -> None:
    page = await browser.enter("moderator")
    live = page.locator("body[data-live=on]")  # scripts are there, keys are heard
    await live.wait_for()
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url("**/practice")
    await live.wait_for()
    await page.locator("#group-text").focus()
    await page.keyboard.type("All these migrants are criminals")
    await page.keyboard.press("Enter")
    await page.get_by_role("article", name="Case 1").wait_for()
    await flag(browser.world)  # a real one: what is practised is in nobody's queue
    await page.keyboard.press("Escape")  # no field holds anybody
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await page.wait_for_url("**/cases")
    await live.wait_for()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases/2")
    await live.wait_for()
    await page.keyboard.press("c")
    await page.get_by_text("The case is yours").wait_for()
    await page.keyboard.press("m")
    await page.locator("#shown").wait_for()
    await page.keyboard.press("s")
    await page.get_by_role("button", name="Use 3").wait_for()
    await page.keyboard.press("3")
    await page.get_by_text("The suggestion is in the box").wait_for()
    assert await page.evaluate("document.activeElement.id") == "reply-text"
    await page.keyboard.press("Control+Enter")  # on to the check; nothing is posted by it
    await page.locator("#very-text").wait_for()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.locator("#reply").get_by_text("Posted. Thank you.").wait_for()


async def test_a_new_case_comes_by_itself_and_is_announced(browser: Browser) -> None:
    watching = await browser.enter("volunteer")
    await watching.goto(f"{browser.base}/cases")
    await watching.locator("body[data-live=on]").wait_for()
    await flag(browser.world)
    await watching.get_by_role("link", name="Open case 1").wait_for()
    await watching.get_by_text("New case 1").wait_for()
    assert await watching.locator("#count").inner_text() == "1"


async def test_without_scripts_it_works_too(browser: Browser) -> None:
    page = await browser.enter("volunteer", java_script_enabled=False)
    await page.goto(f"{browser.base}/practice")
    await page.locator("#group-text").fill("they are vermin")
    await page.locator("section", has_text="Group room").get_by_role("button", name="Send").click()
    await page.get_by_text("they are vermin").first.wait_for()
    await flag(browser.world, "they are vermin")
    await page.goto(f"{browser.base}/cases")
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_text("The case is yours").wait_for()
    await page.get_by_role("button", name="Show message").click()
    await page.locator("#shown").get_by_text("vermin").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_pages_pass_the_audit(browser: Browser, scheme: str, width: int) -> None:
    page = await browser.enter("admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    await page.goto(f"{browser.base}/practice")
    for text in ("the migrants are criminals", "we should beat them up", "مرحبا بكم"):
        await page.locator("#group-text").fill(text)
        await page.locator("#group-text").press("Enter")
        await page.locator("#group").get_by_text(text).wait_for()
    await page.get_by_role("article", name="Case 2").wait_for()
    await flag(browser.world)
    fill(browser.world)
    wrong = {"/practice": await page.evaluate(AUDIT)}
    await page.goto(f"{browser.base}/cases/1")
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_text("The case is yours").wait_for()
    await page.get_by_role("button", name="Show message").click()
    await page.locator("#shown").wait_for()
    await page.get_by_role("button", name="Get suggestions").click()
    await page.get_by_role("button", name="Use 1").wait_for()
    wrong["suggestions"] = await page.evaluate(AUDIT)
    for path in (
        "/", "/cases", "/cases/1", "/cases/2", "/library", "/library/coverage", "/library/new", "/people", "/organisation", "/account",
        "/library/en-migrants-facts-001", "/keys", "/suggest", "/webhooks", "/account/chat", "/people/1/chat", "/nothing", "/login",
        "/insights", "/care", "/rest", "/authors", "/people/1/data",
    ):  # fmt: skip
        await page.goto(browser.base + path)
        wrong[path] = await page.evaluate(AUDIT)
    assert {path: found for path, found in wrong.items() if found} == {}


async def test_arrow_keys_on_a_filter_do_not_reload(browser: Browser) -> None:
    page = await browser.enter("volunteer")
    await page.goto(f"{browser.base}/cases")
    await page.locator("body[data-live=on]").wait_for()
    await page.evaluate("window.same = true")
    await page.locator("select[name=status]").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    assert await page.locator("select[name=status]").input_value() == "claimed"
    assert await page.evaluate("window.same")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases?status=claimed**")


async def test_on_a_phone_the_reply_is_a_press_away_and_no_menu_is_cut(browser: Browser) -> None:
    world, page = browser.world, await browser.enter("admin", viewport={"width": 360, "height": 740})
    cut = "[...document.querySelectorAll('.top nav a')].filter((a) => { const r = a.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth; }).length"
    assert await page.evaluate(cut) == 0
    number = await flag(world)
    world.casework.claim(number, world.person["admin"].id)
    await page.goto(f"{browser.base}/cases/{number}")
    await page.get_by_role("button", name="Get suggestions").click()
    await page.get_by_role("button", name="Use 1").wait_for()
    jump = page.locator(".jump")
    box = await jump.bounding_box()
    assert box["y"] + box["height"] <= 741, "the bar stays in sight however long the page is"
    await jump.get_by_role("link", name="Your reply").click()
    reply = await page.locator("#reply-text").bounding_box()
    assert 0 <= reply["y"] < 740
