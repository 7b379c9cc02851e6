"""A PostgreSQL server of the tests' own, on loopback, gone after them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from courage.db.engine import make_engine
from tests.benchmarks.measure import free_port

USER = "postgres"
_NUMBERS = count(1)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


def _as_user() -> list[str]:
    # The server refuses to run as root.
    return ["runuser", "-u", USER, "--"] if os.getuid() == 0 else []


@contextmanager
def running() -> Iterator[str]:
    """Run a server; hand out its address without a database. Skips the test where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    if os.getuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip(f"there is no user {USER} to run PostgreSQL as")
    # Below pytest's own folder nobody else may look.
    folder = Path("/tmp") / f"courage-postgresql-{os.getpid()}-{next(_NUMBERS)}"
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        shutil.chown(folder, USER)
    port = free_port()

    def run(*words: str) -> None:
        subprocess.run([*_as_user(), *words], check=True, capture_output=True, cwd="/", timeout=120)

    try:
        run(
            str(programs / "initdb"), "-D", str(folder / "data"), "-U", "courage", "-A", "trust", "-E", "UTF8"
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log")]
        run(*control, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://courage@127.0.0.1:{port}"
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty_database(server: str) -> str:
    """Make an empty database and return its address."""
    name = f"test_{next(_NUMBERS)}"
    engine = make_engine(f"{server}/postgres")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"
