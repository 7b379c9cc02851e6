from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from courage.cases import outbox
from courage.cases.announcements import Announcements
from courage.cases.errors import ChannelError, ChannelRefused, DeliveryNotFound
from courage.cases.events import Event
from courage.cases.failed_deliveries import FailedDeliveries
from courage.cases.outbox import Dispatcher
from courage.cases.pending_replies import PendingReplies
from courage.cases.ports import Button
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.insights.metrics import metrics
from tests.unit.cases.kit import World


def due(world: World) -> list[tuple[str, str, float]]:
    with world.sessions() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.id))
        return [(row.key, row.state, (row.next_at - world.clock()).total_seconds()) for row in rows]


async def card_sent(events: AsyncIterator[Event]) -> None:
    """Wait until a card has arrived."""
    async with asyncio.timeout(10):
        while (await anext(events)).data["event"] != "card_sent":
            pass


async def test_a_channel_that_fails_is_tried_again_later_and_later(world: World) -> None:
    await world.case()
    world.channel.failures = [ChannelError("busy"), ChannelError("busy")]
    await world.dispatcher.drain()
    assert due(world) == [("card:1", "pending", 0.5)]
    world.clock.pass_(seconds=1)
    await world.dispatcher.drain()
    assert due(world)[0][2] == 1.0
    world.clock.pass_(seconds=2)
    await world.dispatcher.drain()
    assert due(world)[0][:2] == ("card:1", "sent")
    assert world.channel.calls == ["card:1"] * 3


async def test_a_channel_that_says_when_to_come_back_is_obeyed(world: World) -> None:
    await world.case()
    world.channel.failures = [ChannelError("slow down", retry_after=42)]
    await world.dispatcher.drain()
    assert due(world) == [("card:1", "pending", 42.0)]


async def test_after_some_tries_a_delivery_has_failed_and_can_be_retried(world: World) -> None:
    await world.case()
    world.channel.failures = [ChannelError("no desk room")] * 3
    for _ in range(3):
        await world.dispatcher.drain()
        world.clock.pass_(minutes=10)
    deliveries = FailedDeliveries(world.sessions, bus=world.bus, clock=world.clock)
    (dead,) = deliveries.list(world.mia)
    assert (dead.reason, dead.state) == ("no desk room (tried 3 times)", "failed")
    deliveries.retry(dead.id, world.mia)
    await world.dispatcher.drain()
    assert list(world.channel.cards) == ["card:1"]
    with pytest.raises(DeliveryNotFound, match="no failed delivery 1"):
        deliveries.retry(dead.id, world.mia)


async def test_a_refused_reply_leaves_the_case_with_the_person_who_may_confirm_again(world: World) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    world.channel.failures = [ChannelRefused("not allowed to write in the room")]
    world.channel.fails = "reply:"
    await world.posted(case_id)
    view = world.casework.view(case_id)
    assert view.status == "claimed"
    assert view.reply is not None
    assert (view.reply.state, view.reply.failure) == ("failed", "not allowed to write in the room")
    assert "not allowed to write" in world.channel.updates[-1].note
    world.casework.confirm_post(case_id, world.ann, 1)
    await world.dispatcher.drain()
    assert world.casework.view(case_id).status == "replied"
    assert world.channel.updates[-1].note == ""


async def test_a_broken_channel_does_not_stop_the_others(world: World) -> None:
    await world.case()
    world.channel.send_card = None  # type: ignore[assignment,method-assign]
    await world.dispatcher.drain()
    assert due(world)[0][1] == "pending"


async def test_updates_wait_for_their_card_and_only_the_newest_is_sent(world: World) -> None:
    case_id = await world.case()
    world.channel.failures = [ChannelError("busy")]
    await world.dispatcher.drain()
    world.casework.claim(case_id, world.ann)
    world.casework.release(case_id, world.ann)
    world.casework.claim(case_id, world.bob)
    await world.dispatcher.drain()
    assert world.channel.calls == ["card:1"]
    world.clock.pass_(seconds=1)
    await world.dispatcher.drain()
    assert world.channel.cards["card:1"].holder == "Bob"
    assert [card.holder for card in world.channel.updates] == ["Bob"]


async def test_a_reply_does_not_wait_for_a_card_that_cannot_be_sent(world: World) -> None:
    case_id = await world.case()
    world.channel.failures = [ChannelError("no desk room")]
    await world.dispatcher.drain()
    await world.posted(case_id)
    assert world.casework.view(case_id).status == "replied"


async def test_a_reply_to_a_message_that_is_gone_is_not_posted(world: World) -> None:
    case_id = await world.case()
    world.casework.claim(case_id, world.ann)
    draft = world.casework.edit(case_id, world.ann, "Hello.")
    world.casework.confirm_post(case_id, world.ann, draft.version)
    await world.intake.redacted(1, "test", "!room", "$1")
    await world.dispatcher.drain()
    assert world.channel.replies == {}
    view = world.casework.view(case_id)
    assert view.status == "withdrawn"
    assert view.reply is not None
    assert view.reply.state == "cancelled"


async def test_the_dispatcher_wakes_for_news_and_starts_with_what_was_left(world: World) -> None:
    await world.case()  # before it runs, as after a restart
    sent = asyncio.Queue[str]()
    real = world.channel.send_card

    async def send_card(card: object, key: str) -> str:
        sent.put_nowait(key)
        return await real(card, key)  # type: ignore[arg-type]

    world.channel.send_card = send_card  # type: ignore[method-assign]
    running = asyncio.create_task(world.dispatcher.run())
    async with asyncio.timeout(20):
        assert await sent.get() == "card:1"
        await world.case("they are vermin too", "$2")
        assert await sent.get() == "card:2"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_gateway_that_comes_back_gets_its_deliveries_at_once(world: World) -> None:
    await world.case()
    world.channel.failures = [ChannelError("gone", retry_after=3600)]
    await world.dispatcher.drain()
    running = asyncio.create_task(world.dispatcher.run())
    with world.bus.subscribe("case") as events:
        async with asyncio.timeout(20):
            await asyncio.sleep(0)
            world.bus.publish("channel", {"channel": "test", "state": "ready"})
            assert (await anext(events)).data["event"] == "card_sent"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_was_put_off_while_the_clock_was_ahead_does_not_wait_for_that_day(world: World) -> None:
    async def until(condition: Callable[[float], bool]) -> None:
        """Wait until the row waits for so many seconds."""
        async with asyncio.timeout(10):
            while not condition((await asyncio.to_thread(due, world))[0][2]):
                pass

    world.channel.failures = [ChannelError("away") for _ in range(100)]
    running = asyncio.create_task(world.dispatcher.run())
    try:
        world.clock.pass_(days=1)
        await world.case()
        await until(lambda seconds: seconds == 0.5)  # tried in vain
        world.clock.now -= timedelta(days=1)  # somebody set it right
        world.channel.failures.clear()
        world.bus.publish("outbox")
        await until(lambda seconds: seconds <= 300)
        world.clock.pass_(seconds=301)
        with world.bus.subscribe("case") as events:
            world.bus.publish("outbox")
            async with asyncio.timeout(10):
                assert (await anext(events)).data["event"] == "card_sent"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert list(world.channel.cards) == ["card:1"]


async def test_a_disk_that_is_full_at_the_start_ends_no_delivering(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, begin = [OperationalError("UPDATE", {}, Exception("disk is full"))], world.dispatcher._break_leases

    def break_leases() -> None:
        if full:
            raise full.pop()
        begin()

    monkeypatch.setattr(world.dispatcher, "_break_leases", break_leases)
    monkeypatch.setattr(outbox, "_DATABASE_WAIT", 0.01)
    with world.bus.subscribe("case") as events:
        running = asyncio.create_task(world.dispatcher.run())
        await world.case()
        try:
            await card_sent(events)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_what_another_engine_ordered_while_its_clock_was_ahead_does_not_wait_for_that_day(
    world: World,
) -> None:
    running = asyncio.create_task(world.dispatcher.run())
    try:
        with world.bus.subscribe("case") as events:
            await world.case()
            await card_sent(events)
            with writing(world.sessions) as session:  # this engine's own clock was right all the time
                row = session.scalars(select(Outbox)).one()
                row.state, row.attempts = "pending", 0
                row.next_at += timedelta(days=1)
            world.bus.publish("outbox")
            async with asyncio.timeout(10):
                while (await asyncio.to_thread(due, world))[0][2] > 300:
                    pass
            world.clock.pass_(seconds=301)
            world.bus.publish("outbox")
            await card_sent(events)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_two_dispatchers_share_one_outbox(world: World) -> None:
    for n in range(10):
        await world.case(f"they are vermin {n}", f"${n}", author=f"@a{n}:x")
    other = Dispatcher(world.sessions, {"test": world.channel}, clock=world.clock)
    await asyncio.gather(world.dispatcher.drain(), other.drain())
    assert sorted(world.channel.calls) == sorted(set(world.channel.calls))
    assert len(world.channel.cards) == 10


async def test_announcements_are_said_once(world: World) -> None:
    announcements = Announcements(
        world.sessions, PendingReplies(world.channels), bus=world.bus, clock=world.clock
    )
    for _ in range(2):
        announcements.say("test", "!desk", "Good morning.", "hello", (Button("Queue", "queue"),))
    await world.dispatcher.drain()
    assert world.channel.said == {"hello": "Good morning."}


async def test_buttons_keep_their_keys_and_rows_from_before_keys_still_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[Button, ...]] = []

    async def say(room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        heard.append(buttons)
        return key

    monkeypatch.setattr(world.channel, "say", say)
    buttons = (Button("Queue", "queue"), Button("", "claim 1", "claim"))
    announcements = Announcements(
        world.sessions, PendingReplies(world.channels), bus=world.bus, clock=world.clock
    )
    announcements.say("test", "!desk", "Hi.", "hi", buttons)
    with world.sessions() as session:
        (row,) = session.scalars(select(Outbox))
        assert row.payload["buttons"][0] == ["Queue", "queue"]
    await world.dispatcher.drain()
    assert heard == [buttons]


async def test_the_outbox_holds_no_text_of_messages(world: World, tmp_path: Path) -> None:
    await world.case("they are vermin xyzzy")
    await world.posted(1)
    with world.sessions() as session:
        assert "xyzzy" not in " ".join(str(row.payload) + row.key for row in session.scalars(select(Outbox)))


async def test_numbers_for_health(world: World) -> None:
    await world.case()
    world.clock.pass_(seconds=0.2)
    await world.dispatcher.drain()
    numbers = metrics(world.sessions)
    assert numbers.cases == {"open": 1}
    assert numbers.outbox == {"sent": 1}
    assert numbers.card_ms_median == 200.0
