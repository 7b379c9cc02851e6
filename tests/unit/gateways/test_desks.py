"""Desk rooms: several for an organisation and one for each, by the settings and by what people chose; never another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courage.cases.errors import ChannelError, ChannelRefused
from courage.db.engine import make_sessions
from courage.errors import CourageError
from courage.gateways.desks import Desks, Wanted, wanted_desks, wanted_rooms
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.rooms import Rooms
from tests.databases import open_database


class Kit:
    """Rooms of two organisations in one chat system."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_database(folder / "courage.db")
        sessions = make_sessions(self.engine, strict=True)
        self.now = 0.0
        self.rooms, self.people = Rooms(sessions, timer=lambda: self.now), People(sessions)
        self.zwei = Organisations(sessions).create("Zwei", "zwei").id

    def desks(self, main: str = "main", **more: Any) -> Desks:
        return Desks("chat", self.rooms, title="Chat", setting="COURAGE_CHAT_DESK", main=main, **more)


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    kit = Kit(tmp_path)
    yield kit
    kit.engine.dispose()


@pytest.mark.parametrize("text", ["", "room", "de", "xx yy room", "de fr room", "zwei de", "de !"])
def test_a_desk_room_of_the_settings_that_cannot_be_right_is_named(text: str) -> None:
    with pytest.raises(CourageError, match="write a language"):
        wanted_desks([text], "desk room", lambda room: room == "room")


def test_desk_rooms_and_rooms_are_read_from_the_settings() -> None:
    assert wanted_desks(["de a", "zwei b", "zwei fr c"], "desk room", bool) == (
        Wanted("a", "de"),
        Wanted("b", "", "zwei"),
        Wanted("c", "fr", "zwei"),
    )
    assert wanted_rooms(["zwei d"], "room", bool) == (Wanted("d", "", "zwei"),)
    with pytest.raises(CourageError, match="short name"):
        wanted_rooms(["d"], "room", bool)


async def test_a_card_goes_to_the_desk_of_its_organisation_and_language(kit: Kit) -> None:
    desks = kit.desks(
        more=(Wanted("german", "de"), Wanted("other", "", "zwei"), Wanted("french", "fr", "zwei"))
    )
    await desks.refresh()
    assert [desks.room(1), desks.room(1, "de"), desks.room(1, "fr")] == ["main", "german", "main"]
    assert [desks.room(kit.zwei, "fr"), desks.room(kit.zwei, "de")] == ["french", "other"]
    assert desks.voice("german").language == "de"
    assert desks.organisation("other") == kit.zwei
    desks.trouble["german"] = "gone"
    assert desks.room(1, "de") == "main", "a desk that cannot be used does not keep a card"
    desks.trouble["main"] = "archived"
    with pytest.raises(ChannelError, match="archived"):
        desks.room(1)


async def test_what_people_choose_comes_first_and_is_seen_while_running(kit: Kit) -> None:
    desks = kit.desks()
    kit.rooms.seen("chat", "second", kind="group", name="Second")
    changes = asyncio.Queue[int]()

    async def changed() -> None:
        changes.put_nowait(1)

    watching = asyncio.create_task(desks.watch(changed, every=0.01))
    kit.rooms.set_desk("chat", "second", "")
    async with asyncio.timeout(5):
        await changes.get()
    assert (desks.room(1), "second" in desks, "main" in desks) == ("second", True, True)
    kit.rooms.seen("chat", "second", kind="group", name="Second, renamed")
    room = kit.rooms.anywhere("chat", "second")
    assert room is not None
    assert (room.kind, room.name) == ("desk", "Second, renamed"), "a gateway does not undo what people chose"
    kit.rooms.set_desk("chat", "second", None)
    async with asyncio.timeout(5):
        await changes.get()
    assert (desks.room(1), "second" in desks) == ("main", False)
    watching.cancel()


async def test_an_organisation_without_a_desk_gets_no_card_anywhere(kit: Kit) -> None:
    desks = kit.desks()
    with pytest.raises(ChannelRefused, match="page of rooms"):
        await desks.usable(kit.zwei)
    nowhere = kit.desks("")
    with pytest.raises(ChannelError, match="COURAGE_CHAT_DESK"):
        await nowhere.usable(1)
    assert "no desk room is set" in nowhere.notes[0]


async def test_a_desk_room_that_came_to_another_organisation_is_none_any_more(kit: Kit) -> None:
    desks = kit.desks(more=(Wanted("second", "de"),))
    kit.rooms.seen("chat", "main", kind="desk")
    kit.rooms.seen("chat", "second", kind="group")
    kit.rooms.set_desk("chat", "second", "")
    kit.rooms.give("chat", "main", kit.zwei)
    kit.rooms.give("chat", "second", kit.zwei)
    await desks.refresh()
    assert list(desks) == []
    assert "main of the settings belongs to another organisation" in " ".join(desks.notes)
    with pytest.raises(ChannelError):
        desks.room(1)


async def test_rooms_that_the_settings_give_away_are_given_once(kit: Kit) -> None:
    kit.rooms.seen("chat", "group", name="Known before")
    desks = kit.desks(given=(Wanted("group", "", "zwei"), Wanted("new", "", "zwei"), Wanted("x", "", "drei")))
    await desks.refresh()
    assert desks.new_for("new") == kit.zwei
    assert kit.rooms.owner("chat", "group") == kit.zwei
    assert "no organisation 'drei'" in " ".join(desks.notes)
    assert kit.rooms.seen("chat", "group", name="Known still").organisation_id == kit.zwei
    kit.rooms.give("chat", "group", 1)
    await desks.refresh()
    kit.now += 60
    assert kit.rooms.owner("chat", "group") == 1, "what people decide later counts"


def test_an_account_may_be_known_in_several_organisations(kit: Kit) -> None:
    for organisation in (kit.zwei, 1):
        kit.people.link_identity(kit.people.add("Ann", "volunteer", organisation).id, "chat", "ann")
    assert kit.people.organisations_of("chat", "ann") == [1, kit.zwei]
    assert kit.people.organisations_of("chat", "eve") == []


def test_a_room_that_we_left_stays_its_organisations(kit: Kit) -> None:
    kit.rooms.seen("chat", "r", name="R", new_for=kit.zwei)
    kit.rooms.seen("chat", "r", active=False)
    room = kit.rooms.seen("chat", "r", name="R again")
    assert (room.organisation_id, room.active) == (kit.zwei, True)
    assert [r.room_id for r in kit.rooms.list(1)] == []
