"""What happens to a message that could not be screened: waiting while the fault is ours, told when it is given up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from courage.detection.batching import BatchingScreener
from courage.errors import CourageError, Unavailable
from courage.gateways.failures import Failures


def _of_a_database_that_is_away(folder: Path) -> Exception:
    """The error as the database itself raises it."""
    engine = create_engine(f"sqlite:///{folder}/missing/courage.db")
    with pytest.raises(Exception) as caught, engine.connect() as connection:
        connection.execute(text("select 1"))
    return caught.value


async def _raising(error: Exception) -> None:
    raise error


class _StoppedScreener:
    """Stands where a screener would; screening is never started here."""


async def test_no_message_is_lost_while_the_database_is_away(tmp_path: Path) -> None:
    failures, away = Failures("update"), _of_a_database_that_is_away(tmp_path)
    for _ in range(50):
        with pytest.raises(type(away)):
            await failures.settle([("7", _raising(away))])
    await failures.settle([("7", asyncio.sleep(0))])
    assert failures.note == ""


async def test_no_message_is_lost_while_screening_is_away() -> None:
    failures, screener = Failures("update"), BatchingScreener(_StoppedScreener())  # type: ignore[arg-type]
    for _ in range(50):
        with pytest.raises(Unavailable):
            await failures.settle([("7", screener.screen("hello"))])
    assert failures.note == ""


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "No space left on device"), TimeoutError()])
async def test_the_machine_s_own_trouble_is_not_the_message_s(error: Exception) -> None:
    failures = Failures("update")
    for _ in range(50):
        with pytest.raises(type(error)):
            await failures.settle([("7", _raising(error))])


async def test_a_message_that_nobody_can_deal_with_does_not_keep_the_others_and_is_told() -> None:
    failures = Failures("update")
    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            await failures.settle([("7", _raising(ZeroDivisionError())), ("8", asyncio.sleep(0))])
    await failures.settle([("7", _raising(ZeroDivisionError())), ("8", asyncio.sleep(0))])
    assert failures.note.startswith("1 messages could not be screened")


async def test_what_says_that_it_cannot_be_screened_is_told_at_once_and_for_a_day() -> None:
    now = 0.0
    failures = Failures("update", clock=lambda: now)
    await failures.settle([("7", _raising(CourageError("too long")))])
    assert failures.note.startswith("1 messages")
    now = 24 * 3600 + 1.0
    assert failures.note == ""
