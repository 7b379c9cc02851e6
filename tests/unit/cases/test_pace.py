"""A limit of messages a minute: what comes faster waits and is read, and what cannot wait is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from courage.cases import pace
from courage.cases.counters import OVER_LIMIT
from courage.cases.errors import TooManyMessages
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.cases.pace import Pace
from courage.cases.positions import Positions
from courage.db.allowances import Allowances
from courage.gateways.in_turn import InTurn
from courage.gateways.matrix.edits import Edits
from courage.gateways.matrix.late import LateKeys
from courage.gateways.matrix.reader import Reader
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.patience import Patience
from courage.insights.usage import Usages
from courage.people.organisations import Organisations
from tests.unit.cases.kit import KEY, World, screen


class Limited:
    """An organisation that may send two messages a minute, and a neighbour without limit."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seconds = 1_000.0
        self.organisations = Organisations(world.sessions, clock=world.clock)
        self.here = self.organisations.create("Here", "here", most_messages=2).id
        self.there = self.organisations.create("There", "there").id
        for number, room in ((self.here, "!here"), (self.there, "!there")):
            world.rooms.ensure("test", room, organisation_id=number)
        self.start()

    def start(self) -> None:
        """Start the engine, again."""
        self.pace = Pace(Allowances(self.world.sessions), clock=self.world.clock, timer=lambda: self.seconds)
        self.intake = Intake(
            self.world.sessions,
            screen,
            IntakeSettings(KEY),
            rooms=self.world.rooms,
            organisations=self.organisations,
            pace=self.pace,
            clock=self.world.clock,
        )

    def message(self, number: int, room: str = "!here", channel: str = "test") -> InboundMessage:
        """Return a hateful message of a room."""
        return InboundMessage(
            1, channel, room, f"$m{number}", "@eve:x", f"they are vermin {number}", self.world.clock()
        )

    async def reads(self, message: InboundMessage) -> bool:
        """Say whether a message is read now; the other answer is that it has to be brought again."""
        try:
            return (await self.intake.receive(message)).case_id is not None
        except TooManyMessages:
            return False

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.world.clock.now += timedelta(seconds=seconds)

    def left_unread(self) -> int:
        """Return how many messages were counted as left unread."""
        return self.intake.counters.totals(self.here).get(OVER_LIMIT, 0)


@pytest.fixture
def limited(world: World) -> Iterator[Limited]:
    made = Limited(world)
    yield made
    engine = world.sessions.kw["bind"]
    assert isinstance(engine, Engine)
    engine.dispose()


async def test_what_comes_faster_waits_and_is_read_when_its_turn_comes(limited: Limited) -> None:
    messages = [limited.message(number) for number in range(5)]
    assert [await limited.reads(m) for m in messages] == [True, True, False, False, False]
    assert limited.pace.waiting(limited.here) == 3
    assert await limited.reads(limited.message(9, "!there"))  # a neighbour notices nothing
    assert not await limited.reads(messages[2])  # too early
    limited.later(61)
    assert [await limited.reads(m) for m in messages[2:]] == [True, True, False]
    limited.later(61)
    assert await limited.reads(messages[4])
    assert limited.pace.waiting() == 0
    assert limited.left_unread() == 0


async def test_who_waits_longer_goes_first(limited: Limited) -> None:
    messages = [limited.message(number) for number in range(6)]
    for m in messages[:5]:
        await limited.reads(m)  # 0 and 1 are read, 2, 3 and 4 wait
    limited.later(61)
    assert not await limited.reads(messages[5])  # two that wait already may come in this minute
    assert [await limited.reads(m) for m in messages[2:4]] == [True, True]


async def test_the_same_message_twice_costs_once_and_a_removal_nothing(limited: Limited) -> None:
    first, second = limited.message(1), limited.message(2)
    for _ in range(3):
        assert await limited.reads(first)
    assert await limited.reads(second)
    assert await limited.intake.redacted(1, "test", "!here", "$m1") is not None


async def test_a_restart_does_not_open_the_gate(limited: Limited) -> None:
    assert await limited.reads(limited.message(1))
    assert await limited.reads(limited.message(2))
    limited.start()
    assert not await limited.reads(limited.message(3))


async def test_what_has_waited_an_hour_is_left_unread_counted_and_shown(limited: Limited) -> None:
    messages = [limited.message(number) for number in range(4)]
    for m in messages:
        await limited.reads(m)
    for _ in range(61):
        limited.later(60)
        for number in (100, 101):  # others who are brought again and again, before them in the line
            await limited.reads(limited.message(number))
        limited.pace._allowances.spend(
            limited.here, "messages", 2, timedelta(minutes=1), limited.world.clock()
        )
        limited.pace._allowances.spend(
            limited.here, "messages", 2, timedelta(minutes=1), limited.world.clock()
        )
        if limited.left_unread():
            break
        for m in messages[2:]:
            await limited.reads(m)
    assert limited.left_unread() == 2
    limited.intake.counters.flush()
    usages = Usages(limited.world.sessions, limited.organisations, clock=limited.world.clock)
    (view,) = [v for v in usages.limited() if v.slug == "here"]
    assert usages.of(view).left_unread == 2
    assert "2 messages of 7 days were left unread" in usages.of(view).troubles()


async def test_too_many_that_wait_are_left_unread_and_counted(
    limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_LEAST_WAITING", 3)
    monkeypatch.setattr(pace, "_MINUTES_WAITING", 1)
    for number in range(10):
        await limited.reads(limited.message(number))
    assert (limited.pace.waiting(limited.here), limited.left_unread()) == (3, 5)


async def test_who_is_not_brought_again_keeps_nobody_waiting(limited: Limited) -> None:
    for number in range(6):
        await limited.reads(limited.message(number))
    assert limited.pace.waiting() == 4
    limited.later(pace.GONE + 1)
    assert limited.pace.waiting() == 0
    assert await limited.reads(limited.message(7))


async def test_a_gateway_brings_a_waiting_message_again_and_blames_nobody(limited: Limited) -> None:
    told: list[tuple[str, str]] = []

    async def given_up(room: str, message: str) -> None:
        told.append((room, message))

    line = InTurn(
        "test", None, lambda note: notes.append(note), Patience("test", given_up), longest_wait=0.02
    )
    notes: list[str] = []
    cases: list[int | None] = []

    def step(message: InboundMessage) -> Any:
        async def read() -> bool:
            cases.append((await limited.intake.receive(message)).case_id)
            return True

        return read

    tasks = [line.add("!here", f"$m{n}", None, step(limited.message(n))) for n in range(4)]
    # Heard at the same moment, any two of them may be the first: each asks in a thread of its own.
    while sum(task.done() for task in tasks) < 2:
        await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
    assert len(cases) == 2
    limited.later(61)
    await line.settled()
    assert len(cases) == 4
    assert None not in cases
    assert told == []
    assert notes[-1] == ""


async def test_matrix_reads_a_waiting_message_later_by_its_id_even_after_a_restart(limited: Limited) -> None:
    world = limited.world
    events = {
        f"$m{n}": {
            "type": "m.room.message", "event_id": f"$m{n}", "sender": "@eve:x", "origin_server_ts": 1_700_000_000_000,
            "content": {"msgtype": "m.text", "body": f"they are vermin {n}"},
        }
        for n in range(4)
    }  # fmt: skip
    world.rooms.ensure("matrix", "!here", organisation_id=limited.here)

    class Api:
        user_id = "@courage:x"
        encryption = None

        async def event(self, room_id: str, event_id: str) -> Any:
            return events[event_id]

    async def reader() -> tuple[Reader, LateKeys]:
        positions = Positions(world.sessions, "@courage:x")
        late = LateKeys(positions)
        await late.load()
        settings = MatrixSettings(
            homeserver="https://x", user_id="@courage:x", access_token="t", desk_room="!desk"
        )
        book: Any = SimpleNamespace(kind=lambda _: "group", joined=lambda _: True, encrypted=set())
        nobody: Any = None

        async def tell(*_: Any) -> None: ...

        patience = Patience("matrix", tell)
        api: Any = Api()
        edits = Edits(positions)
        return Reader(settings, api, book, limited.intake, nobody, nobody, late, edits, patience), late

    made, late = await reader()
    await made._deal_with("!here", list(events.values()))
    assert len(late.queued()) == 2  # which two, of four at the same moment, nobody can say
    assert late.count == 0  # no key is missing
    await made._read_queued()
    assert len(late.queued()) == 2
    await late.save()
    limited.start()
    made, late = await reader()
    limited.later(61)
    await made._read_queued()
    assert late.queued() == []
    for n in range(4):
        assert await limited.intake.redacted(1, "matrix", "!here", f"$m{n}") is not None  # each has its case


async def test_kept_texts_are_weighed_in_bytes_and_people_are_warned_from_four_fifths(
    limited: Limited,
) -> None:
    text = "они паразиты"  # 12 letters, 23 bytes
    m = limited.message(1)
    await limited.intake.receive(
        InboundMessage(1, m.channel, m.room_id, "$x", "@eve:x", f"vermin {text}", m.sent_at)
    )
    usages = Usages(limited.world.sessions, limited.organisations, clock=limited.world.clock)
    before = usages.of(limited.organisations.find("here"))
    assert before.kept_bytes == len(f"vermin {text}".encode())
    assert (before.near, before.rooms) == (False, 1)
    assert usages.of(limited.organisations.find("there")).kept_bytes == 0
    limited.organisations.change("here", most_bytes=1_000_000)
    big = "vermin " + "a" * 850_000
    await limited.intake.receive(InboundMessage(1, m.channel, m.room_id, "$y", "@eve:x", big, m.sent_at))
    usages = Usages(limited.world.sessions, limited.organisations, clock=limited.world.clock)
    assert usages.of(limited.organisations.find("here")).near
    limited.later(61)
    huge = "vermin " + "b" * 400_000
    receipt = await limited.intake.receive(
        InboundMessage(1, m.channel, m.room_id, "$z", "@eve:x", huge, m.sent_at)
    )
    assert receipt.case_id is not None  # whatever the limit: what hurts people opens a case
