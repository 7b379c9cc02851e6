"""Listening with limits: slow and silent connections end, and a flood of them does not reach the file limit.

aiohttp itself waits without end for the first request of a connection, and for bodies. A :class:`Gate` stands between a
listening socket and aiohttp's protocol and ends what does not get its request out in time. When there are too many
connections, it is those on which nothing is being done that make room: what has not sent its request yet, what drips a body,
and what is kept open after an answer. A connection that is being answered stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from courage.web.errors import BadInput
from courage.web.sockets import make_way

log = logging.getLogger(__name__)


class _Malformed(logging.Filter):
    """Passes over requests that cannot be read: they get their 400, and anybody could fill the log with what they sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_requests = logging.getLogger(f"{__name__}.requests")
_requests.addFilter(_Malformed())

#: Files that the engine needs beside connections: database, index, logs, libraries.
_SPARE_FILES: Final = 256
#: Connections that wait at the system until they are accepted.
_QUEUE: Final = 1024
#: Connections that are accepted before the loop turns to what else there is to do: a flood of them would be all it does.
_ACCEPTED_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds: ``header_time`` until the headers of a request are there, ``body_time`` that a body may say nothing,
    ``idle_time`` that a connection is kept; ``connections`` is lowered to what the system's limit allows.
    """

    connections: int = 2_000
    header_time: float = 10.0
    body_time: float = 20.0
    idle_time: float = 75.0


@dataclass(frozen=True, slots=True)
class Listener:
    """An application and where it listens: ``host`` and ``port``, or the ``path`` of a Unix socket (mode 600)."""

    application: web.Application
    host: str = "127.0.0.1"
    port: int = 0
    path: Path | None = None


class Gate:
    """Counts connections and knows on which of them nothing is being done."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open = 0
        self._resting: OrderedDict[Guarded, None] = OrderedDict()

    def admit(self, connection: Guarded) -> bool:
        """Count a new connection; when there are too many, the one that rests longest ends for it."""
        if self._open >= self._limits.connections:
            if not self._resting:
                return False
            oldest = next(iter(self._resting))
            self.works(oldest)
            oldest.end()
        self._open += 1
        self._resting[connection] = None
        return True

    def works(self, connection: Guarded) -> None:
        """Take note that a connection's request is being answered."""
        self._resting.pop(connection, None)

    def rests(self, connection: Guarded) -> None:
        """Take note that a connection waits for what its other end sends."""
        self._resting[connection] = None
        self._resting.move_to_end(connection)

    def left(self, connection: Guarded) -> None:
        """Take note that a connection is closed."""
        self._resting.pop(connection, None)
        self._open -= 1

    @property
    def limits(self) -> Limits:
        """The limits."""
        return self._limits


class Guarded(asyncio.Protocol):
    """Hands everything through to aiohttp's protocol, as soon as the gate lets the connection in."""

    def __init__(self, gate: Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail = b""
        self._admitted = False
        self._gone = False
        self._body: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._admitted = self._gate.admit(self)
        if not self._admitted:
            transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(self._gate.limits.header_time, self.end)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            seen = self._tail + data
            if b"\r\n\r\n" in seen or b"\n\n" in seen:
                self._timer.cancel()
                self._timer, self._tail = None, b""
                self._gate.works(self)
            else:
                self._tail = seen[-3:]
        if self._body is not None:
            self._wait_for_body()
        if self._admitted:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._admitted else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        for timer in (self._timer, self._body):
            if timer is not None:
                timer.cancel()
        if self._admitted:
            self._gate.left(self)
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def end(self) -> None:
        """Close the connection without ado."""
        if self._transport is not None:
            self._transport.abort()

    def works(self) -> None:
        """Take note that a request of this connection is being answered."""
        if self._body is not None:
            self._body.cancel()
            self._body = None
        if not self._gone:
            self._gate.works(self)

    def rests(self, *, for_body: bool = False) -> None:
        """Take note that the other end has its answer, or that its request's body is waited for."""
        if self._gone:
            return
        self._gate.rests(self)
        if for_body:
            self._wait_for_body()

    def _wait_for_body(self) -> None:
        if self._body is not None:
            self._body.cancel()
        self._body = asyncio.get_running_loop().call_later(self._gate.limits.body_time, self.end)


def _connection(request: web.BaseRequest) -> Guarded | None:
    transport = request.transport
    found = transport.get_protocol() if isinstance(transport, asyncio.Transport) else None
    return found if isinstance(found, Guarded) else None


@contextlib.contextmanager
def waiting_for_body(request: web.BaseRequest) -> Iterator[None]:
    """While it is read, a body's connection counts as one on which nothing is being done: it may make room for others.

    :raises BadInput: if the connection ended before the body was there, on purpose or for others.
    """
    connection = _connection(request)
    if connection is not None:
        connection.rests(for_body=True)
    try:
        yield
    except ConnectionError:  # nobody is there who could read an answer, and it is no fault to be logged
        raise BadInput("the connection ended before the body was there") from None
    finally:
        if connection is not None:
            connection.works()


@web.middleware
async def resting_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a connection make room for others once its request is answered, however long it is kept after that."""
    connection = _connection(request)
    if connection is not None:
        connection.works()
    try:
        return await handler(request)
    finally:
        if connection is not None:
            connection.rests()


def raise_file_limit() -> int:
    """Raise the process's limit of open files as far as it may go; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Servers:
    """Serves one or several applications in one event loop, each on a listener of its own."""

    def __init__(self, listeners: Sequence[Listener], limits: Limits | None = None) -> None:
        limits = limits or Limits()
        most = max(16, raise_file_limit() - _SPARE_FILES)
        self._limits = replace(limits, connections=min(limits.connections, most))
        self._listeners = listeners
        self._runners: list[web.AppRunner] = []
        self._sockets: list[asyncio.Server] = []
        #: Addresses bound, one a listener, in their order: (host, port), or the path of a Unix socket.
        self.addresses: list[tuple[str, int] | str] = []

    async def start(self) -> None:
        """Start every application, then listen.

        :raises OSError: if an address cannot be used.
        """
        for listener in self._listeners:
            runner = web.AppRunner(
                listener.application,
                access_log=None,
                logger=_requests,
                keepalive_timeout=self._limits.idle_time,
                auto_decompress=False,  # a compressed body may be a bomb; such requests are refused (see web.security)
                shutdown_timeout=5.0,
            )
            await runner.setup()
            self._runners.append(runner)
        loop = asyncio.get_running_loop()
        for listener, runner in zip(self._listeners, self._runners, strict=True):
            make = self._factory(Gate(self._limits), runner)
            if listener.path is not None:
                make_way(listener.path)
                server = await loop.create_unix_server(make, str(listener.path), backlog=_QUEUE)
                os.chmod(listener.path, 0o600)
                self.addresses.append(str(listener.path))
            else:
                server = await loop.create_server(
                    make, listener.host, listener.port, backlog=_ACCEPTED_AT_ONCE
                )
                for accepting in server.sockets:
                    # The system's queue is as long as before; only the loop takes few at a time from it.
                    with socket.socket(fileno=os.dup(accepting.fileno())) as same:
                        same.listen(_QUEUE)
                self.addresses.append(server.sockets[0].getsockname()[:2])
            self._sockets.append(server)

    @staticmethod
    def _factory(gate: Gate, runner: web.AppRunner) -> Callable[[], Guarded]:
        inner = runner.server
        assert inner is not None
        return lambda: Guarded(gate, inner())

    async def stop(self) -> None:
        """Stop listening, let requests under way end, and stop the applications in reverse order."""
        for server in self._sockets:
            server.close()
        for runner in reversed(self._runners):
            await runner.cleanup()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            await self.start()
            ready()
            await stop.wait()
        finally:
            await self.stop()


def port_of(server: Servers, number: int = 0) -> int:
    """Return the port that a listener really got; for tests and for port 0."""
    address = server.addresses[number]
    assert isinstance(address, tuple)
    return address[1]
