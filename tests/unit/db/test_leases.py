"""Leases: one holder at a time, for as long as it renews them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from courage.db.engine import make_sessions
from courage.db.leases import Leases
from tests.databases import open_database
from tests.unit.cases.kit import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(tmp_path: Path, clock: Clock) -> tuple[Leases, Leases]:
    sessions = make_sessions(open_database(tmp_path / "courage.db"), strict=True)
    one, other = (
        Leases(sessions, name, lasts=timedelta(seconds=10), clock=clock) for name in ("one", "other")
    )
    return one, other


def test_one_has_it_until_it_stops_renewing(two: tuple[Leases, Leases], clock: Clock) -> None:
    one, other = two
    assert one.take("gateway:x")
    assert not other.take("gateway:x")
    clock.now += timedelta(seconds=9)
    assert one.take("gateway:x")
    clock.now += timedelta(seconds=9)
    assert not other.take("gateway:x")
    assert other.holder_of("gateway:x") == "one"
    clock.now += timedelta(seconds=1)
    assert other.holder_of("gateway:x") is None
    assert other.take("gateway:x")
    assert not one.take("gateway:x")


def test_what_is_given_back_is_free_at_once_and_only_ones_own_can_be(two: tuple[Leases, Leases]) -> None:
    one, other = two
    assert one.take("gateway:x")
    other.give_back("gateway:x")
    assert not other.take("gateway:x")
    one.give_back("gateway:x")
    assert other.take("gateway:x")


def test_leases_of_different_things_do_not_touch(two: tuple[Leases, Leases]) -> None:
    one, other = two
    assert one.take("gateway:x")
    assert other.take("gateway:y")
    assert one.holder_of("gateway:y") == "other"
