"""Whose rows a session may touch: the one place that keeps organisations apart in the database.

A session of :func:`courage.db.engine.make_sessions` knows its scope: some organisations (mostly one), or every one
with the reason why. In a session that is scoped, each statement on a table that belongs to an organisation is narrowed
to it, whatever the statement itself says, and no row of another can be written. In a session without a scope a
statement has to name the organisation itself; where a factory is strict (the running program's is), one that does not
is refused: forgetting is an error, not a leak.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Integer, Table, column, event, text
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, ColumnClause, ColumnElement

from courage.errors import DatabaseError

COLUMN: Final = "organisation_id"
#: How a transaction of PostgreSQL is told whose rows it is for (see :mod:`courage.db.row_security`).
SETTING: Final = "courage.organisations"
#: Tables that say what an organisation is, and hold nothing that it owns.
OF_ORGANISATIONS: Final = frozenset({"organisation_settings", "practice_spaces"})
_KEY: Final = "courage_scope"
_STRICT: Final = "courage_strict"


class Unscoped(DatabaseError):
    """A statement on organisations' rows says of no organisation; a mistake in the program, never a person's."""


class OtherOrganisation(DatabaseError):
    """A row of another organisation was about to be written; a mistake in the program, never a person's."""


class _Column:
    """What :class:`Owned` itself says for its column; every table has one of its own in its place."""

    def __get__(self, _row: object, _table: object) -> ColumnElement[int]:
        return column(COLUMN, Integer)


class Owned:
    """Marks the tables whose rows belong to one organisation each, named by ``organisation_id``."""

    organisation_id: Any = _Column()


class _Every:
    """The scope of what looks after the whole installation."""

    def __init__(self, why: str) -> None:
        self.why = why


def scope_to(session: Session, *organisation_ids: int) -> None:
    """Narrow a session to the rows of these organisations, from now on until it is closed."""
    session.info[_KEY] = tuple(sorted(set(organisation_ids)))
    _tell(session)


def scope_to_every(session: Session, why: str) -> None:
    """Let a session touch the rows of every organisation; ``why`` says to readers of the code what needs that."""
    session.info[_KEY] = _Every(why)
    _tell(session)


@contextmanager
def every(session: Session, why: str) -> Iterator[None]:
    """Let a session touch the rows of every organisation for a moment, such as to find out whose something is."""
    before = session.info.get(_KEY)
    session.info[_KEY] = _Every(why)
    _tell(session)
    try:
        yield
    except BaseException:
        session.info[_KEY] = before  # the transaction ends with the error; the next one is told anew
        raise
    session.info[_KEY] = before
    _tell(session)


def _tell(session: Session) -> None:
    """Tell the transaction under way, if there is one, whose rows it is for."""
    if session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        _tell_database(session, session.connection())


def _tell_database(session: Session, connection: Connection) -> None:
    scope = session.info.get(_KEY)
    # A statement in a session that says of nobody names its organisation itself, see ``unscoped_table``.
    named = ",".join(map(str, scope)) if isinstance(scope, tuple) else "*"
    connection.execute(
        text("SELECT set_config(:setting, :named, true)"), {"setting": SETTING, "named": named}
    )


def scope_of(session: Session) -> tuple[int, ...] | None:
    """Return the organisations that a session is narrowed to; ``None`` where it is not."""
    found = session.info.get(_KEY)
    return found if isinstance(found, tuple) else None


class ScopedSession(Session):
    """A session that keeps to its scope. ``info`` may hold ``strict=True`` under a key of this module."""


def strictly(strict: bool) -> dict[str, Any]:
    """Return the ``info`` of a session factory that refuses what has no scope, or lets it pass."""
    return {_STRICT: strict}


@event.listens_for(ScopedSession, "after_begin")
def _begun(session: Session, _transaction: object, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        _tell_database(session, connection)


@event.listens_for(ScopedSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    if state.is_column_load:  # of an object that was found under the scope already
        return
    info = state.session.info
    scope = info.get(_KEY)
    if isinstance(scope, _Every):
        return
    if isinstance(scope, tuple):
        if state.is_insert:
            _check_inserted(state.statement, state.parameters, scope)
            return
        state.statement = state.statement.options(_narrowed_to(scope))
        return
    # What hangs on an object that was found is its organisation's.
    if (
        info.get(_STRICT)
        and not state.is_relationship_load
        and (missing := unscoped_table(state.statement)) is not None
    ):
        raise Unscoped(
            f"a statement on {missing} names no organisation and its session has no scope (see courage.db.scope)"
        )


@lru_cache(maxsize=1000)
def _narrowed_to(ids: tuple[int, ...]) -> Any:
    return with_loader_criteria(Owned, lambda cls: cls.organisation_id.in_(ids), include_aliases=True)


@event.listens_for(ScopedSession, "before_flush")
def _check_written(session: Session, _context: object, _instances: object) -> None:
    scope = session.info.get(_KEY)
    if not isinstance(scope, tuple):
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Owned) and getattr(row, COLUMN) not in scope:
            raise OtherOrganisation(
                f"a row of {type(row).__name__} is not of organisation {', '.join(map(str, scope))}"
            )


def _check_inserted(statement: Any, parameters: Any, scope: tuple[int, ...]) -> None:
    table = statement.table
    if COLUMN not in table.c:
        return
    rows = parameters if isinstance(parameters, list) else [parameters or {}]
    given = [row.get(COLUMN) for row in rows]
    compiled = statement.compile().params.get(COLUMN)
    for value in given:
        if (compiled if value is None else value) not in scope:
            raise OtherOrganisation(f"a row of {table.name} is not of organisation {scope}")


def _names(comparison: BinaryExpression[Any]) -> bool:
    """Say whether an ``organisation_id`` is compared with something that is no column itself."""
    left, right = comparison.left, comparison.right
    if isinstance(left, ColumnClause) and isinstance(right, ColumnClause):
        return False
    return COLUMN in (getattr(left, "key", None), getattr(right, "key", None))


def _owned(table: Table) -> bool:
    return COLUMN in table.c and table.name not in OF_ORGANISATIONS


def unscoped_table(statement: Any) -> str | None:
    """Return a table of organisations' rows that a statement reads or changes without naming the organisation.

    ``None``: there is none, or somewhere in the statement ``organisation_id`` is compared with a value, or (an insert)
    given one.
    """
    if getattr(statement, "is_insert", False):
        return None  # the column may not be empty: the database refuses a row of nobody
    found: str | None = None
    for element in visitors.iterate(statement):
        if isinstance(element, BinaryExpression):
            if element.operator in (operators.eq, operators.in_op) and _names(element):
                return None
        elif found is None and isinstance(element, Table) and _owned(element):
            found = element.name
    return found
