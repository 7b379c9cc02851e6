"""Belonging to several organisations with one account.

In each organisation a person has a row of people of their own, with the role, name and history that they have there; one
of them is the account, by whose password they come in. An organisation learns nothing of the others: its admins see their
own row only, and their login links open that one alone. Whoever changes the organisation gives the password anew, so that
a session that an admin's link opened reaches no further than that admin.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import Organisation, writing
from courage.db.models.organisations import Membership
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.people.errors import PersonError
from courage.people.organisations import suspended
from courage.people.people import People

_WHOSE = "somebody's memberships are of several organisations"


@dataclass(frozen=True, slots=True)
class MembershipView:
    """One organisation that somebody belongs to; ``present`` is the one that they are in now."""

    person_id: int
    organisation_id: int
    organisation: str
    name: str
    role: str
    present: bool


class Memberships:
    """Finds, adds and changes memberships. Everything is synchronous; passwords are checked, so it takes a moment."""

    def __init__(self, sessions: sessionmaker[Session], people: People) -> None:
        self._sessions = sessions
        self._people = people

    def of(self, person_id: int) -> list[MembershipView]:
        """Return the organisations that somebody belongs to, by name."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            account = _account(session, person_id)
            rows = session.execute(
                select(Person, Organisation.name)
                .join(Organisation, Organisation.id == Person.organisation_id)
                .where(
                    or_(
                        Person.id == account,
                        Person.id.in_(select(Membership.person_id).where(Membership.account_id == account)),
                    ),
                    Person.active,
                    Person.organisation_id.not_in(suspended()),
                )
                .order_by(Organisation.name)
            ).all()
            return [
                MembershipView(p.id, p.organisation_id, name, p.name, p.role, p.id == person_id)
                for p, name in rows
            ]

    def join(self, person_id: int, password: str, token: str) -> MembershipView:
        """Add the person whom a login link is for to an account, and use the link up; both have to want it.

        :raises PersonError: if the password is not the account's, or the link is used, too old, one's own, of an
            organisation that one belongs to already, or for somebody who has an account of their own.
        """
        self.check(person_id, password)
        login = self._people.use_login_link(token)
        self._people.close_session(login.token)
        other = login.person
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            account = _account(session, person_id)
            mine = {person_id, account, *_members(session, account)}
            there = set(session.scalars(select(Person.organisation_id).where(Person.id.in_(mine))))
            if other.organisation_id in there:
                raise PersonError(
                    "you belong to this organisation already; ask its admin for a new link to log in there",
                    say="membership.there",
                )
            row = session.get_one(Person, other.id)
            if (
                row.password_hash is not None
                or _members(session, other.id)
                or _account(session, other.id) != other.id
            ):
                raise PersonError(
                    "this link is for somebody who has an account already; log in with it instead",
                    say="membership.has_account",
                )
            session.add(Membership(person_id=other.id, account_id=account))
        return next(found for found in self.of(person_id) if found.person_id == other.id)

    def change(self, person_id: int, to: int, password: str) -> int:
        """Return ``to`` if it is the same human being's row of people in another organisation and the password is theirs.

        :raises PersonError: if it is not; it does not say which.
        """
        self.check(person_id, password)
        if to not in {found.person_id for found in self.of(person_id)}:
            raise PersonError("you do not belong to this organisation", say="membership.none")
        return to

    def leave(self, person_id: int) -> bool:
        """Take a person of an organisation out of their account; return whether they were in one."""
        with writing(self._sessions) as session:
            gone = session.execute(
                delete(Membership).where(Membership.person_id == person_id).returning(Membership.person_id)
            ).all()
        return bool(gone)

    def check(self, person_id: int, password: str) -> None:
        """Let pass whose account's password it is.

        :raises PersonError: if it is not.
        """
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            account = session.get(Person, _account(session, person_id))
            if account is None:
                raise PersonError(f"there is no person {person_id}", say="problem.404")
            name, organisation_id = account.name, account.organisation_id
        self._people.check_password(name, password, organisation_id)


def _account(session: Session, person_id: int) -> int:
    found = session.scalar(select(Membership.account_id).where(Membership.person_id == person_id))
    return person_id if found is None else found


def _members(session: Session, account: int) -> list[int]:
    return list(session.scalars(select(Membership.person_id).where(Membership.account_id == account)))
