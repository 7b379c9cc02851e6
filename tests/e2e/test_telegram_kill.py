"""An engine on Telegram that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway_kill import killed_once, points
from tests.e2e.telegram_server import ANN, DESK, EVE, GROUP, serving

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a method to a chat asks for.
POINTS: list[tuple[str, str, int | None, int]] = [
    ("after", "getUpdates", None, 1),
    ("after", "getUpdates", None, 3),
    ("before", "sendMessage", DESK, 2),  # the card, after the hello
    ("after", "sendMessage", DESK, 2),
    ("before", "editMessageText", DESK, 1),
    ("after", "editMessageText", DESK, 1),
    ("after", "sendMessage", DESK, 3),  # an answer
    ("before", "sendMessage", GROUP, 1),  # the reply
    ("after", "sendMessage", GROUP, 1),
    ("after", "editMessageText", DESK, 2),
]


@pytest.mark.parametrize(
    "point",
    points(POINTS),
    ids=lambda p: f"{p[0]}-{p[1]}-{'group' if p[2] == GROUP else 'desk'}-{p[3]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, int | None, int]
) -> None:
    when, method, chat, nth = point
    async with serving() as server:

        def meant(called: str, given: dict[str, Any]) -> bool:
            updates = called == "getUpdates" and not server.updates
            return called == method and (chat is None or given.get("chat_id") == chat) and not updates

        number = await killed_once(
            tmp_path,
            "telegram",
            server,
            when=when,
            nth=nth,
            meant=meant,
            write=lambda: server.says(GROUP, EVE, "they are vermin"),
            say=lambda text: server.says(DESK, ANN, text),
            cards=lambda: [str(card["text"]) for card in server.cards()],
            prefix="/",
        )
        (reply,) = server.of_bot(GROUP)
        assert (reply["text"], reply["reply_to_message"]["message_id"]) == ("Not so.", number)
