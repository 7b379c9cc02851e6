"""An engine on Slack that is killed at ten points: one case, one card, one reply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway_kill import killed_once, points
from tests.e2e.slack_server import ANN, DESK, EVE, GROUP, serving, words

pytestmark = [pytest.mark.e2e]

#: When the engine dies: before or after the server did what the Nth call of a method to a channel asks for.
POINTS: list[tuple[str, str, str, int]] = [
    ("after", "conversations.history", GROUP, 1),  # the first look where the channel begins
    ("before", "chat.postMessage", DESK, 1),  # the card
    ("after", "chat.update", DESK, 1),
    ("after", "chat.postMessage", DESK, 1),
    ("before", "chat.update", DESK, 1),
    ("after", "chat.postMessage", DESK, 2),  # an answer
    ("before", "conversations.replies", GROUP, 1),  # the look whether the message is still there
    ("before", "chat.postMessage", GROUP, 1),  # the reply
    ("after", "chat.postMessage", GROUP, 1),
    ("after", "chat.update", DESK, 2),
]


@pytest.mark.parametrize(
    "point",
    points(POINTS),
    ids=lambda p: f"{p[0]}-{p[1]}-{'group' if p[2] == GROUP else 'desk'}-{p[3]}",
)
async def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(
    tmp_path: Path, point: tuple[str, str, str, int]
) -> None:
    when, method, channel, nth = point
    async with serving() as server:

        def meant(called: str, given: dict[str, Any]) -> bool:
            return called == method and given.get("channel") == channel

        ts = await killed_once(
            tmp_path,
            "slack",
            server,
            when=when,
            nth=nth,
            meant=meant,
            write=lambda: server.says(GROUP, EVE, "they are vermin"),
            say=lambda text: server.says(DESK, ANN, text),
            cards=lambda: [words(card) for card in server.cards()],
            ready=lambda: server.connected or any(called == method for called, _ in server.calls),
        )
        (reply,) = server.of_bot(GROUP)
        assert (reply["text"], reply["thread_ts"]) == ("Not so.", ts)
