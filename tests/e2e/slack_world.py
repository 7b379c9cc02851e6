"""A community on Slack: Eve writes, Ann and Bob volunteer, Courage listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from courage.gateways.slack.gateway import SlackGateway, SlackSettings
from tests.e2e.gateway_world import GatewayWorld
from tests.e2e.slack_server import ANN, APP_TOKEN, BOB, BOT_TOKEN, DESK, Json, Slack, payloads, words
from tests.unit.cases.kit import screen


def make_world(folder: Path, url: str, screener: Any = screen, **more: Any) -> GatewayWorld:
    """Return an engine on Slack with everybody known but Eve."""
    values: dict[str, Any] = {
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "desk_channel": DESK,
        "api": f"{url}/api/",
        "ping": 1.0,
        "network": 3.0,
        "look": 1.0,
    }
    settings = SlackSettings(**{**values, **more})
    world = GatewayWorld(folder, "slack", lambda w: SlackGateway(settings, **w.parts()), screener=screener)
    for name, account in (("Ann", ANN), ("Bob", BOB)):
        world.person(name, "volunteer", account)
    return world


class Community:
    """The server, the engine, and what people do."""

    def __init__(self, server: Slack, folder: Path, **more: Any) -> None:
        self.server, self.folder, self.more = server, folder, more
        self.world = make_world(folder, server.url, **more)

    async def restart(self) -> None:
        """Start the engine, which was stopped, on the same database."""
        self.world = make_world(self.folder, self.server.url, **self.more)
        await self.world.start()

    async def seen(self, look: Callable[[], list[Json]], what: str) -> Json:
        """Wait for a message and return it."""
        await self.world.until(look, what)
        return look()[0]

    async def says(self, who: str, text: str, channel: str = DESK) -> str:
        """Let somebody say something to the assistant and return its first answer."""
        whispers = len(self.server.whispers)
        ts = await self.server.says(channel, who, text)

        def answers() -> list[Json]:
            open_ones = [
                m
                for m in self.server.of_bot(channel)
                if m.get("thread_ts") == ts or (channel.startswith("D") and m["ts"] > ts)
            ]
            return open_ones or [w for w in self.server.whispers[whispers:] if w.get("thread_ts") == ts]

        return words(await self.seen(answers, f"an answer to {text!r}"))

    async def press(self, who: str, message: Json, payload: str, channel: str = DESK) -> Json:
        """Let somebody press a button and return the last answer, which they alone see."""
        assert payload in payloads(message), (payload, payloads(message))
        before = len(self.server.whispers)
        envelope = await self.server.presses(channel, who, message["blocks"], payload)
        await self.world.until(lambda: envelope in self.server.acknowledged, "the press acknowledged")
        await self.world.until(lambda: len(self.server.whispers) > before, "an answer to a press")
        assert all(w["user"] == who for w in self.server.whispers[before:]), "only who pressed sees it"
        return self.server.whispers[-1]
