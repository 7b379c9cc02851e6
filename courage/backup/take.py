"""Making a backup: the database at one moment and the files of the home folder that it is worth nothing without."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Final

from sqlalchemy import Engine

from courage.backup.archive import DATABASE, Manifest, private_file, read, workroom, write
from courage.backup.database import check_dump, check_sqlite, snapshot
from courage.backup.errors import BackupError
from courage.backup.sealing import program, seal, sealed_with, unseal
from courage.clock import Clock, utcnow
from courage.db.erasures import FILE as ERASURES

#: Files of the home folder that nothing can make again.
FILES: Final = ("secrets.json", "credentials.yml", "ranking.json", "chat-systems.json", ERASURES)
#: Folders of which the same holds; databases in them are taken as databases.
FOLDERS: Final = ("matrix-keys",)
HOME: Final = "home/"
SETTINGS: Final = "courage.toml"
_SQLITE: Final = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Place:
    """What is backed up: the database, the home folder and, if there is one, the settings file."""

    engine: Engine
    home: Path
    settings_file: Path | None = None
    program: str = ""


def take(
    place: Place,
    path: Path,
    *,
    keep: timedelta,
    with_: str = "",
    recipients: Sequence[str] = (),
    clock: Clock = utcnow,
) -> Manifest:
    """Write a backup to ``path`` (mode 600) while the program runs; return what is in it.

    :param keep: how long it may be kept; the date stands in it.
    :param with_: ``age`` or ``gpg``, to encrypt it for ``recipients``.
    :raises BackupError: if it cannot be made; then there is no file.
    """
    if with_:
        program(with_)  # missing programs are named before any work is done
    with private_file(path) as target, workroom(path.resolve().parent) as room:
        taken_at = clock()
        revision, tables = snapshot(place.engine, room / DATABASE)
        members = {DATABASE: room / DATABASE, **_home(place, room)}
        notes = (
            []
            if HOME + "secrets.json" in members
            else ["the secrets stand in the settings, not in this file"]
        )
        manifest = Manifest(
            program=place.program,
            database=place.engine.dialect.name,
            revision=revision,
            taken_at=taken_at,
            expires_at=taken_at + keep,
            tables=tables,
            notes=notes,
        )
        if not with_:
            return write(target, manifest, members)
        whole = room / "whole"
        write(whole, manifest, members)
        seal(whole, target, with_, recipients)
        return manifest


def _home(place: Place, room: Path) -> dict[str, Path]:
    """Return copies of the files that belong in a backup, by their names in it."""
    found = {HOME + name: place.home / name for name in FILES}
    for folder in FOLDERS:
        for path in sorted((place.home / folder).rglob("*")):
            if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
                found[HOME + path.relative_to(place.home).as_posix()] = path
    if place.settings_file is not None:
        found[SETTINGS] = place.settings_file
    copies: dict[str, Path] = {}
    for number, (name, path) in enumerate(sorted(found.items())):
        if not path.is_file():
            continue
        copy = room / f"file-{number}"
        try:
            _copy(path, copy)
        except (OSError, sqlite3.Error) as error:
            raise BackupError(f"{path} cannot be backed up: {error}") from None
        copies[name] = copy
    return copies


def _copy(source: Path, target: Path) -> None:
    """Copy a file; one that is a database as it is at this moment, what stands in its write-ahead log included."""
    with source.open("rb") as file:
        is_database = file.read(len(_SQLITE)) == _SQLITE
    if not is_database:
        copyfile(source, target)
        return
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def verify(path: Path, *, identity: Path | None = None, folder: Path | None = None) -> Manifest:
    """Check a backup from beginning to end: every checksum, and the database in it as a database.

    :param identity: the file with age's secret key, for a backup that is encrypted with it.
    :param folder: where what is in it is put; ``None``: nowhere that stays.
    :raises BackupError: if it is no sound backup; the message names what is wrong.
    """
    with_ = sealed_with(path)
    with workroom(path.resolve().parent if folder is None else folder) as room:
        plain = path
        if with_ is not None:
            plain = room / "whole"
            unseal(path, plain, with_, identity)
        into = room / "contents" if folder is None else folder
        manifest = read(plain, into)
        if manifest.database == "sqlite":
            revision, tables = check_sqlite(into / DATABASE)
            if (revision, tables) != (manifest.revision, manifest.tables):
                raise BackupError(
                    f"{path} is damaged: its database has other rows than its list of contents says"
                )
        else:
            check_dump(into / DATABASE)
        return manifest


def expired(manifest: Manifest, now: datetime) -> bool:
    """Say whether a backup is older than it was to be kept."""
    return now >= manifest.expires_at
