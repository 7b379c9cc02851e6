"""When a message is given up: never while the fault is ours, only while others are screened, and people hear of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from courage.cases.errors import ChannelError, ChannelRefused
from courage.detection.batching import BatchingScreener
from courage.errors import CourageError, Unavailable
from courage.gateways.patience import Batch, Patience, Waiting


class Kit:
    """Patience, what it told, and its clock."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.now = 0.0
        self.patience = Patience("test", self._tell, clock=lambda: self.now)

    async def _tell(self, room: str, message: str) -> None:
        self.told.append((room, message))

    async def read(self, *steps: tuple[str, Exception | bool]) -> None:
        """Deal with a batch of messages; each fails with an error, or says whether it was screened."""
        batch = Batch(self.patience)
        await batch.settle([self._waiting(*step) for step in steps])
        batch.end()
        await self.patience.told()

    @staticmethod
    def _waiting(message: str, outcome: Exception | bool) -> Waiting:
        async def step() -> bool:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return "room", message, step()


@pytest.fixture
def kit() -> Kit:
    return Kit()


def _of_a_database_that_is_away(folder: Path) -> Exception:
    """The error as the database itself raises it."""
    engine = create_engine(f"sqlite:///{folder}/missing/courage.db")
    with pytest.raises(Exception) as caught, engine.connect() as connection:
        connection.execute(text("select 1"))
    return caught.value


class _StoppedScreener:
    """Stands where a screener would; screening is never started here."""


async def test_no_message_is_lost_while_the_database_is_away(kit: Kit, tmp_path: Path) -> None:
    away = _of_a_database_that_is_away(tmp_path)
    for _ in range(50):
        with pytest.raises(type(away)):
            await kit.read(("7", away), ("8", True))
    await kit.read(("7", True))
    assert (kit.patience.note, kit.told) == ("", [])


async def test_no_message_is_lost_while_screening_is_away(kit: Kit) -> None:
    screener = BatchingScreener(_StoppedScreener())  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as stopped:
        await screener.screen("hello")
    for _ in range(50):
        with pytest.raises(Unavailable):
            await kit.read(("7", stopped.value), ("8", True))
    assert kit.told == []


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(28, "No space left on device"), TimeoutError(), ChannelError("slow")]
)
async def test_the_machine_s_own_trouble_is_not_the_message_s(kit: Kit, error: Exception) -> None:
    for _ in range(50):
        with pytest.raises(type(error)):
            await kit.read(("7", error), ("8", True))
    assert kit.told == []


async def test_where_nothing_works_no_message_is_blamed(kit: Kit) -> None:
    for _ in range(50):
        with pytest.raises(ZeroDivisionError):
            await kit.read(("7", ZeroDivisionError()), ("8", ZeroDivisionError()))
    assert kit.told == []


async def test_what_nobody_had_to_screen_is_no_sign_that_screening_works(kit: Kit) -> None:
    for _ in range(50):
        with pytest.raises(ZeroDivisionError):
            await kit.read(("7", ZeroDivisionError()), ("a removal", False))
    assert kit.told == []


@pytest.mark.parametrize("error", [ZeroDivisionError(), ChannelRefused("no such message")])
async def test_a_message_that_alone_fails_does_not_keep_the_others_and_is_told(
    kit: Kit, error: Exception
) -> None:
    for _ in range(4):
        with pytest.raises(type(error)):
            await kit.read(("7", error), ("8", True))
    await kit.read(("7", error), ("8", True))
    assert kit.told == [("room", "7")]
    assert kit.patience.note.startswith("1 messages could not be screened")


async def test_what_comes_after_a_message_that_fails_is_dealt_with_all_the_same(kit: Kit) -> None:
    for _ in range(5):
        batch = Batch(kit.patience)
        for message, outcome in (("7", ZeroDivisionError()), ("8", True)):  # an edit has a line of its own
            await batch.settle([kit._waiting(message, outcome)])
        with pytest.raises(ZeroDivisionError):
            batch.end()
    await kit.read(("7", ZeroDivisionError()), ("8", True))
    assert kit.told == [("room", "7")]


async def test_what_says_that_it_cannot_be_screened_is_told_at_once_and_for_a_day(kit: Kit) -> None:
    await kit.read(("7", CourageError("too long")))
    assert (kit.told, kit.patience.given_up) == ([("room", "7")], 1)
    kit.now = 24 * 3600 + 1.0
    assert (kit.patience.note, kit.patience.given_up) == ("", 0)


async def test_telling_that_fails_stops_nothing(kit: Kit) -> None:
    async def fails(room: str, message: str) -> None:
        raise ZeroDivisionError

    patience = Patience("test", fails)
    assert patience.is_final("room", "7", CourageError("too long"))
    await patience.told()
    await asyncio.sleep(0)
    assert patience.given_up == 1
