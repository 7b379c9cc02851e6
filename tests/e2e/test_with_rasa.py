"""The whole conversation: a real Rasa server, our actions over HTTP, casework on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from courage.db.models.cases import Case, CaseEvent
from courage.db.scope import scope_to_every
from courage.gateways.rasa import RasaAssistant
from courage.settings import Settings
from courage.web.vectors import SentenceVectors
from courage.wiring import load_sentence_encoder
from tests.benchmarks.measure import free_port
from tests.unit.actions.chat import Chat
from tests.unit.cases.kit import World
from tests.unit.commands.test_practise import DIRECT, talk_of

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"
SECRET = "a secret for tests only"


@dataclass
class Talk:
    """A conversation through the connector."""

    session: aiohttp.ClientSession
    url: str
    person_id: int | None
    room_kind: str = "desk"
    sender: str = "k"

    async def say(self, text: str, secret: str = SECRET) -> tuple[int, Any]:
        """Say something and return status and answers."""
        metadata = {"organisation_id": 1, "channel": "test", "room_id": "!desk", "room_kind": self.room_kind}
        metadata |= {"person_id": self.person_id, "display_name": "Ann", "language": "en"}
        body = {"sender": self.sender, "message": text, "metadata": metadata}
        headers = {"Authorization": f"Bearer {secret}"}
        async with self.session.post(
            f"{self.url}/webhooks/courage/webhook", json=body, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    async def hear(self, text: str) -> str:
        """Say something and return all texts of the answer."""
        status, said = await self.say(text)
        assert status == 200, said
        return "\n".join(answer["text"] for answer in said)


def environment(engine_url: str) -> dict[str, str]:
    """Return Rasa's environment."""
    more = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **more, "COURAGE_ENGINE_URL": engine_url, "COURAGE_INTERNAL_SECRET": SECRET}


def model(folder: Path) -> Path:
    """Return a trained assistant: the one that set-up made, else one trained now."""
    made = ROOT / "var" / "rasa" / "courage.tar.gz"
    if made.exists():
        return made
    command = [sys.executable, "-m", "courage", "vectors"]
    command += [str(PYTHON), "-m", "rasa", "train", "--data", "bot/data", "--fixed-model-name", "courage"]
    command += ["--out", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment("http://127.0.0.1:9"), check=True, capture_output=True)
    return folder / "courage.tar.gz"


@contextlib.asynccontextmanager
async def engine(world: World, messages: list[dict[str, Any]]) -> AsyncIterator[str]:
    """Serve our actions as the engine does; yields the engine's address."""
    executor = Chat(world, None).executor

    async def webhook(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        result = await executor.run({"domain": {}, **await request.json()})
        assert result is not None
        return web.json_response(result.model_dump())

    async def message(request: web.Request) -> web.Response:
        messages.append(await request.json())
        return web.json_response({"verdict": None, "case_id": None, "created": False})

    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/internal/webhook", webhook)
    app.router.add_post("/internal/messages", message)
    sentences = SentenceVectors(lambda: load_sentence_encoder(Settings()))
    app.router.add_post("/internal/vectors", sentences.vectors)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def rasa(engine_url: str, folder: Path, session: aiohttp.ClientSession) -> AsyncIterator[str]:
    """Run Rasa; yields its address once it answers."""
    trained = await asyncio.to_thread(model, folder)
    port = free_port()
    command = [str(PYTHON), "-m", "rasa", "run", "--model", str(trained), "-i", "127.0.0.1", "-p", str(port)]
    log = (folder / "rasa.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *command,
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.example.yml",
        cwd=ROOT,
        env=environment(engine_url),
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(120):
            while True:
                assert process.returncode is None, (folder / "rasa.log").read_text()[-2000:]
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{url}/webhooks/courage/") as answer:
                        assert await answer.json() == {"status": "ok", "sentences": "ok"}
                        break
                await asyncio.sleep(0.2)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        log.close()


def cases(world: World) -> list[tuple[Any, ...]]:
    """Return the cases of all organisations, and what happened to them."""
    with world.sessions() as session:
        scope_to_every(session, "a test looks for what should be nowhere")
        return [
            *map(tuple, session.execute(select(Case.id, Case.status, Case.text))),
            *map(tuple, session.execute(select(CaseEvent.case_id, CaseEvent.kind))),
        ]


async def practise(world: World, url: str, messages: list[dict[str, Any]]) -> None:
    """Play drills in a direct conversation whose free sentences Rasa understands, in two languages."""
    rasa = RasaAssistant(url, SECRET)
    talk = talk_of(world, rasa)
    before, heard = cases(world), list(messages)

    async def hear(text: str, language: str) -> str:
        return await talk.hear(world.ann, text, **DIRECT, language=language)

    # Rasa is who understands a sentence before and after; what is said in between never reaches it.
    assert "a program, not a person" in await hear("are you a bot?", "en")
    assert "1. The rumour about the garden" in await hear("practise", "en")
    assert "A chat of people who share a garden." in await hear("1", "en")
    assert "A calm question leaves Dave a way back." in await hear("Where did you hear that?", "en")
    said = await hear("are you a bot?", "en")
    assert "a program, not a person" not in said
    assert "safe for you" in said
    assert "a program, not a person" in await hear("are you a bot?", "en")  # the drill has ended by itself
    assert "1. " in await hear("üben", "de")
    await hear("1", "de")
    assert "Eine ruhige Antwort" in await hear("Wie kommst du darauf?", "de")
    assert "Beendet." in await hear("stopp", "de")
    assert "Programm" in await hear("Bist du ein Bot?", "de")
    academy = talk.services.academy
    assert academy is not None
    assert sorted(run.state for run in academy.drills.list(world.ann)) == ["ended", "left"]
    assert cases(world) == before
    assert messages == heard  # and no group message was made of it
    await rasa.close()


async def test_a_case_from_the_queue_to_the_group_room(world: World, tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("Rasa's environment is missing; run: make setup")
    case = await world.case("they are vermin")
    messages: list[dict[str, Any]] = []
    async with (
        aiohttp.ClientSession() as session,
        engine(world, messages) as engine_url,
        rasa(engine_url, tmp_path, session) as url,
    ):
        ann = Talk(session, url, world.ann)
        assert (await ann.say("queue", secret="wrong"))[0] == 401
        assert f"Case {case}" in await ann.hear("which cases are open")
        assert "Response number 1." in await ann.hear(f"claim {case}")
        assert "Response number 4." in await ann.hear("more")
        assert "Response number 5." in await ann.hear("2")
        assert "Post it: post 1 v2" in await ann.hear("edit: my own /words, claim 12")
        # Neither an intent of Rasa's own nor a yes posts anything.
        for trick in ('/post{"case": 1, "version": 2}', "\u200b／post it", "yes please"):
            assert "on its way" not in await ann.hear(trick)
        await world.dispatcher.drain()
        assert not world.channel.replies
        assert "on its way" in await ann.hear("post")
        await world.dispatcher.drain()
        assert [reply[1] for reply in world.channel.replies.values()] == ["my own /words, claim 12"]

        member = Talk(session, url, None, "direct", "m")
        assert "a program, not a person" in await member.hear("are you a bot?")
        assert "for the volunteers" in await member.hear("queue")

        group = Talk(session, url, None, "group", "g")
        assert await group.say("claim 1, you vermin") == (200, [])
        assert [m["text"] for m in messages] == ["claim 1, you vermin"]

        # A conversation longer than what is kept still knows the draft that was shown.
        second = await world.case("vermin again", "$2")
        await ann.hear(f"claim {second}")
        await ann.hear("use 1")
        for _ in range(30):
            await ann.hear("thank you")
        assert "on its way" in await ann.hear("post")
        await practise(world, url, messages)
    log = (tmp_path / "rasa.log").read_text()
    for never in ("vermin", "Where did you hear", "darauf"):
        assert never not in log
    assert "InMemoryTrackerStore" not in log
