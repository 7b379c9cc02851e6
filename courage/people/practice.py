"""Practice spaces: each person practises in an organisation of their own, so that it is nobody else's business.

Rooms, cases, events, counts and deliveries of practice belong to that organisation. Nothing of it is in anybody's queue,
count, list, file or screening: the wall between organisations is what keeps it apart, and there is no second one to
forget.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import Organisation, empty_log, writing
from courage.db.locks import hold
from courage.db.models.organisations import OrganisationSettings, PracticeSpace
from courage.db.models.people import Person
from courage.db.scope import every
from courage.people.erasing import OF_DRILLS, erase_rows, remember_organisation
from courage.people.errors import PersonError


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose practice a space is, and the organisation that they practise for."""

    person_id: int
    organisation_id: int


def owner_of(session: Session, organisation_id: int) -> Owner | None:
    """Return whose practice an organisation is; ``None`` where it is a real one."""
    with every(session, "a practice space names its person, who is of another organisation"):
        found = session.execute(
            select(Person.id, Person.organisation_id)
            .join(PracticeSpace, PracticeSpace.person_id == Person.id)
            .where(PracticeSpace.organisation_id == organisation_id)
        ).first()
    return None if found is None else Owner(found[0], found[1])


def is_practice(session: Session, organisation_id: int) -> bool:
    """Say whether an organisation is one of practice, somebody's or what is left of earlier versions."""
    query = select(OrganisationSettings.kind).where(OrganisationSettings.organisation_id == organisation_id)
    return session.scalar(query) == "practice"


class PracticeSpaces:
    """Finds, makes and empties practice spaces. Everything is synchronous; what was found is remembered."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._owners: dict[int, Owner | None] = {}
        self._spaces: dict[int, int] = {}

    def owner(self, organisation_id: int) -> Owner | None:
        """Return whose practice an organisation is; ``None`` where it is a real one."""
        with self._lock:
            if organisation_id in self._owners:
                return self._owners[organisation_id]
        with self._sessions() as session:
            found = owner_of(session, organisation_id)
        with self._lock:
            self._owners[organisation_id] = found
        return found

    def home(self, organisation_id: int) -> int:
        """Return the organisation that is practised for, and a real organisation as it is."""
        found = self.owner(organisation_id)
        return organisation_id if found is None else found.organisation_id

    def find(self, person_id: int) -> int | None:
        """Return a person's practice space; ``None`` before they practised for the first time."""
        with self._lock:
            if person_id in self._spaces:
                return self._spaces[person_id]
        with self._sessions() as session:
            query = select(PracticeSpace.organisation_id).where(PracticeSpace.person_id == person_id)
            found = session.scalar(query)
        if found is not None:
            with self._lock:
                self._spaces[person_id] = found
        return found

    def ensure(self, person_id: int) -> int:
        """Return a person's practice space, made if there is none yet.

        :raises PersonError: if there is no such person.
        """
        if (found := self.find(person_id)) is not None:
            return found
        try:
            with writing(self._sessions) as session:
                hold(session, "practice", person_id)
                with every(session, "the person names their own organisation"):
                    person = session.get(Person, person_id)
                if person is None:
                    raise PersonError(f"there is no person {person_id}")
                space = Organisation(name=f"Practice {person_id}")
                session.add(space)
                session.flush()
                session.add(OrganisationSettings(organisation_id=space.id, kind="practice"))
                session.add(PracticeSpace(organisation_id=space.id, person_id=person_id))
        except IntegrityError:  # a second click was faster
            pass
        found = self.find(person_id)
        assert found is not None
        return found

    def empty(self, person_id: int) -> int:
        """Erase what is in a person's practice rooms and return how many cases that were; runs of the academy stay."""
        space = self.find(person_id)
        if space is None:
            return 0
        with writing(self._sessions, space) as session:
            remember_organisation(session, space, "practice")
            cases = erase_rows(session, space, without=OF_DRILLS).get("cases", 0)
        empty_log(self._sessions)
        return cases
