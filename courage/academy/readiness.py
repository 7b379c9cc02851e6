"""How far somebody is on the path of their role, and what the program suggests; people decide.

Readiness itself (who is marked, the gate) is in :mod:`courage.people.readiness`, below casework, which asks here what is
still missing when it refuses somebody.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.paths import Paths, Refresher
from courage.clock import Clock, utcnow
from courage.db.engine import reading
from courage.db.models.cases import Case, CaseEvent
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Person
from courage.db.models.readiness import ReadinessEvent
from courage.db.scope import every
from courage.people.errors import PersonError
from courage.people.practice import is_practice
from courage.people.readiness import Lack

#: What may be suggested: to begin, to practise on, to practise again, nothing.
SUGGESTIONS: Final = ("ready", "practise", "refresh", "none")
_MONTH: Final = timedelta(days=30.4375)
_GRAVE: Final = 3
_LATELY: Final = 3


@dataclass(frozen=True, slots=True)
class Drilled:
    """A drill that somebody finished: ``kind`` and ``exercise`` say which.

    ``level`` is 0 where it has none; ``safe`` whether what they wrote was safe for them, ``None`` where nothing was written.
    """

    kind: str
    exercise: str
    level: int
    at: datetime
    safe: bool | None = None


class Practised(Protocol):
    """Where finished drills are found."""

    def of(self, session: Session, person_ids: Sequence[int]) -> Mapping[int, Sequence[Drilled]]:
        """Return what people finished, by person, oldest first; the session sees every organisation's rows."""
        ...


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of a suggestion: a code of the catalogues (``readiness.CODE``) and its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PathView:
    """How far somebody is: ``path`` has all requirements, ``lacks`` those that are not fulfilled."""

    person_id: int
    name: str
    role: str
    ready_since: datetime | None
    path: tuple[Lack, ...]
    suggestion: str
    reasons: tuple[Why, ...]
    last_at: datetime | None

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What has still to be practised."""
        return tuple(one for one in self.path if one.have < one.need)


def refresher_of(session: Session, organisation_id: int, usual: Refresher) -> Refresher:
    """Return when an organisation suggests to practise again; what it has not set is as usual."""
    mine = session.get(OrganisationSettings, organisation_id)
    own = (
        {} if mine is None else {name: getattr(mine, f"refresher_{name}") for name in Refresher.model_fields}
    )
    return usual.model_copy(update={name: value for name, value in own.items() if value is not None})


class Advisor:
    """Looks at what people practised and says what it would suggest. Everything is synchronous."""

    def __init__(
        self, sessions: sessionmaker[Session], practised: Practised, paths: Paths, *, clock: Clock = utcnow
    ) -> None:
        self._sessions = sessions
        self._practised = practised
        self._paths = paths
        self._clock = clock

    def refresher(self, organisation_id: int) -> Refresher:
        """Return when an organisation suggests to practise again."""
        with reading(self._sessions, organisation_id) as session:
            return refresher_of(session, organisation_id, self._paths.refresher)

    @property
    def usual(self) -> Refresher:
        """When practising again is suggested where an organisation has not said otherwise."""
        return self._paths.refresher

    def lacking(self, session: Session, person: Person) -> tuple[Lack, ...]:
        """Return what somebody has still to practise; for casework, in its session."""
        with every(session, "drills lie in the person's practice, which is an organisation of its own"):
            done = self._practised.of(session, [person.id]).get(person.id, ())
        return tuple(one for one in self._walked(person.role, done) if one.have < one.need)

    def of(self, person_id: int, organisation_id: int) -> PathView:
        """Return how far one person is.

        :raises PersonError: if there is no such person in the organisation.
        """
        found = self._views(organisation_id, Person.id == person_id)
        if not found:
            raise PersonError(f"there is no person {person_id} in your organisation")
        return found[0]

    def everybody(self, organisation_id: int) -> builtins.list[PathView]:
        """Return how far each active person of an organisation is, by name."""
        return self._views(organisation_id, Person.active)

    def to_decide(self, organisation_id: int) -> builtins.list[PathView]:
        """Return those who have done their path and wait for somebody to mark them ready, by name."""
        found = self._views(organisation_id, Person.active & Person.ready_since.is_(None))
        return [one for one in found if one.path and not one.lacks]

    def _views(self, organisation_id: int, which: Any) -> builtins.list[PathView]:
        query = select(Person).where(Person.organisation_id == organisation_id, which).order_by(Person.name)
        with reading(self._sessions, organisation_id) as session:
            if is_practice(session, organisation_id):
                return []
            people = session.scalars(query).all()
            roles = self._roles(session, organisation_id)
            rule = refresher_of(session, organisation_id, self._paths.refresher)
            hard = self._hard_cases(session, organisation_id, rule)
            with every(session, "drills lie in each person's practice, which is an organisation of its own"):
                done = self._practised.of(session, [person.id for person in people])
            return [
                self._view(person, done.get(person.id, ()), roles.get(person.id), hard.get(person.id), rule)
                for person in people
            ]

    def _view(
        self,
        person: Person,
        done: Sequence[Drilled],
        role: str | None,
        hard: tuple[int, datetime] | None,
        rule: Refresher,
    ) -> PathView:
        path = self._walked(person.role, done)
        last = max((one.at for one in done), default=None)
        suggestion, reasons = (
            self._to_begin(path, done)
            if person.ready_since is None
            else self._again(person, last, role, hard, rule)
        )
        return PathView(
            person.id, person.name, person.role, person.ready_since, path, suggestion, reasons, last
        )

    def _walked(self, role: str, done: Sequence[Drilled]) -> tuple[Lack, ...]:
        levels: dict[str, dict[str, int]] = {}
        for one in done:
            levels.setdefault(one.kind, {})[one.exercise] = one.level
        return self._paths.walked(role, {kind: list(found.values()) for kind, found in levels.items()})

    @staticmethod
    def _to_begin(path: Sequence[Lack], done: Sequence[Drilled]) -> tuple[str, tuple[Why, ...]]:
        lacks = [one for one in path if one.have < one.need]
        written = [one for one in done if one.safe is not None][-_LATELY:]
        unsafe = sum(one.safe is False for one in written)
        reasons = [Why("missing", {"count": len(lacks)})] if lacks else [Why("path_done")]
        if unsafe:
            reasons.append(Why("unsafe_lately", {"unsafe": unsafe, "of": len(written)}))
        return ("practise" if lacks or unsafe else "ready"), tuple(reasons)

    def _again(
        self,
        person: Person,
        last: datetime | None,
        role: str | None,
        hard: tuple[int, datetime] | None,
        rule: Refresher,
    ) -> tuple[str, tuple[Why, ...]]:
        assert person.ready_since is not None
        reasons, months = [], rule.months
        if max(person.ready_since, last or person.ready_since) <= self._clock() - months * _MONTH:
            reasons.append(Why("long_ago", {"months": months}))
        if hard is not None and hard[0] >= rule.hard_cases and (last is None or last < hard[1]):
            reasons.append(Why("hard_cases"))
        if role not in (None, person.role):
            reasons.append(Why("role_changed"))
        return ("refresh" if reasons else "none"), tuple(reasons)

    @staticmethod
    def _roles(session: Session, organisation_id: int) -> dict[int, str]:
        """Return the role that each person had when they were last marked ready."""
        newest = (
            select(func.max(ReadinessEvent.id))
            .where(ReadinessEvent.organisation_id == organisation_id, ReadinessEvent.kind == "ready")
            .group_by(ReadinessEvent.person_id)
        )
        query = select(ReadinessEvent.person_id, ReadinessEvent.role).where(
            ReadinessEvent.organisation_id == organisation_id, ReadinessEvent.id.in_(newest)
        )
        return {number: role for number, role in session.execute(query) if number is not None}

    def _hard_cases(
        self, session: Session, organisation_id: int, rule: Refresher
    ) -> dict[int, tuple[int, datetime]]:
        """Return how many grave cases each person took or read lately, and when the last was."""
        since = self._clock() - timedelta(days=rule.days)
        query = (
            select(CaseEvent.person_id, func.count(func.distinct(CaseEvent.case_id)), func.max(CaseEvent.at))
            .join(Case, Case.id == CaseEvent.case_id)
            .where(
                CaseEvent.organisation_id == organisation_id,
                CaseEvent.kind.in_(("claimed", "shown")),
                CaseEvent.at > since,
                CaseEvent.person_id.is_not(None),
                (Case.severity >= _GRAVE) | (Case.route == "escalate"),
            )
            .group_by(CaseEvent.person_id)
        )
        return {
            person_id: (count, at) for person_id, count, at in session.execute(query) if person_id is not None
        }
