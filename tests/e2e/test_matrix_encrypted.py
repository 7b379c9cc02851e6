"""Encrypted rooms on a real homeserver, with matrix-nio clients as the people: the whole way, and what must not happen."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from courage.db.models.delivery import Case
from tests.e2e.matrix_fixtures import Community, make_community
from tests.e2e.synapse import Synapse, available, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    async with running(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="module")
def names() -> list[int]:
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def home(server: Synapse, tmp_path: Path, names: list[int]) -> AsyncIterator[Community]:
    names.append(1)
    community = await make_community(server, tmp_path, f"e{len(names)}", encrypted=True)
    yield community
    with contextlib.suppress(Exception):
        await community.close()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


async def plain_texts(home: Community) -> str:
    """Return everything that the homeserver can read of both rooms."""
    events = [await member.raw(room) for member, room in ((home.mia, home.desk), (home.mia, home.group))]  # type: ignore[attr-defined]
    return json.dumps(events)


async def test_the_whole_way_and_nothing_of_it_can_be_read_by_the_homeserver(home: Community) -> None:
    hate = await home.eve.send(home.group, "they are vermin, all of them")
    card = await home.seen(home.desk, lambda e: "Case 1" in e["content"].get("body", ""), "a card")
    assert "vermin" in card["content"]["formatted_body"]
    assert await home.says(home.ann, "claim 1") == "Case 1 is yours."
    assert "Ann is already on case 1" in await home.says(home.bob, "claim 1")
    assert await home.says(home.ann, "show 1") == "they are vermin, all of them"
    assert (await home.says(home.ann, "suggest")).count("Response number") == 3
    await home.says(home.ann, "use 2")
    assert await home.says(home.ann, "edit They are our neighbours.") == "Version 2."
    assert await home.says(home.ann, "post v2") == "pending"
    reply = await home.seen(
        home.group, lambda e: e["sender"] == home.bot.user_id and "m.relates_to" in e["content"], "the reply"
    )
    assert reply["content"]["body"] == "They are our neighbours."
    assert reply["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == hate
    await home.world.until(lambda: home.world.casework.view(1).status == "replied", "the case answered")
    await home.world.until(home.world.settled)
    assert len(await home.cards()) == 1
    said = await plain_texts(home)
    for secret in ("vermin", "neighbours", "Case 1", "Response number", "claim"):
        assert secret not in said
    assert home.world.gateway.health()["status"] == "ok"


async def test_keys_are_for_the_service_alone(home: Community) -> None:
    folder = home.folder / "keys"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"keys.db", "pickle-key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
