"""The people who work on cases, and their accounts in channels."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.engine import writing
from courage.db.erasures import digest, remember
from courage.db.models.people import ChannelIdentity, LoginLink, Person, WebSession
from courage.db.scope import scope_to_every
from courage.people.access import Access, WebLogin, find_person, person_view
from courage.people.codes import LinkCodes
from courage.people.doors import DoorEvents
from courage.people.errors import PersonError
from courage.people.organisations import suspended
from courage.people.passkeys import Passkeys
from courage.people.provider_accounts import ProviderAccounts
from courage.people.readiness import mark_first
from courage.people.second_factor import SecondFactor
from courage.people.tickets import Tickets
from courage.people.views import PersonView
from courage.taxonomy import LANGUAGES, ROLES

__all__ = ["People", "WebLogin"]

_WHOSE = "a number says which person is meant; lists name their organisation"
_MAX_NAME = 80
_MAX_CHANNEL = 32
_MAX_ACCOUNT = 255


def _one_of(what: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise PersonError(
            f"{what} {value!r} is not one of {', '.join(choices)}",
            say="wrong.choice",
            field=what,
            value=value[:40],
        )
    return value


class People:
    """Adds, changes and finds people. Everything is synchronous.

    :param access: how they log in; ``None``: with the times that :class:`Access` has by itself. Its methods go by their
        own names here too, because whoever deals with people mostly needs both.
    :param codes: how they link accounts from a chat; ``None``: as :class:`courage.people.codes.LinkCodes` does by itself.
    :param tickets: what browsers hold between the steps of a login; ``None``: such as only this process can read.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        access: Access | None = None,
        codes: LinkCodes | None = None,
        second_factor: SecondFactor | None = None,
        tickets: Tickets | None = None,
    ) -> None:
        self._sessions = sessions
        access = access or Access(sessions)
        codes = codes or LinkCodes(sessions)
        self.link_code = codes.make
        self.use_link_code = codes.use
        self.anybody_logged_in = access.anybody_logged_in
        self.set_password = access.set_password
        self.named = access.named
        self.check_password = access.check_password
        self.login_link = access.login_link
        self.use_login_link = access.use_login_link
        self.open_session = access.open_session
        self.session = access.session
        self.close_session = access.close_session
        self.weakness = access.weakness
        self.has_password = access.has_password
        self.entered_by_link = access.entered_by_link
        self.sessions_of = access.sessions_of
        self.end_session = access.end_session
        self.end_sessions = access.end_sessions
        self.second_factor = second_factor or SecondFactor(sessions)
        self.tickets = tickets or Tickets(sessions)
        self.passkeys = Passkeys(sessions, self.tickets)
        self.provider_accounts = ProviderAccounts(sessions)
        self.door_events = DoorEvents(sessions)

    def add(
        self,
        name: str,
        role: str,
        organisation_id: int = 1,
        languages: Sequence[str] = ("en",),
        password: str | None = None,
        also: Callable[[Session, Person], None] | None = None,
    ) -> PersonView:
        """Add a person; the first trainer or admin of an organisation is ready for live cases, as nobody could decide it.

        :param also: what happens in the same transaction, such as ordering an invitation: both are kept, or neither.
        :raises PersonError: if the name is empty, too long or taken, or the role or a language unknown.
        """
        view = self._add(name, role, organisation_id, languages, also)
        if password is not None:
            self.set_password(view.id, password)
        return view

    def admit(
        self,
        account: tuple[str, str],
        name: str,
        role: str,
        organisation_id: int,
        languages: Sequence[str],
    ) -> PersonView:
        """Add a person who comes with an account (issuer, subject) at the provider of logins, which opens theirs here.

        :raises PersonError: as :meth:`add`; somebody who has the name already is never who comes.
        """
        link = self.provider_accounts.link_new
        return self._add(
            name,
            role,
            organisation_id,
            languages,
            lambda session, new: link(session, new, *account, new.name),
        )

    def _add(
        self,
        name: str,
        role: str,
        organisation_id: int,
        languages: Sequence[str],
        also: Callable[[Session, Person], None] | None = None,
    ) -> PersonView:
        name = " ".join(name.split())
        if not 1 <= len(name) <= _MAX_NAME:
            raise PersonError(
                f"a name has 1 to {_MAX_NAME} characters, this one {len(name)}",
                say="wrong.length", field="name", length=len(name), most=_MAX_NAME,
            )  # fmt: skip
        _one_of("role", role, ROLES)
        for language in languages:
            _one_of("language", language, LANGUAGES)
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, _WHOSE)
                person = Person(
                    organisation_id=organisation_id, name=name, role=role, languages=list(languages)
                )
                session.add(person)
                session.flush()
                mark_first(session, person, utcnow())
                if also is not None:
                    also(session, person)
                view = person_view(person)
        except IntegrityError:
            raise PersonError(
                f"the name {name!r} is taken, or there is no organisation {organisation_id}",
                say="people.name_taken", name=name,
            ) from None  # fmt: skip
        return view

    def get(self, person_id: int) -> PersonView:
        """Return a person.

        :raises PersonError: if there is none.
        """
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return person_view(find_person(session, person_id))

    def find(self, name: str, organisation_id: int = 1) -> PersonView | None:
        """Return the person of this name, or ``None``."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            person = session.scalar(
                select(Person).where(Person.organisation_id == organisation_id, Person.name == name)
            )
            return None if person is None else person_view(person)

    def list(
        self, organisation_id: int = 1, *, role: str | None = None, all_: bool = False
    ) -> builtins.list[PersonView]:
        """Return the people of an organisation by name; ``all_`` with those who are not active."""
        query = (
            select(Person)
            .where(Person.organisation_id == organisation_id, Person.erased_at.is_(None))
            .order_by(Person.name)
        )
        if role is not None:
            query = query.where(Person.role == role)
        if not all_:
            query = query.where(Person.active)
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return [person_view(person) for person in session.scalars(query)]

    def change(
        self, person_id: int, *, role: str | None = None, languages: Sequence[str] | None = None
    ) -> PersonView:
        """Change role or languages.

        :raises PersonError: if the person is missing, or the role or a language unknown.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            if role is not None:
                person.role = _one_of("role", role, ROLES)
            if languages is not None:
                person.languages = [_one_of("language", language, LANGUAGES) for language in languages]
            return person_view(person)

    def deactivate(self, person_id: int) -> PersonView:
        """Take away all access at once: sessions and links end; the audit trail keeps the name.

        :raises PersonError: if the person is missing.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            person.active = False
            remember(session, "person_off", digest(person.id, person.created_at))
            session.execute(delete(WebSession).where(WebSession.person_id == person_id))
            session.execute(delete(LoginLink).where(LoginLink.person_id == person_id))
            return person_view(person)

    def activate(self, person_id: int) -> PersonView:
        """Give access back.

        :raises PersonError: if the person is missing.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            person.active = True
            remember(session, "person_on", digest(person.id, person.created_at))
            return person_view(person)

    def link_identity(self, person_id: int, channel: str, user_id: str) -> None:
        """Say that an account of a channel is this person; an account that was somebody else's moves.

        :raises PersonError: if the person is missing, or channel or account are empty or too long.
        """
        for what, value, longest in (("channel", channel, _MAX_CHANNEL), ("account", user_id, _MAX_ACCOUNT)):
            if not 1 <= len(value) <= longest:
                raise PersonError(
                    f"the {what} of a person has 1 to {longest} characters, this one {len(value)}",
                    say="wrong.length", field=what, length=len(value), most=longest,
                )  # fmt: skip
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = find_person(session, person_id)
            session.execute(
                delete(ChannelIdentity).where(
                    ChannelIdentity.organisation_id == person.organisation_id,
                    ChannelIdentity.channel == channel,
                    ChannelIdentity.user_id == user_id,
                )
            )
            session.add(
                ChannelIdentity(
                    organisation_id=person.organisation_id,
                    person_id=person_id,
                    channel=channel,
                    user_id=user_id,
                )
            )

    def unlink_identity(self, channel: str, user_id: str, organisation_id: int = 1) -> bool:
        """Forget an account and return whether it was anybody's."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            gone = session.execute(
                delete(ChannelIdentity)
                .where(
                    ChannelIdentity.organisation_id == organisation_id,
                    ChannelIdentity.channel == channel,
                    ChannelIdentity.user_id == user_id,
                )
                .returning(ChannelIdentity.id)
            ).all()
        return bool(gone)

    def by_identity(self, channel: str, user_id: str, organisation_id: int = 1) -> PersonView | None:
        """Return the active person behind an account, or ``None``."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            person = session.scalar(
                select(Person)
                .join(ChannelIdentity, ChannelIdentity.person_id == Person.id)
                .where(
                    ChannelIdentity.organisation_id == organisation_id,
                    ChannelIdentity.channel == channel,
                    ChannelIdentity.user_id == user_id,
                    Person.active,
                )
            )
            return None if person is None else person_view(person)

    def organisations_of(self, channel: str, user_id: str) -> builtins.list[int]:
        """Return the organisations in which an account is an active person's, the oldest one first; for gateways."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            found = session.scalars(
                select(ChannelIdentity.organisation_id)
                .join(Person, Person.id == ChannelIdentity.person_id)
                .where(
                    ChannelIdentity.channel == channel,
                    ChannelIdentity.user_id == user_id,
                    Person.active,
                    Person.organisation_id.not_in(suspended()),
                )
                .order_by(ChannelIdentity.organisation_id)
            )
            return list(found)

    def knows_identity(self, channel: str, user_id: str, organisation_id: int = 1) -> bool:
        """Return whether an account is somebody's, be that person active or not."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(ChannelIdentity.id).where(
                ChannelIdentity.organisation_id == organisation_id,
                ChannelIdentity.channel == channel,
                ChannelIdentity.user_id == user_id,
            )
            return session.scalar(query) is not None

    def identities(self, person_id: int) -> builtins.list[tuple[str, str]]:
        """Return the accounts of a person as (channel, user id)."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            rows = session.execute(
                select(ChannelIdentity.channel, ChannelIdentity.user_id)
                .where(ChannelIdentity.person_id == person_id)
                .order_by(ChannelIdentity.channel, ChannelIdentity.user_id)
            )
            return [(channel, user_id) for channel, user_id in rows]
