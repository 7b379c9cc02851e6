"""Moving an installation's rows from SQLite into an empty PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

import courage.db.models  # noqa: F401  # so that every table is known
from courage.backup.errors import BackupError
from courage.db.engine import Base
from courage.db.migrations import revisions, upgrade

_BATCH: Final = 500
#: PostgreSQL keeps no zero byte in a text; what people typed stays, the byte becomes the sign for what cannot be shown.
_ZERO, _SIGN = "\0", "\ufffd"


def move(source: Engine, target: Engine) -> dict[str, int]:
    """Copy every row, in one transaction, and compare; return how many rows each table has.

    Call it while nothing runs. The source is only read.

    :raises BackupError: if the target is not empty, or a row cannot be kept there; the target is empty then.
    """
    if target.dialect.name != "postgresql" or source.dialect.name != "sqlite":
        raise BackupError("rows are moved from SQLite to PostgreSQL; both addresses must say so")
    here, _, newest = revisions(source)
    if here != newest:
        raise BackupError(
            f"the tables are at revision {here} and this program's at {newest}; run `courage update` first"
        )
    with target.connect() as connection:
        if tables := inspect(connection).get_table_names():
            raise BackupError(f"the target has {len(tables)} tables already; make an empty database")
    upgrade(target, without_copy=True)
    moved: dict[str, int] = {}
    with source.connect() as old, target.begin() as new:
        for table in reversed(Base.metadata.sorted_tables):
            new.execute(delete(table))
        for table in Base.metadata.sorted_tables:
            moved[table.name] = _copy(old, new, table)
        for table in Base.metadata.sorted_tables:
            _compare(old, new, table)
            _count_on(new, table)
    return moved


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=_BATCH).execute(query).mappings():
        yield {str(name): _kept(value) for name, value in row.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_ZERO, _SIGN)
    if isinstance(value, dict):
        return {_kept(name): _kept(inner) for name, inner in value.items()}
    return [_kept(inner) for inner in value] if isinstance(value, list) else value


def _copy(old: Connection, new: Connection, table: Table) -> int:
    count = 0
    found = _rows(old, table)
    while rows := list(islice(found, _BATCH)):
        try:
            new.execute(table.insert(), rows)
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]  # names the kind of column, not what stands in it
            raise BackupError(f"a row of {table.name} cannot be kept in PostgreSQL: {reason}") from None
        count += len(rows)
    return count


def _compare(old: Connection, new: Connection, table: Table) -> None:
    for before, after in zip(_rows(old, table), _rows(new, table), strict=False):
        if before != after:
            differs = [name for name in before if before[name] != after[name]]
            raise BackupError(
                f"{table.name} differs after the move, in {', '.join(differs)}; nothing was moved"
            )
    counts = [c.execute(select(func.count()).select_from(table)).scalar_one() for c in (old, new)]
    if counts[0] != counts[1]:
        raise BackupError(f"{table.name} had {counts[0]} rows and has {counts[1]}; nothing was moved")


def _count_on(new: Connection, table: Table) -> None:
    """Let a table's own numbers go on after the highest that was moved."""
    columns = list(table.primary_key.columns)
    if len(columns) != 1:
        return
    name = columns[0].name
    sequence = new.execute(
        text("SELECT pg_get_serial_sequence(:table, :name)"), {"table": table.name, "name": name}
    ).scalar_one()
    if sequence is not None:
        highest = new.execute(select(func.max(columns[0]))).scalar_one()
        if highest is not None:
            new.execute(
                text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
            )
