"""Two organisations on one gateway, for tests of every chat system: each has its rooms, its desk, its people.

The second one is called *Zwei*. Its desk room and its group room are named by the settings; then its admin makes another
room the desk, as on the page of rooms.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from courage.people.organisations import Organisations

SLUG = "zwei"


@dataclass(frozen=True, slots=True)
class Places:
    """The rooms of both: group and desk of the first, group, desk and a spare room of the second."""

    group: Any
    desk: Any
    group_2: Any
    desk_2: Any
    spare: Any


@dataclass(frozen=True, slots=True)
class Hands:
    """What people do in the chat system; ``shown(room)`` is all that the bot shows in a room, whoever sees it."""

    says: Callable[[Any, Any, str], Awaitable[Any]]
    shown: Callable[[Any], str]


def found(world: Any) -> int:
    """Make the second organisation before the gateway starts."""
    return Organisations(world.sessions).create("Zwei", SLUG).id


def joins(world: Any, organisation: int, account: Any) -> None:
    """Make an account that of Zoe, who volunteers in the second organisation only."""
    zoe = world.people.add("Zoe", "volunteer", organisation)
    world.people.link_identity(zoe.id, world.channel, str(account))


async def keep_apart(
    world: Any, organisation: int, places: Places, hands: Hands, people: tuple[Any, ...]
) -> None:
    """Let things happen in both, and see that nothing of one reaches the other.

    :param people: the accounts of Eve, who writes, of Ann of the first organisation, and of Zoe of the second.
    """
    eve, ann, zoe = people
    await hands.says(places.group, eve, "they are vermin, here")
    await world.until(lambda: "Case 1" in hands.shown(places.desk), "the first card")
    await hands.says(places.group_2, eve, "they are vermin, there")
    await world.until(lambda: "Case 2" in hands.shown(places.desk_2), "the second card")
    assert "Case 2" not in hands.shown(places.desk)
    assert "Case 1" not in hands.shown(places.desk_2)
    assert world.casework.view(2, organisation).status == "open"

    # Whoever is of one organisation is a stranger in the desk room of the other, and can do nothing there.
    await hands.says(places.desk_2, ann, "claim 2")
    await hands.says(places.desk, zoe, "claim 1")
    await hands.says(places.desk_2, zoe, "claim 1")
    await hands.says(places.desk_2, zoe, "claim 2")
    await world.until(lambda: "Zoe is on it" in hands.shown(places.desk_2), "the card brought up to date")
    assert (world.status(1), world.casework.view(2, organisation).status) == ("open", "claimed")
    assert "Zoe is on it" not in hands.shown(places.desk)

    # Its admin makes another of its rooms the desk, for all cases, on the page of rooms.
    await hands.says(places.spare, eve, "a nice day")
    spare = str(places.spare)
    await world.until(lambda: world.rooms.anywhere(world.channel, spare), "the spare room known")
    if world.rooms.anywhere(world.channel, spare).organisation_id != organisation:
        world.rooms.give(world.channel, spare, organisation)
    world.rooms.set_desk(world.channel, spare, "", organisation)
    await hands.says(places.group_2, eve, "they are vermin, once more")
    await world.until(lambda: "Case 3" in hands.shown(places.spare), "the card in the new desk")
    assert "Case 3" not in hands.shown(places.desk) + hands.shown(places.desk_2)
    assert world.status(1) == "open"
    assert world.casework.view(2, organisation).holder == "Zoe"
    assert world.gateway.health()["status"] == "ok", world.gateway.health()
