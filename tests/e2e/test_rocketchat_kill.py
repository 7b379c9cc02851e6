"""An engine on Rocket.Chat that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.gateway_kill import killed_once, points
from tests.e2e.rocketchat_server import ANN, DESK, EVE, GROUP, is_connected, serving

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a kind about a room asks for.
POINTS: list[tuple[str, str, int]] = [
    ("before", f"chat.sendMessage {DESK}", 1),  # the card
    ("after", f"chat.sendMessage {DESK}", 1),
    ("before", f"updateMessage {DESK}", 1),
    ("after", f"updateMessage {DESK}", 1),
    ("after", f"chat.sendMessage {DESK}", 2),  # an answer
    ("before", f"chat.getMessage {GROUP}", 1),  # the look for the message
    ("before", f"chat.sendMessage {GROUP}", 1),  # the reply
    ("after", f"chat.sendMessage {GROUP}", 1),
    ("before", f"updateMessage {DESK}", 2),
    ("after", f"updateMessage {DESK}", 2),
]


@pytest.mark.parametrize(
    "point",
    points(POINTS),
    ids=lambda p: f"{p[0]}-{p[1].split()[0]}-{'group' if GROUP in p[1] else 'desk'}-{p[2]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, int]
) -> None:
    when, place, nth = point
    async with serving() as server:
        hate = await killed_once(
            tmp_path,
            "rocketchat",
            server,
            when=when,
            nth=nth,
            meant=lambda _, where, __: where == place,
            write=lambda: server.says(GROUP, EVE, "they are vermin"),
            say=lambda text: server.says(DESK, ANN, text),
            cards=lambda: [card["msg"] for card in server.cards()],
            ready=lambda: is_connected(server),
        )
        (reply,) = server.of_bot(GROUP)
        assert (reply["msg"], reply["tmid"]) == ("Not so.", hate)
