"""A community on Rocket.Chat: Eve writes, Ann and Bob volunteer, Cam is new, Courage listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from courage.gateways.rocketchat.gateway import RocketChatGateway, RocketChatSettings
from tests.e2e.gateway_world import GatewayWorld
from tests.e2e.rocketchat_server import ANN, BOB, BOT, DESK, TOKEN, Json, RocketChat


def make_world(folder: Path, url: str, **more: Any) -> GatewayWorld:
    """Return an engine on Rocket.Chat with everybody known but Cam."""
    values: dict[str, Any] = {
        "url": url,
        "user_id": BOT,
        "token": TOKEN,
        "desk_room": DESK,
        "heartbeat": 1.0,
        "timeout": 2.0,
    }
    settings = RocketChatSettings(**{**values, **more})
    world = GatewayWorld(
        folder,
        "rocketchat",
        lambda w: RocketChatGateway(settings, longest_wait=0.5, **w.parts()),
    )
    for name, account in (("Ann", ANN), ("Bob", BOB)):
        world.person(name, "volunteer", account)
    return world


class Community:
    """The server, the engine, and what people do."""

    def __init__(self, server: RocketChat, folder: Path, **more: Any) -> None:
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

    async def seen(self, room: str, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a message of the bot in a room."""

        def look() -> Json | None:
            return next((m for m in self.server.of_bot(room) if wanted(m)), None)

        await self.world.until(look, what)
        found = look()
        assert found is not None
        return found

    async def says(self, who: str, text: str, **more: Any) -> str:
        """Let somebody say something to the assistant in the desk room and return its first answer there."""
        number = await self.server.says(DESK, who, text, **more)
        root = more.get("tmid", number)
        at = self.server.messages[number]["ts"]
        answer = await self.seen(
            DESK, lambda m: m.get("tmid") == root and m["ts"] > at, f"an answer to {text!r}"
        )
        return str(answer["msg"])

    async def press(self, who: str, message: Json, payload: str) -> str:
        """Let somebody press a button and return the first answer."""
        written = await self.server.presses(message["_id"], who, payload)
        root, at = message.get("tmid", written), self.server.messages[written]["ts"]
        answer = await self.seen(
            message["rid"],
            lambda m: m.get("tmid", root) == root and m["ts"] > at,
            f"an answer to {payload!r}",
        )
        return str(answer["msg"])

    def alone(self, who: str) -> list[str]:
        """Return what somebody alone was shown."""
        return [message["msg"] for message in self.server.of_bot(self.server.direct(BOT, who).id)]
