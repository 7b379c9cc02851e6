"""Looking after deliveries that no channel accepted."""

from __future__ import annotations

import pytest

from courage.cases.errors import (
    CaseError,
    ChannelError,
    ChannelRefused,
    DeliveryNotFound,
    NotAllowed,
    NotPossible,
)
from courage.cases.failed_deliveries import FailedDeliveries
from courage.db.engine import writing
from courage.db.models.delivery import Organisation
from tests.unit.cases.kit import World


def deliveries(world: World) -> FailedDeliveries:
    return FailedDeliveries(world.sessions, bus=world.bus, clock=world.clock)


async def refused_reply(world: World) -> int:
    """Return the number of a case whose reply the channel refused."""
    case_id = await world.case()
    await world.dispatcher.drain()
    world.channel.failures, world.channel.fails = [ChannelRefused("muted")], "reply:"
    await world.posted(case_id)
    return case_id


async def test_a_failed_reply_is_tried_again_under_the_same_key(world: World) -> None:
    case_id = await refused_reply(world)
    (failed,) = deliveries(world).list(world.mia)
    assert (failed.kind, failed.case_id, failed.reason) == ("reply", case_id, "muted")
    deliveries(world).retry(failed.id, world.mia)
    await world.dispatcher.drain()
    assert world.channel.calls.count("reply:1:1") == 2
    assert world.casework.view(case_id).status == "replied"
    assert deliveries(world).list(world.mia) == []
    assert "delivery_retried" in [e.kind for e in world.casework.history(case_id, world.mia)]


async def test_what_the_channel_did_accept_is_not_posted_twice(world: World) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    accept = world.channel.post_reply
    posted: dict[str, str] = {}

    async def accepts_and_drops_the_line(room: str, text: str, reply_to: str, key: str) -> str:
        if key in posted:  # as transaction ids of a real server do
            return posted[key]
        posted[key] = await accept(room, text, reply_to, key)
        raise ChannelError("connection lost")

    world.channel.post_reply = accepts_and_drops_the_line  # type: ignore[method-assign]
    world.dispatcher._settings = type(world.dispatcher._settings)(tries=1)
    await world.posted(case_id)
    (failed,) = deliveries(world).list(world.mia)
    deliveries(world).retry(failed.id, world.mia)
    await world.dispatcher.drain()
    assert len(world.channel.replies) == 1
    assert world.casework.view(case_id).status == "replied"


@pytest.mark.parametrize("meanwhile", ["released", "edited", "confirmed"])
async def test_a_reply_that_its_person_may_not_want_any_more_is_not_retried(
    world: World, meanwhile: str
) -> None:
    case_id = await refused_reply(world)
    (failed,) = deliveries(world).list(world.mia)
    if meanwhile == "released":
        world.casework.release(case_id, world.ann)
    else:
        version = world.casework.edit(case_id, world.ann, "Said otherwise.").version
        if meanwhile == "confirmed":
            world.casework.confirm_post(case_id, world.ann, version)
    with pytest.raises(NotPossible, match="confirms it anew, or give it up"):
        deliveries(world).retry(failed.id, world.mia)
    await world.dispatcher.drain()
    posted = [text for _, text, _ in world.channel.replies.values()]
    assert posted == (["Said otherwise."] if meanwhile == "confirmed" else [])
    deliveries(world).give_up(failed.id, world.mia)
    assert deliveries(world).list(world.mia) == []


async def test_a_reply_that_waits_can_be_given_up_and_confirmed_anew(world: World) -> None:
    case_id = await world.case()
    await world.dispatcher.drain()
    world.casework.claim(case_id, world.ann)
    version = world.casework.edit(case_id, world.ann, "Hello.").version
    world.casework.confirm_post(case_id, world.ann, version)
    waiting = next(d for d in deliveries(world).list(world.mia, state="waiting") if d.kind == "reply")
    deliveries(world).give_up(waiting.id, world.mia)
    reply = world.casework.view(case_id).reply
    assert reply is not None
    assert (reply.state, reply.failure) == ("failed", "given up by Mia")
    await world.dispatcher.drain()
    assert world.channel.replies == {}
    world.casework.confirm_post(case_id, world.ann, version)
    await world.dispatcher.drain()
    assert list(world.channel.replies) == ["reply:1:1"]


@pytest.mark.slow  # every role, every step
async def test_only_moderators_and_admins_of_the_organisation_look_after_deliveries(world: World) -> None:
    await refused_reply(world)
    found = deliveries(world)
    (failed,) = found.list(world.mia)
    for step in (found.retry, found.give_up):
        with pytest.raises(NotAllowed, match="only a moderator or an admin"):
            step(failed.id, world.ann)
        with pytest.raises(NotAllowed):
            step(failed.id, world.tom)
    with pytest.raises(NotAllowed):
        found.list(world.ann)
    with writing(world.sessions) as session:
        session.add(Organisation(id=2, name="Others"))
    stranger = world.people.add("Zed", "admin", organisation_id=2).id
    assert found.list(stranger) == []
    for step in (found.retry, found.give_up):
        with pytest.raises(DeliveryNotFound):
            step(failed.id, stranger)
        with pytest.raises(DeliveryNotFound):
            step(2**40, world.mia)
    with pytest.raises(CaseError, match="'lost' is not one of failed, waiting"):
        found.list(world.mia, state="lost")
