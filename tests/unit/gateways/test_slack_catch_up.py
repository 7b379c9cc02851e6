"""What Slack did not tell is read from its histories; the place to read from moves on only when that is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from courage.cases.positions import Positions
from courage.db.engine import make_sessions
from courage.gateways.slack.catch_up import CatchUp
from courage.gateways.slack.settings import SlackSettings
from tests.databases import open_database

BEGIN = 1_700_000_000


def ts(seconds: float) -> str:
    return f"{BEGIN + seconds:.6f}"


class Api:
    """Stands in for the Web API: a channel with threads."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.threads: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []

    def now(self) -> str:
        return ts(0)

    def is_ours(self, message: dict[str, Any]) -> bool:
        return message.get("user") == "U0US"

    async def history(self, channel: str, oldest: str) -> AsyncIterator[list[dict[str, Any]]]:
        self.asked.append(oldest)
        found = sorted((m for m in self.messages if m["ts"] > oldest), key=lambda m: m["ts"], reverse=True)
        for at in range(0, len(found), 2):
            yield found[at : at + 2]

    async def thread(self, channel: str, first: str, oldest: str) -> AsyncIterator[list[dict[str, Any]]]:
        yield [{"ts": first}, *(m for m in self.threads[first] if m["ts"] > oldest)]


class Reader:
    """Stands in for the reader: it is done with a message when the test says so."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.works = asyncio.Event()

    def written(self, channel: str, message: dict[str, Any]) -> asyncio.Task[Any]:
        return self._hear("written", message)

    def edited(self, channel: str, message: dict[str, Any], at: str) -> asyncio.Task[Any]:
        return self._hear("edited", message)

    def _hear(self, how: str, message: dict[str, Any]) -> asyncio.Task[Any]:
        self.heard.append((how, message["text"]))
        return asyncio.create_task(self.works.wait())


class World:
    def __init__(self, folder: Path, **settings: Any) -> None:
        self.api, self.reader = Api(), Reader()
        place = Positions(make_sessions(open_database(folder / "courage.db")), "T0/read", channel="slack")
        given = SlackSettings("xoxb-1", "xapp-1", **settings)
        self.catch_up = CatchUp(given, self.api, place, self.reader)  # type: ignore[arg-type]

    def says(self, at: float, text: str, **more: Any) -> None:
        self.api.messages.append({"ts": ts(at), "user": "U1", "text": text, **more})


async def test_the_place_moves_on_only_when_everything_is_in_the_database(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.catch_up.begin(["C1"])
    world.says(1, "one")
    reading = asyncio.create_task(world.catch_up.read(["C1"], after_a_gap=False))
    while not world.reader.heard:
        await asyncio.sleep(0)
    reading.cancel()  # the engine dies while the database is away
    await asyncio.gather(reading, return_exceptions=True)
    second = World(tmp_path)
    second.api, second.catch_up._api = world.api, world.api  # type: ignore[assignment]
    await second.catch_up.load()
    second.reader.works.set()
    assert await second.catch_up.read(["C1"], after_a_gap=True) == 1
    assert second.reader.heard == [("written", "one")]
    assert await second.catch_up.read(["C1"], after_a_gap=False) == 0


async def test_after_a_gap_edits_and_answers_in_older_threads_are_read_in_order(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.reader.works.set()
    world.says(-100, "before", edited={"ts": ts(50)})
    world.says(-90, "a thread", latest_reply=ts(40))
    world.says(-80, "nothing new", latest_reply=ts(-70))
    world.api.threads[ts(-90)] = [
        {"ts": ts(-85), "user": "U1", "text": "an old answer"},
        {"ts": ts(40), "user": "U1", "text": "an answer"},
    ]
    world.says(30, "two")
    world.says(10, "one")
    world.says(20, "ours", user="U0US")
    world.says(25, "has joined", subtype="channel_join")
    world.says(35, "three", edited={"ts": ts(36)})
    await world.catch_up.begin(["C1"])
    assert await world.catch_up.read(["C1", "C2"], after_a_gap=True) == 5
    assert world.reader.heard == [
        ("edited", "before"), ("written", "an answer"), ("written", "one"), ("written", "two"), ("edited", "three"),
    ]  # fmt: skip


async def test_more_than_can_be_read_is_said_and_the_newest_are_read(tmp_path: Path) -> None:
    world = World(tmp_path, gap=4)
    world.reader.works.set()
    for number in range(10):
        world.says(number + 1, f"no {number}")
    await world.catch_up.begin(["C1"])
    assert await world.catch_up.read(["C1"], after_a_gap=True) == 4
    assert [text for _, text in world.reader.heard] == ["no 6", "no 7", "no 8", "no 9"]
    assert world.catch_up.skipped == {"C1"}


async def test_a_channel_that_was_left_begins_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.catch_up.begin(["C1"])
    await world.catch_up.forget("C1")
    world.says(1, "while nobody was there")
    assert await world.catch_up.read(["C1"], after_a_gap=True) == 0
