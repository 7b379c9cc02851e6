"""Pictures of the desk's main views: light and dark, wide and narrow, left to right and right to left.

``python -m tests.e2e.screenshots [folder]`` (``make screenshots``) writes them into ``build/screenshots``.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from courage.cases.inbound import InboundMessage
from tests.e2e.desk_browser import Browser, open_browser
from tests.unit.academy.workshop_kit import GARDEN
from tests.unit.web.world import HATE, World

DESKTOP: Final = {"width": 1280, "height": 860}
PHONE: Final = {"width": 390, "height": 844}
#: Language, colours and size of each series of pictures.
SERIES: Final = (
    ("en", "light", "desktop"),
    ("en", "dark", "desktop"),
    ("en", "light", "phone"),
    ("ar", "light", "desktop"),
    ("ar", "dark", "phone"),
)
#: Views by name; an address with ``{case}`` is that of the case that is being answered.
VIEWS: Final = {
    "home": "/", "cases": "/cases", "case": "/cases/{case}", "library": "/library", "coverage": "/library/coverage",
    "response": "/library/en-migrants-facts-001", "response_form": "/library/en-migrants-facts-001/edit", "exchange": "/library/exchange",
    "academy": "/academy", "scenario": f"/academy/scenarios/{GARDEN}", "decisions": "/decisions", "rooms": "/rooms", "connect": "/rooms/connect", "connect_chat": "/rooms/connect/matrix", "people": "/people",
    "organisation": "/organisation", "account": "/account", "notices": "/account/notices", "practice": "/practice", "suggest": "/suggest", "workshops": "/workshops",
    "help": "/help", "handbook": "/help/volunteer", "keys": "/keys", "not_there": "/nothing",
}  # fmt: skip
TABLE: Final = (
    "Reply;Language;Strategy;Target group\r\n"
    "Who says so, and how do they know?;en;question;migrants\r\n"
    "We are neighbours, you too.;en;affiliation;migrants\r\n"
    "Let us look at the figures first.;en;shouting;migrants\r\n"
)


async def fill(world: World) -> int:
    """Let a room have a busy morning; return the case that the admin is answering."""
    world.rooms.ensure("matrix", "!garden:example.org", name="Garden talk")
    me = world.person["admin"].id
    for number in range(6):
        text = f"{HATE} ({number})" if number != 4 else "we should beat them up"
        message = InboundMessage(
            1, "matrix", "!garden:example.org", f"m{number}", f"@{number}:x", text, datetime.now(UTC)
        )
        receipt = await world.intake.receive(message)
        assert receipt.case_id is not None
        if number == 1:
            world.casework.claim(receipt.case_id, world.person["volunteer"].id)
        if number == 2:
            world.casework.dismiss(receipt.case_id, me)
        if number == 3:
            mine = receipt.case_id
            world.casework.claim(mine, me)
            world.casework.suggest(mine, me)
            world.casework.choose(mine, me, 1)
    return mine


async def take(browser: Browser, folder: Path, mine: int, language: str, scheme: str, size: str) -> list[str]:
    """Take one series of pictures; return what is wider than the screen."""
    page = await browser.enter(
        "admin", color_scheme=scheme, viewport=DESKTOP if size == "desktop" else PHONE, device_scale_factor=1
    )
    browser.world.people.change(browser.world.person["admin"].id, languages=[language])
    wide = []
    for name, path in VIEWS.items():
        await page.goto(browser.base + path.format(case=mine))
        if name == "case":
            await page.locator("form[action$='/suggest'] button[data-key=s]").click()
            await page.locator(".suggestions").wait_for()
        if name == "exchange":
            await page.locator("input[type=file]").set_input_files(
                {"name": "replies.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
            )
            await page.locator("input[type=file] >> xpath=ancestor::form").locator("button").click()
            await page.locator("select[name=column0]").wait_for()
        picture = f"{name}-{language}-{scheme}-{size}"
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(picture)
        await page.screenshot(
            path=folder / f"{picture}.png", full_page=size == "desktop" and name != "practice"
        )
    browser.world.people.change(browser.world.person["admin"].id, languages=["en"])
    await page.context.close()
    return wide


async def main(folder: Path) -> list[str]:
    """Take all pictures; return what is wider than its screen."""
    folder.mkdir(parents=True, exist_ok=True)
    wide: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        async with open_browser(Path(home)) as browser:
            mine = await fill(browser.world)
            for language, scheme, size in SERIES:
                wide += await take(browser, folder, mine, language, scheme, size)
            page: Any = await browser.enter("admin", viewport={"width": 1280, "height": 800})
            await page.goto(f"{browser.base}/cases/{mine}")
            await page.locator("form[action$='/suggest'] button[data-key=s]").click()
            await page.locator(".suggestions").wait_for()
            await page.evaluate("scrollTo(0, 0)")
            await page.screenshot(path=folder / "desk.png")
    return wide


if __name__ == "__main__":
    too_wide = asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")))
    print(
        "\n".join(f"wider than the screen: {name}" for name in too_wide) or "nothing is wider than its screen"
    )
    sys.exit(bool(too_wide))
