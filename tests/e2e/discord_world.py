"""A community on Discord: Eve writes, Ann and Bob volunteer, Cam has the volunteers' role, Courage listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord

from courage.gateways.discord.gateway import DiscordGateway, DiscordSettings
from tests.e2e.discord_server import ANN, BOB, BOT, DESK, ROLE, TOKEN, Discord, Json
from tests.e2e.gateway_world import GatewayWorld


def point_at(url: str) -> None:
    """Let discord.py speak with a stand-in instead of Discord."""
    discord.http.Route.BASE = f"{url}/api"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = type(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)(
        url.replace("http", "ws") + "/ws"
    )


def make_world(folder: Path, url: str, **more: Any) -> GatewayWorld:
    """Return an engine on Discord with everybody known but Cam."""
    point_at(url)
    values: dict[str, Any] = {
        "token": TOKEN,
        "desk_channel": str(DESK),
        "volunteer_role": str(ROLE),
        "probe": 1.0,
    }
    settings = DiscordSettings(**{**values, **more})
    world = GatewayWorld(folder, "discord", lambda w: DiscordGateway(settings, **w.parts()))
    for name, account in (("Ann", ANN), ("Bob", BOB)):
        world.person(name, "volunteer", account)
    return world


class Community:
    """The server, the engine, and what people do."""

    def __init__(self, server: Discord, folder: Path, **more: Any) -> None:
        self.server, self.folder, self.more = server, folder, more
        self.world = make_world(folder, server.url, **more)

    async def restart(self) -> None:
        """Stop the engine and start it again on the same database."""
        await self.world.stop()
        await self.restart_only()

    async def restart_only(self) -> None:
        """Start the engine, which was stopped, on the same database."""
        self.world = make_world(self.folder, self.server.url, **self.more)
        await self.world.start()

    async def seen(self, channel: int, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a message of the bot in a channel."""

        def look() -> Json | None:
            return next((m for m in self.server.of_bot(channel) if wanted(m)), None)

        await self.world.until(look, what)
        found = look()
        assert found is not None
        return found

    async def says(self, who: int, text: str) -> str:
        """Let somebody say something to the assistant in the desk channel and return its first answer."""
        number = await self.server.says(DESK, who, text)
        answer = await self.seen(
            DESK,
            lambda m: m.get("message_reference", {}).get("message_id") == str(number),
            f"an answer to {text!r}",
        )
        return str(answer["content"])

    async def press(self, who: int, message: Json, payload: str) -> Json:
        """Let somebody press a button and return the last of the answers, which they alone see."""
        return await self.told(await self.server.presses(who, message, payload))

    async def told(self, interaction: str) -> Json:
        """Return what somebody alone is told after a press."""
        await self.world.until(lambda: self.server.followups[interaction], "an answer to a press")
        assert self.server.callbacks[interaction]["type"] == 5
        for answer in self.server.followups[interaction]:
            assert answer["flags"] & 64, "only who pressed sees it"
        await asyncio.sleep(0)
        return self.server.followups[interaction][-1]


__all__ = ["BOT", "Community", "make_world", "point_at"]
