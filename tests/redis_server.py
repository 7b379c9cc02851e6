"""A Redis server of the tests' own, at a Unix socket and a port on loopback, gone after them."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class RedisServer:
    """A ``redis-server`` that can be killed, frozen and started again; it keeps nothing on the disk."""

    def __init__(self, program: str, folder: Path, options: Sequence[str]) -> None:
        self._program, self._folder, self._options = program, folder, options
        self.socket = folder / "redis.sock"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address on loopback, without a password."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def unix_url(self) -> str:
        """Its address as a Unix socket, without a password."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket),
                "--save", "", "--appendonly", "no", "--dir", str(self._folder), *self._options,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            with suppress(OSError):
                if self.ask("PING"):
                    return
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it without a word of warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it stand still: its connections stay, and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def connect(self) -> socket.socket:
        """Return a connection on which nothing was said yet."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(10)
        made.connect(str(self.socket))
        return made

    def ask(self, *words: str | bytes) -> bytes:
        """Send one command and return the beginning of the answer as it comes."""
        with self.connect() as connection:
            connection.sendall(command(*words))
            return connection.recv(65536)

    @contextmanager
    def overheard(self, password: str = "") -> Iterator[bytearray]:
        """Collect everything that anybody tells the server meanwhile."""
        heard = bytearray()
        with self.connect() as connection:
            if password:
                connection.sendall(command("AUTH", password))
                assert connection.recv(5) == b"+OK\r\n"
            connection.sendall(command("MONITOR"))
            assert connection.recv(5) == b"+OK\r\n"

            def listen() -> None:
                with suppress(OSError):
                    while found := connection.recv(65536):
                        heard.extend(found)

            listener = threading.Thread(target=listen, daemon=True)
            listener.start()
            try:
                yield heard
            finally:
                # What was told so far comes before this.
                mark = f"end of listening {time.monotonic_ns()}"
                with self.connect() as last:
                    last.sendall((command("AUTH", password) if password else b"") + command("PING", mark))
                    last.recv(64)
                until = time.monotonic() + 10
                while mark.encode() not in heard and time.monotonic() < until:
                    time.sleep(0.02)
                connection.shutdown(socket.SHUT_RDWR)
                listener.join()


def command(*words: str | bytes) -> bytes:
    """Return a command as Redis reads it."""
    told = [word.encode() if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(told) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in told)


@contextmanager
def running(*options: str) -> Iterator[RedisServer]:
    """Run a server with further options. Skips the test where Redis is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="courage-redis-", dir="/tmp"))  # a socket's path has to be short
    server = RedisServer(program, folder, options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
