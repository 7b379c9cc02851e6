"""``courage run``: the engine and Rasa under one supervisor, which says when both are ready and where to go."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import aiohttp

from courage.errors import CourageError
from courage.process import Child, Command
from courage.redis_address import installation_name
from courage.settings import Settings
from courage.setup.credentials import place_credentials
from courage.setup.endpoints import NAME as ENDPOINTS
from courage.setup.endpoints import place_endpoints
from courage.shipped import checkout
from courage.web.sockets import make_way


def check_port(host: str, port: int, setting: str) -> None:
    """Make sure that nothing else listens where we want to.

    :raises CourageError: naming the port and the setting that moves it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CourageError(
                f"port {port} on {host} cannot be used ({error.strerror}); stop what uses it or set "
                f"COURAGE_{setting.upper()} to another port"
            ) from None


def engine_command(settings: Settings) -> Command:
    """Return how to start the engine."""
    return Command(
        "engine",
        [sys.executable, "-m", "courage", "engine"],
        {"PYTHONUNBUFFERED": "1"},
        settings.home / "log" / "engine.log",
        Path.cwd(),
    )


def rasa_command(settings: Settings, say: Callable[[str], None]) -> Command:
    """Return how to start Rasa from its own environment, on loopback, with the credentials of the home folder.

    :raises CourageError: if the checkout, the environment or the trained assistant is missing.
    """
    root = checkout("the assistant's free conversation (Rasa)")
    python = root / ".venv" / "rasa" / "bin" / "python"
    model = settings.home / "rasa" / "courage.tar.gz"
    for path in (python, model):
        if not path.exists():
            raise CourageError(f"the assistant cannot start, {path.name} is missing; run: make setup")
    try:
        credentials = place_credentials(root, settings.home, say)
        endpoints = _endpoints(settings, root)
    except OSError as error:
        raise CourageError(
            f"the assistant cannot start, {error.filename} cannot be used: {error.strerror}"
        ) from None
    arguments = [str(python), "-m", "rasa", "run", "--model", str(model), "-i", "127.0.0.1"]
    arguments += [
        "-p",
        str(settings.rasa_port),
        "--endpoints",
        str(endpoints),
        "--credentials",
        str(credentials),
    ]
    environment = {
        "PYTHONPATH": str(root),
        "COURAGE_ENGINE_URL": settings.internal_address,
        "COURAGE_ENGINE_SOCKET": str(settings.internal_socket or ""),
        "COURAGE_INTERNAL_SECRET": settings.internal_secret.get_secret_value(),
        "COURAGE_REDIS_URL": settings.redis_url.get_secret_value(),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return Command("Rasa", arguments, environment, settings.home / "log" / "rasa.log", root)


def _endpoints(settings: Settings, root: Path) -> Path:
    if not settings.redis_url.get_secret_value():
        return root / ENDPOINTS
    key = settings.pseudonym_key.get_secret_value().encode()
    return place_endpoints(root, settings.home, f"courage{installation_name(key, settings.database)}")


class Supervisor:
    """Starts the children, waits for their health, reports, and stops everything on a signal."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.say = say
        self.children: list[Child] = []
        self._stop = asyncio.Event()

    async def run(self, after_ready: Callable[[], None] = lambda: None) -> int:
        """Run until SIGINT or SIGTERM; return the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        check_port(self.settings.host, self.settings.port, "port")
        if self.settings.internal_socket is not None:
            make_way(self.settings.internal_socket)
        else:
            check_port("127.0.0.1", int(self.settings.internal_address.rpartition(":")[2]), "internal_port")
        self.children.append(Child(engine_command(self.settings)))
        if self.settings.rasa and not self.settings.rasa_url:
            check_port("127.0.0.1", self.settings.rasa_port, "rasa_port")
            try:
                self.children.append(Child(rasa_command(self.settings, self.say)))
            except CourageError as error:
                self.say(f"{error}. The desk works without it.")
        tasks = [asyncio.create_task(child.run()) for child in self.children]
        try:
            ready = asyncio.create_task(self._wait_until_ready())
            stop = asyncio.create_task(self._stop.wait())
            await asyncio.wait({ready, stop}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not self._stop.is_set():
                after_ready()
            await stop
            ready.cancel()
            with suppress(asyncio.CancelledError):
                await ready
        finally:
            self.say("stopping …")
            await asyncio.gather(*(child.stop() for child in self.children))
            await asyncio.gather(*tasks, return_exceptions=True)
            self.say("stopped")
        return 0

    async def _wait_until_ready(self) -> None:
        """Ask ``/health`` until the engine is up and Rasa too (or is given up on for now)."""
        begun = time.monotonic()
        told: set[str] = set()
        timeout = aiohttp.ClientTimeout(total=3)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                parts = await self._health(session)
                for part in ("engine", "rasa"):
                    if parts.get(part) == "ok" and part not in told:
                        told.add(part)
                        self.say(f"{part} ready after {time.monotonic() - begun:.1f} s")
                wanted = {"engine", "rasa"} if self._expects_rasa() else {"engine"}
                if wanted <= told:
                    return
                if "engine" in told and time.monotonic() - begun > 120:
                    self.say(
                        "Rasa has not answered for two minutes (see rasa.log); the desk works without it."
                    )
                    return
                await asyncio.sleep(0.25)

    def _expects_rasa(self) -> bool:
        return self.settings.rasa and (bool(self.settings.rasa_url) or len(self.children) > 1)

    async def _health(self, session: aiohttp.ClientSession) -> dict[str, str]:
        try:
            async with session.get(f"{self.settings.engine_address}/health") as answer:
                body = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return {}
        parts = body.get("parts", {})
        return {name: part.get("status", "") for name, part in parts.items() if isinstance(part, dict)}


def supervise(settings: Settings, say: Callable[[str], None], after_ready: Callable[[], None]) -> int:
    """Run the supervisor in a fresh event loop; return the exit status."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")

    async def main() -> int:
        return await Supervisor(settings, say).run(after_ready)

    return asyncio.run(main())
