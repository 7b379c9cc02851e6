"""Every address of the table: who may, who may not, and that nobody writes in another's name."""

from __future__ import annotations

import re
import time
import zlib
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from courage.web.errors import BadInput
from courage.web.reading import decode_json
from courage.web.routes import STATIC, TABLE
from courage.web.security import COOKIE, HEADERS
from courage.web.table import PUBLIC, Route
from tests.unit.web.conftest import Enter, token_in
from tests.unit.web.world import PASSWORD, World

pytestmark = pytest.mark.slow  # every route, every role

ROLES = ("volunteer", "moderator", "trainer", "admin")
WRITES = [line for line in TABLE if line.method not in ("GET", "HEAD") and line.roles is not PUBLIC]
READS = [
    line for line in TABLE if line.method == "GET" and line.roles is not PUBLIC and line.kind != "stream"
]


def address(line: Route) -> str:
    """Fill in an address of the table."""
    filled = line.path.replace("{case_id}", "1").replace("{response_id}", "en-migrants-facts-001")
    return re.sub(r"\{\w+\}", "1", filled)


def named(line: Route) -> str:
    return f"{line.method} {line.path}"


async def test_strangers_reach_nothing_but_the_door(enter: Enter) -> None:
    stranger = await enter(None)
    for line in [*WRITES, *READS]:
        response = await stranger.client.request(line.method, address(line), allow_redirects=False)
        if line.method == "GET" and not line.path.startswith("/api/"):
            assert response.status == 303, named(line)
            assert response.headers["Location"].startswith("/login"), named(line)
        else:
            assert response.status == 401, named(line)


@pytest.mark.parametrize("role", ROLES)
async def test_the_wrong_role_is_refused_everywhere(enter: Enter, role: str) -> None:
    somebody = await enter(role)
    for line in [*WRITES, *READS]:
        assert line.roles is not PUBLIC
        if role in line.roles:
            continue
        response = await somebody.api(line.method, address(line))
        assert response.status == 403, named(line)
        text = await response.text()
        said = f"your role is {role}" if line.path.startswith("/api/") else "Only "
        assert said in text, named(line)


@pytest.mark.parametrize("role", ROLES)
async def test_no_write_passes_without_the_csrf_token(enter: Enter, role: str) -> None:
    somebody = await enter(role)
    for line in WRITES:
        if role not in (line.roles or ()):
            continue
        for headers in ({}, {"X-CSRF-Token": "wrong"}):
            response = await somebody.client.request(line.method, address(line), headers=headers)
            assert response.status == 403, named(line)
            assert "CSRF" in await response.text(), named(line)


async def test_no_write_passes_from_another_site(enter: Enter) -> None:
    admin = await enter("admin")
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        for line in WRITES:
            if "admin" in (line.roles or ()):
                response = await admin.api(line.method, address(line), headers=headers)
                assert response.status == 403, named(line)
                assert "another site" in await response.text(), named(line)


async def test_a_public_address_passes_the_origin_check(world: World, tmp_path: Any) -> None:
    (tmp_path / "two").mkdir()
    other = World(tmp_path / "two", public_url="https://desk.example")
    async with TestClient(TestServer(other.app())) as client:
        token = token_in(await (await client.get("/login")).text())
        response = await client.post(
            "/login", data={"csrf": token, "name": "admin one", "password": PASSWORD},
            headers={"Origin": "https://desk.example", "Cookie": f"courage_form={token}"}, allow_redirects=False,
        )  # fmt: skip
        assert response.status == 303
        cookie = response.cookies[COOKIE]
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert "Strict-Transport-Security" in response.headers


async def test_every_answer_carries_the_security_headers(enter: Enter) -> None:
    admin = await enter("admin")
    for path in ("/", "/login", "/health", "/nothing", "/static/desk.css", "/api/me", "/api/nothing"):
        response = await admin.get(path)
        for name, value in HEADERS.items():
            assert response.headers[name] == value, (path, name)


async def test_pages_need_nothing_that_the_policy_forbids(enter: Enter) -> None:
    admin = await enter("admin")
    for path in (
        "/",
        "/practice",
        "/cases",
        "/library",
        "/library/new",
        "/decisions",
        "/people",
        "/rooms",
        "/account",
        "/keys",
    ):
        html = await admin.page(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"\sstyle=|<style|\son\w+=", html), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html), path
    for file in STATIC.glob("*.js"):
        assert "innerHTML =" not in file.read_text(), file.name


async def test_no_file_outside_the_static_folder_is_served(enter: Enter) -> None:
    stranger = await enter(None)
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/",
        "/desk/app.py",
    ):
        response = await stranger.client.get(path, allow_redirects=False)
        assert "make_desk" not in await response.text(), path


async def test_a_route_past_the_table_is_refused(world: World) -> None:
    from aiohttp import web

    async def unguarded(_: web.Request) -> web.Response:
        return web.Response(text="secret")

    async def own_guard(_: web.Request) -> web.Response:
        return web.Response(text="guards itself")

    app, inner = world.app(), web.Application()
    app.router.add_get("/forgotten", unguarded)
    inner.router.add_post("/ask", own_guard)
    app.add_subapp("/internal", inner)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/forgotten")).status == 404
        response = await client.post("/internal/ask")
        assert (response.status, await response.text()) == (200, "guards itself")


async def test_a_link_from_a_chat_comes_through_in_spite_of_strict_cookies(enter: Enter) -> None:
    stranger = await enter(None)
    response = await stranger.get("/cases/7?said=x", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 200
    assert 'http-equiv="refresh" content="0;url=/cases/7?said=x"' in await response.text()


async def test_a_compressed_body_is_refused_unread(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    response = await volunteer.client.post(
        "/api/screen",
        data=zlib.compress(b"{}"),
        headers={"Content-Encoding": "deflate", "Content-Type": "application/json"},
    )
    assert response.status == 415
    assert "without Content-Encoding" in (await response.json())["error"]


def test_a_body_of_very_many_fields_costs_no_time() -> None:
    body = "{" + ",".join(f'"k{number}": 1' for number in range(60_000)) + ', "k59999": 2}'
    begun = time.perf_counter()
    with pytest.raises(BadInput, match="'k59999' is given twice"):
        decode_json(body.encode())
    assert time.perf_counter() - begun < 5


async def test_strangers_hear_states_and_no_number(world: World, enter: Enter) -> None:
    world.health = {
        "status": "down", "version": "1", "cases": {"cases": {"open": 7}},
        "parts": {"database": {"status": "down", "note": "a secret note"}, "outbox": {"status": "ok", "waiting": 9}},
    }  # fmt: skip
    stranger = await enter(None)
    for path in ("/health", "/ready"):
        answer = await stranger.client.get(path)
        assert answer.status == 503
        assert await answer.json() == {
            "status": "down", "version": "1",
            "parts": {"database": {"status": "down"}, "outbox": {"status": "ok"}},
        }  # fmt: skip
    assert (await stranger.client.get("/live")).status == 200
    assert (await stranger.client.get("/metrics")).status == 404
