"""A line to a database that can be cut: bytes go through until somebody cuts it, and again after it is mended."""

from __future__ import annotations

import asyncio
import contextlib


class Proxy:
    """Listens on a free port of loopback and passes on to another port there."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._lines: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.close()
        self.cut()
        if self._lines:
            await asyncio.wait(self._lines, timeout=10)

    def cut(self) -> None:
        """Drop every connection without a word, and each that comes."""
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let bytes through again."""
        self._cut = False

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        there = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self._to)
            self._writers |= {writer, there}
            await asyncio.gather(self._copy(reader, there), self._copy(back, writer))
        except OSError:
            pass
        finally:
            self._lines.discard(line)
            for one in (writer, there):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort()

    @staticmethod
    async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        target.transport.abort()
