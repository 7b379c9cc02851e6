"""An engine's half behind one chat gateway, in one process: gateway, intake, casework, commands, outbox on one SQLite file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

import courage.library.suggest.recommend  # noqa: F401  # seconds of loading, which must not stop a gateway in a test
from courage.cases.casework import make_casework
from courage.cases.events import EventBus
from courage.cases.intake import Intake, IntakeSettings
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.ports import Screen
from courage.cases.positions import Positions
from courage.commands.core.conversation import Conversation
from courage.commands.core.services import CommandServices
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from courage.gateways.registry import Gateway
from courage.insights.metrics import metrics
from courage.people.people import People
from courage.people.rooms import Rooms
from tests.databases import open_database
from tests.unit.cases.kit import KEY, Recommender, screen
from tests.unit.commands.talk import Sentences

Make = Callable[["GatewayWorld"], Gateway]


class GatewayWorld:
    """An engine with one gateway; after ``stop`` a new world may be made on the same folder."""

    def __init__(self, folder: Path, channel: str, make: Make, *, screener: Screen = screen) -> None:
        self.channel = channel
        self.engine = open_database(folder / "courage.db")
        self.sessions, self.bus = make_sessions(self.engine), EventBus()
        self.people, self.rooms = People(self.sessions), Rooms(self.sessions)
        self.intake = Intake(
            self.sessions,
            screener,
            IntakeSettings(KEY, cards_per_minute=1000),
            bus=self.bus,
            rooms=self.rooms,
        )
        self.casework = make_casework(self.sessions, Recommender(), channels=(channel,), bus=self.bus)
        self.sentences = Sentences()
        self.assistant = Conversation(
            CommandServices(
                casework=self.casework,
                recommender=Recommender(),
                people=self.people,
                intake=self.intake,
                screen=screen,
                rooms=self.rooms,
            ),
            self.sentences,
        )
        self.gateway = make(self)
        self.dispatcher = Dispatcher(
            self.sessions,
            {channel: self.gateway},
            OutboxSettings(first_wait=0.05, longest_wait=0.2),
            bus=self.bus,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def parts(self) -> dict[str, Any]:
        """Return what every gateway is made of."""
        return {
            "intake": self.intake,
            "people": self.people,
            "rooms": self.rooms,
            "assistant": self.assistant,
            "positions": lambda account: Positions(self.sessions, account, channel=self.channel),
            "bus": self.bus,
        }

    def person(self, name: str, role: str, account: int | str) -> int:
        """Add a person with an account of the chat system."""
        found = self.people.find(name) or self.people.add(name, role)
        self.people.link_identity(found.id, self.channel, str(account))
        return found.id

    async def start(self) -> None:
        """Run gateway and outbox and wait until the gateway reads."""
        await self.intake.start()
        self._tasks = [asyncio.create_task(self.gateway.run()), asyncio.create_task(self.dispatcher.run())]
        await self.until(lambda: self.gateway.health()["status"] == "ok", "reading")

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
                async with asyncio.timeout(20):
                    while not await asyncio.to_thread(true):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(anext(events), 0.05)
            except TimeoutError:
                raise AssertionError(f"{what} did not come about; gateway: {self.gateway.health()}") from None

    def settled(self) -> bool:
        """Return whether the outbox has nothing left to deliver."""
        return "pending" not in metrics(self.sessions).outbox

    def left(self, statuses: tuple[str, ...]) -> list[str]:
        """Return the messages of the cases that are in one of some states, the oldest first."""
        wanted = select(Case.message_id).where(Case.status.in_(statuses)).order_by(Case.message_id)
        with self.sessions() as session:
            return list(session.scalars(wanted))

    def status(self, case_id: int = 1) -> str:
        """Return where a case is; empty when there is none."""
        try:
            return self.casework.view(case_id).status
        except Exception:
            return ""
