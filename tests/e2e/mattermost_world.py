"""A community on Mattermost: Eve writes, Ann and Bob volunteer, Cam is new, Courage listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from courage.gateways.mattermost.gateway import MattermostGateway, MattermostSettings
from tests.e2e.gateway_world import GatewayWorld
from tests.e2e.mattermost_server import ANN, BOB, BOT, DESK, TOKEN, Json, Mattermost


def make_world(folder: Path, url: str, **more: Any) -> GatewayWorld:
    """Return an engine on Mattermost with everybody known but Cam."""
    values: dict[str, Any] = {
        "url": url,
        "token": TOKEN,
        "desk_channel": DESK,
        "heartbeat": 1.0,
        "timeout": 2.0,
    }
    settings = MattermostSettings(**{**values, **more})
    world = GatewayWorld(
        folder,
        "mattermost",
        lambda w: MattermostGateway(settings, longest_wait=0.5, **w.parts()),
    )
    for name, account in (("Ann", ANN), ("Bob", BOB)):
        world.person(name, "volunteer", account)
    return world


class Community:
    """The server, the engine, and what people do."""

    def __init__(self, server: Mattermost, folder: Path, **more: Any) -> None:
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

    async def seen(self, channel: str, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a post of the bot in a channel."""

        def look() -> Json | None:
            return next((p for p in self.server.of_bot(channel) if wanted(p)), None)

        await self.world.until(look, what)
        found = look()
        assert found is not None
        return found

    async def says(self, who: str, text: str, **more: Any) -> str:
        """Let somebody say something to the assistant in the desk channel and return its first answer there."""
        number = await self.server.says(DESK, who, text, **more)
        root = more.get("root_id", number)
        at = self.server.posts[number]["create_at"]
        answer = await self.seen(
            DESK, lambda p: p["root_id"] == root and p["create_at"] > at, f"an answer to {text!r}"
        )
        return str(answer["message"])

    async def press(self, who: str, post: Json, payload: str) -> Json:
        """Let somebody press the number of a command and return the first answer."""
        emoji = NAMES[payloads(post).index(payload)]
        at = self.server.now()
        await self.server.presses(post["id"], who, emoji)
        root = post["root_id"] or post["id"]
        return await self.seen(
            post["channel_id"],
            lambda p: p["create_at"] > at and p["root_id"] in (root, ""),
            f"an answer to {payload!r}",
        )

    def alone(self, who: str) -> list[str]:
        """Return what somebody alone was shown."""
        direct = self.server.direct(BOT, who).id
        whispered = [post["message"] for user, post in self.server.ephemeral if user == who]
        return whispered + [post["message"] for post in self.server.of_bot(direct)]


NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


def payloads(post: Json) -> list[str]:
    """Return the commands whose numbers stand under a post."""
    return list(post["props"].get("courage", {}).get("buttons", []))
