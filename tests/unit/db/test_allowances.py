"""So many in a stretch of time, whichever engine asks and whatever was started again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from courage.db.allowances import DAY, MINUTE, Allowances
from courage.db.engine import make_sessions
from courage.db.models.allowances import Allowance
from tests.databases import open_database

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> sessionmaker[Session]:
    return make_sessions(open_database(tmp_path / "courage.db"), strict=True)


def spent(allowances: Allowances, most: int, now: datetime = NOON, tries: int = 1000) -> int:
    """Return how many of the tries were allowed."""
    return sum(allowances.spend(1, "messages", most, MINUTE, now) is None for _ in range(tries))


@pytest.mark.parametrize("most", [1, 7, 20, 100, 999])
def test_one_engine_may_spend_all_of_it_and_no_more(sessions: sessionmaker[Session], most: int) -> None:
    allowances = Allowances(sessions)
    assert spent(allowances, most) == most
    assert allowances.spend(1, "messages", most, MINUTE, NOON) == NOON.replace(minute=1, second=0)
    assert spent(allowances, most, NOON + MINUTE) == most


def test_engines_together_never_spend_more_and_lose_little(sessions: sessionmaker[Session]) -> None:
    engines = [Allowances(sessions) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        used = sum(pool.map(lambda engine: spent(engine, 400), engines))
    assert 390 <= used <= 400


def test_a_restart_gives_nothing_back(sessions: sessionmaker[Session]) -> None:
    before = spent(Allowances(sessions), 100, tries=60)
    assert before == 60
    assert spent(Allowances(sessions), 100) <= 40


def test_organisations_and_subjects_do_not_take_from_each_other(sessions: sessionmaker[Session]) -> None:
    allowances = Allowances(sessions)
    assert spent(allowances, 5) == 5
    assert allowances.spend(1, "key:1", 5, MINUTE, NOON) is None
    assert allowances.spend(1, "messages", 6, MINUTE, NOON) is None  # somebody raised the limit


def test_a_day_begins_at_midnight_and_what_is_over_is_forgotten(sessions: sessionmaker[Session]) -> None:
    allowances = Allowances(sessions)
    for day in range(5):
        assert allowances.spend(1, "key:1:day", 1, DAY, NOON + timedelta(days=day)) is None
        assert allowances.spend(1, "key:1:day", 1, DAY, NOON + timedelta(days=day)) == (
            NOON + timedelta(days=day + 1)
        ).replace(hour=0, minute=0, second=0)
    with sessions() as session:
        assert session.query(Allowance).filter_by(organisation_id=1).count() <= 2
