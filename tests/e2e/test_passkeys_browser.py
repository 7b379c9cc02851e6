"""Passkeys in a real browser, with Chromium's own virtual authenticators behind it, by keyboard, in English and Arabic."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer, unused_port

from courage.web.streams import Streams
from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import CHROMIUM, FLAGS, MARKS, Browser
from tests.e2e.test_folder_behind_proxy import NGINX, configuration, listens
from tests.unit.web.world import PASSWORD, World

pytestmark = [pytest.mark.e2e, *MARKS]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Keys:
    """The authenticators of one page."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    async def of(cls, page: Any) -> Keys:
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable", {"enableUI": False})
        return cls(session)

    async def plug(self, *, kind: str = "internal", holds: bool = True, verifies: bool = True) -> str:
        """Add an authenticator: one of the device, or a security key (``usb``)."""
        options = {
            "protocol": "ctap2", "transport": kind, "hasResidentKey": holds, "hasUserVerification": verifies,
            "isUserVerified": verifies, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = await self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(made["authenticatorId"])

    async def pull(self, number: str) -> None:
        """Take an authenticator away."""
        await self._session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": number})

    async def verified(self, number: str, yes: bool) -> None:
        """Say whether the finger is the right one."""
        await self._session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": yes}
        )


@asynccontextmanager
async def desk_at(folder: Path, host: str = "localhost", base: str = "") -> AsyncIterator[Browser]:
    """Serve a desk under a name at which browsers make passkeys, or not."""
    from playwright.async_api import async_playwright

    port = unused_port()
    address = f"http://{host}:{port}"
    world = World(folder, public_url=base or address)
    async with TestServer(world.app(), port=port), async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield Browser(world, address, chromium, Streams())
        finally:
            await chromium.close()


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk_at(tmp_path) as found:
        yield found


async def add(page: Any, base: str, name: str, password: str = PASSWORD) -> None:
    """Add a passkey on the page of the own account, by keyboard."""
    await page.goto(f"{base}/account")
    await page.get_by_label("Name, such as").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")


async def log_out(page: Any) -> None:
    await page.get_by_role("button", name="Log out", exact=True).click()
    await page.get_by_role("button", name="Log in with a passkey").wait_for()


async def with_password(page: Any, base: str) -> None:
    await page.goto(f"{base}/login")
    await page.get_by_label("Name").fill("volunteer one")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def test_several_passkeys_are_added_used_and_removed_by_keyboard(desk: Browser) -> None:
    page = await desk.enter("volunteer")
    # A session that is older than half an hour, or came by password, is asked for the password.
    await log_out(page)
    await with_password(page, desk.base)
    await page.get_by_role("heading", name="Hello").wait_for()
    keys = await Keys.of(page)
    phone = await keys.plug()

    await add(page, desk.base, "my phone", "not the password")
    await page.get_by_role("alert").filter(has_text="wrong").wait_for()
    await add(page, desk.base, "my phone")
    await page.get_by_text("The passkey is added.").wait_for()
    codes = await page.locator("code[dir=ltr]").all_inner_texts()
    assert len(codes) == 10
    await add(page, desk.base, "again")
    await page.get_by_text("among your passkeys already").wait_for()
    await keys.pull(phone)
    await keys.plug(kind="usb")
    await add(page, desk.base, "مفتاح the key")
    await page.get_by_text("The passkey is added.").wait_for()
    assert await page.locator("code[dir=ltr]").count() == 0  # codes are made once
    happened = await page.get_by_role("region", name="What happened to your ways in").inner_text()
    assert "Passkey added: مفتاح the key" in happened

    await log_out(page)
    await page.goto(f"{desk.base}/login?next=/library")
    await page.get_by_role("button", name="Log in with a passkey").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.base}/library")
    await page.goto(f"{desk.base}/account")
    assert (
        "Login with a passkey"
        in await page.get_by_role("region", name="Where you are logged in").inner_text()
    )

    await log_out(page)
    await with_password(page, desk.base)
    use = page.get_by_role("button", name="Use my passkey")
    await use.wait_for()
    assert await use.evaluate("one => one === document.activeElement")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Hello").wait_for()

    await log_out(page)
    await with_password(page, desk.base)
    await page.get_by_label("Recovery code").fill("zzzzz-zzzzz")
    await page.keyboard.press("Enter")
    await page.get_by_text("wrong, used or too old").wait_for()
    await page.get_by_label("Recovery code").fill(codes[0])
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Hello").wait_for()

    await page.goto(f"{desk.base}/account")
    for name in ("my phone", "the key"):
        form = page.locator("form[action$=remove]").filter(has_text=name)
        await form.get_by_label("Present password").fill(PASSWORD)
        await form.get_by_role("button", name="Remove").press("Enter")
        await page.get_by_text("The passkey is removed.").wait_for()
    await log_out(page)
    await page.get_by_role("button", name="Log in with a passkey").press("Enter")
    await page.get_by_text("This passkey does not fit. It may have been removed here.").wait_for()
    await with_password(page, desk.base)
    await page.get_by_role("heading", name="Hello").wait_for()  # nothing more is asked


async def test_a_key_that_asks_for_no_pin_is_a_second_factor_alone(desk: Browser) -> None:
    page = await desk.enter("volunteer")
    await log_out(page)
    await with_password(page, desk.base)
    await page.get_by_role("heading", name="Hello").wait_for()
    keys = await Keys.of(page)
    await keys.plug(kind="usb", holds=False, verifies=False)
    await add(page, desk.base, "an old key")
    await page.get_by_text("The passkey is added.").wait_for()
    await log_out(page)
    await page.get_by_role("button", name="Log in with a passkey").click()
    await page.get_by_text("No passkey answered").wait_for()
    await with_password(page, desk.base)
    await page.get_by_role("button", name="Use my passkey").click()
    await page.get_by_role("heading", name="Hello").wait_for()


async def test_the_wrong_finger_opens_nothing(desk: Browser) -> None:
    page = await desk.enter("volunteer")
    await log_out(page)
    await with_password(page, desk.base)
    await page.get_by_role("heading", name="Hello").wait_for()
    keys = await Keys.of(page)
    phone = await keys.plug()
    await add(page, desk.base, "my phone")
    await page.get_by_text("The passkey is added.").wait_for()
    await log_out(page)
    await keys.verified(phone, False)
    await page.get_by_role("button", name="Log in with a passkey").click()
    await page.get_by_text("No passkey answered").wait_for()
    await keys.verified(phone, True)
    await page.get_by_role("button", name="Log in with a passkey").click()
    await page.get_by_role("heading", name="Hello").wait_for()


async def test_all_of_it_in_arabic(desk: Browser) -> None:
    desk.world.people.change(desk.world.person["volunteer"].id, languages=["ar"])
    context = await desk.chromium.new_context(locale="ar", reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"{desk.base}/login")
    await page.locator("input[name=name]").fill("volunteer one")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("header .who").wait_for()
    keys = await Keys.of(page)
    await keys.plug()
    await page.goto(f"{desk.base}/account")
    assert await page.locator("html").get_attribute("dir") == "rtl"
    await page.get_by_label("الاسم، مثل").focus()
    await page.keyboard.type("هاتفي")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_text("أُضيف مفتاح المرور.").wait_for()
    assert await wrong_on(page, runOnly=RULES) == []
    await page.locator("header .who button").click()
    enter = page.get_by_role("button", name="الدخول بمفتاح مرور")
    await enter.focus()
    assert await wrong_on(page, runOnly=RULES) == []
    await page.keyboard.press("Enter")
    await page.locator("header .who").wait_for()
    await page.locator("header .who button").click()
    await page.locator("input[name=name]").fill("volunteer one")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="استخدام مفتاح المرور").wait_for()
    assert await wrong_on(page, runOnly=RULES) == []
    seen = await page.locator("main").inner_text()
    assert not re.search(r"[A-Za-z]{3,}", seen), seen
    await page.keyboard.press("Enter")
    await page.locator("header .who").wait_for()


async def test_under_another_address_than_the_desks_own_the_browser_says_so(tmp_path: Path) -> None:
    async with desk_at(tmp_path, base="https://desk.example.org") as desk:
        context = await desk.chromium.new_context()
        page = await context.new_page()
        await (await Keys.of(page)).plug()
        await page.goto(f"{desk.base}/login")
        await page.get_by_role("button", name="Log in with a passkey").click()
        await page.get_by_text("Open the desk under its usual address").wait_for()


async def test_at_a_bare_number_the_account_says_what_is_missing(tmp_path: Path) -> None:
    async with desk_at(tmp_path, "127.0.0.1") as desk:
        page = await desk.enter("volunteer")
        await page.goto(f"{desk.base}/account")
        shown = await page.get_by_role("region", name="Passkeys").inner_text()
        assert f"This desk is at {desk.base}" in shown
        assert await page.get_by_role("button", name="Add a passkey").count() == 0
        await page.get_by_role("button", name="Log out", exact=True).click()
        assert await page.get_by_role("button", name="Log in with a passkey").count() == 0


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine; install Debian's nginx-light")
async def test_in_a_folder_behind_a_real_proxy_the_public_address_counts(tmp_path: Path) -> None:
    from playwright.async_api import async_playwright

    port = unused_port()
    address = f"http://localhost:{port}/courage"
    world = World(tmp_path, public_url=address)
    async with TestServer(world.app()) as server, async_playwright() as driver:
        assert server.port is not None
        file = tmp_path / "nginx.conf"
        file.write_text(configuration(tmp_path, port, server.port), encoding="utf-8")
        assert NGINX is not None
        proxy = await asyncio.create_subprocess_exec(
            NGINX, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(file)
        )
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            async with asyncio.timeout(20):
                while not listens(port):
                    await asyncio.sleep(0.02)
            page = await Browser(world, address, chromium, Streams()).enter("volunteer")
            await log_out(page)
            await with_password(page, address)
            await page.get_by_role("heading", name="Hello").wait_for()
            await (await Keys.of(page)).plug()
            await add(page, address, "my phone")
            await page.get_by_text("The passkey is added.").wait_for()
            await log_out(page)
            await page.get_by_role("button", name="Log in with a passkey").click()
            await page.wait_for_url(f"{address}/")
            await page.get_by_role("heading", name="Hello").wait_for()
        finally:
            await chromium.close()
            proxy.terminate()
            await proxy.wait()
