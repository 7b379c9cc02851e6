"""Getting in and out."""

from __future__ import annotations

import asyncio
from html import unescape
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from courage.i18n.catalogue import Catalogue
from courage.people.errors import PersonError
from courage.people.views import PersonView
from courage.web.errors import TooManyTries
from courage.web.limits import LoginLimit
from courage.web.pages.login import safe_next
from courage.web.security import COOKIE
from tests.unit.web.conftest import Enter, Visitor, token_in
from tests.unit.web.world import PASSWORD, World


async def test_a_link_is_used_by_the_button_and_not_by_looking_at_it(world: World, enter: Enter) -> None:
    stranger, token = await enter(None), world.link("volunteer")
    for _ in range(3):  # previews of chat programs look as often as they like
        html = await stranger.page(f"/login/{token}")
    form = {"csrf": token_in(html)}
    first = await stranger.client.post(f"/login/{token}", data=form, allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (303, "/")
    assert "Hello, volunteer one" in await stranger.page("/")
    other = await enter(None)
    form = {"csrf": token_in(await other.page(f"/login/{token}"))}
    second = await other.client.post(f"/login/{token}", data=form)
    assert second.status == 403
    assert "used or too old" in await second.text()


async def test_name_and_password_lead_to_where_one_wanted_to_go(enter: Enter) -> None:
    stranger = await enter(None)
    html = await (await stranger.get("/library?q=crime")).text()  # redirected to the form
    assert 'name="next" value="/library?q=crime"' in html
    data = {"csrf": token_in(html), "name": "trainer one", "password": PASSWORD, "next": "/library?q=crime"}
    response = await stranger.client.post("/login", data=data, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/library?q=crime")


@pytest.mark.parametrize(
    "address",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "", "/logout", "/a\r\nb"],
)
def test_after_login_one_stays_at_the_desk(address: str) -> None:
    assert safe_next(address) == "/"


async def test_wrong_passwords_are_refused_alike_and_then_slowed_down(world: World) -> None:
    async with TestClient(TestServer(world.app(LoginLimit(by_pair=3, by_address=100)))) as client:
        token = token_in(await (await client.get("/login")).text())
        for name in ("admin one", "nobody"):
            data = {"csrf": token, "name": name, "password": "wrong wrong wrong"}
            response = await client.post("/login", data=data)
            assert response.status == 403
            assert "name or password is wrong" in await response.text()
        for status in (403, 403, 429):
            response = await client.post("/login", data=data | {"name": "admin one"})
            assert response.status == status
        response = await client.post(
            "/login", data={"csrf": token, "name": "admin one", "password": PASSWORD}
        )
        assert response.status == 429
        good = {"csrf": token, "name": "trainer one", "password": PASSWORD}
        assert (await client.post("/login", data=good, allow_redirects=False)).status == 303


async def test_the_limit_forgets_after_its_window() -> None:
    now = [0.0]
    limit = LoginLimit(by_name=2, window=60, now=lambda: now[0])
    for _ in range(2):
        await guess(limit, "Ana", "a")
    with pytest.raises(TooManyTries, match="60 seconds"):
        await guess(limit, "ANA", "b")
    now[0] = 60.0
    await guess(limit, "Ana", "a")


async def guess(limit: LoginLimit, name: str, address: str) -> None:
    """Try a wrong password."""
    with pytest.raises(PersonError):
        async with limit.attempt(name, address):
            raise PersonError("name or password is wrong")


async def test_whoever_attacks_a_name_from_everywhere_cannot_lock_its_person_out() -> None:
    limit = LoginLimit(by_name=5)
    async with limit.attempt("Ana", "home"):
        pass
    for number in range(5):
        await guess(limit, "Ana", f"bot {number}")
    with pytest.raises(TooManyTries):
        await guess(limit, "Ana", "bot 6")
    async with limit.attempt("Ana", "home"):
        pass


async def test_tries_at_one_engine_count_at_the_other_and_after_a_restart(world: World) -> None:
    engines = [LoginLimit(by_pair=3, shared=world.tries) for _ in range(3)]
    for limit in engines:
        await guess(limit, "Ana", "a")
    for limit in (*engines, LoginLimit(by_pair=3, shared=world.tries)):
        with pytest.raises(TooManyTries, match="seconds"):
            await guess(limit, "ana", "a")
    await guess(engines[0], "Ana", "elsewhere")


async def test_who_got_in_at_one_engine_is_known_at_the_other(world: World) -> None:
    one, other = (LoginLimit(by_name=2, shared=world.tries) for _ in range(2))
    async with one.attempt("Ana", "home"):
        pass
    for address in ("bot 1", "bot 2"):
        await guess(other, "Ana", address)
    with pytest.raises(TooManyTries):
        await guess(one, "Ana", "bot 3")
    async with other.attempt("Ana", "home"):
        pass


async def test_a_failure_of_our_own_is_nobodys_try_and_success_forgets_failures(world: World) -> None:
    limit, other = (LoginLimit(by_pair=2, shared=world.tries) for _ in range(2))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            async with limit.attempt("Ana", "a"):
                raise RuntimeError("the disk is full")
    await guess(limit, "Ana", "a")
    async with limit.attempt("Ana", "a"):
        pass
    await guess(other, "Ana", "a")
    async with other.attempt("Ana", "a"):
        pass


async def test_neither_names_nor_addresses_are_stored(world: World) -> None:
    await guess(LoginLimit(shared=world.tries), "Ana Example", "203.0.113.9")
    with world.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        assert connection.exec_driver_sql("SELECT count(*) FROM login_tries").scalar_one() == 3
    stored = b"".join(file.read_bytes() for file in world.folder.glob("desk.db*"))
    assert b"203.0.113.9" not in stored
    assert b"ana example" not in stored.lower()


async def test_of_200_guesses_at_once_only_the_allowed_few_are_tried(world: World) -> None:
    tried: list[str] = []
    check = world.people.check_password

    def slow(name: str, password: str, organisation_id: int = 1) -> PersonView:
        tried.append(password)
        return check(name, password, organisation_id)

    world.people.check_password = slow  # type: ignore[method-assign]
    async with TestClient(TestServer(world.app(LoginLimit(by_pair=8)))) as client:
        token = token_in(await (await client.get("/login")).text())

        async def guess_once(number: int) -> int:
            data = {"csrf": token, "name": "admin one", "password": f"wrong {number}"}
            return (await client.post("/login", data=data)).status

        statuses = await asyncio.gather(*(guess_once(n) for n in range(200)))
    assert len(tried) == 8
    assert sorted(set(statuses)) == [403, 429]


async def test_guessers_behind_the_proxy_do_not_lock_others_out(world: World) -> None:
    async with TestClient(TestServer(world.app(LoginLimit(by_pair=2, by_address=2)))) as client:
        token = token_in(await (await client.get("/login")).text())

        async def post(password: str, forwarded: str) -> int:
            data = {"csrf": token, "name": "trainer one", "password": password}
            headers = {"X-Forwarded-For": forwarded}
            answer = await client.post("/login", data=data, headers=headers, allow_redirects=False)
            return answer.status

        for forged in (
            "198.51.100.7",
            "1.2.3.4, 198.51.100.7",
        ):  # what the guesser writes itself does not count
            assert await post("wrong", forged) == 403
        assert await post(PASSWORD, "5.6.7.8, 198.51.100.7") == 429
        assert await post(PASSWORD, "203.0.113.9") == 303


async def test_logging_out_ends_the_session_for_good(enter: Enter) -> None:
    somebody = await enter("volunteer")
    cookie = somebody.client.session.cookie_jar.filter_cookies(somebody.client.make_url("/"))[COOKIE].value
    response = await somebody.press("/logout", allow_redirects=False)
    assert response.headers["Location"] == "/login"
    again = await somebody.get("/", headers={"Cookie": f"{COOKIE}={cookie}"}, allow_redirects=False)
    assert again.status == 303


async def test_a_login_form_of_another_site_is_refused(enter: Enter) -> None:
    stranger = await enter(None)
    await stranger.page("/login")
    data = {"name": "admin one", "password": PASSWORD, "csrf": "made up"}
    assert (await stranger.client.post("/login", data=data)).status == 403


async def test_one_can_set_a_password_and_stay(world: World, enter: Enter) -> None:
    somebody = await enter("volunteer")
    differ = {"password": "one good password", "again": "another password"}
    assert "differ" in await (await somebody.press("/account/password", differ)).text()
    same = {"old": PASSWORD, "password": "one good password", "again": "one good password"}
    assert "Your password is set" in await (await somebody.press("/account/password", same)).text()
    assert world.people.check_password("volunteer one", "one good password").role == "volunteer"


async def test_a_token_lets_a_program_in_and_only_to_the_api(enter: Enter, aiohttp_client: Any) -> None:
    stranger = await enter(None)
    response = await stranger.client.post(
        "/api/session", json={"name": "volunteer one", "password": PASSWORD}
    )
    token = (await response.json())["token"]
    program = Visitor(TestClient(stranger.client.server))
    bearer = {"Authorization": f"Bearer {token}"}
    verdict = await program.client.post("/api/screen", json={"text": "hello"}, headers=bearer)
    assert verdict.status == 200
    assert (await program.get("/cases", headers=bearer, allow_redirects=False)).status == 303
    wrong = await program.client.post("/api/session", json={"name": "volunteer one", "password": "no"})
    assert wrong.status == 401


async def test_who_is_deactivated_is_out_at_once(world: World, enter: Enter) -> None:
    admin, volunteer = await enter("admin"), await enter("volunteer")
    assert (await volunteer.get("/cases")).status == 200
    await admin.press(f"/people/{world.person['volunteer'].id}/deactivate")
    assert (await volunteer.get("/cases", allow_redirects=False)).status == 303


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar"])
async def test_a_password_that_is_refused_is_explained_beside_the_form_in_the_readers_language(
    world: World, enter: Enter, language: str
) -> None:
    new = world.people.add("Lea Sommer", "volunteer", languages=(language,))
    world.person["volunteer"] = new
    somebody = await enter("volunteer")
    for password, again, code in (
        ("short", "short", "length"),
        ("abcabcabcabcabc", "abcabcabcabcabc", "repeats"),
        ("Lea Sommer 2026", "Lea Sommer 2026", "own_name"),
        ("password12345", "password12345", "common"),
        ("a garden full of plums", "a garden full of pears", "differ"),
    ):
        refused = await somebody.press("/account/password", {"password": password, "again": again})
        page = unescape(await refused.text())
        assert refused.status == 400, code
        assert 'name="again"' in page, code  # one types on where one was
        if language == "en":
            assert "password" in page
        else:
            assert Catalogue().say(f"problem.password.{code}", language, least=12) in page, code
    assert not world.people.has_password(new.id)
