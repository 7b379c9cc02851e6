"""What finished runs of exercises say of somebody's practice: what is done, and which measures were good. Never a text.

Runs lie in each person's practice, which is nobody else's. What is read of them here, and so shown to trainers, is what
each person's own page says: kinds and numbers of exercises, grades of the four measures, strategies and tones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.catalogue import Catalogue
from courage.academy.readiness import Drilled
from courage.academy.shelf import Shelf
from courage.db.models.academy import Drill, DrillTurn
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.taxonomy import GRADES, MEASURES

SAFE: Final = "safe"
NOT_GOOD: Final = "not_good"
ENDED: Final = "ended"
_WHOSE: Final = "drills lie in each person's practice, which is an organisation of its own"


@dataclass(frozen=True, slots=True)
class Practice:
    """What somebody, or a whole group, practised.

    ``measures`` are how often each of ``MEASURES`` got each of ``GRADES``, in their orders; ``strategies`` and ``tones`` how
    often each was used, the most used first.
    """

    finished: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    measures: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    strategies: tuple[tuple[str, int], ...] = ()
    tones: tuple[tuple[str, int], ...] = ()

    @property
    def hardest(self) -> str | None:
        """Return the measure that was good least often, if any was not; ``None`` where nothing was written."""
        shares = {
            name: counts[0] / sum(counts)
            for name, counts in self.measures.items()
            if sum(counts) and counts[0] < sum(counts)
        }
        return min(shares, key=lambda name: shares[name]) if shares else None


class Progress:
    """Reads finished runs; it is what :class:`courage.academy.readiness.Advisor` counts by. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], shelf: Shelf) -> None:
        self._sessions = sessions
        self._shelf = shelf

    def of(self, session: Session, person_ids: Sequence[int]) -> Mapping[int, Sequence[Drilled]]:
        """Return what people finished, by person, oldest first; the session sees every organisation's rows."""
        query = (
            select(Drill)
            .where(Drill.person_id.in_(person_ids), Drill.state == ENDED, Drill.ended_at.is_not(None))
            .order_by(Drill.ended_at, Drill.id)
        )
        drills = session.scalars(query).all()
        safe: dict[int, bool] = {}
        for turn in self._turns(session, [drill.id for drill in drills]):
            grades = _grades(turn.feedback)
            if SAFE in grades:
                safe[turn.drill_id] = safe.get(turn.drill_id, True) and grades[SAFE] != NOT_GOOD
        catalogues = self._catalogues(session, {drill.person_id for drill in drills})
        found: dict[int, list[Drilled]] = {}
        for drill in drills:
            assert drill.ended_at is not None
            level = getattr(catalogues[drill.person_id].of(drill.kind).get(drill.exercise_id), "level", 0)
            found.setdefault(drill.person_id, []).append(
                Drilled(drill.kind, drill.exercise_id, level, drill.ended_at, safe.get(drill.id))
            )
        return found

    def _catalogues(self, session: Session, person_ids: set[int]) -> dict[int, Catalogue]:
        """Return what people practise with, by person; each organisation's own scenarios count for its people."""
        query = select(Person.id, Person.organisation_id).where(Person.id.in_(person_ids))
        of = {row.id: row.organisation_id for row in session.execute(query)}
        known = {number: self._shelf.within(session, number) for number in set(of.values())}
        return {person_id: known[number] for person_id, number in of.items()}

    def person(self, person_id: int) -> Practice:
        """Return what one person practised."""
        return self._practice([person_id])

    def group(self, organisation_id: int) -> Practice:
        """Return what the active people of an organisation practised, all together."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(Person.id).where(Person.organisation_id == organisation_id, Person.active)
            people = list(session.scalars(query))
        return self._practice(people)

    def _practice(self, person_ids: Sequence[int]) -> Practice:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            drills = session.execute(
                select(Drill.id, Drill.kind).where(Drill.person_id.in_(person_ids), Drill.state == ENDED)
            ).all()
            turns = list(self._turns(session, [row.id for row in drills]))
        measures = {name: [0] * len(GRADES) for name in MEASURES}
        strategies: Counter[str] = Counter()
        tones: Counter[str] = Counter()
        for turn in turns:
            grades = _grades(turn.feedback)
            for name, grade in grades.items():
                measures[name][GRADES.index(grade)] += 1
            if grades and turn.reply is not None:
                tones[str(turn.reading.get("tone", ""))] += 1
                if strategy := turn.reading.get("strategy"):
                    strategies[str(strategy)] += 1
        return Practice(
            len(drills),
            tuple(Counter(row.kind for row in drills).most_common()),
            {name: tuple(counts) for name, counts in measures.items() if any(counts)},
            tuple(strategies.most_common()),
            tuple((tone, count) for tone, count in tones.most_common() if tone),
        )

    @staticmethod
    def _turns(session: Session, drill_ids: Sequence[int]) -> Iterable[DrillTurn]:
        if not drill_ids:
            return ()
        query = select(DrillTurn).where(DrillTurn.drill_id.in_(drill_ids)).order_by(DrillTurn.id)
        return session.scalars(query).all()


def _grades(feedback: Mapping[str, Any]) -> dict[str, str]:
    """Return the grades of a turn by measure; none where an answer was chosen and not written."""
    return {
        str(name): str(grade)
        for name, grade, *_ in feedback.get("measures", ())
        if name in MEASURES and grade in GRADES
    }
