"""An engine on Mattermost that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway_kill import killed_once, points
from tests.e2e.mattermost_server import ANN, DESK, EVE, GROUP, is_connected, serving

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a kind about a channel asks for.
POINTS: list[tuple[str, str, str, int]] = [
    ("before", "POST", f"posts {DESK}", 1),  # the card
    ("after", "POST", f"posts {DESK}", 1),
    ("after", "POST", f"reactions {DESK}", 2),  # its numbers
    ("before", "PUT", DESK, 1),
    ("after", "PUT", DESK, 1),
    ("after", "POST", f"posts {DESK}", 2),  # an answer
    ("after", "GET", f"thread {GROUP}", 1),  # the look for a reply that is there
    ("before", "POST", f"posts {GROUP}", 1),  # the reply
    ("after", "POST", f"posts {GROUP}", 1),
    ("after", "PUT", DESK, 2),
]


@pytest.mark.parametrize(
    "point",
    points(POINTS),
    ids=lambda p: f"{p[0]}-{p[1]}-{'group' if GROUP in p[2] else 'desk'}-{p[3]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, str, int]
) -> None:
    when, method, place, nth = point
    async with serving() as server:

        def meant(called: str, where: str, _: Any) -> bool:
            return called == method and where.endswith(place)

        hate = await killed_once(
            tmp_path,
            "mattermost",
            server,
            when=when,
            nth=nth,
            meant=meant,
            write=lambda: server.says(GROUP, EVE, "they are vermin"),
            say=lambda text: server.says(DESK, ANN, text),
            cards=lambda: [card["message"] for card in server.cards()],
            ready=lambda: is_connected(server),
        )
        (reply,) = server.of_bot(GROUP)
        assert (reply["message"], reply["root_id"]) == ("Not so.", hate)
