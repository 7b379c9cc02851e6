"""Locks by name within a transaction, for steps that look first and write then."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


def hold(where: Session | Connection, *name: object) -> None:
    """Wait until nobody else holds the lock of this name, and hold it until the transaction ends.

    PostgreSQL lets transactions look at the same moment; there it is an advisory lock of the transaction. SQLite has
    one writer at a time: a writing transaction (:func:`courage.db.engine.writing`) is the lock already.
    """
    connection = where.connection() if isinstance(where, Session) else where
    if connection.dialect.name != "postgresql":
        return
    key = blake2b("\0".join(map(str, name)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(key, "big", signed=True)}
    )
