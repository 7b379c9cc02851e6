"""Every page of the academy and of workshops, read by axe: four languages, light and dark, desktop and phone; and by keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courage.academy.catalogue import Catalogue
from courage.shipped import SEEDS
from courage.taxonomy import EXERCISES, LANGUAGES
from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import MARKS, Browser, open_browser, ready

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [*MARKS, pytest.mark.slow]  # thirty pages, each looked at four times

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
#: What depends on colours and sizes; all else of axe is the same in light, dark, large and small.
LOOKS = ("color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable")


@pytest_asyncio.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path, exercises=SEEDS) as found:
        yield found


class Reader:
    """Looks at pages with axe and keeps what it finds."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.pages = 0

    async def look(self, page: Any, name: str) -> None:
        self.pages += 1
        own = page.viewport_size
        for place, (size, scheme) in enumerate(
            ((DESKTOP, "light"), (PHONE, "dark"), (DESKTOP, "dark"), (PHONE, "light"))
        ):
            await page.set_viewport_size(size)
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            options: dict[str, Any] = {"resultTypes": ["violations"]}
            if place:
                options["runOnly"] = {"type": "rule", "values": LOOKS}
            seen = await wrong_on(page, **options)
            self.found += [f"{name}, {scheme} {size['width']}: {one}" for one in seen]
        await page.set_viewport_size(own)

    async def go(self, page: Any, address: str) -> None:
        await page.goto(address)
        await self.look(page, address.partition("//")[2].partition("/")[2])


async def press(page: Any, what: str) -> None:
    """Press something that leads to another page, and wait for that."""
    async with page.expect_navigation():
        await page.locator(what).first.click()


async def drills(browser: Browser, reader: Reader, page: Any, language: str) -> None:
    """Look at the pages of scenarios and exercises before, while and after they are done."""
    there = Catalogue.load(SEEDS)
    scenario = there.choose("scenarios", language=language)[0].id
    await reader.go(page, f"{browser.base}/academy/scenarios/{scenario}")
    await press(page, 'form[action$="/begin"] button.main')
    await reader.look(page, "a scenario that was begun")
    await page.locator("#reply").fill("?")
    await press(page, 'button[value="suggest"]')
    await reader.look(page, "suggestions in a scenario")
    await page.locator("#reply").fill("?")
    await press(page, 'button[value="reply"]')
    await page.locator("details.feedback").evaluate_all("all => all.forEach(one => { one.open = true; })")
    await reader.look(page, "feedback in a scenario")
    await press(page, 'form[action$="/leave"] button')
    await reader.look(page, "leaving a scenario")
    await page.goto(f"{browser.base}/academy/scenarios/{scenario}")
    while await page.locator('button[value="silence"]').count():
        await press(page, 'button[value="silence"]')
    await reader.look(page, "the end of a scenario")
    for kind in EXERCISES[1:]:
        await reader.go(page, f"{browser.base}/academy/{kind}?language={language}")
        for group in await page.locator("fieldset").all():
            await group.locator("input").first.check()
        await press(page, "main form.stack button")
        await reader.look(page, f"an answer, {kind}")


async def own_scenarios(browser: Browser, reader: Reader, page: Any, language: str) -> None:
    """Look at the pages on which trainers write: with and without findings, a version, the trial."""
    await page.goto(f"{browser.base}/academy/own?language={language}")
    await press(page, 'form[action$="/own/new"] button')
    await reader.look(page, "a copy")
    await page.locator("textarea").fill("id: x\nscenes: [")
    await press(page, 'button[value="offer"]')
    await reader.look(page, "what cannot be offered")
    await page.goto(f"{browser.base}/academy/own?language={language}")
    await press(page, 'form[action$="/own/new"] button')
    await press(page, 'button[value="play"]')
    await reader.look(page, "trying out")
    await press(page, 'button[value="silence"]')
    await reader.look(page, "tried out")
    await reader.go(page, f"{browser.base}/academy/own")


async def workshop(browser: Browser, reader: Reader, trainer: Any, language: str) -> None:
    """Look at the pages of a workshop in each phase, with the eyes of the trainer and of somebody with a phone."""
    await reader.go(trainer, f"{browser.base}/workshops?language={language}")
    await trainer.locator('input[name="title"]').fill("?")
    await trainer.locator('input[name="scenario"]').first.check()
    await press(trainer, 'form[action$="/workshops"] button.main')
    console, code = trainer.url, await trainer.locator(".joincode").inner_text()
    context = await browser.chromium.new_context(viewport=PHONE, locale=language)
    phone = await context.new_page()
    await reader.go(phone, f"{browser.base}/w")
    await reader.go(phone, f"{browser.base}/w/{code}")
    await phone.locator('input[name="name"]').fill("?")
    await press(phone, 'form[action$="/join"] button')

    async def phase(name: str) -> None:
        await phone.reload()
        await reader.look(phone, f"a phone: {name}")
        await trainer.goto(console)
        await reader.look(trainer, f"the console: {name}")
        await reader.go(trainer, f"{console}/screen")
        await trainer.goto(console)

    await phase("lobby")
    await press(trainer, 'form[action$="/begin"] button')
    await phone.locator('form[data-send="answer"] textarea').fill("?")
    await phone.locator('form[data-send="answer"] button').click()
    await trainer.locator("#choose label").first.click()
    await phase("answer")
    await trainer.locator("#choose label").first.click()
    await press(trainer, "#choose button")
    await phase("vote")
    await press(trainer, 'form[action$="/talk"] button')
    await phase("talk")
    while await trainer.locator('button[value="silence"]').count():
        await press(trainer, 'button[value="silence"]')
        if await trainer.locator('form[action$="/talk"] button').count():
            await press(trainer, 'form[action$="/talk"] button')
    await phase("outcome")
    await trainer.locator("details.card summary").last.click()
    await press(trainer, 'form[action$="/end"] button')
    await phase("ended")
    await context.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing(browser: Browser, language: str) -> None:
    reader, world = Reader(), browser.world
    world.people.change(world.person["admin"].id, languages=(language,))
    page = await (await browser.chromium.new_context(locale=language)).new_page()
    page.set_default_timeout(60_000)
    await page.goto(f"{browser.base}/login/{world.link('admin')}")
    await press(page, "form button")
    await drills(browser, reader, page, language)
    for path in (
        "/academy",
        "/academy/disputes",
        "/academy/readiness",
        "/academy/people",
        f"/academy/people/{world.person['volunteer'].id}",
        "/academy/gate",
        "/academy/figures",
    ):
        await reader.go(page, browser.base + path)
    await own_scenarios(browser, reader, page, language)
    await workshop(browser, reader, page, language)
    assert reader.found == []
    assert reader.pages > 30


async def by_tab(page: Any, what: str, most: int = 80) -> None:
    """Go on by the tab key until something that fits has the focus."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"no tab stop is {what}")


async def test_a_drill_a_card_and_a_vote_by_keyboard_alone(browser: Browser) -> None:
    page = await browser.enter("trainer")
    await page.goto(f"{browser.base}/academy")
    await by_tab(page, ".academy-tiles h3 a")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await by_tab(page, 'form[action$="/begin"] button')
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await ready(page)
    await by_tab(page, "details.harmful summary")
    await page.keyboard.press("Enter")
    assert await page.locator("details.harmful p").first.is_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")  # the field for the reply
    await page.keyboard.type("Where did you hear that?")
    await by_tab(page, 'button[value="reply"]')
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.locator(".line.person", has_text="Where did you hear that?").wait_for()
    # What is new has the focus: nobody tabs through the whole talk again.
    assert await page.evaluate(
        "document.activeElement.closest('#now, form') !== null || location.hash === '#now'"
    )

    await page.goto(f"{browser.base}/academy/cards?language=en")
    await ready(page)
    async with page.expect_navigation():
        await page.keyboard.press("2")
    await page.get_by_text("your choice").wait_for()
    await ready(page)
    async with page.expect_navigation():
        await page.keyboard.press("n")
    assert await page.locator("button.option").count() == 4

    # A workshop from the trainer's keys and from a guest's.
    await page.goto(f"{browser.base}/workshops?language=en")
    await by_tab(page, 'input[name="title"]')
    await page.keyboard.type("Together")
    await by_tab(page, 'input[name="scenario"]')
    await page.keyboard.press("Space")
    await by_tab(page, 'form[action$="/workshops"] button.main')
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    code = await page.locator(".joincode").inner_text()
    guests = []
    for name in ("Ann", "Ben"):
        guest = await (await browser.chromium.new_context()).new_page()
        await guest.goto(f"{browser.base}/w/{code}")
        await by_tab(guest, 'input[name="name"]')
        await guest.keyboard.type(name)
        async with guest.expect_navigation():
            await guest.keyboard.press("Enter")
        guests.append(guest)
    await page.bring_to_front()
    await by_tab(page, 'form[action$="/begin"] button')
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    ann, ben = guests
    await ann.bring_to_front()
    await ann.locator('form[data-send="answer"]').wait_for()
    await by_tab(ann, 'textarea[name="text"]')
    await ann.keyboard.type("Is that so?")
    await by_tab(ann, 'form[data-send="answer"] button')
    await ann.keyboard.press("Enter")
    await ann.get_by_text("The workshop has your answer.").wait_for()
    await page.bring_to_front()
    await page.locator("#choose label").wait_for()
    await by_tab(page, '#choose input[name="answer"]')
    await page.keyboard.press("Space")
    await by_tab(page, "#choose button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await ben.bring_to_front()
    await ben.locator('form[data-send="vote"]').wait_for()
    await by_tab(ben, 'input[name="answer"]')
    await ben.keyboard.press("Space")
    await by_tab(ben, 'form[data-send="vote"] button')
    await ben.keyboard.press("Enter")
    await ben.locator('form[data-send="vote"] .sent', has_text="vote").wait_for()
    counted = browser.world.services.workshops.guests.counts(int(page.url.rsplit("/", 1)[1]), 1)
    assert counted.voted == 1
