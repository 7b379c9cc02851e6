"""A desk room for cases in one language, beside the main one, on Discord, Telegram, Mattermost and Rocket.Chat.

Slack: ``test_slack.py``; Matrix: ``test_matrix_rooms.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from courage.detection.verdict import Verdict
from tests.e2e import (
    discord_server,
    discord_world,
    mattermost_server,
    mattermost_world,
    rocketchat_server,
    rocketchat_world,
    telegram_server,
    telegram_world,
)
from tests.unit.cases.kit import screen

pytestmark = [pytest.mark.e2e, pytest.mark.slow]  # the gate does it on Matrix and Slack


async def german(text: str, sensitivity: str) -> Verdict:
    """Say of everything but what says that it is English that it is German."""
    verdict = await screen(text, sensitivity)
    return verdict if "english" in text else replace(verdict, language="de")


async def goes_to_its_desk(
    world: Any,
    says: Callable[[Any, Any, str], Awaitable[Any]],
    shown: Callable[[Any], str],
    places: tuple[Any, Any, Any],
    eve: Any,
    ann: Any,
) -> None:
    """Let hate be written in two languages; each card stands in one desk room, and commands are done in both.

    :param shown: all that the bot shows in a room.
    :param places: group room, main desk room, desk room for German.
    """
    group, desk, tisch = places
    world.intake._screen = german
    await world.start()
    await says(group, eve, "they are vermin")
    await world.until(lambda: "Fall 1" in shown(tisch), "the card in German")
    await says(group, eve, "they are vermin, in english")
    await world.until(lambda: "Case 2" in shown(desk), "the card in English")
    assert "Fall 1" not in shown(desk)
    assert "Case 1" not in shown(desk)
    assert "Fall 2" not in shown(tisch)
    await says(tisch, ann, "claim 1")
    await says(desk, ann, "release 1")
    await says(tisch, ann, "claim 2")
    await world.until(lambda: world.status(2) == "claimed", "a command in the other room")
    assert world.gateway.health()["status"] == "ok", world.gateway.health()
    await world.stop()


async def test_on_discord(tmp_path: Path) -> None:
    async with discord_server.serving() as server:
        d, tisch = discord_server, 810000000000000009
        server.messages[tisch] = {}
        world = discord_world.make_world(tmp_path, server.url, desk_channels=(f"de {tisch}",))

        def shown(channel: int) -> str:
            return "\n".join(m["content"] for m in server.of_bot(channel))

        await goes_to_its_desk(world, server.says, shown, (d.GROUP, d.DESK, tisch), d.EVE, d.ANN)


async def test_on_telegram(tmp_path: Path) -> None:
    async with telegram_server.serving() as server:
        t, tisch = telegram_server, -1006666666666
        server.chats[tisch] = t.Chat(tisch, title="Tisch")
        world = telegram_world.make_world(tmp_path, server.url, desk_rooms=(f"de {tisch}",))

        def shown(chat: int) -> str:
            return "\n".join(m["text"] for m in server.of_bot(chat))

        await goes_to_its_desk(world, server.says, shown, (t.GROUP, t.DESK, tisch), t.EVE, t.ANN)


async def test_on_mattermost(tmp_path: Path) -> None:
    async with mattermost_server.serving() as server:
        m, tisch = mattermost_server, mattermost_server.identity("tisch")
        members = {m.BOT, m.ANN, m.BOB, m.EVE, m.CAM}
        server.channels[tisch] = m.Channel(tisch, "P", "Tisch", members, server.now())
        world = mattermost_world.make_world(tmp_path, server.url, desk_channels=(f"de {tisch}",))

        def shown(channel: str) -> str:
            return "\n".join(post["message"] for post in server.of_bot(channel))

        await goes_to_its_desk(world, server.says, shown, (m.GROUP, m.DESK, tisch), m.EVE, m.ANN)


async def test_on_rocketchat(tmp_path: Path) -> None:
    async with rocketchat_server.serving() as server:
        r, tisch = rocketchat_server, "tischInTests"
        server.rooms[tisch] = r.Room(tisch, "p", "Tisch", {r.BOT, r.ANN, r.BOB, r.EVE, r.CAM})
        world = rocketchat_world.make_world(tmp_path, server.url, desk_rooms=(f"de {tisch}",))

        def shown(room: str) -> str:
            return "\n".join(m["msg"] for m in server.of_bot(room))

        await goes_to_its_desk(world, server.says, shown, (r.GROUP, r.DESK, tisch), r.EVE, r.ANN)
