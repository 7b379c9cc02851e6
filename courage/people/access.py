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
from courage.db.engine import DEFAULT_ORGANISATION, Organisation, writing
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import LoginLink, Person, WebSession
from courage.db.scope import scope_to_every
from courage.people.errors import PersonError
from courage.people.organisations import FIRST, suspended
from courage.people.passwords import MAX_PASSWORD, check_new, weakness
from courage.people.views import PersonView

_SEEN_EVERY = timedelta(minutes=10)
#: How long after somebody used a login link they may choose a password without giving the old one.
_FRESH = timedelta(minutes=30)
_WHOSE = "a token, a name or a number says whose it is"
_WRONG = "name or password is wrong"


@dataclass(frozen=True, slots=True)
class WebLogin:
    """A fresh web session: ``token`` goes into the cookie and is never stored; ``csrf_token`` into forms."""

    token: str
    csrf_token: str
    expires_at: datetime
    person: PersonView


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its person sees it; ``kind`` is password, link or token; ``current`` is the one that asks."""

    id: int
    kind: str
    name: str
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime
    current: bool


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

    :raises PersonError: if there is none, or they are erased.
    """
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise PersonError(f"there is no person {person_id}", say="problem.404")
    return person


def find_active(session: Session, person_id: int) -> Person:
    """Return the row of a person who may come in.

    :raises PersonError: if there is none, or they are not active.
    """
    person = session.get(Person, person_id)
    if person is None or not person.active:
        raise PersonError(f"there is no active person {person_id}")
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

        :raises PersonError: if the person is missing or the password too weak (see :mod:`courage.people.passwords`).
        """
        check_new(password, *self._names(person_id))
        hashed = self._hasher.hash(password)
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            person.password_hash = hashed
            session.execute(delete(WebSession).where(WebSession.person_id == person_id))

    def weakness(self, person_id: int, password: str) -> PersonError | None:
        """Return what is wrong with a password that somebody has already, by the rules of today."""
        return weakness(password, *self._names(person_id))

    def _names(self, person_id: int) -> tuple[str, str]:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            return person.name, session.get_one(Organisation, person.organisation_id).name

    def has_password(self, person_id: int) -> bool:
        """Return whether somebody has chosen a password."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return find_person(session, person_id).password_hash is not None

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
                raise PersonError(_WRONG, say="login.wrong") from None
            if person is None or not usable:
                raise PersonError(_WRONG, say="login.wrong")
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
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            return self.new_link(session, find_person(session, person_id))[1]

    def new_link(
        self, session: Session, person: Person, valid: timedelta | None = None
    ) -> tuple[LoginLink, str]:
        """Make a one-time login link in the session's transaction; return its row and its token, which is told this once.

        :param valid: how long it works; ``None``: as long as others.
        :raises PersonError: if the person is not active.
        """
        if not person.active:
            raise PersonError(
                f"{person.name} is not active; activate the person first",
                say="people.inactive", name=person.name,
            )  # fmt: skip
        token = secrets.token_urlsafe(32)
        session.execute(
            delete(LoginLink).where(LoginLink.person_id == person.id, LoginLink.used_at.is_(None))
        )
        link = LoginLink(
            organisation_id=person.organisation_id,
            person_id=person.id,
            token_hash=_hash(token),
            expires_at=self._clock() + (valid or self._link_time),
        )
        session.add(link)
        session.flush()
        return link, token

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
                raise PersonError(
                    "this login link is used or too old; ask an admin for a new one", say="login.old_link"
                )
            return self._open(session, find_person(session, used), now, "link")

    def open_session(
        self, person_id: int, *, kind: str = "password", name: str = "", within: str = ""
    ) -> WebLogin:
        """Open a web session for a person whose password was just checked.

        :param kind: how it came to be, see ``WebSession``.
        :param name: what a token is for.
        :param within: the token of the session with which the new one ends.
        :raises PersonError: if the person is missing or not active.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            parent = (
                session.scalar(select(WebSession.id).where(WebSession.token_hash == _hash(within)))
                if within
                else None
            )
            person = find_person(session, person_id)
            return self._open(session, person, self._clock(), kind, name[:80], parent)

    def _open(
        self,
        session: Session,
        person: Person,
        now: datetime,
        kind: str,
        name: str = "",
        parent: int | None = None,
    ) -> WebLogin:
        if not person.active:
            raise PersonError(f"{person.name} is not active", say="people.inactive", name=person.name)
        if _is_suspended(session, person.organisation_id):
            raise PersonError(
                "this organisation is suspended; ask those who look after the installation",
                say="login.suspended",
            )
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
                kind=kind,
                name=name,
                parent_id=parent,
                last_seen_at=now,
            )
        )
        return WebLogin(token, csrf, expires, person_view(person))

    def session(self, token: str) -> tuple[PersonView, str] | None:
        """Return the person of a web session and its CSRF token, or ``None`` if there is none any more."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            row = session.execute(
                select(Person, WebSession.csrf_token, WebSession.last_seen_at)
                .join(WebSession, WebSession.person_id == Person.id)
                .where(
                    WebSession.token_hash == _hash(token),
                    WebSession.expires_at > self._clock(),
                    Person.active,
                    Person.organisation_id.not_in(suspended()),
                )
            ).first()
        if row is None:
            return None
        if row[2] is None or row[2] <= self._clock() - _SEEN_EVERY:
            self._seen(token)
        return person_view(row[0]), row[1]

    def _seen(self, token: str) -> None:
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(
                update(WebSession)
                .where(WebSession.token_hash == _hash(token))
                .values(last_seen_at=self._clock())
                .execution_options(synchronize_session=False)
            )

    def entered_by_link(self, token: str) -> bool:
        """Return whether a session was opened by a login link, not long ago."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(WebSession.id).where(
                WebSession.token_hash == _hash(token),
                WebSession.kind == "link",
                WebSession.created_at > self._clock() - _FRESH,
            )
            return session.scalar(query) is not None

    def close_session(self, token: str) -> None:
        """End a web session and the tokens that were made in it; unknown ones are no mistake."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            number = session.scalar(select(WebSession.id).where(WebSession.token_hash == _hash(token)))
            _end(session, number)

    def sessions_of(self, person_id: int, token: str = "") -> list[SessionView]:
        """Return a person's sessions and tokens that have not run out, newest first.

        :param token: that of the session which asks, to say which one that is.
        """
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            rows = session.scalars(
                select(WebSession)
                .where(WebSession.person_id == person_id, WebSession.expires_at > self._clock())
                .order_by(WebSession.id.desc())
            )
            return [
                SessionView(
                    row.id, row.kind, row.name, row.created_at, row.last_seen_at, row.expires_at,
                    row.token_hash == _hash(token),
                )
                for row in rows
            ]  # fmt: skip

    def end_session(self, person_id: int, session_id: int) -> None:
        """End one of a person's sessions or tokens; one that is gone already is no mistake.

        :raises PersonError: if it is somebody else's.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(WebSession, session_id)
            if row is not None and row.person_id != person_id:
                raise PersonError("there is no such session of yours", say="problem.404")
            _end(session, None if row is None else row.id)

    def end_sessions(self, person_id: int) -> None:
        """End all of a person's sessions and tokens."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(delete(WebSession).where(WebSession.person_id == person_id))


def _end(session: Session, number: int | None) -> None:
    if number is not None:
        session.execute(
            delete(WebSession).where((WebSession.id == number) | (WebSession.parent_id == number))
        )
