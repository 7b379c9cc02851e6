"""A whole day of each role in a real browser: in English at a desk, in Arabic on a phone of 360 pixels.

Everybody logs in with name and password, does what their role does in a day, and logs out. On every page that they come to
nothing is wider than the window, nothing keeps anybody out, and no word is in another language.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courage.db.engine import make_sessions, writing
from courage.db.models.people import Person
from courage.i18n.catalogue import Catalogue
from courage.library.drafts import ResponseDraft
from courage.library.views import Actor
from tests.e2e.desk_browser import MARKS, Browser, open_browser, ready
from tests.e2e.test_desk_browser import AUDIT
from tests.e2e.test_newcomer_browser import LATIN
from tests.unit.web.test_cases_pages import GROUP, flag
from tests.unit.web.world import HATE, PASSWORD, STAFF, World

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

WORDS = Catalogue()
THREAT = "Somebody should beat them up."
DESKS = {
    "en": {"viewport": {"width": 1280, "height": 800}},
    "ar": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
}


@pytest_asyncio.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path) as found:
        yield found


#: Names (of chat systems too) and examples of addresses, which are the same in every language.
FORMATS = {
    "CSV",
    "XLSX",
    "JSON",
    "YAML",
    "API",
    "URL",
    "PDF",
    "https",
    "ann",
    "example",
    "org",
    "Standard",
    "Webhooks",
    *re.findall(r"\w+", "Matrix Telegram Discord Slack Mattermost Rocket.Chat"),
}
#: What everybody is called in each language: a name in other letters would be no mistake of a page.
NAMES = {
    "en": {role: f"{role} one" for role in STAFF},
    "ar": {"volunteer": "سلمى", "moderator": "كريم", "trainer": "هدى", "admin": "ياسين"},
}


class Day:
    """Somebody at work: presses what is on the page, by the words that are on it."""

    def __init__(self, browser: Browser, page: Any, language: str, role: str) -> None:
        self.browser, self.page, self.language, self.role = browser, page, language, role
        self.world: World = browser.world
        self.name = NAMES[language][role]

    def t(self, key: str, **values: Any) -> str:
        """Return what the page says in the person's language."""
        return WORDS.say(key, self.language, **values)

    def named(self, kind: str, code: str) -> str:
        """Return the name of a code in the person's language."""
        return WORDS.named(kind, code, self.language)

    async def sound(self) -> None:
        """Nothing keeps anybody out, nothing is too wide, and no word is in another language."""
        assert await self.page.evaluate(AUDIT) == [], self.page.url
        if self.language == "ar":
            assert await self.page.evaluate("document.documentElement.dir") == "rtl"
            strange = set(await self.page.evaluate(LATIN)) - FORMATS
            assert strange == set(), self.page.url

    async def log_in(self) -> None:
        """Come in the morning, with name and password."""
        await self.page.goto(f"{self.browser.base}/login")
        await self.sound()
        await self.page.locator("input[name=name]").fill(self.name)
        await self.page.locator("input[name=password]").fill(PASSWORD)
        await self.page.locator("main button").first.click()
        await self.page.get_by_role("heading", name=self.t("home.hello", name=self.name)).wait_for()
        await ready(self.page)
        await self.sound()

    async def log_out(self) -> None:
        """Go home in the evening; the desk asks for the password again."""
        await self.page.get_by_role("button", name=self.t("base.log_out")).click()
        await self.page.wait_for_url("**/login*")
        await self.sound()
        await self.page.goto(f"{self.browser.base}/account")
        assert "/login" in self.page.url
        await self.sound()

    async def menu(self, key: str) -> None:
        """Open a page of the menu."""
        await self.page.get_by_role("navigation", name=self.t("base.nav")).get_by_role(
            "link", name=self.t(key), exact=True
        ).click()  # fmt: skip
        await self.page.locator("nav a[aria-current=page]", has_text=self.t(key)).wait_for()
        await ready(self.page)
        await self.sound()

    async def press(self, key: str, where: Any = None, exact: bool = True, **values: Any) -> None:
        """Press a button."""
        place = self.page.locator("main") if where is None else where
        await place.get_by_role("button", name=self.t(key, **values), exact=exact).first.click()

    async def follow(self, key: str, exact: bool = True, **values: Any) -> None:
        """Follow a link of the page and look around there."""
        place = self.page.locator("main, footer, header .who")
        await place.get_by_role("link", name=self.t(key, **values), exact=exact).first.click()
        await self.page.wait_for_load_state()

    async def said(self, key: str, **values: Any) -> None:
        """Wait until the page says something, and look whether all is well on it."""
        await self.page.get_by_text(self.t(key, **values)).first.wait_for()
        await self.sound()


async def begin(browser: Browser, language: str, role: str) -> Day:
    """Let somebody of a role come to the desk."""
    world = browser.world
    world.people.change(world.person[role].id, languages=[language])
    world.rooms.ensure("practice", GROUP, name="ساحة البلدة" if language == "ar" else "Town square")
    with writing(make_sessions(world.engine)) as session:
        for other in STAFF:
            session.get_one(Person, world.person[other].id).name = NAMES[language][other]
    context = await browser.chromium.new_context(
        reduced_motion="reduce", locale=language, timezone_id="Africa/Cairo", **DESKS[language]
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: browser.complaints.append(str(error)))
    day = Day(browser, page, language, role)
    await day.log_in()
    return day


@pytest.mark.parametrize("language", DESKS)
async def test_a_volunteers_day(browser: Browser, language: str) -> None:
    world = browser.world
    numbers = [await flag(world, f"{HATE} ({n})", f"m{n}") for n in range(3)]
    day = await begin(browser, language, "volunteer")
    page = day.page

    # One case from the first page to its answer.
    await page.locator("a.tile", has_text=day.t("home.waiting", count=3)).click()
    await page.get_by_role("link", name=day.t("case.title", number=numbers[0]), exact=True).click()
    await ready(page)
    await day.sound()
    await day.press("case.claim")
    await day.said("said.claimed")
    await day.press("case.show", exact=False)
    await page.locator("#shown").wait_for()
    await day.sound()
    await day.press("case.ask")
    await day.press("suggestion.use", number=1)
    await day.said("said.chosen")
    box = page.locator("#reply-text")
    await box.press("Control+End")
    await page.keyboard.type(" " + ("هذا رأيي." if language == "ar" else "That is what I think."))
    await day.said("typed.saved")
    text = await box.input_value()
    await day.press("case.check")
    await page.locator("#very-text").wait_for()
    assert await page.locator("#very-text").inner_text() == text
    await day.sound()
    await page.locator("#post-now").click()
    await page.locator("#reply").get_by_text(day.t("case.posted")).wait_for()
    await day.sound()

    # The next one is too much, and goes back without a word.
    await day.follow("case.next_case")
    await day.press("case.claim")
    await day.said("said.claimed")
    await day.press("case.too_much")
    await day.said("said.too_much")
    held = await asyncio.to_thread(world.casework.current_case, world.person["volunteer"].id, 1)
    assert held is None

    # One that is no hate: read first, said, and taken back while that is possible.
    await page.goto(f"{browser.base}/cases/{numbers[2]}")
    await ready(page)
    await day.press("case.show", exact=False)
    await page.locator("#shown").wait_for()
    await day.press("case.not_hate")
    await day.said("said.dismissed")
    await day.press("case.undo")
    await day.said("said.undone")

    # A text from elsewhere, the library, some care, how to be told, and practice.
    await day.menu("nav.elsewhere")
    await page.locator("textarea[name=text]").fill(HATE)
    await page.locator("#bring button.main, form[action$='/suggest'] button").first.click()
    await page.locator("#found").wait_for()
    await day.sound()
    await day.menu("nav.library")
    await page.locator("main a[href*='/library/en-']").first.click()
    await page.locator("blockquote").first.wait_for()
    await day.sound()
    await day.follow("care.title")
    await page.locator("input[name=daily_cap]").first.fill("20")
    await page.locator("form[action$='/care'] button.main").click()
    await day.said("said.care_kept")
    await page.goto(f"{browser.base}/account/notices")
    await ready(page)
    await day.sound()
    await (
        page.get_by_role("group", name=day.t("notices.digest")).get_by_label(day.t("notices.by_mail")).check()
    )
    assert await page.locator("#zone").input_value() == "Africa/Cairo"  # the browser knows
    await page.locator("form[action$='/account/notices'] button.main").click()
    await day.said("said.notices_kept")
    assert world.notices.of(world.person["volunteer"].id, 1).mail_digest
    await day.menu("nav.practice")
    await day.menu("nav.academy")
    await page.goto(f"{browser.base}/help/volunteer")
    await day.sound()
    await day.log_out()


@pytest.mark.parametrize("language", DESKS)
async def test_a_moderators_day(browser: Browser, language: str) -> None:
    world = browser.world
    threat, taken = await flag(world, THREAT, "m1"), await flag(world, HATE, "m2")
    wrong = await flag(world, f"{HATE} (again)", "m3")
    volunteer = world.person["volunteer"].id
    world.casework.claim(taken, volunteer)
    world.casework.show_message(wrong, volunteer)
    world.casework.dismiss(wrong, volunteer)
    world.rooms.ensure("practice", "garden", name="الحديقة" if language == "ar" else "Garden talk")
    day = await begin(browser, language, "moderator")
    page = day.page

    # The threat first: read, then settled.
    await page.locator("a.tile.alarm").click()
    await ready(page)
    await day.sound()
    await page.get_by_role("link", name=day.t("case.title", number=threat), exact=True).click()
    await ready(page)
    await day.sound()
    await day.press("case.show", exact=False)
    await page.locator("#shown").get_by_text(THREAT).wait_for()
    await day.sound()
    await day.press("case.close")
    await day.said("said.closed")

    # A case that somebody has held for long goes back to the queue.
    await day.menu("nav.cases")
    await page.get_by_role("link", name=day.t("case.title", number=taken), exact=True).click()
    await ready(page)
    await day.press("case.release_for", name=NAMES[language]["volunteer"])
    await day.said("case.next_open")

    # What volunteers decided is read here; the trainers' word is theirs.
    await day.menu("nav.decisions")
    await page.locator("[data-row] form[action*='/message'] button").first.click()
    await page.locator("#shown").wait_for()
    await day.sound()
    assert await page.locator("form[action*='/confirm']").count() == 0

    # A room, the figures of the month, and an alarm for what comes at night.
    await day.menu("nav.rooms")
    await page.locator("select[name=sensitivity]").first.select_option("watchful")
    await page.locator("form[action$='/rooms'] button").first.click()
    await day.said("said.changed")
    await day.menu("nav.insights")
    async with page.expect_download() as download:
        await page.locator("a[href*='.csv']").first.click()
    assert (await (await download.value).path()).stat().st_size > 0
    await page.goto(f"{browser.base}/account/notices")
    await ready(page)
    await day.sound()
    await (
        page.get_by_role("group", name=day.t("notices.alarm")).get_by_label(day.t("notices.by_mail")).check()
    )
    await page.locator("input[name=quiet_from]").fill("22:00")
    await page.locator("input[name=quiet_to]").fill("07:30")
    await page.locator("form[action$='/account/notices'] button.main").click()
    await day.said("said.notices_kept")
    mine = world.notices.of(world.person["moderator"].id, 1)
    assert (mine.mail_alarm, mine.quiet_from, mine.zone) == (True, "22:00", "Africa/Cairo")
    await page.goto(f"{browser.base}/help/moderator")
    await day.sound()
    await day.log_out()


@pytest.mark.parametrize("language", DESKS)
async def test_a_trainers_day(browser: Browser, language: str) -> None:
    world = browser.world
    wrong, volunteer = await flag(world, HATE, "m1"), world.person["volunteer"].id
    world.casework.show_message(wrong, volunteer)
    world.casework.dismiss(wrong, volunteer)
    theirs = ResponseDraft(
        "Who told you that?", "en", "question", ("migrants",), narratives=("migrants are criminals",), id="en-migrants-question-009"
    )  # fmt: skip
    world.library.add(theirs, by=Actor(world.person["admin"].id, "admin one"))
    world.library.submit(theirs.id, by=Actor(world.person["admin"].id, "admin one"))
    day = await begin(browser, language, "trainer")
    page = day.page

    # A response of one's own: written, checked, handed in; and another's is read and approved.
    await day.menu("nav.library")
    await day.follow("library.new")
    await ready(page)
    await day.sound()
    words = "من أين تعرف ذلك؟" if language == "ar" else "How do you know that?"
    await page.locator("textarea[name=text]").fill(words)
    await page.locator("select[name=language]").select_option(language)
    await page.locator("select[name=strategy]").select_option("question")
    await page.locator("input[name=target][value=migrants]").check()
    await page.locator("input[name=review_on]").fill("2030-01-01")
    await day.press("form.save")
    await day.said("said.added")
    await day.press("response.submit")
    await day.said("said.submitted")
    await page.goto(f"{browser.base}/library/{theirs.id}")
    await ready(page)
    await day.sound()
    await page.locator("details.confirm summary.main").click()
    await page.locator("form[action$='/approve'] button").click()
    await day.said("said.approved")
    assert world.library.get(theirs.id, organisation_id=1).state == "approved"
    await page.goto(f"{browser.base}/library/coverage")
    await day.sound()
    await page.goto(f"{browser.base}/library/exchange")
    await day.sound()

    # A decision of a volunteer: read, then confirmed.
    await day.menu("nav.decisions")
    await page.locator("[data-row] form[action*='/message'] button").first.click()
    await page.locator("#shown").wait_for()
    await page.locator("form[action*='/confirm'] button").first.click()
    await day.said("said.decision_confirmed")

    # The people who practise, a scenario of the organisation's own, a workshop, the figures.
    await page.goto(f"{browser.base}/academy/people")
    await ready(page)
    await day.sound()
    await page.locator("main a[href*='/academy/people/']").first.click()
    await page.get_by_role("heading", level=1).wait_for()
    await day.sound()
    await page.goto(f"{browser.base}/academy/own")
    await day.sound()
    await page.goto(f"{browser.base}/workshops")
    await ready(page)
    await day.sound()
    await page.locator("input[name=title]").fill("مساء الخميس" if language == "ar" else "Thursday evening")
    await page.locator("input[name=scenario]").first.check()
    await page.locator("form[action$='/workshops'] button.main").click()
    await page.wait_for_url("**/workshops/*")
    await day.sound()
    await page.goto(f"{browser.base}/insights")
    await day.sound()
    await page.goto(f"{browser.base}/academy/figures")
    await day.sound()
    await page.goto(f"{browser.base}/help/trainer")
    await day.sound()
    await day.log_out()


@pytest.mark.parametrize("language", DESKS)
async def test_an_admins_day(browser: Browser, language: str) -> None:
    world = browser.world
    world.rooms.ensure("matrix", "!garden:x", name="الحديقة" if language == "ar" else "Garden talk")
    await flag(world)
    day = await begin(browser, language, "admin")
    page = day.page

    # Two new people: one gets a mail, one a link.
    await day.menu("nav.people")
    name = "ليلى" if language == "ar" else "Lea"
    form = page.locator('section[aria-labelledby="add"]')
    await form.locator("input[name=name]").fill(name)
    await form.locator("input[name=address]").fill("lea@example.org")
    await day.press("people.add_button", form)
    await day.said("said.invited")
    await page.get_by_text(day.t("people.invitation.waiting", ago=day.t("time.now"))).wait_for()
    await form.locator("input[name=name]").fill(f"{name} 2")
    await day.press("people.add_button", form)
    link = await page.locator("input.code").input_value()
    await day.sound()
    guest = await browser.chromium.new_context()
    door = await guest.new_page()
    await door.goto(browser.base + link[link.index("/login/") :])
    await door.locator("main button").click()
    await door.get_by_role("heading", level=1).wait_for()
    await guest.close()

    # Somebody becomes a moderator; somebody leaves; what is kept about somebody is looked at.
    lea = world.people.find(name)
    assert lea is not None
    row = page.locator("ul.people > li", has=page.locator(f"form[action$='/people/{lea.id}']"))
    await row.locator("select[name=role]").select_option("moderator")
    await row.locator(f"form[action$='/people/{lea.id}'] button").click()
    await day.said("said.changed")
    assert world.people.get(lea.id).role == "moderator"
    await row.locator("form[action$='/deactivate'] button").click()
    await day.said("said.deactivated")
    await page.goto(f"{browser.base}/people/{lea.id}/data")
    await ready(page)
    await day.sound()
    await page.goto(f"{browser.base}/people/{world.person['volunteer'].id}/chat")
    await day.sound()
    await page.goto(f"{browser.base}/authors")
    await day.sound()

    # Rooms, the organisation, a program that wants to hear, who gets live cases, one's own account.
    await day.menu("nav.rooms")
    await day.menu("nav.organisation")
    await page.locator("input[name=signature]").fill(name)
    await page.locator("form[action$='/organisation'] button.main").click()
    await day.said("said.organisation_changed")
    await page.goto(f"{browser.base}/webhooks")
    await day.sound()
    await page.locator("input[name=url]").fill("https://example.org/hook")
    await page.locator("form[action$='/webhooks'] button.main").click()
    await page.locator("input.code").wait_for()
    await day.sound()
    await page.goto(f"{browser.base}/academy/gate")
    await day.sound()
    await page.goto(f"{browser.base}/cases")
    await ready(page)
    await day.sound()
    await page.goto(f"{browser.base}/account")
    await ready(page)
    await day.sound()
    await page.locator("form[action$='/account/factor'] button").click()
    await page.locator("input[name=secret]").wait_for(state="attached")
    await day.sound()
    await page.goto(f"{browser.base}/account/notices")
    await day.sound()
    await page.goto(f"{browser.base}/keys")
    await day.sound()
    await day.log_out()
