"""One supervised child process: started in a group of its own, watched, stopped with all its children."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Ask Linux to end the child when the supervisor dies, even by SIGKILL (prctl(2), PR_SET_PDEATHSIG)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: a name for people, arguments, additions to the environment, and where its output goes."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    cwd: Path


class RotatingFile:
    """A log file that is put aside when it is full; ``most`` is in bytes, ``kept`` files stay beside it."""

    def __init__(self, path: Path, most: int = 10_000_000, kept: int = 5) -> None:
        self._path, self._most, self._kept = path, most, kept
        self._file = self._open()

    def __enter__(self) -> RotatingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _open(self) -> BinaryIO:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Append; a full disk loses log lines, never the process that wrote them."""
        with suppress(OSError):
            if self._file.tell() + len(data) > self._most and self._file.tell():
                self._rotate()
            self._file.write(data)

    def _rotate(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                os.replace(f"{self._path}.{number}", f"{self._path}.{number + 1}")
        os.replace(self._path, f"{self._path}.1")
        full, self._file = self._file, self._open()
        full.close()


async def _copy(source: asyncio.StreamReader, out: RotatingFile) -> None:
    while data := await source.read(65_536):
        out.write(data)


class Child:
    """Keeps one command running until told to stop; waits longer after each failure.

    ``first_delay`` and ``longest_delay`` are seconds between a crash and the next start.
    """

    def __init__(self, command: Command, first_delay: float = 1.0, longest_delay: float = 60.0) -> None:
        self.command = command
        self.starts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._first_delay = first_delay
        self._longest_delay = longest_delay

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process is not None else None

    async def run(self) -> None:
        """Start the command, and start it again whenever it ends by itself, until :meth:`stop`."""
        delay = self._first_delay
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            begun = loop.time()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            if loop.time() - begun > 120:
                delay = self._first_delay
            log.warning("%s ended with status %s; next start in %.0f s", self.command.name, code, delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            delay = min(delay * 2, self._longest_delay)

    async def _run_once(self) -> int:
        self.command.log_file.parent.mkdir(parents=True, exist_ok=True)
        with RotatingFile(self.command.log_file) as out:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.arguments,
                cwd=self.command.cwd,
                env={**os.environ, **self.command.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
            self.starts += 1
            if self._stopping.is_set():  # stop() came while the process was being made
                self._signal(signal.SIGTERM)
            assert self._process.stdout is not None
            copying = asyncio.create_task(_copy(self._process.stdout, out))
            try:
                return await self._process.wait()
            finally:
                # Whatever the ended process left in its group must not outlive it.
                self._signal(signal.SIGKILL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(copying, 5)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def stop(self, grace: float = 15.0) -> None:
        """End the process and its group: SIGTERM first, SIGKILL after ``grace`` seconds."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            log.warning("%s did not stop within %g s and was killed", self.command.name, grace)
            self._signal(signal.SIGKILL)
            await process.wait()
