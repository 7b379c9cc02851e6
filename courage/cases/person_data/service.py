"""Giving out and erasing what is kept about one person, with a line in the log of who did it."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from courage.cases.events import EventBus
from courage.cases.person_data.authors import author_counts, author_record, erase_author
from courage.cases.person_data.staff import StaffCounts, erase_staff, staff_counts, staff_of, staff_record
from courage.cases.relay.relay import RESYNC
from courage.clock import Clock, utcnow
from courage.db.engine import empty_log, reading, writing
from courage.db.models.data_requests import DataRequest
from courage.db.models.people import Person
from courage.people.errors import PersonError
from courage.people.pseudonym import pseudonym

_MOST: Final = 200  # lines of the log


@dataclass(frozen=True, slots=True)
class RequestView:
    """One line of the log; ``by`` ``None``: whoever looks after the installation."""

    at: datetime
    kind: str
    subject: str
    person: str | None
    by: str | None
    counts: Mapping[str, Any]


class PersonData:
    """What one organisation keeps about one person. Everything is synchronous.

    Authors are known by a keyed hash: their account is typed, the hash computed, and nothing of it stored.

    :param key: the secret behind the hashes.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        key: bytes,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._key = key
        self._bus = bus or EventBus()
        self._clock = clock

    def of_author(self, organisation_id: int, channel: str, account: str) -> dict[str, int]:
        """Return how many things of each kind would be erased: cases, texts, drafts, replies, reports."""
        with reading(self._sessions, organisation_id) as session:
            return author_counts(session, self._pseudonym(channel, account))

    def export_author(
        self, organisation_id: int, channel: str, account: str, by_id: int | None
    ) -> dict[str, Any]:
        """Return all that is kept about an author, for a file that a person can read; the log says that it was."""
        with writing(self._sessions, organisation_id) as session:
            author = self._pseudonym(channel, account)
            counts = author_counts(session, author)
            self._log(session, organisation_id, "export", "author", counts, by_id)
            return {
                "made_at": self._clock().isoformat(timespec="seconds"),
                "account": {"chat_system": channel, "name": account},
                **author_record(session, author),
            }

    def erase_author(
        self, organisation_id: int, channel: str, account: str, by_id: int | None
    ) -> dict[str, int]:
        """Erase an author for good, in backups that are restored later too; return what that was."""
        now = self._clock()
        with writing(self._sessions, organisation_id) as session:
            counts = erase_author(session, organisation_id, self._pseudonym(channel, account), now)
            self._log(session, organisation_id, "erase", "author", counts, by_id)
        self._tell()
        return counts

    def of_staff(self, organisation_id: int, person_id: int) -> StaffCounts:
        """Return how many rows of each table would go, and in how many a number would stand for the name.

        :raises PersonError: if there is no such person in the organisation.
        """
        with self._sessions() as session:
            return staff_counts(session, staff_of(session, organisation_id, person_id))

    def export_staff(self, organisation_id: int, person_id: int, by_id: int | None) -> dict[str, Any]:
        """Return all that is kept about somebody of the desk, for a file that a person can read.

        :raises PersonError: if there is no such person in the organisation.
        """
        with writing(self._sessions) as session:
            person = staff_of(session, organisation_id, person_id)
            counts = dict(staff_counts(session, person).go)
            self._log(session, organisation_id, "export", "person", counts, by_id, person_id)
            session.flush()
            made = {"made_at": self._clock().isoformat(timespec="seconds")}
            return {**made, **staff_record(session, person)}

    def erase_staff(self, organisation_id: int, person_id: int, by_id: int | None) -> StaffCounts:
        """Erase somebody of the desk for good; return what that was.

        :raises PersonError: if there is no such person, it is the one who asks, or the last admin.
        """
        if by_id == person_id:
            raise PersonError("you cannot erase yourself; ask another admin")
        with writing(self._sessions) as session:
            person = staff_of(session, organisation_id, person_id)
            others = select(func.count()).where(
                Person.role == "admin", Person.active, Person.id != person.id,
                Person.organisation_id == organisation_id,
            )  # fmt: skip
            if person.role == "admin" and not session.scalar(others.select_from(Person)):
                raise PersonError("this is the last admin of the organisation; add another one first")
            counts = erase_staff(session, person, self._clock())
            self._log(session, organisation_id, "erase", "person", dict(counts.go), by_id, person_id)
        self._tell()
        return counts

    def log(self, organisation_id: int) -> builtins.list[RequestView]:
        """Return who gave out or erased what, the latest first."""
        who, by = aliased(Person), aliased(Person)
        query = (
            select(DataRequest, who.name, by.name)
            .outerjoin(who, who.id == DataRequest.person_id)
            .outerjoin(by, by.id == DataRequest.by_id)
            .where(DataRequest.organisation_id == organisation_id)
            .order_by(DataRequest.id.desc())
            .limit(_MOST)
        )
        with reading(self._sessions, organisation_id) as session:
            return [
                RequestView(row.at, row.kind, row.subject, name, doer, dict(row.counts))
                for row, name, doer in session.execute(query)
            ]

    def _pseudonym(self, channel: str, account: str) -> str:
        return pseudonym(self._key, channel, account)

    def _log(
        self,
        session: Session,
        organisation_id: int,
        kind: str,
        subject: str,
        counts: Mapping[str, int],
        by_id: int | None,
        person_id: int | None = None,
    ) -> None:
        session.add(
            DataRequest(
                organisation_id=organisation_id, kind=kind, subject=subject, person_id=person_id,
                counts=dict(counts), by_id=by_id, at=self._clock(),
            )
        )  # fmt: skip

    def _tell(self) -> None:
        empty_log(self._sessions)
        self._bus.publish("outbox")
        self._bus.publish(RESYNC)  # many cases may look different now: pages look anew
