"""The engine's Matrix half in one process: gateway, intake, casework, outbox on one SQLite file.

Run as a program it is an engine that can be killed: ``python -m tests.e2e.matrix_world FOLDER SETTINGS-AS-JSON``. With a
point such as ``courage.gateways.matrix.api:MatrixApi.send:after:1`` behind it kills itself there.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import itertools
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courage.db.models.delivery  # noqa: F401  # so that create_all knows them
from courage.cases.casework import Casework, make_casework
from courage.cases.conversation import Answer
from courage.cases.errors import CaseError
from courage.cases.events import EventBus
from courage.cases.intake import Intake, IntakeSettings
from courage.cases.outbox import Dispatcher
from courage.cases.ports import Recommending, Screen
from courage.cases.positions import Positions
from courage.db.engine import create_all, make_engine, make_sessions
from courage.gateways.matrix.gateway import MatrixGateway, MatrixSettings
from courage.people.people import People
from courage.people.rooms import Rooms
from tests.unit.cases.kit import KEY, Recommender, Wish, screen

_COMMAND = re.compile(
    r"^(claim|show|suggest|release|dismiss|escalate|use|edit|post|queue|not hate)\b\s*(.*)$", re.S | re.I
)


class CommandAssistant:
    """Understands the short commands without any model; stands in for the conversation server."""

    def __init__(self, casework: Casework) -> None:
        self._casework = casework
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        self.heard.append((text, metadata))
        if metadata["addressed"] is False and _COMMAND.match(text.strip()) is None:
            return []
        return [{"text": await asyncio.to_thread(self._do, text.strip(), metadata["person_id"])}]

    def _do(self, text: str, person: int) -> str:
        match = _COMMAND.match(text)
        if match is None:
            return "Pardon?"
        word, rest = match[1].lower(), match[2].strip()
        try:
            return str(self._step(word, rest, person))
        except CaseError as error:
            return str(error)

    def _step(self, word: str, rest: str, person: int) -> object:
        work, current = self._casework, self._casework.current_case(person) or 0
        number = int(rest) if rest.isdigit() else current
        match word:
            case "claim":
                return f"Case {work.claim(number, person).id} is yours."
            case "show":
                return work.show_message(number, person)
            case "suggest":
                advice = work.suggest(number, person, Wish())  # type: ignore[arg-type]
                return "\n".join(f"{n}. {s.text}" for n, s in enumerate(advice.suggestions, start=1)) or (
                    advice.reason.text if advice.reason else ""
                )
            case "use":
                return f"Version {work.choose(current, person, int(rest)).version}."
            case "edit":
                return f"Version {work.edit(current, person, rest).version}."
            case "post":
                return work.confirm_post(current, person, int(rest.removeprefix("v"))).state
            case "release":
                return work.release(number, person).status
            case "escalate":
                return work.escalate(number, person).status
            case "dismiss" | "not hate":
                return work.dismiss(number, person).status
        return ", ".join(str(view.id) for view in work.queue())


class MatrixWorld:
    """An engine with a Matrix gateway; ``start`` and ``stop`` may be called again on the same folder."""

    def __init__(
        self,
        folder: Path,
        settings: MatrixSettings,
        *,
        screener: Screen = screen,
        recommender: Recommending | None = None,
    ) -> None:
        self.channel = "matrix"
        engine = make_engine(f"sqlite:///{folder / 'courage.db'}")
        create_all(engine)
        self.engine = engine
        # Tests look where they like; what is tested says whose rows it touches, as in the running program.
        self.sessions, strict = make_sessions(engine), make_sessions(engine, strict=True)
        self.bus = EventBus()
        self.people, self.rooms = People(strict), Rooms(strict)
        self.recommender = recommender or Recommender()
        self.intake = Intake(
            strict,
            screener,
            IntakeSettings(KEY, cards_per_minute=1000),
            bus=self.bus,
            rooms=self.rooms,
        )
        self.casework = make_casework(strict, self.recommender, channels=("matrix",), bus=self.bus)
        self.assistant = CommandAssistant(self.casework)
        self.gateway = MatrixGateway(
            settings,
            intake=self.intake,
            people=self.people,
            rooms=self.rooms,
            assistant=self.assistant,
            positions=Positions(strict, settings.user_id),
            bus=self.bus,
        )
        self.dispatcher = Dispatcher(
            strict, {"matrix": self.gateway}, bus=self.bus, recommender=self.recommender
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, deliver: bool = True) -> None:
        """Run gateway and outbox and wait until the gateway reads."""
        await self.intake.start()
        with self.bus.subscribe("channel") as events:
            self._tasks = [asyncio.create_task(self.gateway.run())]
            if deliver:
                self._tasks.append(asyncio.create_task(self.dispatcher.run()))
            async with asyncio.timeout(60):
                while self.gateway.health()["status"] != "ok":
                    await anext(events)

    async def stop(self) -> None:
        """Stop as on a restart."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.intake.close()
        self.engine.dispose()

    async def until(self, true: Callable[[], object], what: str = "it") -> None:
        """Wait until something is true, looking again at every event."""
        with self.bus.subscribe() as events:
            try:
                async with asyncio.timeout(60):
                    while not await asyncio.to_thread(true):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(anext(events), 0.2)
            except TimeoutError:
                raise AssertionError(f"{what} did not come about; gateway: {self.gateway.health()}") from None

    def settled(self) -> bool:
        """Return whether the outbox has nothing left to deliver."""
        from courage.insights.metrics import metrics

        return "pending" not in metrics(self.sessions).outbox

    def status(self, case_id: int = 1) -> str:
        """Return where a case is; empty when there is none."""
        try:
            return self.casework.view(case_id).status
        except CaseError:
            return ""


def die_at(point: str) -> None:
    """Have this process killed before or after the n-th call of a method: ``module:Class.method:before|after:n``."""
    module, path, when, number = point.split(":")
    owner_name, name = path.split(".")
    owner = getattr(importlib.import_module(module), owner_name)
    method, left = getattr(owner, name), itertools.count(int(number), -1)

    def die() -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    async def slow(*args: Any, **named: Any) -> Any:
        if when == "before":
            die()
        result = await method(*args, **named)
        if when == "after":
            die()
        return result

    def quick(*args: Any, **named: Any) -> Any:
        if when == "before":
            die()
        result = method(*args, **named)
        if when == "after":
            die()
        return result

    setattr(owner, name, slow if inspect.iscoroutinefunction(method) else quick)


async def _main(folder: Path, settings: MatrixSettings) -> None:
    world = MatrixWorld(folder, settings)
    await world.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    for given in sys.argv[3:]:
        die_at(given)
    asyncio.run(_main(Path(sys.argv[1]), MatrixSettings(**json.loads(sys.argv[2]))))
