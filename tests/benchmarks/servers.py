"""The whole of Courage under load: HTTP request to suggestions, assistant round trips, memory of both processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import psutil

from courage.settings import Settings, load_settings
from courage.shipped import CHECKOUT as ROOT
from tests.benchmarks.measure import closed_loop, free_port, memory, take_along, wait_until
from tests.benchmarks.rasa import our_round_trips, process

#: What is measured of the assistant; the first is also what Rasa's starter assistant is asked.
SENTENCE, COMMAND = "a free sentence (are you a bot?)", "an exact command (queue)"
ASSISTANT = {
    SENTENCE: "are you a bot?",
    "a free sentence about cases (which cases are open)": "which cases are open",
    COMMAND: "queue",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A running Courage in a home of its own."""

    settings: Settings
    supervisor: int

    def pids(self) -> dict[str, int]:
        """Return the process ids of engine and Rasa."""
        found: dict[str, int] = {}
        for child in psutil.Process(self.supervisor).children():
            line = " ".join(child.cmdline())
            found["rasa" if " rasa " in f" {line} " else "engine"] = child.pid
        return found


@asynccontextmanager
async def courage(
    home: Path,
    *,
    rasa: bool = True,
    extra: Mapping[str, str] = MappingProxyType({}),
    secrets_of: Path | None = None,
) -> AsyncIterator[Running]:
    """Start Courage with free ports in ``home`` (models, caches and vectors taken over from the usual one); stop it after.

    ``extra`` are further settings, by the names they have in the environment. ``secrets_of`` is the home of another engine of
    the same database, whose secrets this one shares.
    """
    usual = load_settings()
    home.mkdir(parents=True, exist_ok=True)
    if secrets_of is not None and secrets_of != home:
        shutil.copy(secrets_of / "secrets.json", home / "secrets.json")
    if not (home / "cache").exists():
        take_along(usual, home)
    if (usual.home / "rasa").exists() and not (home / "rasa").exists():
        shutil.copytree(usual.home / "rasa", home / "rasa")
    environment = {
        "COURAGE_HOME": str(home),
        "COURAGE_PORT": str(free_port()),
        "COURAGE_RASA_PORT": str(free_port()),
        "COURAGE_RASA": "true" if rasa else "false",
        "COURAGE_UNDO_SECONDS": "0",  # what is confirmed leaves at once, so that tests need not wait for it
        **extra,
    }
    inherited = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COURAGE_MATRIX")}
    try:
        settings = load_settings(
            home=home,
            port=int(environment["COURAGE_PORT"]),
            rasa_port=int(environment["COURAGE_RASA_PORT"]),
            rasa=rasa,
        )
        arguments = [sys.executable, "-m", "courage", "run"]
        async with process(arguments, ROOT, environment, home / "run.log") as child:
            async with aiohttp.ClientSession() as session:

                async def up() -> bool:
                    if child.returncode is not None:
                        said = (home / "run.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                        raise RuntimeError(f"Courage ended while it was starting: {said}")
                    return await _ready(session, settings, rasa)

                await wait_until(up, 480, "Courage")
            yield Running(settings, child.pid)
    finally:
        os.environ.update(inherited)


async def _ready(session: aiohttp.ClientSession, settings: Settings, rasa: bool) -> bool:
    try:
        async with session.get(f"{settings.engine_address}/health") as answer:
            parts = (await answer.json())["parts"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
        return False
    return not rasa or parts["rasa"]["status"] == "ok"


async def measure_servers(home: Path, texts: list[str], count: int, clients: int) -> dict[str, Any]:
    """Measure suggestions over HTTP, the assistant's round trips, and both processes' memory."""
    async with courage(home) as running:
        settings = running.settings
        secret = settings.internal_secret.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}"}
        async with aiohttp.ClientSession(headers=headers) as session:

            async def suggest(number: int) -> None:
                body = {"text": texts[number % len(texts)]}
                async with session.post(f"{settings.internal_address}/internal/suggest", json=body) as answer:
                    answer.raise_for_status()
                    await answer.read()

            await closed_loop(suggest, 20, clients)
            suggestions = await closed_loop(suggest, count, clients)
        assistant = {
            name: await our_round_trips(settings.internal_address, secret, message, count, clients)
            for name, message in ASSISTANT.items()
        }
        sizes = {f"{name}_mib": memory(pid) for name, pid in running.pids().items()}
        await asyncio.sleep(0)
        return {"suggestions": suggestions, "assistant": assistant, "memory": sizes}
