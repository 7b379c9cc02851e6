"""Listening with limits: slow and silent connections end, and a flood of them does not reach the file limit.

aiohttp itself waits without end for the first request of a connection. A :class:`Gate` stands between a listening
socket and aiohttp's protocol and ends what does not get its request's headers out in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

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


@dataclass(frozen=True, slots=True)
class Limits:
    """``header_time`` and ``idle_time`` in seconds; ``connections`` is lowered to what the system's limit allows."""

    connections: int = 2_000
    header_time: float = 10.0
    idle_time: float = 75.0


@dataclass(frozen=True, slots=True)
class Listener:
    """An application and where it listens: ``host`` and ``port``, or the ``path`` of a Unix socket (mode 600)."""

    application: web.Application
    host: str = "127.0.0.1"
    port: int = 0
    path: Path | None = None


class Gate:
    """Counts connections and knows which of them have not sent a whole request yet."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open = 0
        self._silent: OrderedDict[Guarded, None] = OrderedDict()

    def admit(self, connection: Guarded) -> bool:
        """Count a new connection; when there are too many, the longest silent one ends for it."""
        if self._open >= self._limits.connections:
            if not self._silent:
                return False
            oldest = next(iter(self._silent))
            self.spoke(oldest)
            oldest.end()
        self._open += 1
        self._silent[connection] = None
        return True

    def spoke(self, connection: Guarded) -> None:
        """Take note that a connection sent a whole request."""
        self._silent.pop(connection, None)

    def left(self, connection: Guarded) -> None:
        """Take note that a connection is closed."""
        self._silent.pop(connection, None)
        self._open -= 1

    @property
    def header_time(self) -> float:
        """Seconds until a silent connection ends."""
        return self._limits.header_time


class Guarded(asyncio.Protocol):
    """Hands everything through to aiohttp's protocol, as soon as the gate lets the connection in."""

    def __init__(self, gate: Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail = b""
        self._admitted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._admitted = self._gate.admit(self)
        if not self._admitted:
            transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(self._gate.header_time, self.end)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            seen = self._tail + data
            if b"\r\n\r\n" in seen or b"\n\n" in seen:
                self._timer.cancel()
                self._timer, self._tail = None, b""
                self._gate.spoke(self)
            else:
                self._tail = seen[-3:]
        if self._admitted:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._admitted else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
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
        self._limits = Limits(min(limits.connections, most), limits.header_time, limits.idle_time)
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
                listener.path.unlink(missing_ok=True)
                server = await loop.create_unix_server(make, str(listener.path), backlog=1024)
                os.chmod(listener.path, 0o600)
                self.addresses.append(str(listener.path))
            else:
                server = await loop.create_server(make, listener.host, listener.port, backlog=1024)
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
