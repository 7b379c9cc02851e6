"""Many who send much at once: memory stays bounded, and whoever sends little notices nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from courage.web.bodies import EACH, SMALL, Bodies
from courage.web.errors import Busy
from courage.web.keys import BODIES
from courage.web.security import COOKIE
from courage.web.uploads import Uploads
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import World

BIG = 1_900_000


async def _drip(visitor: Visitor, path: str = "/library/exchange", size: int = BIG) -> Any:
    """Begin to send a large body and stop half-way; return the connection and who reads from it."""
    server: Any = visitor.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    cookies = {c.key: c.value for c in visitor.client.session.cookie_jar}
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nX-CSRF-Token: {visitor.csrf}\r\n"
        f"Cookie: {COOKIE}={cookies.get(COOKIE, '')}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    writer.write(head.encode() + b"a=" + b"x" * 1000)
    await writer.drain()
    return reader, writer


def _held(visitor: Visitor) -> int:
    server: Any = visitor.client.server
    return sum(server.app[BODIES]._open.values())


async def _until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_large_bodies_of_one_person_are_bounded_and_others_go_on(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    lines = [await _drip(trainer) for _ in range(EACH)]
    await _until(lambda: _held(trainer) == EACH)
    refused = await trainer.press("/library/exchange", {"file": "x" * 100_000})
    assert refused.status == 503
    assert "try again" in await refused.text()
    assert (await trainer.press("/account/token", {"name": "a script"})).status == 200  # a small one
    assert (
        await admin.press("/library/exchange", {"file": "x" * 100_000})
    ).status == 400  # no file, but read
    for _, writer in lines:
        writer.close()
    await _until(lambda: _held(trainer) == 0)
    assert (await trainer.press("/library/exchange", {"file": "x" * 100_000})).status == 400


async def test_all_together_have_so_much_room_and_no_more(world: World, enter: Enter) -> None:
    people = [await enter(role) for role in ("trainer", "admin")]
    server: Any = people[0].client.server
    server.app._state[BODIES] = Bodies(room=2 * BIG + 1, each=9)
    lines = [await _drip(person) for person in people]
    await _until(lambda: _held(people[0]) == 2)
    assert (await people[0].press("/library/exchange", {"file": "x" * 100_000})).status == 503
    for _, writer in lines:
        writer.close()
    await _until(lambda: _held(people[0]) == 0)


async def test_strangers_send_little_and_say_how_much(world: World, enter: Enter) -> None:
    stranger = await enter(None)
    for path in ("/login", "/w/ABCDEF/answer", "/library/exchange"):
        answer = await stranger.client.post(path, data={"name": "x" * (SMALL + 1)})
        assert answer.status == 413, path

    async def drop_by_drop() -> Any:
        yield b"name=x"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await stranger.client.post("/login", data=drop_by_drop(), headers=headers)
    assert answer.status == 413  # nobody knows how much it will be
    reader, writer = await _drip(stranger, "/login")  # refused before the rest of it comes
    async with asyncio.timeout(5):
        assert b"413" in await reader.readline()
    writer.close()


async def test_a_text_that_is_shared_may_be_long_and_takes_no_room_of_people(
    world: World, enter: Enter
) -> None:
    stranger, trainer = await enter(None), await enter("trainer")
    assert (await stranger.client.post("/suggest/shared", data={"text": "هلا" * 5_000})).status == 200
    lines = [await _drip(stranger, "/suggest/shared") for _ in range(EACH)]
    await _until(lambda: _held(trainer) == EACH)
    assert (await stranger.client.post("/suggest/shared", data={"text": "x" * 80_000})).status == 503
    assert (await trainer.press("/library/exchange", {"file": "x" * 100_000})).status == 400
    for _, writer in lines:
        writer.close()
    await _until(lambda: _held(trainer) == 0)


def test_room_is_given_back_whatever_happens() -> None:
    bodies = Bodies(room=100, of_strangers=10, each=2)
    with pytest.raises(RuntimeError), bodies.hold(100, "person", 1):
        raise RuntimeError
    with bodies.hold(60, "person", 1):
        with pytest.raises(Busy), bodies.hold(60, "person", 2):
            pass
        with bodies.hold(10, "address", "10.0.0.1"), bodies.hold(40, "person", 2):
            pass
    with bodies.hold(100, "person", 3):
        pass
    assert not bodies._open


def test_files_that_are_looked_at_are_bounded_in_bytes_and_the_oldest_makes_room() -> None:
    uploads = Uploads(most=1000)
    tokens = [uploads.keep(person, "a.csv", b"x" * 400) for person in (1, 2, 3)]
    assert uploads.size <= 1000
    assert [uploads.get(token, person) is not None for person, token in zip((1, 2, 3), tokens, strict=True)] == [
        False, True, True,
    ]  # fmt: skip
    alone = uploads.keep(
        4, "b.csv", b"x" * 5000
    )  # larger than all may be: it is the one that was just chosen
    assert uploads.get(alone, 4)
    assert uploads.get(tokens[2], 3) is None
