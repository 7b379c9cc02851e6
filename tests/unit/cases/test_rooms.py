"""How watchful rooms are."""

from __future__ import annotations

import pytest

from courage.people.errors import RoomError
from courage.people.rooms import Choices, Rooms
from tests.unit.cases.kit import World


def test_new_rooms_begin_as_the_settings_say_and_keep_what_people_choose(world: World) -> None:
    rooms = Rooms(world.sessions, "quiet")
    assert rooms.sensitivity("matrix", "!a:x") == "quiet"
    assert rooms.ensure("matrix", "!b:x").sensitivity == "quiet"
    rooms.set_sensitivity("matrix", "!b:x", "watchful")
    assert Rooms(world.sessions, "balanced").sensitivity("matrix", "!b:x") == "watchful"


def test_a_room_that_replaces_another_is_screened_as_that_one_was(world: World) -> None:
    rooms = Rooms(world.sessions)
    for room in ("!old:x", "!new:x"):
        rooms.ensure("matrix", room)
    rooms.set_sensitivity("matrix", "!old:x", "watchful")
    rooms.set_narratives("matrix", "!old:x", False)
    rooms.take_over("matrix", "!old:x", "!new:x")
    assert Rooms(world.sessions).choices("matrix", "!new:x") == Choices("watchful", False)
    rooms.set_narratives("matrix", "!new:x", None)
    assert rooms.choices("matrix", "!new:x") == Choices("watchful", None)
    with pytest.raises(RoomError, match="!nowhere:x"):
        rooms.set_narratives("matrix", "!nowhere:x", True)


def test_an_unknown_sensitivity_is_named(world: World) -> None:
    with pytest.raises(RoomError, match="loud"):
        Rooms(world.sessions, "loud")
