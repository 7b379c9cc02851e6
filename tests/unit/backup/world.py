"""Casework with its real parts on a database file that a home folder holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from courage.cases.casework import CaseworkSettings, make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.events import EventBus
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.cases.learnt import Learnt
from courage.cases.outbox import Dispatcher
from courage.db.engine import make_engine, make_sessions
from courage.db.erasures import FILE, Erasures
from courage.people.access import Access
from courage.people.keys import ApiKeys
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from courage.people.rooms import Rooms
from tests.unit.cases.kit import KEY, FakeChannel, Recommender, screen


class World:
    """Everything wired together; opened anew on the same folder it finds what is there."""

    def __init__(self, home: Path) -> None:
        self.engine = make_engine(f"sqlite:///{home / 'courage.db'}")
        self.sessions = make_sessions(self.engine, strict=True, erasures=Erasures(home / FILE))
        self.looking = make_sessions(self.engine)
        self.bus = EventBus()
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.people = People(self.sessions, Access(self.sessions, hasher=hasher))
        self.keys = ApiKeys(self.sessions)
        self.organisations = Organisations(self.sessions)
        self.practice_spaces = PracticeSpaces(self.sessions)
        rooms = Rooms(self.sessions)
        rooms.ensure("test", "!room", name="Garden talk")
        self.intake = Intake(
            self.sessions,
            screen,
            IntakeSettings(KEY, retain=timedelta(days=90)),
            bus=self.bus,
            rooms=rooms,
            learnt=Learnt(self.sessions, KEY),
        )
        recommender, self.channel = Recommender(), FakeChannel()
        channels = {"test": self.channel}
        self.casework = make_casework(
            self.sessions,
            recommender,
            CaseworkSettings(),
            channels=channels,
            bus=self.bus,
            decisions=DecisionRecords(KEY),
        )
        self.dispatcher = Dispatcher(self.sessions, channels, bus=self.bus, recommender=recommender)
        self.volunteer = self._person("Vera", "volunteer")
        self.moderator = self._person("Mia", "moderator")
        self.admin = self._person("Ada", "admin")

    def _person(self, name: str, role: str) -> int:
        return (self.people.find(name) or self.people.add(name, role)).id

    async def message(self, message_id: str, text: str, **more: Any) -> int:
        """Take a message in and return the number of its case; 0 if it has none."""
        at = datetime.now(UTC)
        said = InboundMessage(1, "test", "!room", message_id, f"@{message_id}:x", text, at, **more)
        receipt = await (self.intake.edited(said) if said.edited else self.intake.receive(said))
        return receipt.case_id or 0

    async def redact(self, message_id: str) -> None:
        """Let the author remove a message."""
        await self.intake.redacted(1, "test", "!room", message_id)

    async def deliver(self) -> None:
        """Hand over what is due."""
        await self.dispatcher.drain()

    def confirm_reply(self, case: int) -> None:
        """Let the volunteer answer a case; the reply waits in the outbox."""
        self.casework.claim(case, self.volunteer)
        self.casework.suggest(case, self.volunteer)
        draft = self.casework.choose(case, self.volunteer, 1)
        self.casework.confirm_post(case, self.volunteer, draft.version)
