"""Looking around a case's message: hidden until asked for, without names, kept nowhere, counted as reading."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from courage.cases.access import CaseAccess
from courage.cases.around import AFTER, BEFORE, AroundLine, Surroundings
from courage.cases.care import Exposure
from courage.cases.errors import (
    CannotLookAround,
    ChannelError,
    ChannelNotServed,
    ChannelRefused,
    Enough,
    NotAllowed,
)
from courage.cases.learnt import Learnt
from courage.cases.ports import LooksAround, Neighbour
from courage.cases.retention import purge
from courage.db.engine import make_sessions
from courage.people.care import Care
from courage.people.organisations import Organisations
from tests.unit.cases.kit import KEY, T0, FakeChannel, World, screen


@dataclass
class Room(FakeChannel):
    """A channel that shows what was said in its room."""

    said: list[Neighbour] = field(default_factory=list)  # type: ignore[assignment]
    error: ChannelError | None = None
    asked: list[tuple[str, str, int, int]] = field(default_factory=list)

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> Sequence[Neighbour]:
        self.asked.append((room_id, message_id, before, after))
        if self.error is not None:
            raise self.error
        return self.said


def line(number: int, author: str, text: str = "", **more: Any) -> Neighbour:
    return Neighbour(f"${number}", author, T0 + timedelta(minutes=number), text, **more)


@pytest.fixture
def room() -> Room:
    return Room(
        said=[
            line(0, "@bob:server.org", "have you seen the new flats?"),
            line(1, "@eve:x", "they are vermin"),
            line(2, "@mallory:server.org", "yes, vermin, all of them, @bob:server.org"),
            line(3, "@bob:server.org", "stop it please, @mallory:server.org"),
            line(4, "@courage:x", "We are all neighbours.", kind="own"),
            line(5, "@eve:x", kind="removed", by_author=False),
            line(6, "@mallory:server.org", kind="sent_away", by_author=False),
        ]
    )


@pytest.fixture
def look(world: World, room: Room) -> Surroundings:
    strict = make_sessions(world.sessions.kw["bind"], strict=True)
    return Surroundings(
        CaseAccess(strict, clock=world.clock), {"test": room}, screen, Learnt(strict, KEY), world.rooms, KEY
    )


def seen(lines: Sequence[AroundLine]) -> list[tuple[str, int | None, str | None, bool]]:
    return [(one.kind, one.member, one.text, one.flagged) for one in lines]


async def test_what_screening_flags_is_hidden_and_nobody_is_named(
    world: World, room: Room, look: Surroundings
) -> None:
    case = await world.case(author="@eve:x")
    lines = await look.look(case, world.ann)
    assert room.asked == [("!room", "$1", BEFORE, AFTER)]
    assert seen(lines) == [
        ("message", 1, "have you seen the new flats?", False),
        ("this", 0, None, False),
        ("message", 2, None, True),
        ("message", 1, "stop it please, @2", False),
        ("own", None, "We are all neighbours.", False),
        ("removed", 0, None, False),
        ("sent_away", 2, None, False),
    ]
    assert not {"bob", "mallory", "eve"} & set(repr([one.text for one in lines]).replace("@", " ").split())


async def test_a_flagged_message_is_shown_to_who_asks_for_that_very_one(
    world: World, room: Room, look: Surroundings
) -> None:
    room.said.append(line(7, "@mallory:server.org", "vermin again"))
    lines = await look.look(await world.case(author="@eve:x"), world.ann, ["$2", "$1", "$nothing"])
    texts = {one.message_id: one.text for one in lines if one.flagged}
    assert texts == {"$2": "yes, vermin, all of them, @1", "$7": None}


async def test_a_message_that_has_a_case_is_shown_by_that_case_alone(
    world: World, room: Room, look: Surroundings
) -> None:
    case = await world.case(author="@eve:x")
    other = await world.case("yes, vermin", "$2", author="@mallory:server.org")
    lines = await look.look(case, world.ann, ["$2"])
    assert [(one.case_id, one.text) for one in lines if one.message_id == "$2"] == [(other, None)]


async def test_looking_counts_as_reading_once_a_day_and_each_flagged_message_too(
    world: World, look: Surroundings
) -> None:
    strict = make_sessions(world.sessions.kw["bind"], strict=True)
    exposure = Exposure(strict, clock=world.clock)
    case = await world.case(author="@eve:x")
    await look.look(case, world.ann)
    assert exposure.today(world.ann, 1) == 1
    world.casework.show_message(case, world.ann)
    assert exposure.today(world.ann, 1) == 1, "it is the same message"
    for _ in range(2):
        await look.look(case, world.ann, ["$2"])
    assert exposure.today(world.ann, 1) == exposure.days(world.ann, 1)[0].read == 2
    assert exposure.today(world.bob, 1) == 0
    kinds = [event.kind for event in world.casework.history(case, world.ann)]
    assert (kinds.count("around"), kinds.count("around_shown")) == (1, 1)
    world.casework.claim(case, world.ann)
    world.casework.release(case, world.ann)
    await look.look(case, world.ann)
    assert world.casework.undo(case, world.ann).status == "claimed", "looking decides nothing"


async def test_who_has_read_enough_is_shown_nothing_more(world: World, look: Surroundings) -> None:
    strict = make_sessions(world.sessions.kw["bind"], strict=True)
    Care(strict, clock=world.clock).choose(world.ann, 1, daily_cap=1)
    case = await world.case(author="@eve:x")
    await look.look(case, world.ann)
    with pytest.raises(Enough):
        await look.look(case, world.ann, ["$2"])
    other = await world.case("they are vermin 2", "$20", author="@f:x")
    with pytest.raises(Enough):
        await look.look(other, world.ann)


async def test_nothing_that_was_said_around_is_stored_or_logged(
    world: World, room: Room, look: Surroundings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    room.said[0] = replace(room.said[0], text="a sentence about quinces")
    room.said[2] = replace(room.said[2], text="vermin who eat medlars")
    case = await world.case(author="@eve:x")
    await look.look(case, world.ann, ["$2"])
    with world.sessions.kw["bind"].connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    found = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"they are vermin" in found, "the test reads the right files"
    for word in (b"quinces", b"medlars", b"@bob:server.org", b"@mallory:server.org"):
        assert word not in found
        assert word.decode() not in caplog.text


async def test_what_keeps_it_from_being_shown_is_said(world: World, room: Room, look: Surroundings) -> None:
    case = await world.case(author="@eve:x")

    async def refused() -> str:
        with pytest.raises(CannotLookAround) as found:
            await look.look(case, world.ann)
        return found.value.say

    room.error = ChannelRefused("not a member")
    assert await refused() == "around.refused"
    room.error = ChannelError("down")
    assert await refused() == "around.away"
    with pytest.raises(NotAllowed):
        await look.look(case, world.tom)
    room.error = None
    other = Organisations(make_sessions(world.sessions.kw["bind"], strict=True)).create("Berlin", "berlin")
    world.rooms.give("test", "!room", other.id)
    assert await refused() == "around.given"
    world.rooms.give("test", "!room", 1)
    world.clock.pass_(days=400)
    purge(make_sessions(world.sessions.kw["bind"], strict=True), world.clock())
    assert await refused() == "around.purged"


async def test_a_chat_system_that_shows_nothing_or_is_not_connected_is_said_to_be_that(world: World) -> None:
    strict = make_sessions(world.sessions.kw["bind"], strict=True)
    case = await world.case()
    parts = (screen, Learnt(strict, KEY), world.rooms, KEY)
    silent = Surroundings(CaseAccess(strict, clock=world.clock), {"test": FakeChannel()}, *parts)
    assert silent.possible("test") is False
    assert silent.possible("matrix") is None
    with pytest.raises(CannotLookAround) as found:
        await silent.look(case, world.ann)
    assert found.value.say == "around.cannot"
    with pytest.raises(ChannelNotServed):
        await Surroundings(CaseAccess(strict, clock=world.clock), {}, *parts).look(case, world.ann)


def test_the_gateways_that_can_do_it_say_so() -> None:
    from courage.gateways.discord.gateway import DiscordGateway
    from courage.gateways.matrix.gateway import MatrixGateway
    from courage.gateways.mattermost.gateway import MattermostGateway
    from courage.gateways.practice import PracticeChannel
    from courage.gateways.rocketchat.gateway import RocketChatGateway
    from courage.gateways.slack.gateway import SlackGateway
    from courage.gateways.telegram.gateway import TelegramGateway

    able = (
        DiscordGateway,
        MatrixGateway,
        MattermostGateway,
        PracticeChannel,
        RocketChatGateway,
        SlackGateway,
    )
    assert all(issubclass(kind, LooksAround) for kind in able)
    assert not issubclass(TelegramGateway, LooksAround)
