"""Accounts at the provider of logins, and whose they are here.

An account there is known by issuer and subject alone. A name or an e-mail address, which people there may choose, never
opens an account that is here already: its person links it, or whoever looks after the installation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.erasures import digest, remember
from courage.db.models.doors import ProviderAccount
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.people.access import find_person
from courage.people.doors import record
from courage.people.errors import PersonError

_WHOSE: Final = "an account elsewhere says whose it is"
LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class ProviderAccountView:
    """A linked account as its person sees it."""

    id: int
    issuer: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def _plain(issuer: str) -> str:
    """Return an issuer as it is kept: some write a slash at its end, some do not, and may change their mind."""
    return issuer.rstrip("/")


def account_digest(issuer: str, subject: str) -> str:
    """Return under what the list of what was taken away has an account."""
    return digest("account", issuer, subject)


class ProviderAccounts:
    """Finds, links and unlinks accounts. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def of(self, person_id: int) -> list[ProviderAccountView]:
        """Return somebody's linked accounts, the oldest first."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            rows = session.scalars(
                select(ProviderAccount)
                .where(ProviderAccount.person_id == person_id)
                .order_by(ProviderAccount.id)
            )
            return [
                ProviderAccountView(row.id, row.issuer, row.name, row.created_at, row.last_used_at)
                for row in rows
            ]

    def find(self, issuer: str, subject: str) -> int | None:
        """Return whose account it is, and note that it was used; ``None`` if it is nobody's."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            return session.execute(
                update(ProviderAccount)
                .where(ProviderAccount.issuer == _plain(issuer), ProviderAccount.subject == subject)
                .values(last_used_at=self._clock())
                .returning(ProviderAccount.person_id)
            ).scalar_one_or_none()

    def link(self, person_id: int, issuer: str, subject: str, name: str = "") -> None:
        """Let an account open somebody's account here; linking it again is no mistake.

        :raises PersonError: if it opens somebody else's already, or the subject cannot be one.
        """
        if not 1 <= len(subject) <= LONGEST_SUBJECT:
            raise PersonError(f"a subject has 1 to {LONGEST_SUBJECT} characters", say="provider.answer")
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, _WHOSE)
                person = find_person(session, person_id)
                there = session.scalar(
                    select(ProviderAccount.person_id).where(
                        ProviderAccount.issuer == _plain(issuer), ProviderAccount.subject == subject
                    )
                )
                if there == person_id:
                    return
                if there is not None:
                    raise _elsewhere()
                self.link_new(session, person, issuer, subject, name)
        except IntegrityError:
            raise _elsewhere() from None

    def link_new(self, session: Session, person: Person, issuer: str, subject: str, name: str) -> None:
        """Let an account that is nobody's open a person's account here, in a transaction that is under way."""
        name = " ".join(name.split())[:80]
        session.add(
            ProviderAccount(
                organisation_id=person.organisation_id,
                person_id=person.id,
                issuer=_plain(issuer),
                subject=subject,
                name=name,
                created_at=self._clock(),
            )
        )
        record(session, person, "account_linked", name, at=self._clock())

    def unlink(self, person_id: int, account_id: int) -> None:
        """Let an account open nothing any more.

        :raises PersonError: if it is not somebody's own.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(ProviderAccount, account_id)
            if row is None or row.person_id != person_id:
                raise PersonError("there is no such account of yours", say="problem.404")
            remember(session, "account", account_digest(row.issuer, row.subject))
            person = session.get_one(Person, person_id)
            record(session, person, "account_unlinked", row.name, at=self._clock())
            session.delete(row)


def _elsewhere() -> PersonError:
    return PersonError("this account opens somebody else's account here already", say="provider.taken")
