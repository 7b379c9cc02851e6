"""From an invitation to the first live case in a real browser: password, path, a trainer's word, the queue."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courage.academy.catalogue import Catalogue
from courage.academy.paths import load_paths
from courage.i18n.catalogue import Catalogue as Words
from courage.shipped import SEEDS
from courage.taxonomy import EXERCISES
from tests.e2e.desk_browser import MARKS, Browser, open_browser
from tests.e2e.test_desk_browser import AUDIT
from tests.unit.web.test_cases_pages import flag

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

PHONE = {"width": 360, "height": 740}
WORDS = Words()
#: Words in Latin letters that a page in Arabic shows outside of what people wrote, sources and addresses.
LATIN = r"""() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode()); ) {
    const at = n.parentElement;
    if (!at.checkVisibility() || at.closest("bdi, [dir=auto], [dir=ltr], script")) continue;
    const latin = n.textContent.match(/[A-Za-z]{3,}/g);
    if (latin) found.push(...latin);
  }
  return found.filter((w) => !["Courage", "Test", "community", "UTC"].includes(w));
}"""


@pytest_asyncio.fixture
async def browser(tmp_path: Path, gate: None) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path, exercises=SEEDS) as found:
        yield found


class Newcomer:
    """Somebody new with a browser: presses what matters, and sends the rest as the same browser would."""

    def __init__(self, browser: Browser, page: Any, language: str) -> None:
        self.browser, self.page, self.language = browser, page, language

    def t(self, key: str, **values: Any) -> str:
        return WORDS.say(key, self.language, **values)

    async def click(self, what: Any) -> None:
        """Click on what leads to another page, and wait for it."""
        async with self.page.expect_navigation():
            await what.click()

    async def press(self, key: str) -> None:
        await self.click(self.page.get_by_role("button", name=self.t(key), exact=True).first)

    async def follow(self, key: str) -> None:
        await self.click(self.page.locator("main").get_by_role("link", name=self.t(key), exact=True).first)

    async def sound(self) -> None:
        """Nothing keeps anybody out, and nothing is said in another language."""
        assert await self.page.evaluate(AUDIT) == [], self.page.url
        if self.language == "ar":
            assert await self.page.evaluate(LATIN) == [], self.page.url

    async def send(self, path: str, **fields: str) -> str:
        """Send a form as the browser would; return the page that answers."""
        token = await self.page.locator('input[name="csrf"]').first.get_attribute("value")
        answer = await self.page.request.post(self.browser.base + path, form={"csrf": token, **fields})
        assert answer.ok, (path, answer.status)
        return str(await answer.text())

    async def play(self, scenario: str) -> None:
        """Go through a scenario without a word."""
        path = f"/academy/scenarios/{scenario}"
        shown = await self.send(f"{path}/begin")
        while found := re.search(
            r'name="run" value="(\d+)"><input type="hidden" name="turn" value="(\d+)"', shown
        ):
            shown = await self.send(f"{path}/turn", run=found[1], turn=found[2], do="report")

    async def rest(self) -> None:
        """Do what the path still asks for."""
        there, path = Catalogue.load(SEEDS), load_paths().of("volunteer")
        for kind in EXERCISES:
            count = sum(one.count for one in path if one.drill == kind)
            if kind == "scenarios":
                level = [s for s in there.choose(kind, language=self.language) if getattr(s, "level", 0) > 1]
                for one in level[:count]:
                    await self.play(one.id)
                continue
            for one in there.choose(kind, language=self.language)[:count]:
                given = {f"answer{n}": "1" for n in range(1, 5)}
                if kind == "spot_the_hate":
                    given = {"answer1": "hate"}
                await self.send(f"/academy/{kind}/{one.id}", **given)


@pytest.mark.parametrize(
    "language", [pytest.param("en", marks=pytest.mark.slow), "ar"]
)  # one way of both at each gate
async def test_from_the_invitation_to_the_queue(browser: Browser, language: str) -> None:
    number = await flag(browser.world)  # somebody waits for an answer all the time
    admin = await browser.enter("admin")
    await admin.goto(f"{browser.base}/people")
    name = "ليلى" if language == "ar" else "Lea"
    form = admin.locator('section[aria-labelledby="add"]')
    await form.get_by_label("Name").fill(name)
    await form.get_by_label(WORDS.named("language", language)).check()
    if language != "en":
        await form.get_by_label("English").uncheck()
    await form.get_by_role("button", name="Add").click()
    link = await admin.locator("input.code").input_value()

    context = await browser.chromium.new_context(
        reduced_motion="reduce", locale=language, viewport=PHONE if language == "ar" else None
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: browser.complaints.append(str(error)))
    new = Newcomer(browser, page, language)
    await page.goto(browser.base + link[link.index("/login/") :])
    await new.sound()
    await page.locator("button:focus").wait_for()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")  # the one button has the focus
    await page.get_by_text(new.t("home.no_password")).wait_for()
    await new.sound()
    await new.follow("home.choose_password")
    for label in ("account.new_password", "account.again"):
        await page.get_by_label(new.t(label), exact=True).fill("a garden full of plums")
    await new.sound()
    await new.press("account.save")
    await page.get_by_text(new.t("said.password")).wait_for()  # and what comes next is on the same page
    await page.get_by_text(new.t("home.no_password")).wait_for(state="detached")
    await new.follow("not_ready.open")
    await new.sound()

    # The first card and the first scenario, by hand.
    cards = WORDS.named("exercise", "cards", language)
    await new.click(page.locator("#path ~ table").get_by_role("link", name=cards))
    await page.get_by_text(new.t("academy.show_message")).click()
    await new.sound()
    await new.click(page.locator("button.option").first)
    await page.get_by_text(new.t("academy.your_choice")).wait_for()
    await new.sound()
    await new.click(page.locator('section[aria-labelledby="onward"] a').first)
    await new.click(page.locator(".academy-tiles h3 a").first)
    await new.sound()
    await new.press("academy.begin")
    while await page.locator("#reply").count():
        await new.sound()
        await page.locator("#reply").fill("أين سمعت ذلك؟" if language == "ar" else "Where did you hear that?")
        await new.press("academy.send")
    await new.sound()
    await new.rest()
    await page.goto(f"{browser.base}/academy/readiness")
    await page.get_by_text(new.t("readiness.all_done")).wait_for()
    await new.sound()
    assert (await page.goto(f"{browser.base}/cases")).status == 403  # nobody is let in by a count

    trainer = await browser.enter("trainer")
    await trainer.get_by_text("1 person has done the whole path").wait_for()
    await trainer.locator("main").get_by_role("link", name="People who practise").click()
    await trainer.get_by_role("link", name=f"Look and decide ({name})").click()
    await trainer.get_by_label("Note").fill("We talked for an hour.")
    await trainer.get_by_role("button", name="Mark ready").click()
    await trainer.get_by_text("Marked ready for live cases.", exact=True).wait_for()

    await page.goto(browser.base)
    await new.click(page.locator("a.tile", has_text=new.t("home.waiting", count=1)))
    await page.get_by_role("link", name=new.t("case.title", number=number), exact=True).wait_for()
    await new.sound()
