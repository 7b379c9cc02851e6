"""Whatever breaks at whatever moment while somebody types: not a word is lost.

Each run is a seed: what is typed, what breaks, and when. The gate takes three; ``make typing`` takes 200 (``RUNS``, ``SEED``). A seed
that fails does not end it: at the end it says which seeds lost words, and which ran out of time, as they may where the
machine has too much to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web

from tests.e2e.desk_browser import CHROMIUM, FLAGS, MARKS
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.world import HATE, World

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = MARKS

WORDS = [
    "we",
    "know",
    "each",
    "other",
    "here",
    "and",
    "nobody",
    "is",
    "only",
    "what",
    "somebody",
    "says",
    "of",
    "them",
    "häuser",
    "über",
    "naïve",
    "كلمة",
    "😀",
    "<b>",
    "&",
    '"so"',
]
#: Things that break while keys are pressed, and things that happen between two words.
MEANWHILE = ("server", "connection", "session", "claim")
BETWEEN = ("reload", "crash", "leave", "suggest", "nothing")


class LostWords(AssertionError):
    """What somebody typed is not where it should be."""


class Mortal:
    """A server that is killed and comes back at the same address, with the same database."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin to listen."""
        self._runner = web.AppRunner(self.world.app(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def kill(self) -> None:
        """End every connection at once."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


class Person:
    """A volunteer who types on one case; ``text`` is what must never be lost."""

    def __init__(self, server: Mortal, context: Any, random: Random, number: int) -> None:
        self.server, self.context, self.random, self.number = server, context, random, number
        self.world, self.text = server.world, ""
        self.me, self.other = self.world.person["volunteer"].id, self.world.person["moderator"].id
        self.page: Any = None
        self.told: list[str] = []

    async def open(self) -> None:
        """Open the case anew."""
        self.page = self.page or await self.context.new_page()
        self.page.set_default_timeout(30_000)
        await self.page.goto(f"{self.server.base}/cases/{self.number}")
        await self.page.locator("body[data-live=on]").wait_for()

    async def log_in(self) -> None:
        """Come by a link, as somebody does who was logged out."""
        await self.page.goto(f"{self.server.base}/login/{self.world.link('volunteer')}")
        await self.page.get_by_role("button", name="Log me in").click()
        await self.page.get_by_role("heading", name="Hello").wait_for()

    async def type(self, pause: float = 0.0) -> None:
        """Write some words at the end of the box."""
        words = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 4))) + " "
        await self.page.locator("#reply-text").evaluate(
            "(box) => { box.focus(); box.setSelectionRange(box.value.length, box.value.length); }"
        )
        self.text += words
        await self.page.keyboard.type(words, delay=pause)

    async def holds(self) -> None:
        """Look whether the box has every word."""
        box = self.page.locator("#reply-text")
        await box.wait_for()
        shown = await box.input_value()
        if shown != self.text:
            raise LostWords(f"the box has {shown!r}, typed was {self.text!r}")

    async def server_dies(self) -> None:
        await self.server.kill()
        await asyncio.sleep(self.random.random() * 0.3)
        await self.server.start()

    async def connection_breaks(self) -> None:
        await self.context.set_offline(True)
        await asyncio.sleep(self.random.random() * 0.3)
        await self.context.set_offline(False)

    async def session_ends(self) -> None:
        await asyncio.to_thread(self.world.people.end_sessions, self.me)

    async def claim_goes(self) -> None:
        """A moderator takes the case and hands it back."""
        work = self.world.casework
        for step, who in ((work.release, self.other), (work.claim, self.other), (work.release, self.other)):
            await asyncio.to_thread(step, self.number, who)
            await asyncio.sleep(self.random.random() * 0.1)
        await asyncio.to_thread(work.claim, self.number, self.me)

    async def meanwhile(self, what: str) -> None:
        """Type while something breaks."""
        breaks: dict[str, Callable[[], Awaitable[None]]] = {
            "server": self.server_dies, "connection": self.connection_breaks, "session": self.session_ends, "claim": self.claim_goes,
        }  # fmt: skip
        typing = asyncio.create_task(self.type(pause=self.random.randint(0, 25)))
        await asyncio.sleep(self.random.random() * 0.25)
        await breaks[what]()
        await typing
        await self.holds()  # in sight all the time, whatever the page says beside it
        if what == "session":
            await self.log_in()
            await self.open()

    async def between(self, what: str) -> None:
        """Type, and at once do something else."""
        await self.type()
        if what == "reload":
            await self.page.reload()
            await self.page.locator("body[data-live=on]").wait_for()
        elif what == "crash":
            await self.page.close()  # without a word to the page
            self.page = None
            await self.open()
        elif what == "leave":
            await self.page.goto(f"{self.server.base}/library")
            await self.open()
        elif what == "suggest":
            await self.page.locator("form[action$='/suggest'] button[data-key=s]").click()
            await self.page.locator(".suggestions").wait_for()

    async def live(self) -> None:
        """Go through some accidents and look after each."""
        for _ in range(self.random.randint(3, 5)):
            if self.random.random() < 0.6:
                what = self.random.choice(MEANWHILE)
                self.told.append(what)
                await self.meanwhile(what)
            else:
                what = self.random.choice(BETWEEN)
                self.told.append(what)
                await self.between(what)
            await self.holds()
        await self.open()
        await self.holds()
        await self.page.locator("#typed-state").get_by_text("Saved").or_(
            self.page.locator("#typed-state").get_by_text("review")
        ).first.wait_for()  # fmt: skip


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[tuple[Mortal, Any]]:
    """Start a server that can be killed, and a browser."""
    from playwright.async_api import async_playwright

    server = Mortal(World(folder))
    await server.start()
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield server, chromium
        finally:
            await chromium.close()
            await server.kill()


async def lives(folder: Path, seeds: range) -> None:
    """Let somebody type on a case of its own for each seed; at the end the desk has every word."""
    lost, late = [], []
    async with desk(folder) as (server, chromium):
        for seed in seeds:
            number = await flag(server.world, f"{HATE} ({seed})", f"m{seed}")
            context = await chromium.new_context(reduced_motion="reduce")
            person = Person(server, context, Random(seed), number)
            try:
                await life(person)
            except LostWords as error:
                lost.append(f"seed {seed}, {' '.join(person.told)}: {error}")
            except TimeoutError as error:
                late.append(f"seed {seed}, {' '.join(person.told)}: {str(error).splitlines()[0]}")
            await context.close()
    summary = f"of {len(seeds)} runs {len(lost)} lost words, {len(late)} ran out of time"
    print(summary)
    assert not lost + late, "\n".join([summary, *lost, *late])


async def life(person: Person) -> None:
    """Log a person in who has claimed a case, let them type through accidents, and look what the desk has.

    :raises LostWords: if a word is missing, in the box or at the desk.
    :raises TimeoutError: if the browser or the desk took too long.
    """
    from playwright.async_api import TimeoutError as TooSlow

    world, number = person.world, person.number
    await asyncio.to_thread(world.casework.claim, number, person.me)
    person.page = await person.context.new_page()
    try:
        await person.log_in()
        await person.open()
        await person.live()
    except TooSlow as error:
        await person.server.kill()
        await person.server.start()  # whatever was broken is whole for the next one
        raise TimeoutError(error.message) from error
    kept = world.casework.unsent(number, person.me)
    if kept is None or kept.text != person.text:
        raise LostWords(f"the desk has {kept and kept.text!r}, typed was {person.text!r}")


async def test_not_a_word_is_lost_whatever_breaks(tmp_path: Path) -> None:
    await lives(tmp_path, range(3))


@pytest.mark.slow
async def test_not_a_word_is_lost_at_length(tmp_path: Path) -> None:
    first = int(os.environ.get("SEED", "1000"))
    await lives(tmp_path, range(first, first + int(os.environ.get("RUNS", "200"))))
