"""How watchful rooms are."""

from __future__ import annotations

import pytest

from courage.people.errors import RoomError
from courage.people.rooms import Rooms
from tests.unit.cases.kit import World


def test_new_rooms_begin_as_the_settings_say_and_keep_what_people_choose(world: World) -> None:
    rooms = Rooms(world.sessions, "quiet")
    assert rooms.sensitivity("matrix", "!a:x") == "quiet"
    assert rooms.ensure("matrix", "!b:x").sensitivity == "quiet"
    rooms.set_sensitivity("matrix", "!b:x", "watchful")
    assert Rooms(world.sessions, "balanced").sensitivity("matrix", "!b:x") == "watchful"


def test_an_unknown_sensitivity_is_named(world: World) -> None:
    with pytest.raises(RoomError, match="loud"):
        Rooms(world.sessions, "loud")
