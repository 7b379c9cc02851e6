"""A database's state at one moment, as a file, taken while it is in use; and back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

from courage.backup.errors import BackupError
from courage.db.migrations.backup import connection_environment

_HOURS: Final = 3600
_FREE: Final = ("alembic_version",)


def snapshot(engine: Engine, target: Path) -> tuple[str, dict[str, int]]:
    """Write the database as it is at this moment to ``target``; return its revision and the rows of each table.

    People may go on working meanwhile: what they do after the moment is not in it.

    :raises BackupError: if it cannot be read, or is damaged.
    """
    return _snapshot_sqlite(engine, target) if engine.dialect.name == "sqlite" else _dump(engine, target)


def _snapshot_sqlite(engine: Engine, target: Path) -> tuple[str, dict[str, int]]:
    source = engine.url.database
    if source in (None, "", ":memory:") or not Path(str(source)).is_file():
        raise BackupError(f"there is no database in {source or 'memory'}")
    try:
        with (
            closing(sqlite3.connect(f"{Path(str(source)).resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.execute("PRAGMA busy_timeout=60000")
            # All pages in one step are one read transaction: writers go on, and the copy is of one moment.
            old.backup(new, pages=-1)
            new.execute("PRAGMA journal_mode=DELETE")
        return check_sqlite(target)
    except sqlite3.Error as error:
        raise BackupError(f"the database cannot be backed up: {error}") from None


def check_sqlite(path: Path) -> tuple[str, dict[str, int]]:
    """Look through a whole SQLite file; return the revision of its tables and how many rows each has.

    :raises BackupError: naming the first thing that is wrong.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise BackupError(f"the database is damaged: {found[0]}")
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise BackupError(
                    f"the database is damaged: a row of {broken[0]} hangs on one of {broken[2]} that is gone"
                )
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            rows = {
                name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
                for (name,) in names
            }
            if "alembic_version" not in rows:
                raise BackupError("the database holds no tables of Courage")
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(revision), {name: n for name, n in sorted(rows.items()) if name not in _FREE}
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise BackupError(f"the database is damaged: {error}") from None


def postgresql_program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs.

    :raises BackupError: if it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed; it comes with PostgreSQL's client programs")
    return found


def _dump(engine: Engine, target: Path) -> tuple[str, dict[str, int]]:
    dump = postgresql_program("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        # What is counted and what is dumped are the same moment.
        moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        revision, rows = count_rows(connection)
        run_postgresql(
            engine.url,
            [
                dump,
                "--format=custom",
                f"--file={target}",
                "--no-password",
                "--enable-row-security",
                f"--snapshot={moment}",
            ],
            "the database cannot be backed up",
        )
    check_dump(target)
    return revision, rows


def count_rows(connection: Connection) -> tuple[str, dict[str, int]]:
    """Return the revision of a database's tables and how many rows each has."""
    names = [name for name in sorted(inspect(connection).get_table_names()) if name not in _FREE]
    quote = connection.dialect.identifier_preparer.quote
    rows = {
        name: int(connection.execute(text(f"SELECT count(*) FROM {quote(name)}")).scalar_one())
        for name in names
    }
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return str(revision), rows


def check_dump(path: Path) -> None:
    """Read a dump of PostgreSQL from beginning to end.

    :raises BackupError: if it is damaged.
    """
    command = [postgresql_program("pg_restore"), f"--file={os.devnull}", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_HOURS)
    except (OSError, subprocess.SubprocessError) as error:
        raise BackupError(f"the dump of the database is damaged: {_reason(error)}") from None


def run_postgresql(url: URL, command: Sequence[str], trouble: str) -> None:
    """Run one of PostgreSQL's programs against a database; the password never stands on the command line.

    :raises BackupError: beginning with ``trouble``.
    """
    try:
        subprocess.run(
            command,
            env=connection_environment(url),
            check=True,
            capture_output=True,
            text=True,
            timeout=_HOURS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BackupError(f"{trouble}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    said = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return said[0] if said else "no reason given"


def load_dump(url: URL, dump: Path) -> None:
    """Put a dump into an empty database, in one transaction.

    :raises BackupError: if it cannot be put there.
    """
    command = [
        postgresql_program("pg_restore"),
        "--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--single-transaction",
        f"--dbname={url.database}",
        str(dump),
    ]  # fmt: skip
    run_postgresql(url, command, "the database cannot be restored")
