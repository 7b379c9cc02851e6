"""How people prove who they are: passwords, one-time login links, web sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import DEFAULT_ORGANISATION, writing
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import LoginLink, Person, WebSession
from courage.db.scope import scope_to_every
from courage.people.errors import PersonError
from courage.people.organisations import FIRST, suspended
from courage.people.views import PersonView

MIN_PASSWORD = 10
MAX_PASSWORD = 1000
_WHOSE = "a token, a name or a number says whose it is"
_WRONG = "name or password is wrong"


@dataclass(frozen=True, slots=True)
class WebLogin:
    """A fresh web session: ``token`` goes into the cookie and is never stored; ``csrf_token`` into forms."""

    token: str
    csrf_token: str
    expires_at: datetime
    person: PersonView


def _hash(token: str) -> str:
    # Tokens have 256 random bits, so a plain hash cannot be guessed backwards.
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def person_view(person: Person) -> PersonView:
    """Return what others may see of a person."""
    return PersonView(
        id=person.id,
        organisation_id=person.organisation_id,
        name=person.name,
        role=person.role,
        languages=tuple(person.languages),
        active=person.active,
    )


def find_person(session: Session, person_id: int) -> Person:
    """Return the row of a person.

    :raises PersonError: if there is none.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise PersonError(f"there is no person {person_id}")
    return person


def _is_suspended(session: Session, organisation_id: int) -> bool:
    query = suspended().where(OrganisationSettings.organisation_id == organisation_id)
    return session.scalar(query) is not None


class Access:
    """Passwords, login links and web sessions. Everything is synchronous."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        clock: Clock = utcnow,
        link_time: timedelta = timedelta(hours=24),
        session_time: timedelta = timedelta(hours=12),
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._link_time = link_time
        self._session_time = session_time
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def anybody_logged_in(self, organisation_id: int = 1) -> bool:
        """Return whether anybody ever used a login link or has a password, so that no first link is needed."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(Person.id).where(
                Person.organisation_id == organisation_id,
                Person.password_hash.is_not(None)
                | select(LoginLink.id)
                .where(LoginLink.person_id == Person.id, LoginLink.used_at.is_not(None))
                .exists()
                | select(WebSession.id).where(WebSession.person_id == Person.id).exists(),
            )
            return session.scalar(query.limit(1)) is not None

    def set_password(self, person_id: int, password: str) -> None:
        """Set a password and end the person's web sessions.

        :raises PersonError: if the person is missing or the password too short or too long.
        """
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise PersonError(
                f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, this one {len(password)}"
            )
        hashed = self._hasher.hash(password)
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            person.password_hash = hashed
            session.execute(delete(WebSession).where(WebSession.person_id == person_id))

    def check_password(self, name: str, password: str, organisation_id: int = 1) -> PersonView:
        """Return the person of this name and password.

        :raises PersonError: if either is wrong or the person is not active; it does not say which.
        """
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            person = session.scalar(
                select(Person).where(Person.organisation_id == organisation_id, Person.name == name)
            )
            usable = (
                person is not None
                and person.active
                and person.password_hash is not None
                and not _is_suspended(session, person.organisation_id)
            )
            # An unknown name costs as much time as a known one, so that names cannot be found out.
            stored = person.password_hash if person is not None and usable else self._nobody
            try:
                self._hasher.verify(stored or self._nobody, password[: MAX_PASSWORD + 1])
            except (VerificationError, InvalidHashError):
                raise PersonError(_WRONG) from None
            if person is None or not usable:
                raise PersonError(_WRONG)
            return person_view(person)

    def named(self, name: str) -> tuple[str, int]:
        """Return a name as it is typed at the login as (name, organisation).

        ``Ann`` is of the first organisation, ``Ann@berlin`` of the one whose short name is ``berlin``; a name of the
        first organisation may hold an ``@`` of its own.
        """
        before, at, slug = name.rpartition("@")
        if not at or not before.strip():
            return name, DEFAULT_ORGANISATION
        with self._sessions() as session:
            found = session.scalar(
                select(OrganisationSettings.organisation_id).where(
                    OrganisationSettings.slug == slug.strip().casefold()
                )
            )
        if found is None and slug.strip().casefold() == FIRST:
            found = DEFAULT_ORGANISATION
        return (name, DEFAULT_ORGANISATION) if found is None else (before.strip(), found)

    def login_link(self, person_id: int) -> str:
        """Return the token of a new one-time login link; earlier unused links of the person stop working.

        :raises PersonError: if the person is missing or not active.
        """
        token = secrets.token_urlsafe(32)
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            if not person.active:
                raise PersonError(f"{person.name} is not active; activate the person first")
            session.execute(
                delete(LoginLink).where(LoginLink.person_id == person_id, LoginLink.used_at.is_(None))
            )
            session.add(
                LoginLink(
                    organisation_id=person.organisation_id,
                    person_id=person_id,
                    token_hash=_hash(token),
                    expires_at=self._clock() + self._link_time,
                )
            )
        return token

    def use_login_link(self, token: str) -> WebLogin:
        """Use up a login link and open a web session.

        :raises PersonError: if the link is unknown, used, too old, or its person not active.
        """
        now = self._clock()
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            # One statement decides, so that two uses at the same moment cannot both win.
            used = session.execute(
                update(LoginLink)
                .where(
                    LoginLink.token_hash == _hash(token),
                    LoginLink.used_at.is_(None),
                    LoginLink.expires_at > now,
                )
                .values(used_at=now)
                .returning(LoginLink.person_id)
            ).scalar_one_or_none()
            if used is None:
                raise PersonError("this login link is used or too old; ask an admin for a new one")
            return self._open(session, find_person(session, used), now)

    def open_session(self, person_id: int) -> WebLogin:
        """Open a web session for a person whose password was just checked.

        :raises PersonError: if the person is missing or not active.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            return self._open(session, find_person(session, person_id), self._clock())

    def _open(self, session: Session, person: Person, now: datetime) -> WebLogin:
        if not person.active:
            raise PersonError(f"{person.name} is not active")
        if _is_suspended(session, person.organisation_id):
            raise PersonError("this organisation is suspended; ask those who look after the installation")
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        expires = now + self._session_time
        session.execute(delete(WebSession).where(WebSession.expires_at < now))
        session.add(
            WebSession(
                organisation_id=person.organisation_id,
                person_id=person.id,
                token_hash=_hash(token),
                csrf_token=csrf,
                created_at=now,
                expires_at=expires,
            )
        )
        return WebLogin(token, csrf, expires, person_view(person))

    def session(self, token: str) -> tuple[PersonView, str] | None:
        """Return the person of a web session and its CSRF token, or ``None`` if there is none any more."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            row = session.execute(
                select(Person, WebSession.csrf_token)
                .join(WebSession, WebSession.person_id == Person.id)
                .where(
                    WebSession.token_hash == _hash(token),
                    WebSession.expires_at > self._clock(),
                    Person.active,
                    Person.organisation_id.not_in(suspended()),
                )
            ).first()
            return None if row is None else (person_view(row[0]), row[1])

    def close_session(self, token: str) -> None:
        """End a web session; unknown ones are no mistake."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(delete(WebSession).where(WebSession.token_hash == _hash(token)))
