"""What people say to the assistant on Slack and Telegram while nobody is connected: carried out once, or answered with a word."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from courage.cases.positions import Positions
from courage.gateways import said
from courage.gateways.said import STALE
from tests.e2e import slack_server, slack_world, telegram_server, telegram_world
from tests.e2e.database_away import speaks_french

pytestmark = pytest.mark.e2e
HATE = "they are vermin"
CLAIRE = "U0CLAIRE"
DIRECT = "D0BOB"


@pytest_asyncio.fixture
async def slack(tmp_path: Path) -> AsyncIterator[slack_world.Community]:
    async with slack_server.serving() as server:
        community = slack_world.Community(server, tmp_path)
        await community.world.start()
        server.lossy = True  # as after some minutes
        yield community
        await community.world.stop()


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[telegram_world.Community]:
    async with telegram_server.serving() as server:
        community = telegram_world.Community(server, tmp_path)
        await community.world.start()
        yield community
        await community.world.stop()


def in_thread(server: slack_server.Slack, ts: str) -> list[str]:
    """Return what the bot answered in a thread of the desk channel."""
    return [m["text"] for m in server.of_bot(slack_server.DESK) if m.get("thread_ts") == ts]


async def test_slack_in_the_channel_in_threads_and_directly(slack: slack_world.Community) -> None:
    server, desk, ann = slack.server, slack_server.DESK, slack_server.ANN
    for number in range(3):
        await server.says(slack_server.GROUP, slack_server.EVE, f"{HATE} {number}")
    await slack.world.until(lambda: len(server.cards()) == 3, "the cards")
    await slack.says(slack_server.BOB, "queue", DIRECT)
    await slack.says(ann, "queue")
    await slack.world.stop()
    lunch = await server.says(desk, ann, "shall we have lunch?")
    typed = await server.says(desk, ann, "claim 1")
    card = server.cards()[1]["ts"]
    await server.says(desk, ann, "claim 2", thread_ts=card)
    before = len(server.of_bot(DIRECT))
    await server.says(DIRECT, slack_server.BOB, "claim 3")
    await slack.restart()
    # Whoever claims a case hears that it is theirs, and a moment later what might be answered.
    await slack.world.until(
        lambda: len(in_thread(server, typed)) == len(in_thread(server, card)) == 2, "answers"
    )
    await slack.world.until(lambda: len(server.of_bot(DIRECT)) == before + 2, "answers in the direct channel")
    assert [slack.world.status(number) for number in (1, 2, 3)] == ["claimed"] * 3
    assert in_thread(server, lunch) == []
    told = [in_thread(server, typed), in_thread(server, card), server.of_bot(DIRECT)]
    await slack.world.stop()
    await slack.restart()
    await slack.says(ann, "queue")
    assert [in_thread(server, typed), in_thread(server, card), server.of_bot(DIRECT)] == told


async def test_slack_long_ago(slack: slack_world.Community, monkeypatch: pytest.MonkeyPatch) -> None:
    server = slack.server
    speaks_french(slack.world, CLAIRE)
    await server.says(slack_server.GROUP, slack_server.EVE, HATE)
    await slack.world.until(server.cards, "the card")
    await slack.says(CLAIRE, "queue")
    await slack.world.stop()
    lunch = await server.says(slack_server.DESK, CLAIRE, "shall we have lunch?")
    old = await server.says(slack_server.DESK, CLAIRE, "claim 1")
    monkeypatch.setattr(said, "STALE", 0.0)  # an hour passes
    await slack.restart()
    await slack.world.until(lambda: in_thread(server, old), "a word")
    (told,) = in_thread(server, old)
    assert "pendant mon absence" in told
    assert (slack.world.status(), in_thread(server, lunch)) == ("open", [])


async def test_telegram_long_ago(telegram: telegram_world.Community) -> None:
    server, desk, ann = telegram.server, telegram_server.DESK, telegram_server.ANN
    speaks_french(telegram.world, 777)
    await server.says(telegram_server.GROUP, telegram_server.EVE, HATE)
    await telegram.world.until(server.cards, "the card")
    (card,) = server.cards()
    await telegram.says(ann, "queue")
    await telegram.world.stop()
    place = Positions(
        telegram.world.sessions, f"{telegram_server.TOKEN.partition(':')[0]}/read", channel="telegram"
    )
    offset, _, at = (place.load() or "").partition("@")
    assert float(at) > time.time() - 60
    place.save(f"{offset}@{int(time.time() - STALE - 700)}")
    lunch = await server.says(desk, 777, "what about lunch?", date=int(time.time() - STALE - 600))
    old = await server.says(desk, 777, "claim 1", date=int(time.time() - STALE - 600))
    press = await server.presses(desk, card["message_id"], 777, "claim 1")
    del server.pressed[press]  # Telegram does not wait that long
    new = await server.says(desk, ann, "queue")
    telegram.world = telegram_world.make_world(telegram.folder, server.url)
    await telegram.world.start()

    def told(number: int) -> list[str]:
        answers = [
            m
            for m in server.of_bot(desk)
            if m.get("reply_to_message", {}).get("message_id") == number and "absence" in m["text"]
        ]
        return [m["text"] for m in answers]

    await telegram.world.until(lambda: told(old) and told(card["message_id"]), "a word to both")
    await telegram.answers(new, new, "what was said a moment ago")
    assert telegram.world.status() == "open"
    assert told(lunch) == []


async def test_telegram_a_press_is_done_though_telegram_waits_for_it_no_more(
    telegram: telegram_world.Community,
) -> None:
    server = telegram.server
    await server.says(telegram_server.GROUP, telegram_server.EVE, HATE)
    await telegram.world.until(server.cards, "the card")
    (card,) = server.cards()
    await telegram.says(telegram_server.ANN, "queue")
    await telegram.world.stop()
    press = await server.presses(telegram_server.DESK, card["message_id"], telegram_server.ANN, "claim 1")
    del server.pressed[press]  # some minutes pass
    telegram.world = telegram_world.make_world(telegram.folder, server.url)
    await telegram.world.start()
    await telegram.world.until(lambda: telegram.world.status() == "claimed", "the claim")
