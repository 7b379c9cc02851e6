"""What a gateway keeps in the database: how far it has read, the salt of its transaction ids, what it has to look at."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.engine import reading, writing
from courage.db.models.delivery import SyncPosition


class Positions:
    """Position and salt of one account."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        account: str,
        *,
        channel: str = "matrix",
        organisation_id: int = 1,
    ) -> None:
        self._sessions = sessions
        self._account = account[:240]
        self._channel = channel
        self._organisation_id = organisation_id

    def load(self) -> str | None:
        """Return the position after the last batch that was dealt with, or ``None`` at the very first start."""
        return self._get(self._account)

    def save(self, position: str) -> None:
        """Remember that everything before ``position`` is in the database."""
        self._set(self._account, position)

    def salt(self) -> str:
        """Return what keeps the transaction ids of this database apart from those of an earlier one."""
        salt = self._get(f"{self._account}#salt")
        if salt is None:
            salt = secrets.token_hex(8)
            self._set(f"{self._account}#salt", salt)
        return salt

    def kept(self, name: str) -> str | None:
        """Return what was kept under a name, or ``None``."""
        return self._get(f"{self._account}#{name}")

    def keep(self, name: str, value: str) -> None:
        """Keep something small under a name, such as what has to be looked at again; never text of a message."""
        self._set(f"{self._account}#{name}", value)

    def _get(self, account: str) -> str | None:
        with reading(self._sessions, self._organisation_id) as session:
            row = self._row(session, account)
            return None if row is None else row.position

    def _set(self, account: str, position: str) -> None:
        with writing(self._sessions, self._organisation_id) as session:
            row = self._row(session, account)
            if row is None:
                session.add(
                    SyncPosition(
                        organisation_id=self._organisation_id,
                        channel=self._channel,
                        account=account,
                        position=position,
                    )
                )
            else:
                row.position, row.updated_at = position, utcnow()

    def _row(self, session: Session, account: str) -> SyncPosition | None:
        return session.scalar(
            select(SyncPosition).where(
                SyncPosition.organisation_id == self._organisation_id,
                SyncPosition.channel == self._channel,
                SyncPosition.account == account,
            )
        )
