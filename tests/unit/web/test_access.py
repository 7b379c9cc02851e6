"""Access that is taken away is gone at once, and people see where they are logged in."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from sqlalchemy import update

from courage.db.engine import writing
from courage.db.models.people import Person, WebSession
from courage.db.scope import scope_to_every
from courage.web.pages import login as login_page
from courage.web.security import COOKIE
from tests.unit.web.conftest import Enter, Visitor, token_in
from tests.unit.web.world import PASSWORD, World

NEW = "rhubarb in the rain again"


async def _log_in(client: Any, name: str, password: str = PASSWORD, **more: Any) -> Any:
    token = token_in(await (await client.get("/login")).text())
    data = {"csrf": token, "name": name, "password": password, "next": "/", **more}
    return await client.post("/login", data=data, allow_redirects=False)


async def _listening(visitor: Visitor) -> Any:
    stream = await visitor.client.get("/events")
    assert stream.status == 200
    async with asyncio.timeout(5):
        assert b"hello" in await stream.content.readuntil(b"\n\n")
    return stream


async def test_a_deactivated_person_hears_nothing_more(world: World, enter: Enter) -> None:
    volunteer, admin = await enter("volunteer"), await enter("admin")
    stream = await _listening(volunteer)
    await admin.press(f"/people/{world.person['volunteer'].id}/deactivate")
    world.bus.publish("case", {"case_id": 1, "organisation_id": 1, "event": "opened"})
    async with asyncio.timeout(5):
        assert b"case" not in await stream.content.read()
    assert (await volunteer.client.get("/events")).status == 401


async def test_neither_does_one_whose_access_the_command_line_took_away(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    stream = await _listening(volunteer)
    world.people.deactivate(world.person["volunteer"].id)  # no page was pressed, nobody told the desk
    world.bus.publish("case", {"case_id": 1, "organisation_id": 1, "event": "opened"})
    async with asyncio.timeout(5):
        assert b"case" not in await stream.content.read()


async def test_a_stream_ends_with_its_session(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    stream = await _listening(volunteer)
    await volunteer.press("/logout")
    async with asyncio.timeout(5):
        await stream.content.read()


async def test_api_tokens_are_listed_by_name_and_can_be_ended_one_by_one(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    tokens = []
    for name in ("the forum", "my script"):
        page = await (await volunteer.press("/account/token", {"name": name})).text()
        tokens.append(re.search(r'class="code" dir="ltr" readonly value="([\w-]+)"', page)[1])  # type: ignore[index]
    page = await volunteer.page("/account")
    assert "the forum" in page
    assert tokens[0] not in page
    number = re.search(r"/account/sessions/(\d+)/end(?:(?!</form>).)*the forum", page, re.DOTALL)
    assert number
    await volunteer.press(f"/account/sessions/{number[1]}/end")
    program = (await enter(None)).client
    for token, status in ((tokens[0], 401), (tokens[1], 200)):
        answer = await program.get("/api/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == status


async def test_a_token_ends_with_the_session_in_which_it_was_made(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    page = await (await volunteer.press("/account/token", {"name": "a script"})).text()
    token = re.search(r'readonly value="([\w-]+)"', page)[1]  # type: ignore[index]
    assert world.people.session(token)
    await volunteer.press("/logout")
    assert world.people.session(token) is None


async def test_logging_out_everywhere_ends_everything(world: World, enter: Enter) -> None:
    volunteer, person = await enter("volunteer"), world.person["volunteer"]
    others = [world.people.open_session(person.id).token for _ in range(3)]
    assert (await volunteer.press("/account/sessions/end", allow_redirects=False)).headers[
        "Location"
    ] == "/login"
    assert [world.people.session(token) for token in others] == [None] * 3
    assert world.people.sessions_of(person.id) == []


async def test_nobody_ends_the_session_of_another(world: World, enter: Enter) -> None:
    volunteer, token = await enter("volunteer"), world.people.open_session(world.person["admin"].id).token
    (other,) = [s for s in world.people.sessions_of(world.person["admin"].id, token) if s.current]
    answer = await volunteer.press(f"/account/sessions/{other.id}/end")
    assert answer.status >= 400
    assert world.people.session(token)


async def test_a_password_is_changed_only_by_who_knows_the_old_one(world: World, enter: Enter) -> None:
    volunteer, person = await enter("volunteer"), world.person["volunteer"]
    for old, status in (("", 400), ("not the old one", 400), (PASSWORD, 303)):
        form = {"old": old, "password": NEW, "again": NEW}
        answer = await volunteer.press("/account/password", form, allow_redirects=False)
        assert (answer.status >= 400) == (status == 400)
    assert world.people.check_password(person.name, NEW).id == person.id


async def test_who_forgot_it_and_came_by_a_link_need_not_know_it(world: World, enter: Enter) -> None:
    stranger, token = await enter(None), world.link("volunteer")
    csrf = token_in(await stranger.page(f"/login/{token}"))
    await stranger.client.post(f"/login/{token}", data={"csrf": csrf})
    page = await stranger.page("/account")
    assert 'name="old"' not in page
    form = {"csrf": token_in(page), "password": NEW, "again": NEW}
    answer = await stranger.client.post("/account/password", data=form, allow_redirects=False)
    assert answer.status == 303


@pytest.mark.parametrize("weak", ["aaaaaaaaaa", "aaaaaaaaaaaaaa", "Password2026!", "volunteer one 1"])
async def test_a_weak_password_is_refused_and_an_old_one_is_asked_to_change(
    world: World, enter: Enter, weak: str
) -> None:
    volunteer = await enter("volunteer")
    answer = await volunteer.press("/account/password", {"old": PASSWORD, "password": weak, "again": weak})
    assert answer.status == 400
    with writing(world.services.people._sessions) as session:  # as an earlier version took it
        scope_to_every(session, "a test of what was allowed before")
        from argon2 import PasswordHasher

        session.execute(
            update(Person)
            .where(Person.id == world.person["volunteer"].id)
            .values(password_hash=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(weak))
        )
    stranger = await enter(None)
    answer = await _log_in(stranger.client, "volunteer one", weak)
    assert (answer.status, answer.headers["Location"]) == (303, "/account?said=weak")
    assert "guessed early" in await stranger.page("/account?said=weak")


async def _with_factor(world: World, visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    page = await (await visitor.press("/account/factor")).text()
    secret = re.search(r'name="secret" value="(\w+)"', page)[1]  # type: ignore[index]
    assert "otpauth://totp/" in page
    totp = pyotp.TOTP(secret)
    wrong = await visitor.press("/account/factor/on", {"secret": secret, "code": "000000"})
    assert wrong.status == 400
    assert secret in await wrong.text()  # nothing that was set up in the authenticator is lost
    page = await (await visitor.press("/account/factor/on", {"secret": secret, "code": totp.now()})).text()
    codes = re.findall(r'<code dir="ltr">([\w-]{11})</code>', page)
    assert len(codes) == 10
    assert codes[0] not in await visitor.page("/account")
    return totp, codes


async def test_with_a_second_factor_the_password_alone_opens_nothing(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    totp, codes = await _with_factor(world, volunteer)
    stranger = await enter(None)
    answer = await _log_in(stranger.client, "volunteer one", next="/library")
    page = await answer.text()
    assert answer.status == 200
    assert COOKIE not in answer.cookies
    assert PASSWORD not in page

    async def give(page: str, code: str) -> Any:
        ticket = re.search(r'name="ticket" value="([\w-]+)"', page)[1]  # type: ignore[index]
        data = {"csrf": token_in(page), "ticket": ticket, "code": code, "next": "/library"}
        return await stranger.client.post("/login", data=data, allow_redirects=False), data

    wrong, used = await give(page, "123456")
    assert wrong.status == 403
    assert (
        await stranger.client.post("/login", data=used | {"code": codes[1]})
    ).status == 403  # a ticket is for one try
    right, _ = await give(await wrong.text(), codes[0])
    assert (right.status, right.headers["Location"]) == (303, "/library")
    assert "/logout" in await stranger.page("/library")
    bearer = {"name": "volunteer one", "password": PASSWORD}
    program = (await enter(None)).client
    assert (await program.post("/api/session", json=bearer)).status == 401
    assert (await program.post("/api/session", json=bearer | {"code": codes[0]})).status == 401
    assert (await program.post("/api/session", json=bearer | {"code": codes[2]})).status == 200
    later = totp.at(int(datetime.now(UTC).timestamp()) + 30)
    assert (await volunteer.press("/account/factor/off", {"code": "nonsense"})).status == 403
    assert (
        await volunteer.press("/account/factor/off", {"code": later}, allow_redirects=False)
    ).status == 303
    assert (await _log_in((await enter(None)).client, "volunteer one")).status == 303


async def test_a_login_link_alone_opens_nothing_either(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    _, codes = await _with_factor(world, volunteer)
    stranger, token = await enter(None), world.link("volunteer")
    csrf = token_in(await stranger.page(f"/login/{token}"))
    answer = await stranger.client.post(f"/login/{token}", data={"csrf": csrf}, allow_redirects=False)
    assert answer.status == 200
    assert COOKIE not in answer.cookies
    page = await answer.text()
    ticket = re.search(r'name="ticket" value="([\w-]+)"', page)[1]  # type: ignore[index]
    data = {"csrf": token_in(page), "ticket": ticket, "code": codes[3]}
    assert (await stranger.client.post("/login", data=data, allow_redirects=False)).status == 303


async def test_codes_cannot_be_guessed_at_leisure(world: World, enter: Enter) -> None:
    await _with_factor(world, await enter("volunteer"))
    stranger, statuses = await enter(None), []
    page = await (await _log_in(stranger.client, "volunteer one")).text()
    for _ in range(10):
        found = re.search(r'name="ticket" value="([\w-]+)"', page)
        if found is None:
            break
        answer = await stranger.client.post(
            "/login", data={"csrf": token_in(page), "ticket": found[1], "code": "000000"}
        )
        statuses.append(answer.status)
        page = await answer.text()
    assert statuses[-1] == 429
    assert statuses.count(403) == 8


async def test_what_is_in_the_table_of_sessions_says_no_secret(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    page = await volunteer.page("/account")
    with writing(world.services.people._sessions) as session:
        scope_to_every(session, "a test of what a page shows")
        for row in session.query(WebSession):
            assert row.token_hash not in page
    assert login_page.COOKIE not in page
