"""``courage backup``, ``verify``, ``restore``, ``update`` and ``move``: so that nothing is ever lost for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courage.cli.terminal import say
from courage.people.errors import CannotUnseal

if TYPE_CHECKING:
    from courage.backup.archive import Manifest
    from courage.backup.take import Place
    from courage.settings import Settings

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="File with the secret key, for a backup that is encrypted with age.",
)


def _place(settings: Settings) -> Place:
    from courage.backup.take import Place
    from courage.db.engine import make_engine
    from courage.settings import config_file
    from courage.shipped import courage_version

    return Place(make_engine(settings.database), settings.home, config_file(), courage_version())


def _tell(manifest: Manifest) -> None:
    rows = sum(manifest.tables.values())
    say(
        f"taken {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC by version {manifest.program}, tables {manifest.revision}"
    )
    say(f"{rows} rows in {len(manifest.tables)} tables of {manifest.database}; {len(manifest.files)} files")
    say(f"to be deleted on {manifest.expires_at:%Y-%m-%d}: it holds texts that are purged then")
    for note in manifest.notes:
        say(f"note: {note}")


@click.command()
@FILE
@click.option(
    "--keep-days", type=click.IntRange(1, 3650), default=None,
    help="How long it may be kept; default: as long as texts are kept (COURAGE_RETENTION_DAYS).",
)  # fmt: skip
@click.option(
    "--age", "age", multiple=True, metavar="RECIPIENT", help="Encrypt it with age for this key; repeatable."
)
@click.option(
    "--gpg", "gpg", multiple=True, metavar="RECIPIENT", help="Encrypt it with gpg for this key; repeatable."
)
def backup(file: Path, keep_days: int | None, age: tuple[str, ...], gpg: tuple[str, ...]) -> None:
    """Write a backup of everything to FILE while Courage runs: the database at this moment, keys and settings."""
    from courage.backup.take import take
    from courage.settings import load_settings

    if age and gpg:
        raise click.UsageError("choose one of --age and --gpg")
    settings = load_settings()
    keep = timedelta(days=keep_days or settings.retention_days)
    with_ = "age" if age else "gpg" if gpg else ""
    manifest = take(_place(settings), file, keep=keep, with_=with_, recipients=age or gpg)
    say(f"the backup is in {file}" + (f", encrypted with {with_}" if with_ else ""))
    _tell(manifest)


@click.command()
@FILE
@IDENTITY
def verify(file: Path, identity: Path | None) -> None:
    """Check a backup from beginning to end: every checksum, and the database in it."""
    from courage.backup.take import expired
    from courage.backup.take import verify as look

    manifest = look(file, identity=identity)
    say(f"{file} is sound")
    _tell(manifest)
    if expired(manifest, datetime.now(UTC)):
        say("its time is over: delete it")


@click.command()
@FILE
@IDENTITY
@click.option("--although-expired", is_flag=True, help="Even if it was to be deleted already.")
def restore(file: Path, identity: Path | None, although_expired: bool) -> None:
    """Put a backup back. What was erased since stays erased, and nothing is posted before an admin says so.

    Courage must be stopped. What stands in the place of the backup's files is kept beside them.
    """
    from courage.backup.restore import Target
    from courage.backup.restore import restore as put_back
    from courage.home import hold_home
    from courage.settings import config_file, load_settings, read_settings
    from courage.wiring import open_database, second_factors

    settings = read_settings()
    with hold_home(settings.home, "a restore"):
        target = Target(settings.database, settings.home, config_file())
        done = put_back(file, target, identity=identity, although_expired=although_expired)
        settings = load_settings()  # with the secrets that are there now
        lost = second_factors(settings, open_database(settings)[1]).lost()
    say(f"restored: the state of {done.manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    say(f"erased again, as since then: {done.settled.erased}; texts past their time: {done.settled.purged}")
    say("everybody has to log in anew")
    if lost:
        say(f"{lost} people cannot use their second factor: {CannotUnseal()}")
    for name in done.kept:
        say(f"left as it is, not taken from the backup: {name}")
    for path in done.aside:
        say(f"as it was before: {path} (delete it when you are content: it may hold texts)")
    if done.settled.held:
        say(
            f"{done.settled.held} deliveries wait: nobody knows whether they were posted before. Look at "
            "`courage deliveries list --state held`, then `courage deliveries release` or `give-up`"
        )


@click.command()
@click.option(
    "--back", is_flag=True, help="One step back instead, before installing the version before this one."
)
def update(back: bool) -> None:
    """Bring the database's tables up to date: backup, change, check; if the check fails, nothing has changed.

    Courage must be stopped. `courage run` does the same at its start, without the check of every row.
    """
    from courage.backup.take import take
    from courage.backup.update import SEALED_SINCE, step_back
    from courage.backup.update import update as bring_up
    from courage.db.engine import make_sessions
    from courage.db.migrations import revisions
    from courage.home import hold_home
    from courage.settings import load_settings
    from courage.wiring import second_factors

    settings = load_settings()
    with hold_home(settings.home, "an update"):
        place = _place(settings)
        folder = settings.home / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / f"before-update-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.courage"
        take(place, file, keep=timedelta(days=settings.retention_days))
        say(f"the backup is in {file}")
        if back:
            if (
                revisions(place.engine)[0] == SEALED_SINCE
            ):  # the version before reads no encrypted second factor
                second_factors(settings, make_sessions(place.engine, strict=True)).unseal_all()
            done = step_back(place.engine, copies=settings.home)
            say(
                f"the tables went back from {done.before} to {done.after}; start the version that knows these"
            )
            return
        done = bring_up(place.engine, organisation=settings.organisation, copies=settings.home)
    if done.before == done.after:
        say(f"the tables are up to date (revision {done.after}); every row can be read")
    else:
        say(f"the tables went from {done.before} to {done.after}; every row is there and can be read")


@click.command()
@click.argument("address")
def move(address: str) -> None:
    """Move everything from SQLite into the empty PostgreSQL database at ADDRESS (postgresql+psycopg://…).

    Courage must be stopped. Leave the password out of ADDRESS, where others on this machine could read it: PGPASSWORD
    or ~/.pgpass have it. The SQLite file is only read; delete it when you are content.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, OperationalError

    from courage.backup.moving import move as carry
    from courage.db.engine import make_engine
    from courage.errors import CourageError
    from courage.home import hold_home
    from courage.settings import load_settings

    settings = load_settings()
    try:
        make_url(address)
    except ArgumentError:
        raise CourageError("the address is not one; write postgresql+psycopg://USER@HOST/DATABASE") from None
    with hold_home(settings.home, "a move"):
        try:
            moved = carry(make_engine(settings.database), make_engine(address))
        except OperationalError as error:
            raise CourageError(f"the database cannot be reached: {str(error.orig).splitlines()[0]}") from None
    say(
        f"{sum(moved.values())} rows of {len(moved)} tables are in PostgreSQL, each compared with where it came from"
    )
    say("set COURAGE_DATABASE_URL to that address and start Courage")
