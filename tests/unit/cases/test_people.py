from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courage.people.errors import PersonError
from courage.people.pseudonym import pseudonym, text_digest
from tests.unit.cases.kit import World


def test_people_are_added_found_and_changed(world: World) -> None:
    zoe = world.people.add("  Zoe   Z ", "volunteer", languages=("fr", "ar"))
    assert zoe.name == "Zoe Z"
    assert world.people.find("Zoe Z") == zoe == world.people.get(zoe.id)
    assert world.people.change(zoe.id, role="trainer").role == "trainer"
    assert [person.name for person in world.people.list(role="trainer")] == ["Tom", "Zoe Z"]


@pytest.mark.parametrize(
    ("name", "role", "languages", "says"),
    [
        ("", "volunteer", ("en",), "1 to 80"),
        ("x" * 81, "volunteer", ("en",), "1 to 80"),
        ("Ann", "volunteer", ("en",), "taken"),
        ("New", "king", ("en",), "'king' is not one of moderator, volunteer, trainer, admin"),
        ("New", "volunteer", ("tlh",), "'tlh' is not one of en, fr, de, ar"),
    ],
)
def test_impossible_people_are_refused(
    world: World, name: str, role: str, languages: tuple[str, ...], says: str
) -> None:
    with pytest.raises(PersonError, match=says):
        world.people.add(name, role, languages=languages)


def test_a_password_opens_the_door_and_a_wrong_one_does_not_say_why(world: World) -> None:
    world.people.set_password(world.ann, "correct horse")
    assert world.people.check_password("Ann", "correct horse").id == world.ann
    for name, password in (("Ann", "wrong horse!"), ("Nobody", "correct horse"), ("Bob", "correct horse")):
        with pytest.raises(PersonError, match=r"^name or password is wrong$"):
            world.people.check_password(name, password)
    with pytest.raises(PersonError, match="12 to 1000"):
        world.people.set_password(world.ann, "short")


def test_a_login_link_works_once_and_not_for_ever(world: World) -> None:
    link = world.people.login_link(world.ann)
    login = world.people.use_login_link(link)
    assert login.person.id == world.ann
    for token in (link, "made up", ""):
        with pytest.raises(PersonError, match="used or too old"):
            world.people.use_login_link(token)
    late = world.people.login_link(world.ann)
    world.clock.pass_(hours=25)
    with pytest.raises(PersonError, match="too old"):
        world.people.use_login_link(late)


def test_a_newer_link_replaces_the_older(world: World) -> None:
    old, new = world.people.login_link(world.ann), world.people.login_link(world.ann)
    with pytest.raises(PersonError):
        world.people.use_login_link(old)
    world.people.use_login_link(new)


def test_web_sessions_end(world: World) -> None:
    login = world.people.open_session(world.ann)
    known = world.people.session(login.token)
    assert known is not None
    assert (known[0].id, known[1]) == (world.ann, login.csrf_token)
    world.people.close_session(login.token)
    assert world.people.session(login.token) is None
    second = world.people.open_session(world.ann)
    world.clock.pass_(hours=13)
    assert world.people.session(second.token) is None


def test_who_leaves_is_out_at_once(world: World) -> None:
    world.people.set_password(world.ann, "correct horse")
    login, link = world.people.open_session(world.ann), world.people.login_link(world.ann)
    world.people.link_identity(world.ann, "matrix", "@ann:x")
    world.people.deactivate(world.ann)
    assert world.people.session(login.token) is None
    assert world.people.by_identity("matrix", "@ann:x") is None
    for knock in (
        lambda: world.people.use_login_link(link),
        lambda: world.people.login_link(world.ann),
        lambda: world.people.check_password("Ann", "correct horse"),
    ):
        with pytest.raises(PersonError):
            knock()
    world.people.activate(world.ann)
    assert world.people.by_identity("matrix", "@ann:x") is not None


def test_tokens_and_passwords_are_not_stored(world: World) -> None:
    world.people.set_password(world.ann, "correct horse")
    link, login = world.people.login_link(world.ann), world.people.open_session(world.ann)
    from sqlalchemy import text

    with world.sessions() as session:
        for table in ("people", "login_links", "web_sessions"):
            rows = str(session.execute(text(f"SELECT * FROM {table}")).all())
            for secret in ("correct horse", link, login.token):
                assert secret not in rows


def test_an_account_belongs_to_one_person(world: World) -> None:
    world.people.link_identity(world.ann, "matrix", "@x:x")
    world.people.link_identity(world.bob, "matrix", "@x:x")
    assert world.people.identities(world.ann) == []
    assert world.people.identities(world.bob) == [("matrix", "@x:x")]
    world.people.unlink_identity("matrix", "@x:x")
    assert world.people.by_identity("matrix", "@x:x") is None


@given(st.text(), st.text(), st.text(), st.text())
def test_different_authors_have_different_pseudonyms(a: str, b: str, c: str, d: str) -> None:
    key = bytes(range(32))
    assert (pseudonym(key, a, b) == pseudonym(key, c, d)) == ((a, b) == (c, d))
    assert len(pseudonym(key, a, b)) == 32


def test_a_pseudonym_needs_a_real_key() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        pseudonym(b"short", "matrix", "@x:x")
    assert text_digest(bytes(16), "  Hello\u00a0World") == text_digest(bytes(16), "hello world")
