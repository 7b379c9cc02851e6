"""What was said around a case's message, looked up on Discord, Slack, Mattermost and Rocket.Chat by their own libraries.

The stand-ins answer as the documentation of each chat system says; for Matrix a real homeserver does
(``test_matrix_around.py``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from courage.cases.errors import CannotLookAround
from tests.e2e import (
    discord_server,
    discord_world,
    mattermost_server,
    mattermost_world,
    rocketchat_server,
    rocketchat_world,
    slack_server,
    slack_world,
)
from tests.e2e.looking_around import Says, is_shown, shows_threads, surroundings, texts

pytestmark = pytest.mark.e2e


def discord(server: Any) -> Says:
    who = {"eve": discord_server.EVE, "bob": discord_server.BOB}

    async def says(name: str, text: str, thread: str | None) -> str:
        return str(await server.says(discord_server.GROUP, who[name], text))

    return says


def slack(server: Any) -> Says:
    who = {"eve": slack_server.EVE, "bob": slack_server.BOB}

    async def says(name: str, text: str, thread: str | None) -> str:
        more = {} if thread is None else {"thread_ts": thread}
        return str(await server.says(slack_server.GROUP, who[name], text, **more))

    return says


def mattermost(server: Any) -> Says:
    who = {"eve": mattermost_server.EVE, "bob": mattermost_server.BOB}

    async def says(name: str, text: str, thread: str | None) -> str:
        more = {} if thread is None else {"root_id": thread}
        return str(await server.says(mattermost_server.GROUP, who[name], text, **more))

    return says


def rocketchat(server: Any) -> Says:
    who = {"eve": rocketchat_server.EVE, "bob": rocketchat_server.BOB}

    async def says(name: str, text: str, thread: str | None) -> str:
        more = {} if thread is None else {"tmid": thread}
        return str(await server.says(rocketchat_server.GROUP, who[name], text, **more))

    return says


SYSTEMS: dict[str, tuple[Any, Any, Any]] = {
    "discord": (discord_server, discord_world, discord),
    "slack": (slack_server, slack_world, slack),
    "mattermost": (mattermost_server, mattermost_world, mattermost),
    "rocketchat": (rocketchat_server, rocketchat_world, rocketchat),
}


@asynccontextmanager
async def community(system: str, folder: Path) -> AsyncIterator[tuple[Any, Any, Says]]:
    at, there, talking = SYSTEMS[system]
    async with at.serving() as server:
        home = there.Community(server, folder)
        await home.world.start()
        try:
            yield server, home.world, talking(server)
        finally:
            await home.world.stop()


def ann(world: Any) -> int:
    found = world.people.find("Ann")
    assert found is not None
    return int(found.id)


@pytest.mark.parametrize("system", SYSTEMS)
async def test_what_was_said_around_a_message_is_shown_to_who_asks(system: str, tmp_path: Path) -> None:
    async with community(system, tmp_path) as (_, world, says):
        lines = await is_shown(world, says, ann(world))
        hateful = await says("bob", "you are vermin yourselves", None)
        await world.until(lambda: world.status(2) == "open", "the second case")
        assert len(lines) == 21
        around = await surroundings(world).look(2, ann(world), [hateful])
        assert texts(around)[-2:] == ["after 14", "(this)"]


@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "discord"])
async def test_of_an_answer_in_a_thread_the_thread_is_shown(system: str, tmp_path: Path) -> None:
    async with community(system, tmp_path) as (_, world, says):
        await shows_threads(world, says, ann(world))


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_chat_system_that_is_away_is_said_to_be(system: str, tmp_path: Path) -> None:
    async with community(system, tmp_path) as (_, world, says):
        await says("eve", "they are vermin", None)
        await world.until(lambda: world.status(1) == "open", "the case")
        look, person = surroundings(world), ann(world)
    with pytest.raises(CannotLookAround) as refused:
        await look.look(1, person)
    assert refused.value.say == "around.away"


async def test_a_busy_channel_shows_what_is_nearest_and_not_what_is_newest(tmp_path: Path) -> None:
    async with community("slack", tmp_path) as (server, world, says):
        server.page = 10
        await is_shown(world, says, ann(world), benign=25)
