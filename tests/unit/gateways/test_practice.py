from __future__ import annotations

import pytest

from courage.cases.errors import ChannelRefused
from courage.cases.events import EventBus
from courage.cases.ports import Button, Card
from courage.cases.reasons import CaseReason
from courage.gateways.base import Backoff
from courage.gateways.practice import PracticeChannel


def card(status: str = "open") -> Card:
    return Card(
        1,
        1,
        "Practice",
        status,
        "slur",
        1,
        (),
        "en",
        0.9,
        (CaseReason("category", ("slur",)),),
        "counter",
        "text",
        buttons=(Button("", "claim 1", "claim"),),
    )


async def test_the_practice_room_shows_messages_cards_replies_and_changes() -> None:
    bus = EventBus()
    channel = PracticeChannel(bus)
    with bus.subscribe("practice") as events:
        channel.message("r", "Eve", "hello", message_id="m1")
        assert (await anext(events)).data == {"room": "r"}
    ref = await channel.send_card(card(), "card:1")
    assert await channel.send_card(card(), "card:1") == ref
    await channel.update_card(card("claimed"), ref, "u1")
    (line,) = channel.lines(channel.desk_room)
    assert line.card is not None
    assert line.card.status == "claimed"
    posted = await channel.post_reply("r", "Not so.", "m1", "reply:1")
    assert await channel.post_reply("r", "Not so.", "m1", "reply:1") == posted
    assert [line.kind for line in channel.lines("r")] == ["message", "reply"]


async def test_a_reply_to_a_removed_message_is_refused_but_a_restart_loses_none() -> None:
    channel = PracticeChannel(EventBus())
    assert await channel.post_reply("empty", "Not so.", "m1", "a")
    channel.message("r", "Eve", "hello", message_id="m1")
    channel.message("r", "Eve", "there", message_id="m2")
    channel.remove("r", "m1")
    with pytest.raises(ChannelRefused, match="not in the practice room"):
        await channel.post_reply("r", "Not so.", "m1", "b")


async def test_a_card_from_before_a_restart_is_put_in_anew() -> None:
    channel = PracticeChannel(EventBus())
    await channel.update_card(card("claimed"), "practice-9", "u")
    assert [line.id for line in channel.lines(channel.desk_room)] == ["practice-9"]


async def test_memory_is_bounded() -> None:
    channel = PracticeChannel(EventBus(), lines_kept=3, rooms_kept=2)
    for n in range(10):
        channel.message("r", "Eve", str(n), message_id=str(n))
    assert [line.text for line in channel.lines("r")] == ["7", "8", "9"]
    for room in "abc":
        await channel.say(room, "hi", (), room)
    assert channel.lines("r") == []


def test_waits_double_up_to_a_limit_and_start_anew() -> None:
    backoff = Backoff(1, 10, chance=lambda: 1.0)
    assert [backoff.next() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    backoff.reset()
    assert backoff.next() == 1
