"""A workshop in real browsers: phones that lose their connection, the trainer's console, the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.desk_browser import MARKS, Browser, open_browser
from tests.e2e.test_desk_browser import AUDIT

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS


class Hall:
    """An open workshop with a trainer's console in a browser."""

    def __init__(self, browser: Browser, trainer: Any, number: int, code: str) -> None:
        self.browser, self.trainer, self.number, self.code = browser, trainer, number, code

    @property
    def workshops(self) -> Any:
        return self.browser.world.services.workshops

    async def phone(self, name: str, **options: Any) -> Any:
        """Let somebody join with a phone."""
        context = await self.browser.chromium.new_context(
            viewport={"width": 390, "height": 780}, reduced_motion="reduce", **options
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.browser.complaints.append(str(error)))
        await page.goto(f"{self.browser.base}/w/{self.code.lower()}")
        await page.locator('input[name="name"]').fill(name)
        await page.locator('form[action$="/join"] button').click()
        await page.locator("#sheet").wait_for()
        return page

    async def press(self, name: str) -> None:
        await self.trainer.bring_to_front()
        await self.trainer.get_by_role("button", name=name).first.click()


@pytest_asyncio.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with open_browser(tmp_path) as browser:
        trainer = await browser.enter("trainer")
        await trainer.goto(f"{browser.base}/workshops?language=en")
        await trainer.get_by_label("Title").fill("Together")
        await trainer.get_by_text("The rumour about the garden").click()
        await trainer.get_by_role("button", name="Open it").click()
        await trainer.locator(".joincode").wait_for()
        number = int(trainer.url.rsplit("/", 1)[1])
        code = await trainer.locator(".joincode").inner_text()
        yield Hall(browser, trainer, number, code)


async def test_a_phone_that_loses_its_connection_loses_no_answer(hall: Hall) -> None:
    phone = await hall.phone("Ann")
    await hall.press("Begin for everybody")
    await phone.get_by_label("What do you write?").wait_for()  # without a reload
    assert not await phone.get_by_text("The foreigners take all the plots").is_visible()
    await phone.get_by_text("Show the hateful message").click()
    assert await phone.get_by_text("The foreigners take all the plots").is_visible()

    await phone.context.set_offline(True)
    await phone.get_by_label("What do you write?").fill("Where did you hear that?")
    await phone.get_by_role("button", name="Send").click()
    await phone.get_by_text("Kept in this browser").wait_for()
    assert hall.workshops.leading.console(hall.number, 1).answers == ()
    await phone.context.set_offline(False)
    await phone.get_by_text("The workshop has your answer.").wait_for()
    (answer,) = hall.workshops.leading.console(hall.number, 1).answers
    assert answer.text == "Where did you hear that?"


async def test_a_closed_browser_sends_what_waited_when_it_is_opened_again(hall: Hall) -> None:
    phone = await hall.phone("Ann")
    await hall.press("Begin for everybody")
    await phone.get_by_label("What do you write?").wait_for()
    await phone.route("**/answer", lambda route: route.abort())
    await phone.get_by_label("What do you write?").fill("Is that so?")
    await phone.get_by_role("button", name="Send").click()
    await phone.get_by_text("Kept in this browser").wait_for()
    await phone.close()
    again = await phone.context.new_page()
    await again.goto(f"{hall.browser.base}/w/{hall.code}")
    await again.get_by_text("The workshop has your answer.").wait_for()
    assert [one.text for one in hall.workshops.leading.console(hall.number, 1).answers] == ["Is that so?"]


async def test_without_live_events_the_page_asks(hall: Hall) -> None:
    phone = await hall.phone("Ann")
    await phone.route("**/events*", lambda route: route.abort())
    await phone.reload()
    await hall.press("Begin for everybody")
    await phone.get_by_label("What do you write?").wait_for()


async def test_answers_votes_and_the_screen(hall: Hall) -> None:
    ann, ben = await hall.phone("Ann"), await hall.phone("ليلى", locale="ar")
    screen = await hall.trainer.context.new_page()
    await screen.goto(f"{hall.browser.base}/workshops/{hall.number}/screen")
    await hall.press("Begin for everybody")
    await ann.get_by_label("What do you write?").fill("Where did you hear that?")
    await ann.get_by_role("button", name="Send").click()
    await screen.locator("#answered", has_text="1").wait_for()
    await hall.trainer.bring_to_front()
    box = hall.trainer.locator("#choose label", has_text="Where did you hear that?")
    await box.click()  # it came by itself
    await hall.press("Show and let people vote")
    await screen.get_by_text("Where did you hear that?").wait_for()
    assert await screen.get_by_text("Ann", exact=True).count() == 0
    await ben.get_by_label("Where did you hear that?").check()
    await ben.locator('form[data-send="vote"] button').click()
    await screen.locator("#voted", has_text="1").wait_for()
    assert await ben.locator("html").get_attribute("dir") == "rtl"
    await hall.press("Close the vote and talk")
    await screen.get_by_text("1 vote", exact=True).wait_for()
    await hall.press("Go on with this")
    await ann.get_by_text("A calm question leaves Dave a way back.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_of_it_keeps_anybody_out(hall: Hall, scheme: str) -> None:
    phone = await hall.phone("Ann", color_scheme=scheme)
    found: dict[str, Any] = {}

    async def look(page: Any, name: str) -> None:
        if faults := await page.evaluate(AUDIT):
            found[name] = faults

    await look(phone, "lobby")
    await look(hall.trainer, "console in the lobby")
    await hall.press("Begin for everybody")
    await phone.get_by_label("What do you write?").fill("Is that so?")
    await look(phone, "answer")
    await phone.get_by_role("button", name="Send").click()
    await hall.trainer.locator("#choose label").first.click()
    await look(hall.trainer, "console with answers")
    await hall.press("Show and let people vote")
    await phone.locator('form[data-send="vote"]').wait_for()
    await look(phone, "vote")
    await hall.press("Close the vote and talk")
    await hall.trainer.get_by_label("Notes for everybody to see").wait_for()
    await look(hall.trainer, "console in talk")
    for path in (
        "/academy/people",
        "/academy/readiness",
        "/academy/figures",
        "/workshops",
        f"/workshops/{hall.number}/screen",
        "/w",
    ):
        await hall.trainer.goto(f"{hall.browser.base}{path}")
        await look(hall.trainer, path)
    assert found == {}


async def test_two_tabs_of_one_person_do_not_swallow_each_others_answers(hall: Hall) -> None:
    first = await hall.phone("Ann")
    await hall.press("Begin for everybody")
    second = await first.context.new_page()
    await second.goto(f"{hall.browser.base}/w/{hall.code}")
    for page, text in ((first, "one"), (second, "two"), (first, "three")):
        await page.bring_to_front()
        await page.get_by_label("What do you write?").fill(text)
        await page.get_by_role("button", name="Send").click()
        await page.get_by_text("The workshop has your answer.").wait_for()
    assert [one.text for one in hall.workshops.leading.console(hall.number, 1).answers] == ["three"]


async def test_words_that_were_typed_when_the_scene_began_are_there_and_reach_the_trainer_alone(
    hall: Hall,
) -> None:
    phone = await hall.phone("Ann")
    await phone.get_by_label("In your own words").fill("a little frightened")
    await hall.press("Begin for everybody")  # the lobby's page is replaced under their hands
    await phone.get_by_label("What do you write?").wait_for()
    await phone.get_by_text("How sure you felt before the workshop").click()
    words = phone.get_by_label("In your own words")
    assert await words.input_value() == "a little frightened"
    await phone.get_by_label("2", exact=True).check()
    await phone.get_by_role("button", name="Say it").click()
    await phone.get_by_text("Thank you, it is kept.").wait_for()
    assert await phone.evaluate(AUDIT) == []
    await hall.trainer.reload()
    await hall.trainer.get_by_text("a little frightened").wait_for()
    assert await hall.trainer.evaluate(AUDIT) == []
    admin = await hall.browser.enter("admin")
    await admin.goto(hall.trainer.url)
    await admin.get_by_text("1 person has said it").wait_for()
    assert await admin.get_by_text("a little frightened").count() == 0
