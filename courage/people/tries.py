"""Tries to log in, counted in the database: for every engine that shares it, and over restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.locks import hold
from courage.db.models.tries import LoginTry
from courage.db.scope import scope_to_every
from courage.people.pseudonym import subject_digest

_WHOSE: Final = "logins are counted before it is known whose they are"
#: What a try counts for: a kind (name, address, both) and the words that say which.
Subject = tuple[str, ...]
#: How long an address from which somebody logged in is known.
KNOWN: Final = timedelta(days=30)


class Tries:
    """Counts within a window; what it keeps are keyed hashes. Synchronous and thread-safe.

    :param key: of at least 16 bytes.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        key: bytes,
        *,
        window: timedelta = timedelta(minutes=15),
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._key = key
        self._window = window
        self._clock = clock

    def begin(self, allowed: Mapping[Subject, int]) -> tuple[tuple[int, ...], datetime | None]:
        """Count a try for each subject, unless one of them has as many as are allowed.

        :returns: the numbers of what was noted, and ``None``; or nothing, and when the next try may be made.
        """
        digests = {subject_digest(self._key, *subject): most for subject, most in allowed.items()}
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            for digest in sorted(digests):  # in one order, so that two tries never wait for each other
                hold(session, "login", digest)
            now = self._clock()
            since = now - self._window
            for digest, most in digests.items():
                count, first = session.execute(
                    select(func.count(), func.min(LoginTry.at)).where(
                        LoginTry.subject == digest, LoginTry.at > since
                    )
                ).one()
                if count >= most:
                    return (), first + self._window
            rows = [LoginTry(subject=digest, at=now) for digest in digests]
            session.add_all(rows)
            session.flush()
            return tuple(row.id for row in rows), None

    def take_back(self, numbers: tuple[int, ...]) -> None:
        """Forget what :meth:`begin` noted: it was no wrong guess."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(delete(LoginTry).where(LoginTry.id.in_(numbers)))

    def succeeded(self, numbers: tuple[int, ...], pair: Subject) -> None:
        """Forget the failures of a name from an address, and remember that it got in from there."""
        known = subject_digest(self._key, "known", *pair)
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(delete(LoginTry).where(LoginTry.id.in_(numbers)))
            gone = (subject_digest(self._key, *pair), known)
            session.execute(delete(LoginTry).where(LoginTry.subject.in_(gone)))
            session.add(LoginTry(subject=known, at=self._clock()))

    def known(self, pair: Subject) -> bool:
        """Say whether a name got in from an address before."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            digest = subject_digest(self._key, "known", *pair)
            found = select(LoginTry.id).where(LoginTry.subject == digest, LoginTry.at > self._clock() - KNOWN)
            return session.scalar(found.limit(1)) is not None


def forget_old(session: Session, now: datetime) -> None:
    """Delete what no limit looks at any more."""
    session.execute(delete(LoginTry).where(LoginTry.at <= now - KNOWN))
