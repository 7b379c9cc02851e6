"""Messages side by side: in order for each, waited for while our own parts are away, given up only where they alone fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DataError, OperationalError

from courage.cases.positions import Positions
from courage.db.engine import make_sessions
from courage.errors import CourageError, Unavailable
from courage.gateways.in_turn import InTurn
from courage.gateways.patience import Patience
from courage.gateways.read_marks import ReadMarks
from tests.databases import open_database


class Kit:
    """The line, its marks, and what it told."""

    def __init__(self, place: Positions) -> None:
        self.place = place
        self.marks = ReadMarks(place)
        self.notes: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.patience = Patience("test", self._tell)
        self.line = InTurn("test", self.marks, self.notes.append, self.patience, longest_wait=0.02)

    async def _tell(self, room: str, message: str) -> None:
        self.told.append((room, message))


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    engine = open_database(tmp_path / "courage.db")
    yield Kit(Positions(make_sessions(engine), "a/read", channel="test"))
    engine.dispose()


async def _true() -> bool:
    return True


def failing(times: int, error: Callable[[], Exception], tries: list[int]) -> Any:
    """Return a step that fails some times; ``tries`` counts."""

    async def step() -> bool:
        tries.append(1)
        if len(tries) <= times:
            raise error()
        return True

    return step


async def test_what_is_about_one_message_keeps_its_order(kit: Kit) -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def slow() -> bool:
        await gate.wait()
        done.append("first")
        return True

    async def quick() -> bool:
        done.append("second")
        gate.set()
        return True

    async def other() -> bool:
        done.append("other")
        gate.set()
        return True

    kit.line.add("room", "m", 1, slow)
    kit.line.add("room", "m", 2, quick)
    kit.line.add("room", "n", 3, other)
    await kit.line.settled()
    assert done == ["other", "first", "second"]


@pytest.mark.parametrize(
    "error",
    [
        lambda: OperationalError("s", {}, Exception("locked")),
        lambda: OSError("disk full"),
        lambda: TimeoutError(),
        lambda: Unavailable("screening was closed"),
    ],
)
async def test_trouble_of_the_machinery_is_never_counted(kit: Kit, error: Callable[[], Exception]) -> None:
    tries: list[int] = []
    away = True

    async def step() -> bool:
        tries.append(1)
        if away:
            raise error()
        return True

    kit.line.add("room", "m", 10, step)
    number = 0
    while len(tries) < 30:
        kit.line.add("room", f"other{number}", 11 + number, _true)
        number += 1
        await asyncio.sleep(0.01)
    assert kit.marks.after("room") == 9, "the position does not move beyond what waits"
    away = False
    await kit.line.settled()
    await kit.patience.told()
    assert (kit.told, kit.patience.given_up) == ([], 0)
    assert kit.notes[0].startswith("messages cannot be screened")
    assert kit.notes[-1] == ""
    assert kit.marks.after("room") == 10 + number


async def test_where_nothing_works_no_message_is_blamed(kit: Kit) -> None:
    tries: list[int] = []
    kit.line.add("room", "m", 10, failing(30, ZeroDivisionError, tries))
    kit.line.add("room", "n", 11, failing(60, ZeroDivisionError, tries))
    await kit.line.settled()
    assert kit.told == []


async def test_a_message_that_fails_while_others_work_is_given_up_and_told(kit: Kit) -> None:
    tries: list[int] = []
    kit.line.add("room", "bad", 10, failing(10**9, lambda: DataError("s", {}, Exception("odd")), tries))
    for number in range(400):
        kit.line.add("room", f"good{number}", 20, _true)
        if kit.told:
            break
        await asyncio.sleep(0.01)
    await kit.line.settled()
    await kit.patience.told()
    assert (kit.told, kit.patience.given_up) == ([("room", "bad")], 1)
    assert len(tries) >= 5
    assert kit.marks.after("room") == 20


async def test_what_only_waits_blocks_nobody(kit: Kit) -> None:
    tries: list[int] = []
    for number in range(50):  # more than are dealt with at once
        kit.line.add("room", f"bad{number}", number, failing(10**9, OSError, tries))
    done = asyncio.Event()

    async def good() -> bool:
        done.set()
        return True

    kit.line.add("room", "good", 99, good)
    async with asyncio.timeout(5):
        await done.wait()
    await kit.line.close()


async def test_an_error_that_names_what_is_wrong_with_a_message_is_told_at_once(kit: Kit) -> None:
    tries: list[int] = []
    kit.line.add("room", "m", 1, failing(1, lambda: CourageError("too long"), tries))
    await kit.line.settled()
    await kit.patience.told()
    assert (kit.told, len(tries)) == ([("room", "m")], 1)


async def test_marks_outlive_a_restart_and_stand_before_what_was_not_done(kit: Kit) -> None:
    kit.marks.start_at("quiet", 5)
    kit.marks.begin("room", 7)
    kit.marks.begin("room", 9)
    kit.marks.done("room", 9)
    await kit.marks.save()
    again = ReadMarks(kit.place)
    await again.load()
    assert (again.after("quiet"), again.after("room"), again.after("new"), again.before) == (5, 6, None, 6)
    kit.marks.done("room", 7)
    await kit.marks.save()
    again = ReadMarks(kit.place)
    await again.load()
    assert again.after("room") == 9


async def test_what_is_read_meanwhile_does_not_hide_what_was_missed(kit: Kit) -> None:
    kit.marks.start_at("room", 5)
    kit.marks.hold()
    kit.marks.start_at("room", 9)
    kit.marks.start_at("new", 3)
    await kit.marks.save()
    again = ReadMarks(kit.place)
    await again.load()
    assert (again.after("room"), again.after("new")) == (5, 3)
    kit.marks.hold()  # the connection is lost again: what was missed before is still missing
    kit.marks.release("room")
    await kit.marks.save()
    again = ReadMarks(kit.place)
    await again.load()
    assert again.after("room") == 9
