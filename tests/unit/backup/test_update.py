"""Tables are brought up to date only if every row is still there; otherwise nothing has changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from courage.backup import update as updating
from courage.backup.errors import BackupError
from courage.backup.update import step_back, update
from courage.db.engine import make_engine, make_sessions
from courage.db.migrations import revisions, upgrade
from tests.unit.backup.load import begin, rows, step

pytestmark = pytest.mark.slow  # databases of old versions brought up to date

OLD = Path(__file__).parents[1] / "db" / "database_0003.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a database of an earlier version."""
    path = tmp_path / "courage.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    return path


def test_an_old_database_is_brought_up_to_date(old: Path, tmp_path: Path) -> None:
    done = update(make_engine(f"sqlite:///{old}"), organisation="Ours", copies=tmp_path)
    assert (done.before, done.after) == ("0003", revisions(make_engine(f"sqlite:///{old}"))[2])


def test_a_row_that_hangs_on_nothing_calls_the_change_off(old: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            "UPDATE case_events SET case_id = 987654 WHERE id = (SELECT min(id) FROM case_events)"
        )
        connection.commit()
    before = rows(old)
    with pytest.raises(BackupError, match="a row of case_events hangs on one of cases"):
        update(make_engine(f"sqlite:///{old}"), organisation="Ours", copies=tmp_path)
    assert rows(old) == before
    assert revisions(make_engine(f"sqlite:///{old}"))[0] == "0003"


def test_a_change_that_loses_rows_is_called_off(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(old)
    real = updating.check

    def losing(connection: Connection, counted: dict[str, int], **more: Any) -> None:
        connection.exec_driver_sql("DELETE FROM decisions")
        connection.exec_driver_sql("DELETE FROM case_events")
        real(connection, counted, **more)

    monkeypatch.setattr(updating, "check", losing)
    with pytest.raises(BackupError, match=r"case_events had \d+ rows and has 0"):
        update(make_engine(f"sqlite:///{old}"), organisation="Ours", copies=tmp_path)
    assert rows(old) == before


def test_a_value_that_cannot_be_read_is_found(tmp_path: Path) -> None:
    path = tmp_path / "courage.db"
    upgrade(make_engine(f"sqlite:///{path}"))
    begin(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE people SET languages = 'no json'")
        connection.commit()
    with pytest.raises(BackupError, match="people cannot be read"):
        update(make_engine(f"sqlite:///{path}"), organisation="Ours", copies=tmp_path)


def test_one_step_back_and_forth_keeps_every_row(tmp_path: Path) -> None:
    path = tmp_path / "courage.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    begin(path)
    sessions = make_sessions(engine)
    for number in range(1, 30):
        step(sessions, number)
    before = rows(path)
    done = step_back(engine, copies=tmp_path)
    assert done.before == before["alembic_version"][0][0]
    for table, found in rows(path).items():
        assert len(found) == len(before[table]) or table == "alembic_version", table
    update(engine, organisation="Ours", copies=tmp_path)
    assert rows(path) == before
