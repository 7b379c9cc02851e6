"""Notices to a real browser: allowed on the page, encrypted on the way, shown by the browser's own worker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courage.cases.notices.digests import Digests
from courage.cases.outbox import Dispatcher
from courage.db.engine import make_sessions
from tests.e2e.desk_browser import MARKS, Browser, ready
from tests.push_service import PushService, push_service
from tests.unit.web.test_cases_pages import flag

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

#: Stands in for the push service of the browser's maker, which is out of reach: what it would give out.
SUBSCRIBED = """(given) => {
  const made = { endpoint: given.endpoint, unsubscribe: async () => (sessionStorage.removeItem("told"), true),
                 toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }) };
  PushManager.prototype.getSubscription = async () => (sessionStorage.getItem("told") ? made : null);
  PushManager.prototype.subscribe = async (options) => {
    if (given.fails) throw new DOMException("no push service", "AbortError");
    sessionStorage.setItem("told", String(new Uint8Array(options.applicationServerKey).length));
    return made;
  };
}"""


async def on_the_page(browser: Browser, service: PushService, *, fails: bool = False) -> Any:
    """Return the page of a volunteer whose browser allows notices."""
    page = await browser.enter("volunteer")
    await page.context.grant_permissions(["notifications"], origin=browser.base)
    given = {
        "endpoint": service.endpoint, "p256dh": service.public_key, "auth": service.auth_secret, "fails": fails,
    }  # fmt: skip
    await page.add_init_script(f"({SUBSCRIBED})({json.dumps(given)})")
    await page.goto(f"{browser.base}/account/notices")
    await ready(page)
    return page


async def test_a_browser_is_told_shows_the_number_and_stops_when_it_is_asked_to(browser: Browser) -> None:
    world = browser.world
    async with push_service() as service:
        page = await on_the_page(browser, service)
        assert not await page.get_by_role("button", name="Stop telling this browser").is_visible()
        await page.get_by_role("button", name="Tell this browser").click()
        await page.get_by_text("This browser is told from now on").wait_for()
        assert await page.evaluate("sessionStorage.getItem('told')") == "65"  # bound to the desk's key
        await page.get_by_text("1 browser of yours is told.").wait_for()
        await page.get_by_role("group", name="How many cases wait").get_by_label("in my browsers").check()
        await page.locator("form[action$='/account/notices'] button.main").click()
        await page.get_by_text("Kept.").wait_for()
        await flag(world)
        world.people.end_sessions(world.person["volunteer"].id)  # the desk is closed
        sessions = make_sessions(world.engine, strict=True)
        assert Digests(sessions, bus=world.bus).look() == 1
        await Dispatcher(sessions, {"push": world.push}, bus=world.bus).drain()
        await world.push.close()
        (told,) = service.told

        # The browser's own way: its service decrypts, and wakes the worker.
        line = await page.context.new_cdp_session(page)
        registered: list[dict[str, Any]] = []
        line.on("ServiceWorker.workerRegistrationUpdated", lambda e: registered.extend(e["registrations"]))
        await line.send("ServiceWorker.enable")
        assert await page.evaluate("navigator.serviceWorker.getRegistration('/static/').then(Boolean)")
        (number,) = {one["registrationId"] for one in registered if one["scopeURL"].endswith("/static/")}
        await line.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": browser.base, "registrationId": number, "data": json.dumps(told)},
        )
        # Asked again until there is one: what waits for a function takes a promise itself for an answer.
        shown = await page.evaluate(
            """async () => {
              const worker = await navigator.serviceWorker.getRegistration("/static/");
              for (const end = Date.now() + 20_000; Date.now() < end; ) {
                const [one] = await worker.getNotifications();
                if (one) return [one.title, one.body, one.tag];
                await new Promise((go) => setTimeout(go, 20));
              }
              return null;
            }"""
        )
        assert shown == [
            "Test community",
            "1 case waits for an answer.",
            "courage-digest",
        ]

        await page.goto(f"{browser.base}/login/{world.link('volunteer')}")
        await page.get_by_role("button", name="Log me in").click()
        await page.get_by_role("heading", name="Hello").wait_for()
        await page.goto(f"{browser.base}/account/notices")
        await page.get_by_role("button", name="Stop telling this browser").click()
        await page.get_by_text("0 browsers of yours are told.").wait_for()
        await page.get_by_role("button", name="Tell this browser").wait_for()


async def test_what_the_browser_cannot_do_is_said_and_changes_nothing(browser: Browser) -> None:
    async with push_service() as service:
        page = await on_the_page(browser, service, fails=True)
        await page.get_by_role("button", name="Tell this browser").click()
        await page.get_by_role("alert").get_by_text("That did not work").wait_for()
        assert browser.world.notices.of(browser.world.person["volunteer"].id, 1).browsers == 0


async def test_without_scripts_no_button_promises_what_only_scripts_can_do(browser: Browser) -> None:
    page = await browser.enter("volunteer", java_script_enabled=False)
    await page.goto(f"{browser.base}/account/notices")
    await page.get_by_text("This browser cannot be told").wait_for()
    assert not await page.get_by_role("button", name="Tell this browser").is_visible()
    await page.goto(f"{browser.base}/suggest")
    await page.locator("textarea[name=text]").fill("Migrants are all criminals.")
    await page.locator("#bring button.main, form[action$='/suggest'] button").first.click()
    await page.locator("#found").wait_for()
    assert await page.locator("[data-copy]").count() > 0
    assert not await page.locator("[data-copy]").first.is_visible()
