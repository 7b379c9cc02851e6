"""Tells trouble of the database, which every statement has, from trouble with what one statement was about."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from courage.errors import DatabaseError

_AWAY: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout, DatabaseError)


def is_away(error: Exception) -> bool:
    """Return whether an error says that the database cannot be used just now: locked, full, gone, too busy."""
    return isinstance(error, _AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)
