"""The pages of passkeys behind a proxy with the desk's public address: who may add one, and what each step needs."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from courage.web.security import COOKIE, FORM_COOKIE
from tests.unit.people.authenticator import Authenticator
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import PASSWORD, World

ADDRESS = "https://desk.example.org/courage"
#: What the login page gave; the cookie is for https and the folder, so tests hand it over themselves.
TOKEN = "the form's token"
HANDED = {"cookies": {FORM_COOKIE: TOKEN}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a desk in a folder behind a proxy."""
    return World(tmp_path, public_url=ADDRESS)


def key() -> Authenticator:
    """Return a key that is plugged into a browser at the public address."""
    return Authenticator("https://desk.example.org", "desk.example.org")


async def add(visitor: Visitor, mine: Authenticator, name: str = "my phone") -> Any:
    """Add a passkey as the page does."""
    asked = await (await visitor.press("/account/passkeys/begin", {"old": PASSWORD})).json()
    form = {"name": name, "ticket": asked["ticket"], "credential": mine.make(asked["options"])}
    return await visitor.press("/account/passkeys", form, allow_redirects=False)


async def come(client: Any, mine: Authenticator, **more: str) -> Any:
    """Log in with a passkey alone."""
    asked = await (await client.get("/login/passkey")).json()
    form = {"csrf": TOKEN, "ticket": asked["ticket"], "credential": mine.answer(asked["options"])}
    return await client.post("/login/passkey", data=form | more, allow_redirects=False, **HANDED)


async def test_a_passkey_alone_opens_the_desk_and_nothing_else_is_asked(world: World, enter: Enter) -> None:
    mine, stranger = key(), await enter(None)
    assert "Recovery" not in await (await enter("volunteer")).page("/account")
    added = await add(await enter("volunteer"), mine)
    assert len(re.findall(r'<code dir="ltr">[\w-]{11}</code>', await added.text())) == 10
    answer = await come(stranger.client, mine, next="/library")
    assert (answer.status, answer.headers["Location"]) == (303, "/courage/library")
    assert answer.cookies[COOKIE]["secure"]
    session = world.people.session(answer.cookies[COOKIE].value)
    assert session
    assert session[0].name == "volunteer one"


async def test_a_stolen_session_adds_and_removes_none_without_the_password(
    world: World, enter: Enter
) -> None:
    visitor, mine = await enter("volunteer"), key()
    for old in ("", "not the password"):
        refused = await visitor.press("/account/passkeys/begin", {"old": old})
        assert (refused.status, list(await refused.json())) == (400, ["error"])
    await add(visitor, mine)
    (view,) = world.people.passkeys.of(world.person["volunteer"].id)
    assert (await visitor.press(f"/account/passkeys/{view.id}/remove", {"old": "zz"})).status == 400
    other = await enter("moderator")
    assert (await other.press(f"/account/passkeys/{view.id}/remove", {"old": PASSWORD})).status == 400
    assert world.people.passkeys.of(world.person["volunteer"].id) == [view]
    gone = await visitor.press(
        f"/account/passkeys/{view.id}/remove", {"old": PASSWORD}, allow_redirects=False
    )
    assert gone.headers["Location"] == "/courage/account?said=passkey_removed"
    assert world.people.passkeys.of(world.person["volunteer"].id) == []


async def test_another_sites_page_logs_nobody_in_as_somebody_else(world: World, enter: Enter) -> None:
    mine = key()
    await add(await enter("volunteer"), mine)
    stranger = (await enter(None)).client
    assert (await come(stranger, mine, csrf="")).status == 403
    asked = await (await stranger.get("/login/passkey")).json()
    form = {"csrf": TOKEN, "ticket": asked["ticket"], "credential": mine.answer(asked["options"])}
    crossed = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await stranger.post("/login/passkey", data=form, headers=crossed, **HANDED)).status == 403


async def test_after_the_password_the_passkey_or_a_recovery_code_is_asked_for(
    world: World, enter: Enter
) -> None:
    mine = key()
    page = await (await add(await enter("volunteer"), mine)).text()
    code = re.findall(r'<code dir="ltr">([\w-]{11})</code>', page)[0]

    async def password(client: Any) -> str:
        form = {"csrf": TOKEN, "name": "volunteer one", "password": PASSWORD}
        answer = await client.post("/login", data=form, allow_redirects=False, **HANDED)
        assert answer.status == 200
        assert COOKIE not in answer.cookies
        return str(await answer.text())

    client = (await enter(None)).client
    page = await password(client)
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', page)[1]))  # type: ignore[index]
    assert [one["id"] for one in options["allowCredentials"]]
    hidden = dict(re.findall(r'name="(ticket|asked)" value="([\w-]+)"', page))
    form = {"csrf": TOKEN, **hidden, "credential": mine.answer(options)}
    wrong = await client.post("/login", data=form | {"credential": "{}"}, allow_redirects=False, **HANDED)
    assert (wrong.status, COOKIE in wrong.cookies) == (403, False)
    assert (
        await client.post("/login", data=form, allow_redirects=False, **HANDED)
    ).status == 403  # its ticket is used
    page = await password(client)
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', page)[1]))  # type: ignore[index]
    hidden = dict(re.findall(r'name="(ticket|asked)" value="([\w-]+)"', page))
    form = {"csrf": TOKEN, **hidden, "credential": mine.answer(options)}
    assert (await client.post("/login", data=form, allow_redirects=False, **HANDED)).status == 303

    client = (await enter(None)).client
    page = await password(client)
    form = {"csrf": TOKEN, "ticket": dict(re.findall(r'name="(ticket)" value="([\w-]+)"', page))["ticket"]}
    assert (
        await client.post("/login", data=form | {"code": code}, allow_redirects=False, **HANDED)
    ).status == 303
    program = (await enter(None)).client
    said = {"name": "volunteer one", "password": PASSWORD}
    assert (await program.post("/api/session", json=said)).status == 401
    assert (await program.post("/api/session", json=said | {"code": "zzzzz-zzzzz"})).status == 401


async def test_whose_access_was_taken_away_comes_in_by_no_passkey(world: World, enter: Enter) -> None:
    mine = key()
    await add(await enter("volunteer"), mine)
    world.people.deactivate(world.person["volunteer"].id)
    answer = await come((await enter(None)).client, mine)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)


async def test_tries_with_passkeys_are_counted(world: World, enter: Enter) -> None:
    client = (await enter(None)).client
    statuses = [(await come(client, key(), credential="{}")).status for _ in range(10)]
    assert statuses == [403] * 8 + [429] * 2
