"""The desk in a folder of a host, behind a real nginx with the sample of ``deploy/``, in a real browser."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer, unused_port

from courage.web.streams import Streams
from tests.e2e.desk_browser import CHROMIUM, FLAGS, Browser
from tests.e2e.test_desk_browser import said_in_practice, write_hate
from tests.unit.web.world import PASSWORD, World

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(NGINX is None, reason="no nginx on this machine; install Debian's nginx-light"),
]
SAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"


def configuration(folder: Path, port: int, desk: int) -> str:
    """Return the sample's locations in a server that needs no certificate and no rights."""
    sample = SAMPLE.read_text(encoding="utf-8")
    blocks = re.findall(
        r"^    location [^\n]*\{(?:[^\n]*\}\n|\n(?:        [^\n]*\n)+    \}\n)", sample, re.MULTILINE
    )
    assert len(blocks) == 2, "the sample has a redirect and a location"
    formats = re.search(r"^log_format [^;]*;", sample, re.MULTILINE)
    assert formats
    places = "".join(blocks).replace("127.0.0.1:8080", f"127.0.0.1:{desk}")
    places = places.replace("/var/log/nginx/courage.log", str(folder / "access.log"))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;\n"
        "events { worker_connections 64; }\n"
        f"http {{\n{temporary}{formats[0]}\naccess_log {folder}/other.log;\n"
        f"server {{ listen 127.0.0.1:{port}; absolute_redirect off;\n{places}}}\n}}\n"
    )


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[World, str]]:
    """Return a desk's world and the address of its folder at the proxy."""
    port = unused_port()
    address = f"http://127.0.0.1:{port}/courage"
    world = World(tmp_path, public_url=address)
    async with TestServer(world.app()) as server:
        assert server.port is not None
        file = tmp_path / "nginx.conf"
        file.write_text(configuration(tmp_path, port, server.port), encoding="utf-8")
        assert NGINX is not None
        proxy = await asyncio.create_subprocess_exec(
            NGINX, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(file)
        )
        try:
            async with asyncio.timeout(20):
                while proxy.returncode is None and not listens(port):
                    await asyncio.sleep(0.02)
            assert proxy.returncode is None, (tmp_path / "error.log").read_text()
            yield world, address
        finally:
            if proxy.returncode is None:
                proxy.terminate()
            await proxy.wait()


def listens(port: int) -> bool:
    """Say whether somebody listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_every_address_of_every_page_stays_in_the_folder(
    place: tuple[World, str], tmp_path: Path
) -> None:
    _world, address = place
    wrong: list[str] = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        form = await (await session.get(f"{address}/login?next=/people")).text()
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        assert token
        data = {"csrf": token[1], "name": "admin one", "password": PASSWORD, "next": "/people"}
        entered = await session.post(f"{address}/login", data=data)
        assert (entered.status, str(entered.url)) == (200, f"{address}/people")
        assert {cookie["path"] for cookie in session.cookie_jar} == {"/courage/"}
        seen, waiting = set(), ["/courage/"]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            response = await session.get(address.removesuffix("/courage") + path)
            assert response.status == 200, path
            if response.content_type != "text/html":
                continue
            html = await response.text()
            for kind, found in re.findall(r'(href|src|action)="([^"#][^"]*)"', html):
                target = found.split("#")[0].split("?")[0]
                if target.startswith("/") and not target.startswith("/courage/"):
                    wrong.append(f"{path}: {kind}={found}")
                elif kind == "href" and target.startswith("/courage/") and len(seen) < 60:
                    waiting.append(target)
        assert wrong == []
        assert {"/courage/library", "/courage/people", "/courage/practice", "/courage/keys"} <= seen
        api = await (await session.get(f"{address}/api/openapi.json")).json()
        assert api["servers"] == [{"url": "/courage"}]
    logged = (tmp_path / "access.log").read_text()
    assert "/courage/login" in logged
    assert "next=" not in logged


async def test_the_folder_without_its_slash_leads_to_the_desk(place: tuple[World, str]) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(place[1], allow_redirects=False) as response,
    ):
        assert (response.status, response.headers["Location"]) == (308, "/courage/")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; install Debian's chromium")
async def test_forms_and_live_updates_work_in_a_folder(place: tuple[World, str]) -> None:
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    world, address = place
    async with playwright.async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            browser = Browser(world, address, chromium, Streams())
            page = await browser.enter("volunteer")
            await page.get_by_role("link", name="Practice", exact=True).click()
            await page.locator("body[data-live=on]").wait_for()  # the event stream came through
            await write_hate(page)
            # The card comes by an event, not by a reload.
            card = page.get_by_role("article", name="Case 1")
            await card.get_by_role("button", name="Claim").click()
            await page.locator("#desk").get_by_role("button", name="Suggestions").first.click()
            await page.get_by_role("button", name="Use 2").click()
            await page.locator("#desk .say").get_by_role("button", name="Post").click()
            await page.locator("#group .reply").wait_for()
            assert len(said_in_practice(world)) == 2
            await page.keyboard.press("Escape")
            await page.keyboard.press("g")
            await page.keyboard.press("l")
            await page.wait_for_url("**/courage/library")
            await page.get_by_role("button", name="Log out").click()
            await page.wait_for_url("**/courage/login")
            assert browser.complaints == []
        finally:
            await chromium.close()
