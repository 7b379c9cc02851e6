"""Fresh databases for tests: the tables are made once a process, each test gets a copy of the file.

Nothing waits for the disk here; what a power cut leaves is the business of the tests that kill processes.
"""

from __future__ import annotations

import atexit
import importlib
import pkgutil
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, Engine, event

from courage.db import models
from courage.db.engine import create_all, make_engine

_COMPILED: dict[Any, Any] = {}


def folder_of_the_process(prefix: str) -> Path:
    """Return a new folder that goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def close_for_copying(engine: Engine) -> None:
    """Close a database so that its file alone holds all of it: what is in the write-ahead log would not be copied."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@cache
def _template() -> tuple[Path, Dialect]:
    for module in pkgutil.iter_modules(models.__path__):  # so that create_all knows every table
        importlib.import_module(f"{models.__name__}.{module.name}")
    folder = folder_of_the_process("courage-tables-")
    engine = make_engine(f"sqlite:///{folder / 'template.db'}")
    create_all(engine)
    close_for_copying(engine)
    return folder / "template.db", engine.dialect


def open_database(path: Path) -> Engine:
    """Return an engine on the SQLite file ``path``, with all tables; what is in it already stays."""
    template, dialect = _template()
    if not path.exists():
        shutil.copyfile(template, path)
    engine = make_engine(f"sqlite:///{path}")
    # A statement is compiled once for each dialect: with one for all tests, as in a running engine, that is once a process.
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=_COMPILED)

    @event.listens_for(engine, "connect")
    def do_not_wait(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return engine
