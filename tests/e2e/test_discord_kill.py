"""An engine on Discord that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.discord_server import ANN, DESK, EVE, GROUP, serving
from tests.e2e.gateway_kill import killed_once, points

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a kind to a channel asks for.
POINTS: list[tuple[str, str, int, int]] = [
    ("before", "POST", DESK, 1),  # the card
    ("after", "POST", DESK, 1),
    ("before", "PATCH", DESK, 1),
    ("after", "PATCH", DESK, 1),
    ("after", "POST", DESK, 2),  # an answer
    ("before", "GET", GROUP, 1),  # the look for a reply that is there
    ("before", "POST", GROUP, 1),  # the reply
    ("after", "POST", GROUP, 1),
    ("before", "PATCH", DESK, 2),
    ("after", "PATCH", DESK, 2),
]


@pytest.mark.parametrize(
    "point",
    points(POINTS),
    ids=lambda p: f"{p[0]}-{p[1]}-{'group' if p[2] == GROUP else 'desk'}-{p[3]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, int, int]
) -> None:
    when, method, chat, nth = point
    async with serving() as server:

        def meant(called: str, path: str, _: dict[str, Any]) -> bool:
            return called == method and path.startswith(f"channels/{chat}/messages")

        number = await killed_once(
            tmp_path,
            "discord",
            server,
            when=when,
            nth=nth,
            meant=meant,
            write=lambda: server.says(GROUP, EVE, "they are vermin"),
            say=lambda text: server.says(DESK, ANN, text),
            cards=lambda: [str(card["content"]) for card in server.cards()],
            ready=lambda: server.connected,
        )
        (reply,) = server.of_bot(GROUP)
        assert (reply["content"], reply["message_reference"]["message_id"]) == ("Not so.", str(number))
