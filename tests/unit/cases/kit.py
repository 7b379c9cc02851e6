"""What the tests of this folder share: a database, people, a screener and a channel without surprises."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.orm import Session, sessionmaker

import courage.db.models.delivery  # noqa: F401  # so that create_all knows them
from courage.cases.casework import Casework, CaseworkSettings, make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.decisions import Decisions
from courage.cases.errors import ChannelError
from courage.cases.events import EventBus
from courage.cases.intake import InboundMessage, Intake, IntakeSettings
from courage.cases.learnt import Learnt
from courage.cases.narratives import Narratives
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.ports import Button, Card
from courage.db.engine import create_all, make_engine, make_sessions
from courage.detection.verdict import Reason, Verdict
from courage.library.suggest.sayings import Saying
from courage.people.access import Access
from courage.people.people import People
from courage.people.rooms import Rooms
from courage.taxonomy import SENSITIVITIES
from tests.databases import close_for_copying, folder_of_the_process, open_database
from tests.staff import ready_at_once

KEY = b"a key for tests only"
T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        """Let time pass: ``minutes=5``."""
        self.now += timedelta(**span)


async def screen(text: str, sensitivity: str) -> Verdict:
    """Flag what says ``vermin``, escalate what says ``kill``, find a narrative in ``replaced``, read no Kurdish; nothing else."""
    if "replaced" in text:
        told = Verdict(text, False, 0.2, "narrative", 1, ("migrants",), "en", "counter")
        return replace(told, by_sensitivity=dict.fromkeys(SENSITIVITIES, "narrative"))
    if "Sibê" in text:
        return Verdict(text, False, 0.0, "none", 0, (), "ku", "none", (Reason("language", "not_read"),))
    threat, hateful = "kill" in text.lower(), "vermin" in text.lower() or "kill" in text.lower()
    if not hateful:
        flags = {"watchful": "hateful"} if "these" in text and "people" in text else {}
        return Verdict(text, False, 0.02, "none", 0, (), "en", "none", by_sensitivity=flags)
    at = text.lower().find("kill" if threat else "vermin")
    return Verdict(
        text,
        True,
        0.93,
        "threat" if threat else "dehumanisation",
        3 if threat else 2,
        ("migrants",),
        "en",
        "escalate" if threat else "counter",
        (
            Reason("word", "word", 1.2, at, at + 6, {"word": text[at : at + 6]}),
            Reason("target", "mention", 0.5, 0, 4, {"word": "they"}),
        ),
        by_sensitivity=dict.fromkeys(SENSITIVITIES, "escalated")
        if threat
        else {"balanced": "hateful", "watchful": "hateful"},
    )


def narrative(text: str, language: str, organisation_id: int) -> str | None:
    """Stands in for the library: knows one narrative, of the first organisation."""
    return "they are replacing us" if organisation_id == 1 and "flats" not in text else None


@dataclass(frozen=True)
class Wish:
    """Stands in for the library's."""

    exclude: frozenset[str] = frozenset()
    tone: str | None = None


@dataclass(frozen=True)
class Offer:
    """Stands in for the library's suggestion."""

    id: str
    text: str
    strategy: str
    language: str = "en"
    score: float = 0.8
    reasons: tuple[Saying, ...] = (Saying("narrative_similar"),)
    sources: tuple[dict[str, Any], ...] = ()
    rank: int = 1
    translated_from: str | None = None
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """Stands in for the library's."""

    abstained: bool
    reason: Saying | None
    suggestions: tuple[Offer, ...]


class Recommender:
    """Offers six fixed responses, three at a time, and remembers feedback."""

    offers = tuple(
        Offer(f"en-migrants-{n}", f"Response number {n}.", s)
        for n, s in enumerate(
            ("facts", "question", "affiliation", "humor", "positive", "consequences"), start=1
        )
    )

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []
        self.repeats = 0
        self.conditions: Any = None

    def suggest(
        self,
        text: str,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Any = Wish(),
        room: str | None = None,
        limit: int = 3,
        repeats: int = 0,
        conditions: Any = None,
    ) -> Any:
        self.repeats = repeats
        self.conditions = conditions
        if verdict.route == "escalate":
            return Advice(True, Saying("escalation"), ())
        if not verdict.hateful:
            return Advice(True, Saying("harmless"), ())
        left = [offer for offer in self.offers if offer.id not in wish.exclude]
        return Advice(False, None, tuple(left[:limit]))

    def feedback(
        self,
        organisation_id: int,
        response_id: str,
        event: str,
        value: float = 1.0,
        person: str | None = None,
        room: str | None = None,
    ) -> None:
        self.heard.append((response_id, event, value))


@dataclass
class FakeChannel:
    """A channel that keeps what it accepted by key and fails when told to."""

    name: str = "test"
    cards: dict[str, Card] = field(default_factory=dict)
    updates: list[Card] = field(default_factory=list)
    replies: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    failures: list[ChannelError] = field(default_factory=list)
    fails: str = ""
    calls: list[str] = field(default_factory=list)

    def _maybe_fail(self, key: str) -> None:
        self.calls.append(key)
        if self.failures and key.startswith(self.fails):
            raise self.failures.pop(0)

    async def send_card(self, card: Card, key: str) -> str:
        self._maybe_fail(key)
        self.cards[key] = card
        return f"ref-{key}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        self._maybe_fail(key)
        self.updates.append(card)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        self._maybe_fail(key)
        self.replies[key] = (room_id, text, in_reply_to)
        return f"ref-{key}"

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        self._maybe_fail(key)
        self.said[key] = text
        return f"ref-{key}"


@dataclass
class World:
    """Everything wired together on one SQLite file."""

    sessions: sessionmaker[Session]
    clock: Clock
    bus: EventBus
    people: People
    rooms: Rooms
    intake: Intake
    casework: Casework
    decisions: Decisions
    recommender: Recommender
    channel: FakeChannel
    channels: dict[str, FakeChannel]
    dispatcher: Dispatcher
    ann: int
    bob: int
    mia: int
    tom: int

    def message(
        self, text: str, message_id: str = "$1", author: str = "@eve:x", **more: Any
    ) -> InboundMessage:
        """Return a message of the group room, sent now."""
        return InboundMessage(
            1,
            "test",
            more.pop("room_id", "!room"),
            message_id,
            author,
            text,
            more.pop("sent_at", self.clock()),
            **more,
        )

    async def case(self, text: str = "they are vermin", message_id: str = "$1", **more: Any) -> int:
        """Open a case and return its number."""
        receipt = await self.intake.receive(self.message(text, message_id, **more))
        assert receipt.case_id is not None
        return receipt.case_id

    async def posted(self, case_id: int) -> None:
        """Let Ann answer a case."""
        self.casework.claim(case_id, self.ann)
        self.casework.suggest(case_id, self.ann, Wish())  # type: ignore[arg-type]
        draft = self.casework.choose(case_id, self.ann, 1)
        self.casework.confirm_post(case_id, self.ann, draft.version)
        await self.dispatcher.drain()


def _person(people: People, name: str, role: str) -> int:
    return (people.find(name) or people.add(name, role)).id


@cache
def _stocked(ready: bool) -> Path:
    """Make a database with the people and the room once a process; each test gets a copy of the file.

    :param ready: whether people are ready for live cases at once (:mod:`tests.staff`); one file for each.
    """
    folder = folder_of_the_process("courage-cases-")
    close_for_copying(make_world(folder, stocked=False).sessions.kw["bind"])
    return folder / "courage.db"


def make_world(folder: Path, url: str | None = None, *, stocked: bool = True, **intake: Any) -> World:
    """Wire everything on the database in ``folder``, a fresh one if there is none."""
    if url is None:
        if stocked and not (folder / "courage.db").exists():
            shutil.copyfile(_stocked(ready_at_once()), folder / "courage.db")
        engine = open_database(folder / "courage.db")
    else:
        engine = make_engine(url)
        create_all(engine)
    looking = make_sessions(engine)
    sessions, clock, bus = make_sessions(engine, strict=True), Clock(), EventBus()
    people, rooms, recommender, channel = (
        People(
            sessions,
            Access(sessions, clock=clock, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        ),
        Rooms(sessions),
        Recommender(),
        FakeChannel(),
    )
    decisions = Decisions(sessions, KEY, bus=bus, clock=clock)
    channels = {"test": channel}
    rooms.ensure("test", "!room", name="Garden talk")
    return World(
        looking,
        clock,
        bus,
        people,
        rooms,
        Intake(
            sessions,
            screen,
            IntakeSettings(KEY, **intake),
            bus=bus,
            rooms=rooms,
            learnt=Learnt(sessions, KEY, Narratives(narrative)),
            clock=clock,
        ),
        make_casework(
            sessions,
            recommender,
            CaseworkSettings(),
            channels=channels,
            bus=bus,
            decisions=DecisionRecords(KEY),
            clock=clock,
        ),
        decisions,
        recommender,
        channel,
        channels,
        Dispatcher(
            sessions,
            channels,
            OutboxSettings(tries=3),
            bus=bus,
            recommender=recommender,
            clock=clock,
            chance=lambda: 1.0,
        ),
        _person(people, "Ann", "volunteer"),
        _person(people, "Bob", "volunteer"),
        _person(people, "Mia", "moderator"),
        _person(people, "Tom", "trainer"),
    )
