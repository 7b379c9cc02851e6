"""A channel that nobody serves: nobody is told that something is on its way, and health says so at once."""

from __future__ import annotations

import pytest

from courage.cases.announcements import Announcements
from courage.cases.errors import ChannelNotServed, NotPossible
from courage.cases.pending_replies import PendingReplies
from courage.insights.metrics import outbox_health
from tests.unit.cases.kit import FakeChannel, World

pytestmark = pytest.mark.slow  # hours of a queue


async def written(world: World) -> tuple[int, int]:
    """Return the number of a case that Ann is on, and the version of her draft."""
    case_id = await world.case()
    await world.dispatcher.drain()
    world.casework.claim(case_id, world.ann)
    return case_id, world.casework.edit(case_id, world.ann, "Hello.").version


async def test_a_reply_to_a_channel_that_nobody_serves_is_refused_by_name(world: World) -> None:
    case_id, version = await written(world)
    del world.channels["test"]
    world.channels["matrix"] = FakeChannel("matrix")
    with pytest.raises(ChannelNotServed, match=r"the reply to case 1 .* named 'test' .*connected: matrix"):
        world.casework.confirm_post(case_id, world.ann, version)
    view = world.casework.view(case_id)
    assert view.reply is None
    assert view.draft is not None
    world.channels["test"] = world.channel
    world.casework.confirm_post(case_id, world.ann, version)
    await world.dispatcher.drain()
    assert [text for _, text, _ in world.channel.replies.values()] == ["Hello."]


async def test_who_confirms_twice_is_not_told_that_an_unserved_reply_is_on_its_way(world: World) -> None:
    case_id, version = await written(world)
    world.casework.confirm_post(case_id, world.ann, version)
    world.channels.clear()
    with pytest.raises(ChannelNotServed, match="connected: none"):
        world.casework.confirm_post(case_id, world.ann, version)


async def test_a_posted_reply_stays_posted_whoever_is_connected(world: World) -> None:
    case_id = await world.case()
    await world.posted(case_id)
    world.channels.clear()
    assert world.casework.confirm_post(case_id, world.ann, 1).state == "posted"


@pytest.mark.parametrize(
    ("step", "status"), [("dismiss", "dismissed"), ("escalate", "escalated"), ("release", "open")]
)
async def test_a_case_stays_workable_when_its_reply_waits_for_nobody(
    world: World, step: str, status: str
) -> None:
    case_id, version = await written(world)
    world.casework.confirm_post(case_id, world.ann, version)
    with pytest.raises(NotPossible, match="on its way"):
        getattr(world.casework, step)(case_id, world.ann)
    world.channels.clear()
    assert getattr(world.casework, step)(case_id, world.ann).status == status
    reply = world.casework.view(case_id).reply
    assert reply is not None
    assert (reply.state, "named 'test'" in (reply.failure or "")) == ("failed", True)
    world.channels["test"] = (
        world.channel
    )  # whoever connects the channel later posts nothing that was given up
    await world.dispatcher.drain()
    assert world.channel.replies == {}


async def test_a_claim_runs_out_though_its_reply_waits_for_nobody(world: World) -> None:
    case_id, version = await written(world)
    world.casework.confirm_post(case_id, world.ann, version)
    assert world.casework.next_expiry() is None
    world.channels.clear()
    assert world.casework.next_expiry() is not None
    world.clock.pass_(minutes=31)
    assert world.casework.expire_claims() == [case_id]


def test_nothing_is_announced_where_nobody_serves_the_channel(world: World) -> None:
    announcements = Announcements(world.sessions, PendingReplies(world.channels), clock=world.clock)
    with pytest.raises(ChannelNotServed, match=r"the announcement was not sent.*'slack'"):
        announcements.say("slack", "#desk", "Good morning.", "hello")
    assert outbox_health(world.sessions, (), world.clock())["waiting"] == 0


async def test_what_waits_for_an_unserved_channel_degrades_health_at_once_by_name(world: World) -> None:
    await world.case()
    assert outbox_health(world.sessions, ("test",), world.clock()) == {
        "status": "ok",
        "waiting": 1,
        "oldest_seconds": 0.0,
    }
    health = outbox_health(world.sessions, ("matrix",), world.clock())
    assert health["status"] == "degraded"
    assert health["unserved"] == {"test": 1}
    assert "no chat system is connected for: test (1)" in health["note"]


async def test_a_delivery_that_waits_for_more_than_a_minute_degrades_health(world: World) -> None:
    await world.case()
    world.clock.pass_(seconds=60)
    assert outbox_health(world.sessions, ("test",), world.clock())["status"] == "ok"
    world.clock.pass_(seconds=1)
    health = outbox_health(world.sessions, ("test",), world.clock())
    assert (health["status"], health["oldest_seconds"]) == ("degraded", 61.0)
    assert health["note"] == "deliveries wait: test for 61 s"
    await world.dispatcher.drain()
    assert outbox_health(world.sessions, ("test",), world.clock())["status"] == "ok"


async def test_a_summary_that_is_ordered_for_later_is_not_late(world: World) -> None:
    for number in range(40):
        await world.case(f"they are vermin {number}", f"${number}")
    await world.dispatcher.drain()
    world.clock.pass_(seconds=59)
    health = outbox_health(world.sessions, ("test",), world.clock())
    assert (health["status"], health["waiting"]) == ("ok", 1)
