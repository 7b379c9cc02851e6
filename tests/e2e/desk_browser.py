"""A desk with a real browser in front of it, for the tests that press its buttons."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from courage.web.keys import STREAMS
from courage.web.streams import Streams
from tests.unit.web.world import World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; install Debian's chromium"),
]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Browser:
    """A desk with a browser in front of it."""

    def __init__(self, world: World, base: str, chromium: Any, streams: Streams) -> None:
        self.streams = streams
        self.world = world
        self.base = base
        self.chromium = chromium
        self.complaints: list[str] = []

    async def enter(self, role: str, **options: Any) -> Any:
        """Log somebody in with a one-time link and return their page."""
        context = await self.chromium.new_context(reduced_motion="reduce", **options)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if "Security" in m.text else None)
        await page.goto(f"{self.base}/login/{self.world.link(role)}")
        await page.get_by_role("button", name="Log me in").click()
        await page.get_by_role("heading", name="Hello").wait_for()
        return page


@asynccontextmanager
async def open_browser(
    folder: Path, *, prepare: Callable[[World], None] = lambda _: None, **settings: Any
) -> AsyncIterator[Browser]:
    """Serve a fresh desk and start a browser; nothing that it complains about is let pass.

    :param prepare: what is done to the world before its desk is made.
    """
    from playwright.async_api import async_playwright

    world = World(folder, **settings)
    prepare(world)
    app = world.app()
    async with TestServer(app) as server, async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        found = Browser(world, str(server.make_url("")).rstrip("/"), chromium, app[STREAMS])
        try:
            yield found
        finally:
            await chromium.close()
        assert found.complaints == []


async def ready(page: Any) -> None:
    """Wait until a page's scripts are there and hear the engine."""
    await page.locator("body[data-live=on]").wait_for()
