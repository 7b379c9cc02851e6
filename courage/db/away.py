"""Telling a database that is away from a statement that it will never take."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, TimeoutError

from courage.errors import DatabaseError


def is_away(error: BaseException) -> bool:
    """Say whether the same statement may succeed later: the database is locked, full, gone, cut off or too busy."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (DatabaseError, OperationalError, InterfaceError, InternalError, TimeoutError))
