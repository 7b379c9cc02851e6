"""Putting a backup back, so that what was there before stays beside it and nothing comes back that was erased."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from filecmp import cmp
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from courage.backup.archive import DATABASE, Manifest, workroom
from courage.backup.database import check_sqlite, load_dump
from courage.backup.errors import BackupError
from courage.backup.forgetting import Settled, settle
from courage.backup.take import FOLDERS, HOME, SETTINGS, expired, verify
from courage.clock import Clock, utcnow
from courage.db.engine import make_engine, make_sessions
from courage.db.erasures import FILE as ERASURES
from courage.db.erasures import Erased, Erasures
from courage.db.migrations import upgrade


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup goes: the database's address, the home folder and, if there is one, the settings file."""

    database: str
    home: Path
    settings_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back and what was done to it; ``aside`` is what stood in its place, ``kept`` what was left alone."""

    manifest: Manifest
    settled: Settled
    aside: list[Path] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def restore(
    path: Path,
    target: Target,
    *,
    identity: Path | None = None,
    although_expired: bool = False,
    clock: Clock = utcnow,
) -> Restored:
    """Put a backup back; call it while nothing runs (see :func:`courage.home.hold_home`).

    Nothing is changed before the backup was checked from beginning to end and brought in line with what was erased since.

    :raises BackupError: if the backup is damaged, expired, or does not fit the target.
    :raises DatabaseError: if its database is newer than this program.
    """
    url, now = make_url(target.database), clock()
    near = Path(str(url.database)).resolve().parent if url.get_backend_name() == "sqlite" else target.home
    with workroom(near) as room:
        contents = room / "restored"
        contents.mkdir(mode=0o700)
        manifest = verify(path, identity=identity, folder=contents)
        if expired(manifest, now) and not although_expired:
            raise BackupError(
                f"this backup was to be kept until {manifest.expires_at:%Y-%m-%d}; delete it, or say --although-expired"
            )
        if manifest.database != url.get_backend_name():
            raise BackupError(
                f"this backup is of {manifest.database} and COURAGE_DATABASE_URL names {url.get_backend_name()}; restore "
                "it into a database of its own kind, and move to another with `courage move`"
            )
        listed = Erasures(target.home / ERASURES)
        given = Erasures(contents / HOME / ERASURES)
        erasures = sorted({*listed.read(), *given.read()}, key=lambda entry: entry.at)
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        aside: list[Path] = []
        if url.get_backend_name() == "sqlite":
            settled = _prepare(contents / DATABASE, erasures, manifest.taken_at, now)
            aside += _exchange(Path(str(url.database)).resolve(), contents / DATABASE, stamp)
        else:
            settled = _into_postgresql(target.database, contents / DATABASE, erasures, manifest.taken_at, now)
        listed.merge(given.read())
        moved, kept = _files(contents, target, stamp)
        # Derived from the library as it was: it is made anew at the next start.
        shutil.rmtree(target.home / "index", ignore_errors=True)
    return Restored(manifest, settled, aside + moved, kept)


def _prepare(file: Path, erasures: list[Erased], taken_at: datetime, now: datetime) -> Settled:
    """Bring an unpacked SQLite file up to date, and leave it as one file."""
    engine = make_engine(f"sqlite:///{file}")
    try:
        upgrade(engine)
        settled = settle(make_sessions(engine), erasures, taken_at, now)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
    check_sqlite(file)
    return settled


def _exchange(database: Path, fresh: Path, stamp: str) -> list[Path]:
    """Put a file in the database's place; what stood there stays beside it."""
    aside = []
    for ending in (
        "-wal",
        "-shm",
        "",
    ):  # the log first: without it a database is older, with a strange one it is broken
        old = database.with_name(database.name + ending)
        if old.exists():
            away = database.with_name(f"{database.stem}-before-restore-{stamp}{database.suffix}{ending}")
            os.replace(old, away)
            aside.append(away)
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(fresh, database)
    database.chmod(0o600)
    return aside


def _into_postgresql(
    address: str, dump: Path, erasures: list[Erased], taken_at: datetime, now: datetime
) -> Settled:
    engine: Engine = make_engine(address)
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
        if tables:
            raise BackupError(
                f"the database that COURAGE_DATABASE_URL names has {len(tables)} tables; make an empty one and name that"
            )
        load_dump(engine.url, dump)
        upgrade(engine, without_copy=True)
        return settle(make_sessions(engine), erasures, taken_at, now)
    except OperationalError as error:
        raise BackupError(f"the database cannot be reached: {str(error.orig).splitlines()[0]}") from None
    finally:
        engine.dispose()


def _files(contents: Path, target: Target, stamp: str) -> tuple[list[Path], list[str]]:
    """Put files back where there are none or other ones; return what was moved aside, and what was left as it is."""
    aside: list[Path] = []
    home = contents / HOME
    # Keys that went on being used must not go back: the other side counts along.
    kept = [name for name in FOLDERS if (home / name).is_dir() and (target.home / name).exists()]
    for file in sorted(home.rglob("*")) if home.is_dir() else ():
        name = file.relative_to(home)
        place = target.home / name
        if not file.is_file() or name.as_posix() == ERASURES or name.parts[0] in kept:
            continue
        if place.exists():
            if cmp(file, place, shallow=False):
                continue
            away = place.with_name(f"{place.name}.before-restore-{stamp}")
            os.replace(place, away)
            aside.append(away)
        _put(file, place)
    settings = contents / SETTINGS
    if settings.is_file() and target.settings_file is not None:
        if not target.settings_file.exists():
            _put(settings, target.settings_file)
        elif not cmp(settings, target.settings_file, shallow=False):
            kept.append(str(target.settings_file))
    return aside, kept


def _put(file: Path, place: Path) -> None:
    """Move a file that may be on another disk; nobody but its owner can read it at any moment."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = place.with_name(place.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    shutil.copyfile(file, partial)
    os.replace(partial, place)
