"""A short siege: hundreds of held connections and a flood of logins, and people who work on meanwhile."""

from __future__ import annotations

import pytest

from courage.web.server import Limits, Listener, Servers, port_of
from tests.siege import Plan, besiege, watch
from tests.unit.web.world import World

pytestmark = pytest.mark.slow  # `make siege` does so at full size


async def test_people_work_on_while_the_desk_is_besieged(world: World) -> None:
    token = world.people.open_session(world.person["volunteer"].id).token
    servers = Servers([Listener(world.app())], Limits(connections=200))
    await servers.start()
    try:
        address = f"http://127.0.0.1:{port_of(servers)}"
        peace = await watch(address, token, Plan(people=4, seconds=1))
        seen, told = await besiege(address, token, Plan(connections=300, logins=100, people=4, seconds=4))
    finally:
        await servers.stop()
    assert told["held_at_most"] >= 150  # it was a siege
    assert set(told["logins"]) & {"401", "429", "503"}
    assert not seen.failures
    assert seen.p95 < max(1.0, 10 * peace.p95), (peace.to_json(), seen.to_json())
