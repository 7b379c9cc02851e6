"""Bringing a database's tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from courage.db.engine import ensure_default
from courage.errors import DatabaseError

FOLDER: Final = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def upgrade(engine: Engine, *, organisation: str = "Default organisation") -> None:
    """Create or update all tables and make sure that the default organisation exists. Safe to call at every start.

    :raises DatabaseError: if the database cannot be opened or is newer than this program.
    """
    config = _config()
    known = ScriptDirectory.from_config(config)
    try:
        with engine.connect() as connection:
            here = MigrationContext.configure(connection).get_current_revision()
        if here is not None and here not in {script.revision for script in known.walk_revisions()}:
            raise DatabaseError(
                f"the database is at revision {here[:20]}, which this program does not know; it is older"
            )
        if here != known.get_current_head():
            with engine.connect().execution_options(courage_write=True) as connection, connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        ensure_default(engine, organisation)
    except OperationalError as error:
        raise DatabaseError(f"the database cannot be opened: {error.orig}") from error


def revise(engine: Engine, message: str) -> None:
    """Write a new migration that leads from the database's tables to those in the code (for developers)."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)
