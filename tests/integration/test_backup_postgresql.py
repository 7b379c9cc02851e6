"""Backup, restore, update and move with a real PostgreSQL and its own programs."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from courage.backup.errors import BackupError
from courage.backup.moving import move
from courage.backup.restore import Target, restore
from courage.backup.take import Place, take, verify
from courage.db.engine import Base, make_engine, make_sessions
from courage.db.erasures import FILE, Erasures
from courage.db.migrations import upgrade
from courage.db.models.delivery import Outbox
from courage.people.people import People
from tests.postgresql import empty_database, running
from tests.unit.backup.load import T0, begin, step

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    with running() as address:
        yield address


def rows(address: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table as the program reads it, in the order of its key."""
    engine = make_engine(address)
    found = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    engine.dispose()
    return found


def test_a_backup_goes_into_an_empty_database_and_into_no_other(server: str, tmp_path: Path) -> None:
    address = empty_database(server)
    engine = make_engine(address)
    upgrade(engine)
    sessions = make_sessions(engine, erasures=Erasures(tmp_path / FILE))
    ann = People(sessions).add("Ann", "volunteer")
    for number in range(1, 20):
        step(sessions, number)
    before = rows(address)
    manifest = take(Place(engine, tmp_path), tmp_path / "b", keep=timedelta(days=1000))
    assert manifest.tables["cases"] == 19
    People(sessions).deactivate(ann.id)
    with pytest.raises(BackupError, match="make an empty one"):
        restore(tmp_path / "b", Target(address, tmp_path))
    with pytest.raises(BackupError, match="courage move"):
        restore(tmp_path / "b", Target(f"sqlite:///{tmp_path / 'x.db'}", tmp_path))
    fresh = empty_database(server)
    done = restore(tmp_path / "b", Target(fresh, tmp_path), clock=lambda: T0 + timedelta(days=2))
    after = rows(fresh)
    changed = {"outbox", "restores", "people"}
    assert {t: r for t, r in after.items() if t not in changed} == {
        t: r for t, r in before.items() if t not in changed
    }
    assert [person["active"] for person in after["people"]] == [False]
    assert done.settled.held == sum(row["state"] == "pending" for row in before["outbox"])
    step(make_sessions(make_engine(fresh)), 20)  # its own numbers go on


def test_a_backup_that_is_damaged_is_refused_and_so_is_one_for_a_database_that_is_away(
    server: str, tmp_path: Path
) -> None:
    engine = make_engine(empty_database(server))
    upgrade(engine)
    take(Place(engine, tmp_path), tmp_path / "b", keep=timedelta(days=1))
    whole = bytearray((tmp_path / "b").read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    (tmp_path / "broken").write_bytes(whole)
    with pytest.raises(BackupError):
        verify(tmp_path / "broken")
    with pytest.raises(BackupError, match="cannot be reached"):
        restore(tmp_path / "b", Target("postgresql+psycopg://x@127.0.0.1:9/x", tmp_path))


def _sqlite(folder: Path) -> Path:
    path = folder / "courage.db"
    upgrade(make_engine(f"sqlite:///{path}"))
    begin(path)
    sessions = make_sessions(make_engine(f"sqlite:///{path}"))
    for number in range(1, 40):
        step(sessions, number)
    with sessions() as session:
        session.add_all(
            Outbox(
                id=number, organisation_id=1, key=f"k{number}", lane="l", channel="c", kind="say", next_at=T0
            )
            for number in range(40, 1203)  # more than two batches
        )
        session.commit()
    return path


def test_every_row_moves_from_sqlite_and_numbers_go_on(server: str, tmp_path: Path) -> None:
    path = _sqlite(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE cases SET text = 'a' || char(0) || 'b', reasons = ? WHERE id = 7",
            (json.dumps([{"a": "x\0"}]),),
        )
        connection.commit()
    address = empty_database(server)
    moved = move(make_engine(f"sqlite:///{path}"), make_engine(address))
    before, after = rows(f"sqlite:///{path}"), rows(address)
    assert moved["cases"] == 39
    for row in before["cases"]:
        if row["id"] == 7:  # PostgreSQL keeps no zero byte; everything else is as it was
            row["text"], row["reasons"] = "a\ufffdb", [{"a": "x\ufffd"}]
    assert after == before
    with make_engine(address).begin() as connection:
        fresh = connection.execute(
            Outbox.__table__.insert().returning(Outbox.__table__.c.id),
            {
                "organisation_id": 1,
                "key": "new",
                "lane": "l",
                "channel": "c",
                "kind": "say",
                "next_at": T0,
                "created_at": T0,
                "state": "pending",
                "attempts": 0,
                "room_id": "",
                "payload": {},
            },
        ).scalar_one()
    assert fresh == 1203
    with pytest.raises(BackupError, match="already"):
        move(make_engine(f"sqlite:///{path}"), make_engine(address))


def test_a_row_that_postgresql_cannot_keep_is_named_and_nothing_is_moved(server: str, tmp_path: Path) -> None:
    path = _sqlite(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE people SET name = ?", ("x" * 200,))
        connection.commit()
    address = empty_database(server)
    with pytest.raises(BackupError, match="a row of people cannot be kept"):
        move(make_engine(f"sqlite:///{path}"), make_engine(address))
    assert not rows(address)["cases"]
