"""A community on Telegram: Eve writes, Ann and Bob volunteer, Mia moderates, Courage listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from courage.gateways.telegram.gateway import TelegramGateway, TelegramSettings
from tests.e2e.gateway_world import GatewayWorld
from tests.e2e.telegram_server import ANN, BOB, DESK, GROUP, MIA, TOKEN, Json, Telegram
from tests.unit.cases.kit import screen


def settings(url: str, **more: Any) -> TelegramSettings:
    """Return settings for the stand-in."""
    values: dict[str, Any] = {
        "token": TOKEN,
        "desk_room": str(DESK),
        "rooms": (str(GROUP),),
        "api": url,
        "wait": 1,
        "network": 1.0,
    }
    return TelegramSettings(**{**values, **more})


def make_world(folder: Path, url: str, screener: Any = screen, **more: Any) -> GatewayWorld:
    """Return an engine on Telegram with everybody known."""
    world = GatewayWorld(
        folder,
        "telegram",
        lambda w: TelegramGateway(settings(url, **more), **w.parts()),
        screener=screener,
    )
    for name, role, account in (
        ("Ann", "volunteer", ANN),
        ("Bob", "volunteer", BOB),
        ("Mia", "moderator", MIA),
    ):
        world.person(name, role, account)
    return world


class Community:
    """The server, the engine, and what people do."""

    def __init__(self, server: Telegram, folder: Path, **more: Any) -> None:
        self.server, self.folder, self.more = server, folder, more
        self.world = make_world(folder, server.url, **more)

    async def restart(self, **more: Any) -> None:
        """Stop the engine and start it again on the same database."""
        await self.world.stop()
        self.world = make_world(self.folder, self.server.url, **{**self.more, **more})
        await self.world.start()

    async def seen(self, chat: int, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a message of the bot in a chat."""

        def look() -> Json | None:
            return next((m for m in self.server.of_bot(chat) if wanted(m)), None)

        await self.world.until(look, what)
        found = look()
        assert found is not None
        return found

    async def answers(self, number: int, before: int, what: str) -> list[Json]:
        """Wait for answers to a message of the desk room that are new."""
        await self.seen(
            DESK, lambda m: m["message_id"] > before and _answers(m, number), f"an answer to {what!r}"
        )
        return [m for m in self.server.of_bot(DESK) if m["message_id"] > before and _answers(m, number)]

    async def says(self, who: int, text: str) -> str:
        """Let somebody say something to the assistant in the desk room and return its first answer."""
        before = self.server.chats[DESK].newest
        number = await self.server.says(DESK, who, text)
        return str((await self.answers(number, before, text))[0]["text"])

    async def press(self, who: int, message: Json, data: str) -> list[Json]:
        """Let somebody press a button and return the answers."""
        assert data in payloads(message), (data, payloads(message))
        before = self.server.chats[DESK].newest
        press = await self.server.presses(DESK, message["message_id"], who, data)
        await self.world.until(lambda: self.server.pressed[press], "the press answered")
        return await self.answers(message["message_id"], before, data)


def _answers(message: Json, number: int) -> bool:
    return bool(message.get("reply_to_message", {}).get("message_id") == number)


def payloads(message: Json) -> list[str]:
    """Return what the buttons of a message send."""
    return [
        b["callback_data"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row
    ]


def hidden(message: Json) -> str:
    """Return what of a message is under a spoiler."""
    raw = message["text"].encode("utf-16-le")
    return "".join(
        raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in message["entities"]
        if e["type"] == "spoiler"
    )
