"""Nothing that somebody typed is lost, whatever happens to the page, the case, the session or the connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e.desk_browser import MARKS, Browser, ready
from tests.unit.web.test_cases_pages import flag

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

WORDS = "Nobody here is what that message says."


async def on_a_case(browser: Browser) -> tuple[Any, int]:
    """Return the page of a volunteer who has claimed a case, and its number."""
    page = await browser.enter("volunteer")
    number = await flag(browser.world)
    browser.world.casework.claim(number, browser.world.person["volunteer"].id)
    await page.goto(f"{browser.base}/cases/{number}")
    await ready(page)
    return page, number


async def on_two_devices(browser: Browser) -> tuple[Any, Any, int]:
    """Return two pages of one volunteer, each on its own device, open on a case of theirs, and its number."""
    page, number = await on_a_case(browser)
    other = await browser.enter("volunteer")
    await other.goto(f"{browser.base}/cases/{number}")
    await ready(other)
    return page, other, number


async def write(page: Any, words: str = WORDS) -> None:
    """Type into the box as a person does."""
    await page.locator("#reply-text").click()
    await page.keyboard.type(words)


async def test_what_is_typed_survives_the_page_and_what_is_pressed_beside_it(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    box = page.locator("#reply-text")
    await write(page)
    await page.reload()  # at once: nothing was sent yet
    assert await box.input_value() == WORDS
    await ready(page)
    await page.get_by_role("button", name="Get suggestions").click()
    await page.get_by_role("button", name="Use 2").wait_for()
    assert await box.input_value() == WORDS
    await write(page, " And this.")
    await page.get_by_role("button", name="Ask again").click()
    await page.locator("#suggestions-title:focus").wait_for()
    written = await box.input_value()
    assert sorted(written) == sorted(f"{WORDS} And this.")
    await box.focus()
    await page.keyboard.press("Escape")
    await page.keyboard.press("2")
    await page.get_by_text("The suggestion is in the box").wait_for()
    assert await box.input_value() != written
    await page.get_by_role("button", name="Undo: bring back").click()
    await page.get_by_text("Your earlier text is back").wait_for()
    assert await box.input_value() == written
    kept = browser.world.casework.unsent(number, browser.world.person["volunteer"].id)
    assert kept is not None
    assert kept.text == written
    # Whoever logs out by choice leaves nothing behind in the browser; the desk has it.
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/login")
    assert await page.evaluate("JSON.stringify(localStorage)") == "{}"


async def held_back(page: Any, number: int, browser: Browser, words: str) -> asyncio.Event:
    """Open a case with its scripts held back and type; the event that comes back lets them come."""
    come = asyncio.Event()

    async def slow(route: Any) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/static/*.js*", slow)
    await page.goto(f"{browser.base}/cases/{number}", wait_until="commit")
    await page.locator("#reply-text").click()
    await page.keyboard.insert_text(words)
    return come


async def test_what_is_typed_before_the_scripts_came_is_kept_without_another_key(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    me = browser.world.person["volunteer"].id
    come = await held_back(page, number, browser, WORDS)
    async with page.expect_response("**/typed"):
        come.set()
    kept = browser.world.casework.unsent(number, me)
    assert kept is not None
    assert kept.text == WORDS
    await page.unroute("**/static/*.js*")
    await page.goto(f"{browser.base}/cases")
    await page.goto(f"{browser.base}/cases/{number}")
    assert await page.locator("#reply-text").input_value() == WORDS


async def test_what_never_reached_the_desk_and_what_was_typed_before_the_scripts_are_both_kept(
    browser: Browser,
) -> None:
    page, number = await on_a_case(browser)
    await page.context.set_offline(True)
    await write(page, "Written on the train.")
    await page.get_by_text("Kept in this browser").wait_for()
    context = page.context
    await page.close()
    await context.set_offline(False)
    page = await context.new_page()
    come = await held_back(page, number, browser, "Written at home.")
    async with page.expect_response("**/typed"):
        come.set()
    kept = browser.world.casework.unsent(number, browser.world.person["volunteer"].id)
    assert kept is not None
    assert kept.text == "Written on the train.\nWritten at home."


async def test_what_is_typed_stays_when_a_moderator_takes_the_case(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    world = browser.world
    await write(page)
    await asyncio.to_thread(world.casework.release, number, world.person["moderator"].id)
    await asyncio.to_thread(world.casework.claim, number, world.person["moderator"].id)
    await page.get_by_role("button", name="Check before posting").click()
    await page.locator("#kept-text").get_by_text(WORDS).wait_for()
    # Nobody else sees it.
    other = await browser.enter("moderator")
    await other.goto(f"{browser.base}/cases/{number}")
    assert WORDS not in await other.content()
    await asyncio.to_thread(world.casework.release, number, world.person["moderator"].id)
    await page.goto(f"{browser.base}/cases/{number}")
    await page.get_by_role("button", name="Claim").first.click()
    await page.get_by_text("The case is yours").wait_for()
    assert await page.locator("#reply-text").input_value() == WORDS


async def test_what_is_typed_after_the_session_ended_is_there_after_logging_in(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    cookies = await page.context.cookies()
    session = next(cookie["value"] for cookie in cookies if cookie["name"] == "courage_session")
    await asyncio.to_thread(browser.world.people.close_session, session)
    await write(page)
    await page.get_by_role("alert").get_by_text("You are logged out").wait_for()
    await page.get_by_role("button", name="Check before posting").click()
    assert await page.locator("#reply-text").input_value() == WORDS  # no page of errors took its place
    await page.get_by_role("alert").get_by_role("link", name="Log in").click()
    await page.wait_for_url("**/login?next=*")
    await page.goto(f"{browser.base}/login/{browser.world.link('volunteer')}")
    await page.get_by_role("button", name="Log me in").click()
    await page.get_by_role("heading", name="Hello").wait_for()
    await page.goto(f"{browser.base}/cases/{number}")
    await page.get_by_text("What you had typed is back").or_(page.get_by_text("Saved. Only you")).wait_for()
    assert await page.locator("#reply-text").input_value() == WORDS


async def test_what_is_typed_without_a_connection_reaches_the_desk_later(browser: Browser) -> None:
    page, number = await on_a_case(browser)
    await page.context.set_offline(True)
    await write(page)
    await page.get_by_text("Kept in this browser").wait_for()
    await page.get_by_role("button", name="Check before posting").click()
    assert await page.locator("#reply-text").input_value() == WORDS
    await page.context.set_offline(False)
    await page.get_by_text("Saved. Only you see it.").wait_for()
    kept = browser.world.casework.unsent(number, browser.world.person["volunteer"].id)
    assert kept is not None
    assert kept.text == WORDS


async def test_a_half_written_response_survives_reloading_and_a_session_that_ended(browser: Browser) -> None:
    page, words = await browser.enter("trainer"), "You cannot know that of millions of people."
    await page.goto(f"{browser.base}/library/new")
    await ready(page)
    await page.locator("textarea[name=text]").fill(words)
    await page.locator("select[name=strategy]").select_option("question")
    await page.locator("input[name=target][value=roma]").check()
    cookies = await page.context.cookies()
    session = next(cookie["value"] for cookie in cookies if cookie["name"] == "courage_session")
    await asyncio.to_thread(browser.world.people.close_session, session)
    await page.get_by_role("button", name="Save draft").click()
    await page.get_by_role("heading", name="Please log in").wait_for()
    await page.goto(f"{browser.base}/login/{browser.world.link('trainer')}")
    await page.get_by_role("button", name="Log me in").click()
    await page.get_by_role("heading", name="Hello").wait_for()
    await page.goto(f"{browser.base}/library/new")
    await page.get_by_role("alert").get_by_text("What you had typed is back").wait_for()
    assert await page.locator("textarea[name=text]").input_value() == words
    assert await page.locator("select[name=strategy]").input_value() == "question"
    assert await page.locator("input[name=target][value=roma]").is_checked()
    await page.get_by_role("button", name="Save draft").click()
    await page.get_by_text("Added as a draft").wait_for()
    await ready(page)
    await page.goto(f"{browser.base}/library/new")  # what has arrived does not come back
    await ready(page)
    assert await page.locator("textarea[name=text]").input_value() == ""


async def test_two_devices_that_type_the_same_reply_are_offered_both_texts(browser: Browser) -> None:
    page, other, number = await on_two_devices(browser)
    await write(page, "Written on the phone.")
    await page.get_by_text("Saved. Only you see it.").wait_for()
    await write(other, "Written on the computer.")
    panel = other.get_by_role("alert").filter(has_text="on another device")
    await panel.get_by_text("Written on the phone.").wait_for()
    assert "Not saved yet" in await other.locator("#typed-state").inner_text()
    await write(other, " Still here.")  # typing goes on undisturbed
    kept = browser.world.casework.unsent(number, browser.world.person["volunteer"].id)
    assert kept is not None
    assert kept.text == "Written on the phone."
    await panel.get_by_role("button", name="Keep the one in the box").click()
    await other.get_by_text("The other text can be brought back").wait_for()
    box = other.locator("#reply-text")
    written = await box.input_value()
    assert sorted(written) == sorted("Written on the computer. Still here.")
    # The phone was left open with the older text: pressing on does not overtake the newer one.
    await page.get_by_role("button", name="Check before posting").click()
    await page.get_by_role("alert").get_by_text("Still here").wait_for()
    await page.get_by_role("button", name="Use that one").click()
    await page.get_by_text("The other text can be brought back").wait_for()
    assert await page.locator("#reply-text").input_value() == written
