"""Bringing the tables up to date, or one step back, with a backup before and a check that can call it off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, select

import courage.db.models  # noqa: F401  # so that every table is known
from courage.backup.database import count_rows
from courage.backup.errors import BackupError
from courage.db.engine import Base
from courage.db.migrations import downgrade, revisions, upgrade
from courage.errors import DatabaseError

#: The revision since which second factors are encrypted.
SEALED_SINCE: Final = "0031"


@dataclass(frozen=True, slots=True)
class Updated:
    """From which revision to which the tables went."""

    before: str
    after: str


def update(engine: Engine, *, organisation: str, copies: Path) -> Updated:
    """Bring the tables up to date; if the check finds anything wrong with them, they stay as they were.

    Call it after a backup.

    :raises BackupError: naming what the check found; nothing is changed then.
    """
    here = _revision(engine)
    with engine.connect() as connection:
        rows = count_rows(connection)[1]
    upgrade(
        engine,
        organisation=organisation,
        copies=copies,
        without_copy=True,
        check=lambda connection: check(connection, rows, whole=True),
    )
    with engine.connect() as connection:
        check(connection, rows, whole=True)
    return Updated(here, _revision(engine))


def step_back(engine: Engine, *, copies: Path) -> Updated:
    """Take the tables back by one revision, for the version before this one. Call it after a backup.

    :raises BackupError: if there is no earlier revision, or the check found something; nothing is changed then.
    """
    here, before, _ = revisions(engine)
    if here is None or before is None:
        raise BackupError("there is no earlier revision of the tables")
    with engine.connect() as connection:
        rows = count_rows(connection)[1]
    try:
        downgrade(
            engine, before, copies=copies, check=lambda connection: check(connection, rows, whole=False)
        )
    except RuntimeError as error:  # a migration that says why it cannot be taken back
        raise BackupError(str(error)) from None
    return Updated(here, before)


def _revision(engine: Engine) -> str:
    here = revisions(engine)[0]
    if here is None:
        raise DatabaseError("the database holds no tables of Courage")
    return here


def check(connection: Connection, rows: dict[str, int], *, whole: bool) -> None:
    """Look at tables that were just changed.

    :param rows: how many rows each had before; none may have fewer now.
    :param whole: also read every row as this program does.
    :raises BackupError: naming the table and what is wrong.
    """
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise BackupError(
                f"the check failed: a row of {broken[0]} hangs on one of {broken[2]} that is gone"
            )
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise BackupError(f"the check failed: {found}")
    now = count_rows(connection)[1]
    for table, count in rows.items():
        if table in now and now[table] < count:
            raise BackupError(f"the check failed: {table} had {count} rows and has {now[table]}")
    if not whole:
        return
    there = set(inspect(connection).get_table_names())
    for table_ in Base.metadata.sorted_tables:
        if table_.name not in there:
            raise BackupError(f"the check failed: there is no table {table_.name}")
        try:
            for _ in connection.execution_options(yield_per=1000).execute(select(table_)):
                pass
        except Exception as error:  # whatever a value cannot be read as
            raise BackupError(
                f"the check failed: {table_.name} cannot be read ({type(error).__name__})"
            ) from None
