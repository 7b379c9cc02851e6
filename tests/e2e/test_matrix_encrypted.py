"""Encrypted rooms on a real homeserver, with matrix-nio clients as the people: the whole way, and what must not happen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from nio import ShareGroupSessionResponse
from sqlalchemy import select

from courage.cases.inbound import InboundMessage
from courage.clock import utcnow
from courage.db.models.delivery import Outbox
from courage.gateways.matrix.keys import KeyFolder
from courage.gateways.matrix.signing import OwnIdentity
from tests.e2e.encrypting import Encrypting
from tests.e2e.matrix_fixtures import ENCRYPTED, Community, eventually, make_community
from tests.e2e.matrix_kill import count, killed_at_each
from tests.e2e.matrix_world import MatrixWorld
from tests.e2e.synapse import Json, Member, Synapse, available, running

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


def waiting(home: Community) -> bool:
    with home.world.sessions() as session:
        return bool(session.scalar(select(Outbox.id).where(Outbox.state == "pending", Outbox.attempts > 0)))


async def has(member: Member, room: str, text: str) -> bool:
    return any(text in event["content"].get("body", "") for event in await member.messages(room))


async def confirm(member: Member, folder: Path) -> None:
    """Let somebody set up cross-signing, as clients do when one logs in for the first time."""
    assert isinstance(member, Encrypting)
    kept = KeyFolder(folder / "identities", member.user_id)
    kept.open()

    async def post(path: str, body: Json) -> tuple[int, Json]:
        return 200, await member.call("POST", path, body)

    own = OwnIdentity(member.client, kept, post, "")  # type: ignore[arg-type]
    await own.ensure()
    assert (own.done, own.note) == (True, "")


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


async def test_our_device_is_confirmed_so_that_strict_clients_give_it_keys(home: Community) -> None:
    body = {"device_keys": {home.bot.user_id: []}}

    async def confirmed() -> bool:
        answer = await home.mia.call("POST", "keys/query", body)
        signer = answer.get("self_signing_keys", {}).get(home.bot.user_id, {}).get("keys", {})
        (device,) = answer["device_keys"][home.bot.user_id].values()
        return any(name in device["signatures"][home.bot.user_id] for name in signer)

    await eventually(confirmed, "our device confirmed")


async def test_a_device_that_its_owner_has_not_confirmed_reads_nothing_and_is_not_heard(
    home: Community,
) -> None:
    await confirm(home.ann, home.folder)
    stranger = await home.ann.another_device(home.folder)  # type: ignore[attr-defined]
    try:
        await home.eve.send(home.group, "they are vermin")
        await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
        assert await home.says(home.ann, "claim 1") == "Case 1 is yours."
        assert not [e for e in await stranger.messages(home.desk) if e["sender"] == home.bot.user_id]
        assert "confirmed" in await home.says(stranger, "release 1")
        assert home.world.casework.view(1).status == "claimed"
        health = home.world.gateway.health()
        assert health["keys"]["accounts_with_untrusted_devices"] == [home.ann.user_id]
    finally:
        await stranger.stop()


async def test_what_is_said_in_plain_text_in_an_encrypted_desk_room_is_no_command(home: Community) -> None:
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    forged = Member(home.server, home.ann.user_id, home.ann.token)
    asked = await forged.send(home.desk, "dismiss 1")

    def answers(event: Json) -> bool:
        relates = event["content"].get("m.relates_to", {})
        return bool(relates.get("m.in_reply_to", {}).get("event_id") == asked)

    told = await home.seen(home.desk, answers, "a word about it")
    assert "confirmed" in told["content"]["body"]
    assert home.world.casework.view(1).status == "open"
    assert home.world.assistant.heard == []


async def test_a_message_whose_key_comes_later_is_screened_then_even_after_a_restart(home: Community) -> None:
    held = asyncio.Event()
    client = home.eve.client  # type: ignore[attr-defined]
    send, kept = client._send, []

    async def slow(response: type, method: str, path: str, *more: Any, **named: Any) -> Any:
        if response is ShareGroupSessionResponse and not held.is_set():
            kept.append((response, method, path, more, named))
            return ShareGroupSessionResponse(*named["response_data"])
        return await send(response, method, path, *more, **named)

    client._send = slow
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: home.world.gateway._late._waiting, "the message without a key")
    assert count(home) == 0
    await home.restart()
    held.set()
    for response, method, path, more, named in kept:
        await send(response, method, path, *more, **named)
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.show_message(1, 1) == "they are vermin"


async def test_a_room_that_becomes_encrypted_is_still_read_and_gets_nothing_in_plain_text(
    server: Synapse, tmp_path: Path, names: list[int]
) -> None:
    names.append(1)
    home = await make_community(server, tmp_path, f"e{len(names)}", keys=str(tmp_path / "keys"))
    try:
        await home.eve.send(home.group, "they are vermin, said openly")
        await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the first card")
        eve, mia = [await Encrypting.of(member, tmp_path) for member in (home.eve, home.mia)]
        for room in (home.group, home.desk):
            await home.mia.call("PUT", f"rooms/{room}/state/m.room.encryption", ENCRYPTED["content"])

        async def eve_knows() -> bool:
            return bool(eve.client.rooms[home.group].encrypted)

        await eventually(eve_knows, "encryption, seen by Eve's client")
        await eve.send(home.group, "they are vermin, said behind a curtain")
        await home.world.until(lambda: count(home) == 2 and home.world.settled(), "the second card")
        raw = json.dumps(await mia.raw(home.desk))
        assert "Case 1" in raw
        assert "Case 2" not in raw
        assert "curtain" not in raw
        await eventually(lambda: has(mia, home.desk, "Case 2"), "the card, read by a member's client")
        await eventually(lambda: has(mia, home.desk, "is encrypted"), "a word about the group room")
        for member in (eve, mia):
            await member.stop()
    finally:
        await home.close()


async def test_lost_keys_hold_everything_back_until_they_are_there_again(home: Community) -> None:
    await home.eve.send(home.group, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the first card")
    await home.world.stop()
    keys, aside = home.folder / "keys", home.folder / "aside"
    shutil.move(keys, aside)
    home.world = MatrixWorld(home.folder, home.settings())
    tasks = asyncio.gather(home.world.start(), return_exceptions=True)
    await home.world.until(lambda: "other keys" in home.world.gateway.health()["note"], "health says so")
    await home.world.intake.receive(
        InboundMessage(1, "matrix", home.group, "$x", home.eve.user_id, "they are vermin 2", utcnow())
    )
    await home.world.until(lambda: waiting(home), "the second card waits")
    assert "vermin" not in await plain_texts(home)
    assert "Case" not in await plain_texts(home)
    await home.world.stop()
    tasks.cancel()
    shutil.rmtree(keys)
    shutil.move(aside, keys)
    home.world = MatrixWorld(home.folder, home.settings())
    await home.world.start()
    await home.world.until(home.world.settled, "the second card")
    await eventually(lambda: has(home.ann, home.desk, "Case 2"), "the card, read by a volunteer")
    assert home.world.gateway.health()["status"] == "ok"


async def test_a_new_device_works_in_rooms_that_it_never_saw_becoming_encrypted(home: Community) -> None:
    await home.world.stop()
    shutil.rmtree(home.folder / "keys")
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": home.bot.user_id},
        "password": "only for tests",
    }
    answer = await home.server.call("POST", "login", body)
    home.given["access_token"] = answer["access_token"]
    home.world = MatrixWorld(home.folder, home.settings())
    await home.world.start()

    async def known() -> bool:
        return answer["device_id"] in home.eve.client.device_store[home.bot.user_id]  # type: ignore[attr-defined]

    await eventually(known, "the new device, seen by Eve's client")
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    assert await home.says(home.ann, "claim 1") == "Case 1 is yours."


async def test_a_second_engine_on_the_same_keys_is_kept_out(home: Community) -> None:
    other = home.folder / "other"
    other.mkdir()
    second = MatrixWorld(other, home.settings())
    running = asyncio.gather(second.start(), return_exceptions=True)
    await second.until(lambda: "another process" in second.gateway.health()["note"], "health says so")
    await second.stop()
    running.cancel()


_API, _KEYS, _OUTBOX = (
    "courage.gateways.matrix.api",
    "courage.gateways.matrix.encryption",
    "courage.cases.outbox",
)
_LIVES = [
    # while the message becomes a case and a card, while the reply is posted
    ("courage.gateways.matrix.client:Client.receive_response:after:2", f"{_KEYS}:Encryption.seal:after:1"),
    ("courage.cases.intake:Intake.receive:after:1", f"{_KEYS}:Encryption._share:before:1"),
    ("courage.cases.positions:Positions.save:before:1", f"{_API}:MatrixApi.send:after:1"),
    (f"{_KEYS}:Encryption._share:after:1", f"{_OUTBOX}:Dispatcher._sent:before:1"),
    (f"{_API}:MatrixApi.send:after:1", f"{_OUTBOX}:Dispatcher._sent:after:1"),
]


async def test_killed_at_ten_points_there_is_one_case_one_card_one_reply(home: Community) -> None:
    await killed_at_each(home, _LIVES)
