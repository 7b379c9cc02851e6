"""Bringing a database's tables up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import DBAPIError

from courage.db.engine import ensure_default
from courage.db.locks import hold
from courage.db.migrations.backup import copy_database
from courage.db.row_security import protect
from courage.errors import DatabaseError

Check = Callable[[Connection], None]
FOLDER: Final = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def upgrade(
    engine: Engine,
    *,
    organisation: str = "Default organisation",
    copies: Path | None = None,
    without_copy: bool = False,
    check: Check | None = None,
) -> Path | None:
    """Create or update all tables and make sure that the default organisation exists. Safe to call at every start.

    Before tables that exist are changed a verified copy of the database is written; return where it is, ``None``
    if there was nothing to change or nothing to keep. See :func:`courage.db.migrations.backup.copy_database`.

    :param copies: where copies of a PostgreSQL database go; SQLite's stay beside the database.
    :param without_copy: go on where no copy can be made.
    :param check: looks at the changed tables before the change is final; if it raises, all is as it was.
    :raises DatabaseError: if the database cannot be opened or copied, or is newer than this program.
    """
    config = _config()
    known = ScriptDirectory.from_config(config)
    copy: Path | None = None
    try:
        with engine.connect() as connection:
            here = MigrationContext.configure(connection).get_current_revision()
        if here is not None and here not in {script.revision for script in known.walk_revisions()}:
            raise DatabaseError(
                f"the database is at revision {here[:20]}, which this program does not know; it is older"
            )
        if here != known.get_current_head():
            with engine.connect().execution_options(courage_write=True) as connection, connection.begin():
                hold(connection, "migrations")
                # Now nobody else can write, and another process may have done all this while we waited.
                here = MigrationContext.configure(connection).get_current_revision()
                if here is not None and here != known.get_current_head():
                    copy = copy_database(engine, here, folder=copies, without=without_copy)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                protect(connection)  # whatever tables there are now, so that no migration can forget it
                if check is not None:
                    check(connection)
        ensure_default(engine, organisation)
    except SqlDatabaseError as error:  # also of a file that is no database at all
        raise _unreadable(error) from None
    return copy


def downgrade(
    engine: Engine, revision: str, *, copies: Path | None = None, check: Check | None = None
) -> Path | None:
    """Take tables and what is in them back to an earlier revision; return where the copy of before is.

    :raises DatabaseError: if there is no such revision, or no copy can be made.
    """
    config = _config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        raise DatabaseError(f"there is no revision {revision[:20]}; known are {', '.join(sorted(known))}")
    with engine.connect().execution_options(courage_write=True) as connection, connection.begin():
        here = MigrationContext.configure(connection).get_current_revision()
        copy = None if here is None else copy_database(engine, here, folder=copies)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        if check is not None:
            check(connection)
    return copy


def revisions(engine: Engine) -> tuple[str | None, str | None, str | None]:
    """Return a database's revision, the one before it and the newest that this program knows.

    :raises DatabaseError: if the database cannot be read.
    """
    known = ScriptDirectory.from_config(_config())
    try:
        with engine.connect() as connection:
            here = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise _unreadable(error) from None
    order = [script.revision for script in known.walk_revisions()]
    before = order[order.index(here) + 1] if here in order and here != order[-1] else None
    return here, before, known.get_current_head()


def _unreadable(error: DBAPIError) -> DatabaseError:
    reason = str(error.orig).strip().splitlines()
    return DatabaseError(
        f"the database cannot be opened: {reason[0] if reason else type(error.orig).__name__}"
    )


def revise(engine: Engine, message: str) -> None:
    """Write a new migration that leads from the database's tables to those in the code (for developers)."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)
