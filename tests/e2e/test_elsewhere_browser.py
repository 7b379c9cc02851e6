"""A text from anywhere in a real browser: the bookmark from another site's page, the login between, copying."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from courage.web.keys import STREAMS
from tests.e2e.desk_browser import CHROMIUM, FLAGS, Browser
from tests.e2e.test_desk_browser import AUDIT
from tests.unit.web.world import HATE, PASSWORD, World

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; install Debian's chromium"),
]


class Place:
    """A desk, every address that it was asked for, and a page of another site with a hateful post on it."""

    def __init__(self, browser: Browser, asked: list[str], site: str) -> None:
        self.browser = browser
        self.asked = asked
        self.site = site

    async def select_post(self, page: Any) -> None:
        """Open the other site and select the post."""
        await page.goto(self.site)
        await page.evaluate(
            "() => { const r = document.createRange(); r.selectNodeContents(document.querySelector('#post'));"
            " getSelection().removeAllRanges(); getSelection().addRange(r); }"
        )

    async def press_bookmark(self, page: Any, script: str) -> Any:
        """Run the bookmark as the browser would, and return the page that it opens."""
        async with page.context.expect_page() as opened:
            await page.evaluate(script)
        return await opened.value


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    from playwright.async_api import async_playwright

    asked: list[str] = []
    world = World(tmp_path)
    app = world.app()

    @web.middleware
    async def listen(request: web.Request, handler: Any) -> web.StreamResponse:
        asked.append(request.raw_path + " " + request.headers.get("Referer", ""))
        return await handler(request)

    app.middlewares.insert(0, listen)

    async def post(_: web.Request) -> web.Response:
        return web.Response(text=f"<!doctype html><p id=post>{HATE}</p>", content_type="text/html")

    elsewhere = web.Application()
    elsewhere.router.add_get("/post/1", post)
    async with (
        TestServer(app) as desk,
        TestServer(elsewhere, host="localhost") as other,
        async_playwright() as driver,
    ):
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        browser = Browser(world, str(desk.make_url("")).rstrip("/"), chromium, app[STREAMS])
        try:
            yield Place(browser, asked, str(other.make_url("/post/1")))
        finally:
            await chromium.close()
        assert browser.complaints == []


async def bookmark(page: Any) -> str:
    """Return what the bookmark on the desk's page runs."""
    await page.get_by_role("link", name="Any text").click()
    href = await page.get_by_role("link", name="Ask Courage").get_attribute("href")
    assert href.startswith("javascript:")
    return unquote(href.removeprefix("javascript:"))


async def test_the_bookmark_brings_what_is_selected_and_no_server_hears_of_it(place: Place) -> None:
    from playwright.async_api import expect

    page = await place.browser.enter("volunteer")
    script = await bookmark(page)
    await place.select_post(page)
    opened = await place.press_bookmark(page, script)
    box = opened.locator("#bring textarea")
    await expect(box).to_have_value(HATE, timeout=60_000)
    assert await opened.locator("#bring input[name=link]").input_value() == place.site
    assert "#" not in opened.url
    await opened.get_by_role("button", name="Get answers").click()
    await opened.get_by_role("button", name="Copy").first.wait_for()
    shown = opened.locator("#text-shown blockquote")
    assert not await shown.is_visible()
    await opened.get_by_text("Show the text").click()
    assert await shown.inner_text() == HATE
    assert place.asked
    for address in place.asked:
        assert "criminals" not in unquote(address)
        assert "/post/1" not in unquote(address)


async def test_what_was_brought_survives_the_login(place: Place) -> None:
    from playwright.async_api import expect

    page = await place.browser.enter("volunteer")
    script = await bookmark(page)
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/login")
    await place.select_post(page)
    opened = await place.press_bookmark(page, script)
    await opened.locator("input[name=name]").fill("volunteer one")
    await opened.locator("input[name=password]").fill(PASSWORD)
    await opened.get_by_role("button", name="Log in").click()
    await opened.wait_for_url("**/suggest")
    await expect(opened.locator("#bring textarea")).to_have_value(HATE, timeout=60_000)
    assert await opened.evaluate("sessionStorage.getItem('courage-brought')") is None
    for address in place.asked:
        assert "criminals" not in unquote(address)


async def test_an_answer_is_copied_and_its_outcome_noted(place: Place) -> None:
    page = await place.browser.enter("volunteer", permissions=["clipboard-read", "clipboard-write"])
    await page.goto(f"{place.browser.base}/suggest")
    await page.locator("#bring textarea").fill(HATE)
    await page.get_by_role("button", name="Get answers").click()
    second = page.get_by_role("article", name="Suggestion 2")
    await second.get_by_role("button", name="Copy").click()
    await second.get_by_role("button", name="Copied").wait_for()
    assert (
        await page.evaluate("navigator.clipboard.readText()") == await page.locator("#answer-2").inner_text()
    )
    assert await page.evaluate(AUDIT) == []
    await (
        second.get_by_role("button", name="I used this answer")
        .or_(second.get_by_role("button", name="I used it"))
        .click()
    )
    await page.get_by_text("the ranking learns from it").wait_for()
    assert place.browser.world.shelf.learnt[-1][1] == "posted"
