"""One-time codes link an account to a person, once and not for ever; the notice is for moderators."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from courage.db.engine import create_all, make_engine, make_sessions
from courage.people.codes import LinkCodes
from courage.people.errors import PersonError
from courage.people.organisations import Organisations
from courage.people.people import People
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk

NEW = {"author": "@ann-phone:x", "channel": "matrix", "room_kind": "direct"}


async def test_a_code_from_one_chat_links_the_account_in_another(world: World) -> None:
    talk = Talk(world)
    said = await talk.hear(world.ann, "link me", room_kind="direct", author="@ann:x")
    code = re.search(r"\d{9}", said)
    assert code is not None
    assert "Hello Ann" in await talk.hear(None, f"link me {code[0]}", **NEW)
    linked = world.people.by_identity("matrix", "@ann-phone:x")
    assert linked is not None
    assert linked.id == world.ann
    assert "wrong, used or older" in await talk.hear(
        None, f"link me {code[0]}", **{**NEW, "author": "@eve:x"}
    )
    assert world.people.by_identity("matrix", "@eve:x") is None
    assert "forgotten" in await talk.hear(world.ann, "unlink me", **NEW)
    assert world.people.by_identity("matrix", "@ann-phone:x") is None


@pytest.mark.parametrize(
    ("language", "word"),
    [("fr", "lier mon compte"), ("de", "verknüpfen"), ("de", "verknuepfen"), ("ar", "اربط حسابي")],
)
async def test_it_is_said_in_each_language(world: World, language: str, word: str) -> None:
    code = world.people.link_code(world.ann)
    assert "Ann" in await Talk(world).hear(None, f"{word} {code}", **NEW, language=language)


async def test_a_code_is_never_shown_where_others_read(world: World) -> None:
    said = await Talk(world).hear(world.ann, "link me", author="@ann:x")
    assert re.search(r"\d{9}", said) is None
    assert "Others would read" in said


async def test_a_stranger_is_told_how(world: World) -> None:
    assert "Ask an admin for a code" in await Talk(world).hear(None, "link me", **NEW)


def test_codes_grow_old_and_newer_ones_replace_them(world: World) -> None:
    codes = LinkCodes(world.sessions, clock=world.clock)
    first, second = codes.make(world.ann), codes.make(world.ann)
    with pytest.raises(PersonError, match="wrong, used or older"):
        codes.use(first, "matrix", "@a:x")
    world.clock.pass_(minutes=16)
    with pytest.raises(PersonError, match="older than 15 minutes"):
        codes.use(second, "matrix", "@a:x")


def test_codes_are_of_one_organisation_and_cannot_be_guessed_at_leisure(world: World) -> None:
    codes = LinkCodes(world.sessions, clock=world.clock)
    code = codes.make(world.ann)
    for guess in range(10):
        with pytest.raises(PersonError, match="wrong"):
            codes.use(guess, "matrix", "@eve:x")
    with pytest.raises(PersonError, match="too many"):
        codes.use(code, "matrix", "@eve:x", None)
    for guess in range(10, 50):
        with pytest.raises(PersonError, match="wrong"):
            codes.use(guess, "matrix", f"@eve{guess}:x")
    with pytest.raises(PersonError, match="too many"):
        codes.use(code, "matrix", "@mia:x")
    world.clock.pass_(minutes=61)
    code = codes.make(world.ann)
    with pytest.raises(PersonError, match="wrong"):
        codes.use(code, "matrix", "@eve:x", organisation_id=2)
    assert codes.use(code, "matrix", "@ann:x").id == world.ann


async def test_in_a_direct_message_a_code_itself_says_of_which_organisation_it_is(world: World) -> None:
    talk, zwei = Talk(world), Organisations(world.sessions).create("Zwei", "zwei")
    zoe = world.people.add("Zoe", "volunteer", zwei.id)
    desk = {**NEW, "room_kind": "desk"}
    code = world.people.link_code(zoe.id)
    wrong = await talk.hear(None, "link me 100000000", **NEW)
    assert "wrong, used or older" in wrong
    assert await talk.hear(None, f"link me {code}", **desk) == wrong, "a desk room of another organisation"
    assert "Hello Zoe" in await talk.hear(None, f"link me {code}", **NEW)
    assert world.people.organisations_of("matrix", "@ann-phone:x") == [zwei.id]
    assert world.people.by_identity("matrix", "@ann-phone:x", 1) is None
    late = world.people.link_code(zoe.id)
    Organisations(world.sessions).suspend(zwei.slug)
    assert await talk.hear(None, f"link me {late}", **NEW) == wrong, (
        "whether there is such a code is not told"
    )


def test_who_is_not_active_gets_no_code_and_links_nothing(world: World) -> None:
    code = world.people.link_code(world.ann)
    world.people.deactivate(world.ann)
    with pytest.raises(PersonError, match="wrong"):
        world.people.use_link_code(code, "matrix", "@ann:x")
    with pytest.raises(PersonError, match="not active"):
        world.people.link_code(world.ann)


async def test_a_moderator_gets_the_notice_in_four_languages_their_own_first(world: World) -> None:
    answers = await Talk(world).say(world.mia, "Aushang", language="de")
    texts = [answer["text"] for answer in answers]
    assert len(texts) == 5
    assert texts[1].startswith("In diesem Raum")
    assert all("Courage" in text and "Mia" in text for text in texts[1:])
    assert "Courage" not in await Talk(world).hear(world.ann, "notice")


def test_codes_keep_to_their_organisation_as_the_running_program_wants_it(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'courage.db'}")
    create_all(engine)
    people = People(make_sessions(engine, strict=True))
    ann = people.add("Ann", "volunteer")
    assert people.use_link_code(people.link_code(ann.id), "matrix", "@ann:x").id == ann.id
