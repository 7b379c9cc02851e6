"""Events between engines by ``LISTEN`` and ``NOTIFY`` of the database that they share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_CHANNEL: Final = "courage_events"


class PostgresTransport:
    """Carries events by PostgreSQL.

    :param address: SQLAlchemy's address of the database.
    """

    name = "the database"

    def __init__(self, address: str) -> None:
        self._address = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[PostgresLine]:
        """Open a line: one connection to hear, one to tell."""
        import psycopg  # only where this database is used

        # A machine that vanishes is noticed within seconds, not hours.
        async with await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5,
            keepalives_idle=3, keepalives_interval=2, keepalives_count=2,
        ) as hearing, await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        ) as telling:  # fmt: skip
            await hearing.execute(f"LISTEN {_CHANNEL}")
            yield PostgresLine(hearing, telling)

    def explain(self, error: Exception) -> str | None:
        """Return nothing: where the database is away, other parts of ``/health`` say so louder."""
        import psycopg

        return "" if isinstance(error, psycopg.Error | OSError) else None


class PostgresLine:
    """One connection that listens, and one that notifies."""

    def __init__(self, hearing: AsyncConnection[Any], telling: AsyncConnection[Any]) -> None:
        self._hearing, self._telling = hearing, telling

    async def hear(self) -> AsyncIterator[str]:
        """Yield what was told."""
        async for notice in self._hearing.notifies():
            yield notice.payload

    async def tell(self, payload: str) -> None:
        """Notify all who listen."""
        await self._telling.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))
