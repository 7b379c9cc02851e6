"""An engine on Rocket.Chat that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.killing_way import Way
from tests.e2e.rocketchat_life import live
from tests.e2e.rocketchat_server import ANN, DESK, EVE, GROUP, serving, wait_connected
from tests.e2e.rocketchat_world import make_world

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


#: `make e2e` takes these two, `make chaos` all.
SAMPLE = (7,)


@pytest.mark.parametrize(
    "point",
    [pytest.param(p, marks=[] if n in SAMPLE else [pytest.mark.slow]) for n, p in enumerate(POINTS)],
    ids=lambda p: f"{p[0]}-{p[1].split()[0]}-{'group' if GROUP in p[1] else 'desk'}-{p[2]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, int]
) -> None:
    when, place, count = point
    make_world(tmp_path, "http://127.0.0.1:9").engine.dispose()
    async with serving() as server:
        way = Way("rocketchat", live, tmp_path, server)
        left = [count]

        async def kill(_: str, where: str, __: Any) -> None:
            if where != place:
                return
            left[0] -= 1
            if left[0] == 0:
                await way.kill()
                if when == "before":
                    raise ConnectionResetError  # nothing is done of what was asked

        setattr(server, when, kill)
        way.start()
        await wait_connected(server)
        hate = await server.says(GROUP, EVE, "they are vermin")
        await way.go(
            lambda text: server.says(DESK, ANN, text), lambda: [card["msg"] for card in server.cards()]
        )
        assert way.killed == 1
        assert way.cases() == 1
        (card,) = server.cards()
        (reply,) = server.of_bot(GROUP)
        assert (reply["msg"], reply["tmid"]) == ("Not so.", hate)
        assert "answered by Ann" in card["msg"]
        way.close()
