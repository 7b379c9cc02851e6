"""What people say to the assistant on Discord while nobody is connected: carried out once, or answered with a word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from courage.gateways.said import STALE
from tests.e2e.database_away import speaks_french
from tests.e2e.discord_server import ANN, BOB, BOT, CAM, DESK, EVE, GROUP, ROLE, Discord, Json, serving
from tests.e2e.discord_world import Community

pytestmark = pytest.mark.e2e
DIRECT = 870000000000000001
HATE = "they are vermin"


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Community]:
    async with serving() as server:
        community = Community(server, tmp_path)
        await community.world.start()
        yield community
        await community.world.stop()


def answers(server: Discord, channel: int, number: int) -> list[str]:
    """Return what the bot answered to a message."""

    def answered(message: Json) -> bool:
        return bool(message.get("message_reference", {}).get("message_id") == str(number))

    return [str(message["content"]) for message in server.of_bot(channel) if answered(message)]


async def test_commands_of_that_time_are_carried_out_and_other_talk_is_left_alone(home: Community) -> None:
    server = home.server
    server.direct[DIRECT] = BOB
    server.messages[DIRECT] = {}
    server.roles[CAM] = [ROLE]
    for number in range(3):
        await server.says(GROUP, EVE, f"{HATE} {number}")
    await home.world.until(lambda: len(server.cards()) == 3, "the cards")
    hello = await server.says(DIRECT, BOB, "queue")
    await home.world.until(lambda: answers(server, DIRECT, hello), "an answer in a direct channel")
    await home.world.stop()
    lunch = await server.says(DESK, ANN, "shall we have lunch?")
    ann = await server.says(DESK, ANN, "claim 1")
    bob = await server.says(DIRECT, BOB, "claim 2")
    cam = await server.says(DESK, CAM, f"<@{BOT}> claim 3")
    await home.restart_only()
    # Whoever claims a case hears that it is theirs, and a moment later what might be answered.
    for channel, asked in ((DESK, ann), (DIRECT, bob), (DESK, cam)):
        await home.world.until(lambda: len(answers(server, channel, asked)) == 2, "answers")  # noqa: B023
    assert [home.world.status(number) for number in (1, 2, 3)] == ["claimed"] * 3
    assert home.world.people.by_identity("discord", str(CAM)) is not None, "his role makes him a volunteer"
    assert answers(server, DESK, lunch) == []
    told = [answers(server, *which) for which in ((DESK, ann), (DIRECT, bob), (DESK, cam))]
    await home.restart()
    await home.says(ANN, "queue")
    assert [answers(server, *which) for which in ((DESK, ann), (DIRECT, bob), (DESK, cam))] == told


async def test_who_said_it_long_ago_hears_that_it_was_not_done(home: Community) -> None:
    server = home.server
    server.ago = STALE + 600
    await home.restart()  # it was a desk before
    speaks_french(home.world, CAM)
    await server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: server.cards(), "the card")
    hello = await server.says(DESK, CAM, "queue")
    await home.world.until(lambda: answers(server, DESK, hello), "an answer")
    await home.world.stop()
    lunch = await server.says(DESK, CAM, "shall we have lunch?")
    old = await server.says(DESK, CAM, "claim 1")
    server.ago = 0.0
    new = await server.says(DESK, ANN, "queue")
    await home.restart_only()
    await home.world.until(lambda: answers(server, DESK, old) and answers(server, DESK, new), "answers")
    (told,) = answers(server, DESK, old)
    assert "pendant mon absence" in told
    assert home.world.status() == "open"
    assert answers(server, DESK, lunch) == []


async def test_what_was_said_before_a_channel_was_a_desk_is_not_heard(tmp_path: Path) -> None:
    async with serving() as server:
        old = await server.says(DESK, ANN, "queue")
        home = Community(server, tmp_path)
        await home.world.start()
        assert "no case" in (await home.says(ANN, "queue")).lower()
        assert answers(server, DESK, old) == []
        await home.world.stop()
