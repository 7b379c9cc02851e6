"""A login by OpenID Connect in a real browser, at a provider that is not ours and on another site than the desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer, unused_port

from courage.web.provider import Provider, ProviderSettings
from courage.web.streams import Streams
from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import CHROMIUM, FLAGS, MARKS, Browser
from tests.unit.web.world import PASSWORD, World

mock = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")
pytestmark = [pytest.mark.e2e, *MARKS]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a desk at 127.0.0.1 whose provider is at localhost: two sites, as in life."""
    from playwright.async_api import async_playwright

    port = unused_port()
    address = f"http://127.0.0.1:{port}"
    newcomer = mock.User(sub="new-1", claims={"preferred_username": "نور", "locale": "ar"})
    known = mock.User(sub="known-1", claims={"preferred_username": "vol"})
    with mock.run_server_in_thread(require_nonce=True, user_claims=(newcomer, known)) as server:
        settings = ProviderSettings(
            f"http://localhost:{server.server_port}", "desk", "secret", "the NGO", new_people="volunteer"
        )
        world = World(
            tmp_path, public_url=address, provider=Provider(settings, f"{address}/login/provider/back")
        )
        async with TestServer(world.app(), port=port), async_playwright() as driver:
            chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            try:
                yield Browser(world, address, chromium, Streams())
            finally:
                await chromium.close()


async def page_of(desk: Browser, **options: Any) -> Any:
    context = await desk.chromium.new_context(reduced_motion="reduce", **options)
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda m: desk.complaints.append(m.text) if "Security" in m.text else None)
    return page


async def test_an_account_is_linked_opens_the_desk_and_is_logged_out_at_both(desk: Browser) -> None:
    page = await page_of(desk)
    await page.goto(f"{desk.base}/login")
    await page.get_by_label("Name").fill("volunteer one")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Hello").wait_for()
    await page.goto(f"{desk.base}/account")
    form = page.locator("form[action$='/account/provider']")
    await form.get_by_label("Present password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="known-1").click()
    await page.get_by_text("The account is linked.").wait_for()
    assert await wrong_on(page, runOnly=RULES) == []
    shown = await page.get_by_role("region", name="Accounts elsewhere").inner_text()
    assert "vol" in shown
    await page.get_by_role(
        "button", name="Log out", exact=True
    ).click()  # who came by password stays logged in there
    await page.get_by_role("link", name="Log in with the NGO").wait_for()

    assert await wrong_on(page, runOnly=RULES) == []
    await page.goto(f"{desk.base}/login?next=/library")
    await page.get_by_role("link", name="Log in with the NGO").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="known-1").press("Enter")
    await page.wait_for_url(f"{desk.base}/library")
    assert "volunteer one" in await page.locator("header .who").inner_text()

    await page.get_by_role("button", name="Log out", exact=True).click()
    await page.get_by_role("button", name="End session").click()
    await page.wait_for_url(f"{desk.base}/login")
    await page.goto(f"{desk.base}/library")
    await page.get_by_label("Password").wait_for()
    assert desk.complaints == []


async def test_somebody_new_comes_in_arabic_and_whoever_cancels_reads_so(desk: Browser) -> None:
    page = await page_of(desk, locale="ar")
    await page.goto(f"{desk.base}/login")
    await page.get_by_role("link", name="الدخول عبر the NGO").press("Enter")
    await page.get_by_role("button", name="Deny").click()
    problem = page.locator("#problem")
    await problem.wait_for()
    said = await problem.inner_text()
    assert "لم يسمح لك المزود" in said  # though it does not say to what it says no
    assert not re.search(r"[A-Za-z]{3,}", said), said
    await page.get_by_role("link", name="الدخول عبر the NGO").press("Enter")
    await page.get_by_role("button", name="new-1").press("Enter")
    await page.locator("header .who").wait_for()
    assert await page.locator("html").get_attribute("dir") == "rtl"
    assert "نور" in await page.locator("header .who").inner_text()
    new = desk.world.people.find("نور")
    assert new
    assert new.role == "volunteer"
    assert desk.complaints == []
