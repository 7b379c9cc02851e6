"""How people look after themselves: how much they read in a day, breaks, what they are not offered, how it is shown.

All of it is a person's own choice, seen by nobody else; a trainer sets one limit for the whole group, and the lower of the
two counts. How anybody feels is never guessed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.care import CareChoice
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Person
from courage.people.access import find_active
from courage.people.errors import PersonError
from courage.people.organisations import settings_of
from courage.people.readiness import DECIDERS
from courage.people.support import COUNTRIES
from courage.taxonomy import TARGET_GROUPS

#: The highest limit that makes sense; who wants none leaves it out.
MOST: Final = 500
LONGEST_BREAK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CareView:
    """What holds for a person: ``cap`` is the lower of their own and the group's limit, ``None`` where there is neither."""

    own_cap: int | None = None
    group_cap: int | None = None
    muted: tuple[str, ...] = ()
    softened: bool = False
    country: str = ""
    break_until: datetime | None = None

    @property
    def cap(self) -> int | None:
        """How many harmful messages the person may read in a day."""
        return min((cap for cap in (self.own_cap, self.group_cap) if cap is not None), default=None)


def care_of(session: Session, person: Person) -> CareView:
    """Return what a person chose and what their organisation sets, in a session that reaches both."""
    group = session.scalar(
        select(OrganisationSettings.daily_cap).where(
            OrganisationSettings.organisation_id == person.organisation_id
        )
    )
    row = session.scalar(select(CareChoice).where(CareChoice.person_id == person.id))
    if row is None:
        return CareView(group_cap=group)
    return CareView(row.daily_cap, group, tuple(row.muted), row.softened, row.country, row.break_until)


class Care:
    """Keeps what people chose. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def of(self, person_id: int, organisation_id: int) -> CareView:
        """Return what holds for a person.

        :raises PersonError: if there is no such person in the organisation.
        """
        with reading(self._sessions, organisation_id) as session:
            return care_of(session, find_active(session, person_id))

    def choose(
        self,
        person_id: int,
        organisation_id: int,
        *,
        daily_cap: int | None,
        muted: Sequence[str] = (),
        softened: bool = False,
        country: str = "",
    ) -> None:
        """Keep a person's choices.

        :raises PersonError: if the limit, a group or the country cannot be, or there is no such person.
        """
        _check_cap(daily_cap)
        for group in muted:
            if group not in TARGET_GROUPS:
                raise PersonError(f"target group {group!r} is not one of {', '.join(TARGET_GROUPS)}")
        if country and country not in COUNTRIES:
            raise PersonError(f"country {country!r} is not one of {', '.join(COUNTRIES)}")
        with writing(self._sessions, organisation_id) as session:
            row = _row(session, find_active(session, person_id))
            row.daily_cap, row.muted, row.softened, row.country = daily_cap, list(muted), softened, country

    def rest(self, person_id: int, organisation_id: int, how_long: timedelta | None) -> None:
        """Begin a break from now on, or (``None``) end it.

        :raises PersonError: if it would be longer than a month, or there is no such person.
        """
        if how_long is not None and not timedelta() < how_long <= LONGEST_BREAK:
            raise PersonError(f"a break lasts at most {LONGEST_BREAK.days} days; talk to your trainers then")
        with writing(self._sessions, organisation_id) as session:
            row = _row(session, find_active(session, person_id))
            row.break_until = None if how_long is None else self._clock() + how_long

    def set_group_cap(self, organisation_id: int, by_id: int, daily_cap: int | None) -> None:
        """Set the limit for everybody of an organisation; ``None`` takes it away.

        :raises PersonError: if it cannot be, or is set by somebody who is no trainer or admin.
        """
        _check_cap(daily_cap)
        with writing(self._sessions, organisation_id) as session:
            by = find_active(session, by_id)
            if by.role not in DECIDERS:
                raise PersonError("only a trainer or an admin sets the limit for everybody")
            settings_of(session, organisation_id).daily_cap = daily_cap


def _check_cap(cap: int | None) -> None:
    if cap is not None and not 1 <= cap <= MOST:
        raise PersonError(f"a limit is between 1 and {MOST} messages a day, not {cap}")


def _row(session: Session, person: Person) -> CareChoice:
    row = session.scalar(select(CareChoice).where(CareChoice.person_id == person.id))
    if row is None:
        row = CareChoice(organisation_id=person.organisation_id, person_id=person.id, muted=[])
        session.add(row)
    return row
