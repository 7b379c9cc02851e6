"""A verified copy of the database, made before its tables change."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from courage.db.scope import SETTING
from courage.errors import DatabaseError

log = logging.getLogger(__name__)
WITHOUT_COPY: Final = "COURAGE_MIGRATE_WITHOUT_COPY"
_MINUTES: Final = 60


def copy_database(
    engine: Engine, revision: str, *, folder: Path | None = None, without: bool = False
) -> Path | None:
    """Write a copy of the database and check it; return where it is, ``None`` for one that is only in memory.

    Call it while nothing else can write: the copy is what the database was at the last commit. The file is for its
    owner only (mode 600), and named by revision and time.

    :param revision: of the tables as they are now.
    :param folder: where the copy goes; SQLite's stays beside the database, whatever is given.
    :param without: go on without a copy where none can be made (PostgreSQL without ``pg_dump``).
    :raises DatabaseError: if there is no copy, or it is not the same as the database; nothing has been changed then.
    """
    if engine.dialect.name == "sqlite":
        source = engine.url.database
        if source in (None, "", ":memory:"):
            return None
        assert source is not None
        path = _named(Path(source).resolve(), revision)
        _copy_sqlite(Path(source), path)
    else:
        dump = shutil.which("pg_dump")
        if dump is None:
            if without:
                log.warning("the database is migrated without a copy, as %s says", WITHOUT_COPY)
                return None
            raise DatabaseError(
                "the database's tables must be brought up to date, and no copy can be made before: pg_dump is not "
                f"installed. Install it, or make a copy yourself and set {WITHOUT_COPY}=1 for this start"
            )
        path = _named((folder or Path.cwd()) / f"{engine.url.database}.dump", revision)
        _dump_postgresql(engine.url, dump, path)
    log.warning("a copy of the database as it was at revision %s is in %s", revision, path)
    return path


def _named(path: Path, revision: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return path.with_name(f"{path.stem}-revision-{revision}-{stamp}{path.suffix}")


def _private(path: Path) -> None:
    """Make an empty file that only its owner can read, before anything is written into it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy_sqlite(source: Path, path: Path) -> None:
    try:
        _private(path)
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(path)) as new,
        ):
            old.backup(new)
            # A copy that needs no files beside it can be moved about as one.
            new.execute("PRAGMA journal_mode=DELETE")
            problems = [row[0] for row in new.execute("PRAGMA integrity_check")]
            if problems != ["ok"]:
                raise DatabaseError(
                    f"the copy of the database is not sound ({problems[0]}); nothing was changed"
                )
            if (here := _rows(old)) != (there := _rows(new)):
                differs = sorted(table for table in here | there if here.get(table) != there.get(table))
                raise DatabaseError(
                    f"the copy of the database differs in {', '.join(differs)}; nothing was changed"
                )
    except (OSError, sqlite3.Error) as error:
        path.unlink(missing_ok=True)
        raise DatabaseError(
            f"no copy of the database could be made in {path}: {error}; nothing was changed"
        ) from None
    except DatabaseError:
        path.unlink(missing_ok=True)
        raise


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    quoted = {name: name.replace('"', '""') for (name,) in names}
    return {
        name: connection.execute(f'SELECT count(*) FROM "{safe}"').fetchone()[0]
        for name, safe in quoted.items()
    }


def connection_environment(url: URL) -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs find a database."""
    given = {
        "PGHOST": url.host,
        "PGPORT": None if url.port is None else str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": None if url.password is None else str(url.password),  # never on the command line
        "PGDATABASE": url.database,
    }
    # The whole installation is meant, see courage.db.row_security.
    options = f"{os.environ.get('PGOPTIONS', '')} -c {SETTING}=*".strip()
    return {**os.environ, **{name: value for name, value in given.items() if value}, "PGOPTIONS": options}


def _dump_postgresql(url: URL, dump: str, path: Path) -> None:
    environment = connection_environment(url)
    try:
        _private(path)
        _run(
            [dump, "--format=custom", f"--file={path}", "--no-password", "--enable-row-security"], environment
        )
        if restore := shutil.which("pg_restore"):
            listed = _run([restore, "--list", str(path)], environment)
            if "TABLE DATA" not in listed:
                raise DatabaseError("the copy of the database holds no tables; nothing was changed")
    except (OSError, subprocess.SubprocessError) as error:
        path.unlink(missing_ok=True)
        said = getattr(error, "stderr", "") or str(error)
        reason = said.strip().splitlines()[-1] if said.strip() else "no reason given"
        raise DatabaseError(f"no copy of the database could be made: {reason}; nothing was changed") from None
    except DatabaseError:
        path.unlink(missing_ok=True)
        raise


def _run(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=_MINUTES * 60
    ).stdout
