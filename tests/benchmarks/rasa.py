"""Rasa round trips: our assistant beside Rasa's stock starter assistant, on the same machine, one after the other."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from courage.errors import CourageError
from courage.shipped import CHECKOUT as ROOT
from tests.benchmarks.measure import closed_loop, free_port, memory, wait_until

PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


@asynccontextmanager
async def process(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process in a group of its own and end the whole group afterwards."""
    with log.open("ab") as out:
        child = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=cwd,
            env={**os.environ, **QUIET, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):  # it may end by itself at any moment
            os.killpg(child.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), 20)
        except TimeoutError:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def make_starter(folder: Path) -> None:
    """Let Rasa write and train its own starter assistant in ``folder``.

    :raises CourageError: if Rasa cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(PYTHON), "-m", "rasa", "init", "--no-prompt", "--init-dir", str(folder)]
    async with process(arguments, folder, {}, folder / "init.log") as child:
        if await child.wait() != 0:
            raise CourageError(f"Rasa's starter assistant could not be made; see {folder / 'init.log'}")


async def starter_round_trips(folder: Path, count: int, clients: int) -> dict[str, Any]:
    """Measure the starter assistant behind Rasa's own REST connector."""
    port = free_port()
    arguments = [str(PYTHON), "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)]
    (folder / "credentials.yml").write_text("rest:\n")
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    async with (
        process(arguments, folder, {}, folder / "run.log") as child,
        aiohttp.ClientSession() as session,
    ):
        await wait_until(
            lambda: _answers(session, f"http://127.0.0.1:{port}/"), 180, "Rasa's starter assistant"
        )

        async def one(number: int) -> None:
            body = {"sender": f"person-{number % 50}", "message": "are you a bot?"}
            async with session.post(url, json=body) as answer:
                if not await answer.json():
                    raise CourageError("Rasa's starter assistant gave no answer")

        await closed_loop(one, 20, clients)
        figures = await closed_loop(one, count, clients)
        return {**figures, "memory_mib": memory(child.pid)}


async def our_round_trips(
    engine_url: str, secret: str, message: str, count: int, clients: int
) -> dict[str, Any]:
    """Measure our assistant the way a gateway has it: engine, and for sentences Rasa and the action, all included."""
    url = f"{engine_url}/internal/conversation"
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def one(number: int) -> None:
            metadata = {
                "organisation_id": 1,
                "channel": "practice",
                "room_id": "practice-desk",
                "room_kind": "desk",
                "person_id": 1,
                "display_name": "Bench",
                "language": "en",
            }
            body = {"sender": f"person-{number % 50}", "message": message, "metadata": metadata}
            async with session.post(url, json=body) as answer:
                if answer.status != 200 or not await answer.json():
                    raise CourageError(f"the assistant gave no answer (status {answer.status})")

        await closed_loop(one, 20, clients)
        return await closed_loop(one, count, clients)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
