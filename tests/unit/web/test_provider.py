"""Logging in by a provider: who is believed, whose account opens, and what is refused with which sentence."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from courage.people.errors import PersonError
from courage.web.pages.provider import SLOTS
from courage.web.provider import Provider, ProviderSettings
from courage.web.security import COOKIE
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.provider_world import CLIENT, SECRET, LyingProvider
from tests.unit.web.world import PASSWORD, World

pytestmark = pytest.mark.slow  # a provider of its own, and every answer that it may give

BACK = "http://127.0.0.1/login/provider/back"


@pytest.fixture
async def provider() -> AsyncIterator[LyingProvider]:
    """Return a provider that listens."""
    found = LyingProvider()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def world(tmp_path: Path, provider: LyingProvider) -> World:
    """Return a desk at which people may log in with it."""
    return World(tmp_path, provider=Provider(described(provider), BACK))


def described(provider: LyingProvider, **more: Any) -> ProviderSettings:
    """Return the provider as an operator describes it."""
    return ProviderSettings(provider.issuer, CLIENT, SECRET, "The NGO", **more)


def change(world: World, provider: LyingProvider, **more: Any) -> None:
    """Let the desk's operator describe the provider otherwise."""
    ours = world.services.provider
    assert ours
    ours.settings = described(provider, **more)


async def leave(client: Any, path: str = "/login/provider") -> str:
    """Begin a login and return where the browser is sent."""
    answer = await client.get(path, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return str(answer.headers["Location"])


async def come(client: Any, provider: LyingProvider, query: str = "", **headers: str) -> Any:
    """Log in, by whatever the provider answers."""
    query = query or provider.authorize(await leave(client))
    return await client.get(f"/login/provider/back?{query}", allow_redirects=False, headers=headers)


def problem(page: str) -> str:
    """Return what the page says went wrong."""
    found = re.search(r'id="problem"[^>]*><bdi dir="auto">([^<]+)', page)
    assert found, page
    return unescape(found[1])


async def link(visitor: Visitor, provider: LyingProvider) -> Any:
    """Link an account as the page does."""
    page = await (await visitor.press("/account/provider", {"old": PASSWORD})).text()
    away = unescape(re.search(r'content="0;url=([^"]+)"', page)[1])  # type: ignore[index]
    return await come(visitor.client, provider, provider.authorize(away))


async def linked(world: World, provider: LyingProvider, enter: Enter) -> Any:
    """Return a stranger's client, once the volunteer has linked an account."""
    answer = await link(await enter("volunteer"), provider)
    assert answer.headers["Location"] == "/account?said=account_linked"
    return (await enter(None)).client


async def test_a_linked_account_opens_the_desk(world: World, provider: LyingProvider, enter: Enter) -> None:
    client = await linked(world, provider, enter)
    away = await leave(client, "/login/provider?next=/library")
    answer = await come(client, provider, provider.authorize(away))
    assert (answer.status, answer.headers["Location"]) == (303, "/library")
    session = world.people.session(answer.cookies[COOKIE].value)
    assert session
    assert session[0].name == "volunteer one"
    assert "Login with an account elsewhere" in await (await client.get("/account")).text()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic", "client_secret_post"]])
async def test_providers_differ_in_small_things(
    world: World, provider: LyingProvider, enter: Enter, slash: str, methods: list[str]
) -> None:
    """Authentik's issuer ends in a slash; some take the secret in the form alone; some name themselves when they answer."""
    provider.slash, provider.auth_methods, provider.says_iss = slash, methods, True
    client = await linked(world, provider, enter)
    assert (await come(client, provider)).status == 303


async def test_keys_that_changed_meanwhile_are_asked_for_and_not_for_every_forgery(
    world: World, provider: LyingProvider, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dex changes its keys every six hours."""
    client = await linked(world, provider, enter)
    provider.key = RSAKey.generate_key(2048)
    provider.published = [provider.key]
    now = time.monotonic()
    monkeypatch.setattr("courage.web.provider.time.monotonic", lambda: now + 60)
    assert (await come(client, provider)).status == 303
    asked = provider.asked_keys
    provider.sign = provider.unsigned
    for _ in range(3):
        assert (await come((await enter(None)).client, provider)).status == 403
    assert provider.asked_keys == asked


def _other_key(provider: LyingProvider) -> Any:
    return lambda claims: provider.signed(claims, RSAKey.generate_key(2048))


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "wrong nonce": ({"claims": {"nonce": "of another login"}}, "about another login than yours"),
    "no nonce": ({"without": ("nonce",)}, "about another login than yours"),
    "unsigned": ({"sign": "unsigned"}, "not signed by the provider"),
    "signed with the public key": ({"sign": "shared"}, "not signed by the provider"),
    "signed with our secret": ({"sign": "secret_signed"}, "not signed by the provider"),
    "signed by somebody else": ({"sign": _other_key}, "not signed by the provider"),
    "for another service": ({"claims": {"aud": "the wiki"}}, "meant for another service"),
    "for another among several": ({"claims": {"aud": [CLIENT, "the wiki"], "azp": "the wiki"}}, "meant for another service"),
    "for another, asked for by us": ({"claims": {"aud": "the wiki", "azp": CLIENT}}, "meant for another service"),
    "for several and nobody in particular": ({"claims": {"aud": [CLIENT, "the wiki"]}}, "meant for another service"),
    "of another provider": ({"claims": {"iss": "https://evil.example"}}, "from another provider"),
    "too old": ({"claims": {"exp": 1, "iat": 0}}, "too old"),
    "of the future": ({"claims": {"iat": int(time.time()) + 3600}}, "too old"),
    "without an end": ({"without": ("exp",)}, "too old"),
    "of nobody": ({"without": ("sub",)}, "cannot be read"),
    "no token at all": ({"sign": lambda _: lambda claims: "zz"}, "not signed by the provider"),
    "another access token": ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_what_is_not_to_be_believed_is_refused_in_a_sentence(
    world: World, provider: LyingProvider, enter: Enter, lie: str
) -> None:
    client = await linked(world, provider, enter)
    how, sentence = LIES[lie]
    for name, value in how.items():
        made = (
            getattr(provider, value)
            if isinstance(value, str)
            else value(provider)
            if callable(value)
            else value
        )
        setattr(provider, name, made)
    answer = await come(client, provider)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)
    assert sentence in problem(await answer.text())


async def test_the_same_answer_is_good_once(world: World, provider: LyingProvider, enter: Enter) -> None:
    client = await linked(world, provider, enter)
    query = provider.authorize(await leave(client))
    kept = {c.key: c.value for c in client.session.cookie_jar if c.key.startswith("courage_provider")}
    assert (await come(client, provider, query)).status == 303
    again = await come((await enter(None)).client, provider, query)  # in another browser
    assert "begun in this browser" in problem(await again.text())
    thief = (await enter(None)).client  # who copied the browser's cookies too
    thief.session.cookie_jar.update_cookies(kept, thief.make_url("/"))
    again = await come(thief, provider, query)
    assert (again.status, COOKIE in again.cookies) == (403, False)
    assert "begun in this browser" in problem(
        await again.text()
    )  # it is not even asked whether the code is good


async def test_a_code_that_was_used_elsewhere_is_not_taken(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    first = provider.authorize(await leave(client))
    code = dict(part.split("=") for part in first.split("&"))["code"]
    assert (await come(client, provider, first)).status == 303
    second = re.sub(r"code=[^&]+", f"code={code}", provider.authorize(await leave(client)))
    assert "did not accept its own answer" in problem(await (await come(client, provider, second)).text())
    stolen = provider.authorize(
        await leave((await enter(None)).client)
    )  # a code that was given to another browser
    code = dict(part.split("=") for part in stolen.split("&"))["code"]
    mine = re.sub(r"code=[^&]+", f"code={code}", provider.authorize(await leave(client)))
    assert "did not accept its own answer" in problem(await (await come(client, provider, mine)).text())


async def test_nobody_is_logged_in_by_an_answer_to_anothers_login(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    attacker = await linked(world, provider, enter)
    query = provider.authorize(await leave(attacker))
    victim = (await enter(None)).client
    # Has begun a login of their own, with a state that begins alike.
    slot = re.search(r"state=(.)", await leave(victim))[1]  # type: ignore[index]
    answer = await come(victim, provider, re.sub("state=.", f"state={slot}", query))
    assert (answer.status, COOKIE in answer.cookies) == (403, False)
    assert "begun in this browser" in problem(await answer.text())


@pytest.mark.parametrize("said", ["&iss=https://evil.example", ""])
async def test_an_answer_of_another_provider_is_refused(
    world: World, provider: LyingProvider, enter: Enter, said: str
) -> None:
    client = await linked(world, provider, enter)
    provider.says_iss = True
    world.services.provider._metadata = None  # type: ignore[union-attr]
    query = provider.authorize(await leave(client)).partition("&iss=")[0] + said
    assert "from another provider" in problem(await (await come(client, provider, query)).text())


async def test_whoever_cancels_there_reads_so(world: World, provider: LyingProvider, enter: Enter) -> None:
    client = (await enter(None)).client
    state = re.search(r"state=([\w-]+)", await leave(client))[1]  # type: ignore[index]
    page = await (await come(client, provider, f"error=access_denied&state={state}")).text()
    assert "did not let you through" in problem(page)


async def test_a_refusal_that_does_not_say_to_what_ends_no_login(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    begun = [provider.authorize(await leave(client)) for _ in SLOTS]
    for _ in SLOTS:
        page = await (await come(client, provider, "error=access_denied")).text()
        assert "did not let you through" in problem(page)
    assert [(await come(client, provider, query)).status for query in begun] == [303] * len(SLOTS)


@pytest.mark.parametrize(
    "query", ["", "state=", "state=%22;%0d%0a", "state=é&code=1", "state=a&state=b", "error=x", "code=a"]
)
async def test_whatever_is_in_the_address_gets_a_sentence(
    enter: Enter, provider: LyingProvider, query: str
) -> None:
    answer = await come((await enter(None)).client, provider, query or "nothing=")
    assert answer.status == 403
    assert problem(await answer.text())


async def test_two_logins_in_two_tabs_both_arrive(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    first, second = [provider.authorize(await leave(client)) for _ in range(2)]
    assert [(await come(client, provider, query)).status for query in (first, second)] == [303, 303]


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "ftp://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_describes_itself_oddly_is_not_used(
    world: World, provider: LyingProvider, enter: Enter, about: dict[str, Any]
) -> None:
    provider.about = about
    answer = await (await enter(None)).client.get("/login/provider", allow_redirects=False)
    assert answer.status == 502
    assert "does not answer as it should" in problem(await answer.text())


async def test_where_the_provider_is_away_people_log_in_otherwise(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    await provider.stop()
    client = (await enter(None)).client
    page = await (await client.get("/login/provider", allow_redirects=False)).text()
    assert "Log in another way" in problem(page)
    assert 'name="password"' in page


async def test_no_name_or_address_opens_an_account_that_is_there(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    """Whoever may choose a name or an e-mail address at the provider must not become the admin here."""
    provider.subject = "the attacker"
    provider.claims = {"preferred_username": "admin one", "email": "admin one", "email_verified": True}
    client = (await enter(None)).client
    for role, claim in (
        ("", "preferred_username"),
        ("volunteer", "preferred_username"),
        ("volunteer", "email"),
    ):
        change(world, provider, new_people=role, claim=claim)
        answer = await come(client, provider)
        assert (answer.status, COOKIE in answer.cookies) == (403, False)
    assert world.people.provider_accounts.of(world.person["admin"].id) == []


async def test_nobody_is_made_unless_the_operator_says_so(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    provider.claims = {"preferred_username": "Newcomer", "locale": "ar-EG"}
    before = len(world.people.list(all_=True))
    client = (await enter(None)).client
    assert "opens none here yet" in problem(await (await come(client, provider)).text())
    assert len(world.people.list(all_=True)) == before
    change(world, provider, new_people="volunteer")
    assert (await come(client, provider)).status == 303
    new = world.people.find("Newcomer")
    assert new
    assert (new.role, new.languages) == ("volunteer", ("ar",))
    assert (await come((await enter(None)).client, provider)).status == 303  # the same person again
    assert len(world.people.list(all_=True)) == before + 1


async def test_new_people_belong_where_the_operator_says(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    provider.userinfo = {"sub": provider.subject, "preferred_username": "From elsewhere"}
    client = (await enter(None)).client
    change(world, provider, new_people="trainer", organisation="berlin")
    assert (await come(client, provider)).status == 403  # there is no such organisation
    number = world.organisations.create("Berlin", "berlin").id
    assert (await come(client, provider)).status == 303
    new = world.people.find("From elsewhere", number)
    assert new
    assert new.role == "trainer"


async def test_what_is_said_of_somebody_else_names_nobody(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    change(world, provider, new_people="volunteer")
    provider.userinfo = {"sub": "another", "preferred_username": "Mallory"}
    page = await (await come((await enter(None)).client, provider)).text()
    assert "no name for you" in problem(page)
    change(world, provider, new_people="volunteer", claim="email")
    provider.claims = {"email": "ann@example.org"}  # which nobody has verified
    page = await (await come((await enter(None)).client, provider)).text()
    assert "no name for you" in problem(page)


async def test_one_account_there_opens_one_here(world: World, provider: LyingProvider, enter: Enter) -> None:
    volunteer, moderator = await enter("volunteer"), await enter("moderator")
    assert (await link(volunteer, provider)).status == 303
    assert (await link(volunteer, provider)).status == 303  # once more is no mistake
    answer = await link(moderator, provider)
    assert "somebody else" in problem(await answer.text())
    assert world.people.provider_accounts.of(world.person["moderator"].id) == []
    kinds = [event.kind for event in world.people.door_events.of(world.person["volunteer"].id)]
    assert kinds == ["account_linked"]


async def test_linking_asks_for_the_password_and_for_the_same_person(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    volunteer = await enter("volunteer")
    assert (await volunteer.press("/account/provider", {"old": "zz"})).status == 400
    page = await (await volunteer.press("/account/provider", {"old": PASSWORD})).text()
    query = provider.authorize(unescape(re.search(r'content="0;url=([^"]+)"', page)[1]))  # type: ignore[index]
    kept = {
        c.key: c.value for c in volunteer.client.session.cookie_jar if c.key.startswith("courage_provider")
    }
    moderator = await enter("moderator")
    moderator.client.session.cookie_jar.update_cookies(kept, moderator.client.make_url("/"))
    assert (await come(moderator.client, provider, query)).status == 403
    for role in ("volunteer", "moderator"):
        assert world.people.provider_accounts.of(world.person[role].id) == []


async def test_who_comes_back_across_sites_is_let_in_and_linked(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    """The session's cookie is strict and does not come along; the page asks for itself once more, and then it does."""
    volunteer = await enter("volunteer")
    page = await (await volunteer.press("/account/provider", {"old": PASSWORD})).text()
    query = provider.authorize(unescape(re.search(r'content="0;url=([^"]+)"', page)[1]))  # type: ignore[index]
    kept = {c.key: c for c in volunteer.client.session.cookie_jar}
    lax = [c for name, c in kept.items() if name.startswith("courage_provider")]
    assert [c["samesite"] for c in lax] == ["Lax"]
    crossed = (await enter(None)).client
    crossed.session.cookie_jar.update_cookies({c.key: c.value for c in lax}, crossed.make_url("/"))
    again = await come(crossed, provider, query, **{"Sec-Fetch-Site": "cross-site"})
    assert "http-equiv" in await again.text()
    answer = await come(volunteer.client, provider, query)
    assert answer.headers["Location"] == "/account?said=account_linked"


async def test_an_unlinked_account_opens_nothing(world: World, provider: LyingProvider, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    await link(volunteer, provider)
    (view,) = world.people.provider_accounts.of(world.person["volunteer"].id)
    assert (await volunteer.press(f"/account/provider/{view.id}/unlink", {"old": "zz"})).status == 400
    other = await enter("moderator")
    assert (await other.press(f"/account/provider/{view.id}/unlink", {"old": PASSWORD})).status == 400
    done = await volunteer.press(
        f"/account/provider/{view.id}/unlink", {"old": PASSWORD}, allow_redirects=False
    )
    assert done.headers["Location"] == "/account?said=account_unlinked"
    assert "opens none here yet" in problem(await (await come((await enter(None)).client, provider)).text())


async def test_the_second_factor_is_asked_for_here_too(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    factor, number = world.people.second_factor, world.person["volunteer"].id
    import pyotp

    secret, _ = factor.propose("volunteer one", "x")
    codes = factor.turn_on(number, secret, pyotp.TOTP(secret).now())
    answer = await come(client, provider)
    page = await answer.text()
    assert (answer.status, COOKIE in answer.cookies) == (200, False)
    form = dict(re.findall(r'name="(ticket|csrf|next)" value="([^"]+)"', page)) | {"code": codes[0]}
    assert (await client.post("/login", data=form, allow_redirects=False)).status == 303


async def test_whose_access_was_taken_away_comes_in_by_no_provider(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    world.people.deactivate(world.person["volunteer"].id)
    assert (await come(client, provider)).status == 403


async def test_who_logs_out_is_led_to_the_providers_log_out_if_they_came_from_there(
    world: World, provider: LyingProvider, enter: Enter
) -> None:
    client = await linked(world, provider, enter)
    entered = await come(client, provider)
    token = entered.cookies[COOKIE].value
    session = world.people.session(token)
    assert session
    left = await client.post("/logout", data={"csrf": session[1]}, allow_redirects=False)
    away = unescape(re.search(r'content="0;url=([^"]+)"', await left.text())[1])  # type: ignore[index]
    assert away.startswith(f"{provider.issuer}/end?client_id=the+desk&post_logout_redirect_uri=")
    assert world.people.session(token) is None
    volunteer = await enter("volunteer")  # who came by password
    assert (await volunteer.press("/logout", allow_redirects=False)).headers["Location"] == "/login"


async def test_without_a_provider_there_is_no_such_address(tmp_path: Path, aiohttp_client: Any) -> None:
    client = await aiohttp_client(World(tmp_path).app())
    for path in ("/login/provider", "/login/provider/back?state=a"):
        assert (await client.get(path, allow_redirects=False)).status == 404


async def test_a_subject_is_linked_by_hand_too(world: World, provider: LyingProvider, enter: Enter) -> None:
    accounts, number = world.people.provider_accounts, world.person["volunteer"].id
    accounts.link(number, provider.issuer, provider.subject)
    with pytest.raises(PersonError):
        accounts.link(world.person["admin"].id, provider.issuer, provider.subject)
    assert (await come((await enter(None)).client, provider)).status == 303
