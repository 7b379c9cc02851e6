"""Limits of an organisation: set by those who look after the installation, seen by its admin."""

from __future__ import annotations

from aiohttp.test_utils import TestClient

from courage.clock import utcnow
from courage.insights.usage import Usages
from courage.web.security import COOKIE
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import World


async def test_an_operator_sets_limits_and_an_admin_sees_what_is_used(world: World, enter: Enter) -> None:
    admin = await enter("admin")
    login = world.people.open_session(world.organisations.add_operator("Olga"))
    client = TestClient(admin.client.server)
    client.session.cookie_jar.update_cookies({COOKIE: login.token}, client.make_url("/"))
    olga = Visitor(client, login.csrf_token)
    page = await olga.page("/organisations")
    assert "Kept text" in page
    limits = {"most_rooms": "3", "most_messages": "40", "most_megabytes": "1"}
    assert "Saved." in await (await olga.press("/organisations/default/limit", limits)).text()
    mine = world.organisations.find("default")
    assert (mine.most_rooms, mine.most_messages, mine.most_bytes) == (3, 40, 1_000_000)
    world.rooms.ensure("matrix", "!a:x", name="Garden")
    world.intake.counters.add(1, utcnow().date(), "matrix", "!a:x", "over_limit")
    world.intake.counters.flush()
    seen = await admin.page("/organisation")
    for said in (
        "What is used, and the limits",
        "1 of 3",
        ">40<",
        "of 1 MB",
        "Please look at the rooms yourselves",
    ):
        assert said in seen, said
    assert "1 message of the last 7 days was left unread" in await (await enter("moderator")).page("/rooms")
    wrong = await olga.press("/organisations/default/limit", {**limits, "most_messages": "9999999"})
    assert wrong.status == 400
    assert "Most messages a minute: a number from 1 to 1000000 fits." in await wrong.text()
    assert world.organisations.find("default").most_messages == 40
    await olga.press("/organisations/default/limit", dict.fromkeys(limits, ""))
    assert "no limit" in await admin.page("/organisation")
    # An admin cannot set their own.
    refused = await admin.press("/organisations/default/limit", limits)
    assert refused.status == 403


async def test_an_admin_is_warned_before_the_space_is_used_up(world: World, enter: Enter) -> None:
    world.organisations.change("default", most_bytes=1_000_000)
    usages: Usages = world.services.usages  # type: ignore[assignment]
    usages._sums = lambda: {1: 850_000}  # type: ignore[method-assign]  # as if so much had been kept
    page = await (await enter("admin")).page("/organisation")
    assert "The space for texts is nearly used up" in page
    assert "85 %" in page
