"""The restore drill: a backup that is taken while somebody works is the state of one moment, row by row."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest

from courage.backup.archive import DATABASE
from courage.backup.take import Place, take, verify
from courage.db.engine import make_engine, make_sessions
from courage.db.migrations import upgrade
from tests.unit.backup.load import Worker, begin, rows, step

#: How many backups are taken in the gate; ``make drill`` takes twenty.
DRILLS = int(os.environ.get("DRILLS", "3"))


def wait_for_steps(worker: Worker, number: int) -> None:
    """Wait until the worker has done so many steps."""
    deadline = time.monotonic() + 60
    while worker.done < number:
        assert time.monotonic() < deadline, "nobody works"
        time.sleep(0.005)


@pytest.mark.slow
def test_every_backup_taken_under_load_is_the_state_of_its_moment(tmp_path: Path) -> None:
    database, again = tmp_path / "courage.db", tmp_path / "again.db"
    engine = make_engine(f"sqlite:///{database}")
    upgrade(engine)
    begin(database)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(database, again)
    place = Place(make_engine(f"sqlite:///{database}"), tmp_path / "home")
    with Worker(database) as worker:
        for number in range(DRILLS):
            wait_for_steps(worker, worker.done + 3)
            before = worker.done
            manifest = take(place, tmp_path / f"{number}.courage", keep=timedelta(days=1))
            assert before <= manifest.tables["cases"] <= worker.done + 1
    sessions, reached, exact = make_sessions(make_engine(f"sqlite:///{again}")), 0, 0
    for number in range(DRILLS):
        folder = tmp_path / f"restored-{number}"
        folder.mkdir()
        steps = verify(tmp_path / f"{number}.courage", folder=folder).tables["cases"]
        while reached < steps:
            reached += 1
            step(sessions, reached)
        exact += rows(folder / DATABASE) == rows(again)
    assert exact == DRILLS
    assert reached >= 3 * DRILLS  # somebody did work


@pytest.mark.slow
def test_a_copy_of_the_file_alone_is_not_the_state_of_its_moment(tmp_path: Path) -> None:
    """Why there is a command: a copied file lacks what stands in the write-ahead log, or is damaged."""
    database = tmp_path / "courage.db"
    engine = make_engine(f"sqlite:///{database}")
    upgrade(engine)
    begin(database)
    with Worker(database) as worker:
        wait_for_steps(worker, 3)
        shutil.copyfile(database, tmp_path / "copy.db")
        known = worker.done
        manifest = take(Place(engine, tmp_path / "home"), tmp_path / "b", keep=timedelta(days=1))
        assert manifest.tables["cases"] >= known
    try:
        copied = len(rows(tmp_path / "copy.db")["cases"])
    except Exception:
        return
    assert copied < known
