"""The listening socket against people who open connections and say nothing."""

from __future__ import annotations

import asyncio
import logging
import socket
import stat
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from courage.errors import CourageError
from courage.web.errors import BadInput
from courage.web.reading import read_bytes
from courage.web.server import Limits, Listener, Servers, port_of, resting_after
from courage.web.sockets import make_way


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


def _application() -> web.Application:
    app = web.Application()
    app.router.add_get("/", _hello)
    return app


@asynccontextmanager
async def _serving(
    limits: Limits, make: Callable[[], web.Application] = _application
) -> AsyncIterator[tuple[int, Servers]]:
    servers = Servers([Listener(make())], limits)
    await servers.start()
    try:
        yield port_of(servers), servers
    finally:
        await servers.stop()


async def test_a_connection_that_never_finishes_its_headers_is_ended() -> None:
    async with _serving(Limits(header_time=0.2)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_silent_connections_beyond_the_limit_make_room_for_people() -> None:
    async with _serving(Limits(connections=50, header_time=60)) as (port, _):
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        times = []
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                begun = time.perf_counter()
                async with session.get(f"http://127.0.0.1:{port}/") as answer:
                    assert await answer.text() == "hello"
                times.append(time.perf_counter() - begun)
        assert sorted(times)[-2] < 1.0
        for _, writer in silent:
            writer.close()


async def test_a_kept_connection_may_send_its_next_request_late() -> None:
    async with _serving(Limits(header_time=0.2)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        loop = asyncio.get_running_loop()
        for wait in (0.0, 0.5):
            later: asyncio.Future[None] = loop.create_future()
            loop.call_later(wait, later.set_result, None)
            await later
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(5):
                assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_a_unix_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "internal.sock"
    servers = Servers([Listener(_application(), path=path)])
    await servers.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        session.get("http://internal/") as answer,
    ):
        assert await answer.text() == "hello"
    await servers.stop()


async def test_a_compressed_body_is_not_unpacked() -> None:
    got: list[int] = []

    async def post(request: web.Request) -> web.Response:
        got.append(len(await request.read()))
        return web.Response()

    def application() -> web.Application:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/", post)
        return app

    bomb = zlib.compress(b"0" * 50_000_000, 9)
    async with _serving(Limits(), application) as (port, _), aiohttp.ClientSession() as session:
        headers = {"Content-Encoding": "deflate"}
        async with session.post(f"http://127.0.0.1:{port}/", data=bomb, headers=headers) as answer:
            assert answer.status == 200
    assert got == [len(bomb)]


async def test_there_is_no_access_log_since_addresses_carry_keys_and_searches(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with _serving(Limits()) as (port, _), aiohttp.ClientSession() as session:
        answer = await session.get(f"http://127.0.0.1:{port}/?key=a-secret-key")
        assert answer.status == 200
    assert "a-secret-key" not in caplog.text


async def test_half_open_requests_by_the_thousand_neither_block_people_nor_write_tracebacks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with _serving(Limits(connections=400, header_time=30)) as (port, _):
        held = []
        for number in range(1_100):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + str(number).encode())
            held.append((reader, writer))
        async with aiohttp.ClientSession() as session:
            for _ in range(5):
                async with asyncio.timeout(10), session.get(f"http://127.0.0.1:{port}/") as answer:
                    assert await answer.text() == "hello"
        for _, writer in held:
            writer.close()
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: b\r\n" % n for n in range(60_000)) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    ],
    ids=["long header", "long address", "many headers", "tls"],
)
async def test_headers_without_end_are_refused_without_a_traceback(
    head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with _serving(Limits(header_time=1)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        async with asyncio.timeout(10):
            said = await reader.read(200)
        writer.close()
        assert said == b"" or said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 431"))
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
    assert "Traceback" not in caplog.text


STREAMING = web.AppKey("streaming", asyncio.Event)


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what cannot be read, as the desk does."""
    try:
        return await handler(request)
    except BadInput as error:
        return web.Response(status=400, text=str(error))


def _desk_like() -> web.Application:
    """Return an application with the desk's own middleware, that reads bodies as the desk does, and has a stream."""

    async def post(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await read_bytes(request, 1_000_000))))

    app = web.Application(middlewares=[resting_after, told])
    app[STREAMING] = asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun\n")
        await app[STREAMING].wait()
        return response

    app.router.add_get("/", _hello)
    app.router.add_post("/", post)
    app.router.add_get("/stream", stream)
    return app


@pytest.mark.parametrize(
    "said",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\na",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 5,
    ],
    ids=["drips a body", "keeps the connection", "never reads"],
)
async def test_whoever_only_holds_connections_makes_room_for_people(said: bytes) -> None:
    async with _serving(Limits(connections=50, body_time=60), _desk_like) as (port, _):
        held = []
        for _ in range(120):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            held.append((reader, writer))
            if said.startswith(b"GET"):
                await reader.readuntil(b"hello")
        for _ in range(10):
            async with (
                asyncio.timeout(10),
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}/") as answer,
            ):
                assert await answer.text() == "hello"
        for _, writer in held:
            writer.close()


async def test_a_connection_that_is_being_answered_makes_room_for_nobody() -> None:
    async with _serving(Limits(connections=20), _desk_like) as (port, servers):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"begun")
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
        with pytest.raises(TimeoutError):  # nothing more comes, and it is not ended
            async with asyncio.timeout(0.3):
                await reader.read()
        servers._listeners[0].application[STREAMING].set()
        for _, other in [*held, (reader, writer)]:
            other.close()


async def test_a_body_that_says_nothing_ends_and_a_slow_one_arrives(caplog: pytest.LogCaptureFixture) -> None:
    async with _serving(Limits(body_time=0.4), _desk_like) as (port, _):
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"12")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        loop = asyncio.get_running_loop()
        for _ in range(10):  # a digit each tenth of a second: longer than the limit in all
            writer.write(b"1")
            later: asyncio.Future[None] = loop.create_future()
            loop.call_later(0.1, later.set_result, None)
            await later
        async with asyncio.timeout(10):
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"10"
        writer.close()
    assert "Traceback" not in caplog.text  # or anybody could fill the log


def test_a_socket_takes_the_place_of_none_but_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    make_way(path)
    with socket.socket(socket.AF_UNIX) as earlier:
        earlier.bind(str(path))
        earlier.listen()
        with pytest.raises(CourageError, match="somebody listens"):
            make_way(path)
    make_way(path)  # its run is over
    assert not path.exists()
    path.write_text("the only copy of something")
    with pytest.raises(CourageError, match="is no socket"):
        make_way(path)
    assert path.read_text() == "the only copy of something"
