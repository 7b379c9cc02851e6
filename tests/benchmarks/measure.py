"""Small tools that all benchmarks share: quantiles, memory of processes, free ports, loads."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from courage.settings import Settings

# Not the seeded one: two processes of a test run would draw the same ports.
_CHANCE: Final = random.SystemRandom()


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"p50_ms": round(1000 * statistics.median(ordered), 2), "p95_ms": round(1000 * p95, 2)}


def memory(pid: int) -> float:
    """Return the resident memory of a process and its children in MiB."""
    process = psutil.Process(pid)
    everyone = [process, *process.children(recursive=True)]
    resident: int = sum(p.memory_info().rss for p in everyone)
    return round(resident / 2**20, 1)


def free_port() -> int:
    """Return a port on loopback that nothing uses right now, nor will by chance.

    Systems take the ports of outgoing connections from 32768 up; a port from there may be gone before it is used.
    """
    while True:
        port = _CHANCE.randrange(10_000, 32_000, 2)  # the next one is the internal listener's
        with socket.socket() as probe, socket.socket() as beside:
            try:
                probe.bind(("127.0.0.1", port))
                beside.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


async def closed_loop(one: Callable[[int], Awaitable[Any]], count: int, clients: int) -> dict[str, float]:
    """Let ``clients`` callers work through ``count`` calls, each waiting for its answer.

    Returns calls per second and the latency's quantiles.
    """
    numbers = iter(range(count))
    taken: list[float] = []

    async def client() -> None:
        for number in numbers:
            begun = time.perf_counter()
            await one(number)
            taken.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return {"per_second": round(count / (time.perf_counter() - begun), 1), **quantiles(taken)}


async def wait_until(check: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    """Ask ``check`` until it says yes; what it raises ends the wait.

    :raises TimeoutError: naming ``what``, after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await check():
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{what} did not come up within {seconds:.0f} s")


def take_along(settings: Settings, home: Path) -> None:
    """Copy what the usual home folder has derived already (graphs, vectors) into a new one, so that it need not be made again."""
    if settings.cache.is_dir():
        shutil.copytree(settings.cache, home / "cache", dirs_exist_ok=True)
    for vectors in (settings.home / "index").glob("vectors-*.bin"):
        (home / "index").mkdir(exist_ok=True)
        shutil.copyfile(vectors, home / "index" / vectors.name)
