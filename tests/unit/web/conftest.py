"""Desks and browsers without a browser."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from courage.web.security import COOKIE
from tests.unit.web.contract import check
from tests.unit.web.world import World

Client = TestClient[Any, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a fresh desk's world."""
    return World(tmp_path)


class Visitor:
    """Somebody at the desk: remembers the session and sends the CSRF token along.

    Every answer of the API is held against its description.
    """

    def __init__(self, client: Client, csrf: str = "") -> None:
        self.client = client
        self.csrf = csrf

    async def get(self, path: str, **more: Any) -> ClientResponse:
        """Open a page."""
        response = await self.client.get(path, **more)
        await check("GET", path, response)
        return response

    async def page(self, path: str) -> str:
        """Return the HTML of a page that must exist."""
        response = await self.client.get(path)
        assert response.status == 200, f"{path}: {response.status}"
        return await response.text()

    async def press(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> ClientResponse:
        """Send a form."""
        return await self.client.post(path, data={"csrf": self.csrf, **(data or {})}, **more)

    async def api(self, method: str, path: str, json: Any = None, **more: Any) -> ClientResponse:
        """Call the API as the desk's own pages would."""
        headers = {"X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        response = await self.client.request(method, path, json=json, headers=headers, **more)
        await check(method, path, response)
        return response


Enter = Callable[[str | None], Awaitable[Visitor]]


@pytest.fixture
async def enter(world: World, aiohttp_client: Any) -> Enter:
    """Return a function that logs somebody of a role in (``None``: a stranger)."""
    server_client: list[Client] = []

    async def come(role: str | None) -> Visitor:
        if not server_client:
            server_client.append(await aiohttp_client(world.app()))
        client = TestClient(server_client[0].server)
        if role is None:
            return Visitor(client)
        login = world.people.open_session(world.person[role].id)
        client.session.cookie_jar.update_cookies({COOKIE: login.token}, client.make_url("/"))
        return Visitor(client, login.csrf_token)

    return come


def token_in(html: str) -> str:
    """Return the CSRF token of a page's first form."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, "the page has no form with a CSRF token"
    return found[1]
