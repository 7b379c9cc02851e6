"""Figures of training for those who pay for it: how many people, hours and languages, and what people say of themselves.

They are counted from what stays when texts and names are gone, so that they never need anybody's name.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.readiness import ReadinessEvent
from courage.db.models.workshops import Workshop, WorkshopAnswer, WorkshopParticipant
from courage.db.scope import scope_to, scope_to_every

FEELINGS: Final = (1, 2, 3, 4, 5)
#: Fewer people than this are not told apart by what they say of themselves.
FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class Feelings:
    """How sure people say they feel: how many said each of 1 to 5."""

    counts: tuple[int, ...] = (0, 0, 0, 0, 0)

    @property
    def people(self) -> int:
        """How many said anything."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """Return the mean; ``None`` where too few said anything."""
        if self.people < FEWEST:
            return None
        return round(sum(value * n for value, n in zip(FEELINGS, self.counts, strict=True)) / self.people, 2)


@dataclass(frozen=True, slots=True)
class TrainingFigures:
    """What was done in a year (``None``: ever).

    ``hours`` are those of all participants together; ``ready`` counts people who were marked ready by somebody;
    ``languages`` are participants by the workshop's language; ``more``, ``same``, ``less`` how those who said it both
    before and after feel after it (``None``: too few).
    """

    year: int | None
    organisations: int
    workshops: int
    participants: int
    hours: float
    answers: int
    ready: int
    languages: tuple[tuple[str, int], ...]
    before: Feelings
    after: Feelings
    both: int
    more: int | None
    same: int | None
    less: int | None


def years(sessions: sessionmaker[Session], organisation_id: int | None) -> list[int]:
    """Return the years in which there were workshops, the latest first; ``organisation_id`` ``None``: of everybody."""
    with sessions() as session:
        _scope(session, organisation_id)
        found = session.scalars(select(Workshop.started_at).where(Workshop.started_at.is_not(None)))
        return sorted({moment.year for moment in found if moment is not None}, reverse=True)


def figures(
    sessions: sessionmaker[Session],
    organisation_id: int | None,
    year: int | None = None,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> TrainingFigures:
    """Count; ``organisation_id`` ``None`` counts all organisations of the installation together.

    :param between: from the first moment to before the second, where it is no ``year``.
    """
    if year is not None:
        between = (_first(year), _first(year + 1))
    with sessions() as session:
        _scope(session, organisation_id)
        query = select(Workshop).where(Workshop.started_at.is_not(None))
        if between is not None:
            query = query.where(Workshop.started_at >= between[0], Workshop.started_at < between[1])
        held = {row.id: row for row in session.scalars(query)}
        people = [
            person for person in session.scalars(select(WorkshopParticipant)) if person.workshop_id in held
        ]
        ready = select(ReadinessEvent.organisation_id, ReadinessEvent.person_id).where(
            ReadinessEvent.kind == "ready", ReadinessEvent.how.in_(("person", "first", "installation"))
        )
        if between is not None:
            ready = ready.where(ReadinessEvent.at >= between[0], ReadinessEvent.at < between[1])
        marked = {(row[0], row[1]) for row in session.execute(ready.distinct())}
        mine = {person.id for person in people}
        answers = session.execute(
            select(WorkshopAnswer.participant_id, func.count()).group_by(WorkshopAnswer.participant_id)
        )
        written = sum(row[1] for row in answers if row[0] in mine)
    minutes = sum(_minutes(held[person.workshop_id], person) for person in people)
    said = [(p.before, p.after) for p in people if p.before is not None and p.after is not None]
    told = len(said) >= FEWEST
    languages = Counter(held[person.workshop_id].language for person in people)
    return TrainingFigures(
        year=year,
        organisations=len({row.organisation_id for row in held.values()} | {number for number, _ in marked}),
        workshops=len(held),
        participants=len(people),
        hours=round(minutes / 60, 1),
        answers=written,
        ready=len(marked),
        languages=tuple(sorted(languages.items())),
        before=feelings_of([person.before for person in people]),
        after=feelings_of([person.after for person in people]),
        both=len(said),
        more=sum(after > before for before, after in said) if told else None,
        same=sum(after == before for before, after in said) if told else None,
        less=sum(after < before for before, after in said) if told else None,
    )


def as_csv(found: TrainingFigures) -> str:
    """Return figures as CSV, a figure a line (with a byte order mark, for spreadsheets)."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(("figure", "part", "value"))
    table.writerow(("year", "", "" if found.year is None else found.year))
    for name in ("organisations", "workshops", "participants", "hours", "answers", "ready"):
        table.writerow((name, "", getattr(found, name)))
    for language, count in found.languages:
        table.writerow(("participants", language, count))
    for name, feelings in (("before", found.before), ("after", found.after)):
        for value, count in zip(FEELINGS, feelings.counts, strict=True):
            table.writerow((name, value, count))
        table.writerow((name, "mean", "" if feelings.mean is None else feelings.mean))
    for name in ("both", "more", "same", "less"):
        value = getattr(found, name)
        table.writerow(("before_and_after", name, "" if value is None else value))
    return "\ufeff" + out.getvalue()


def _scope(session: Session, organisation_id: int | None) -> None:
    if organisation_id is None:
        scope_to_every(session, "those who look after the installation see sums, and no row of anybody")
    else:
        scope_to(session, organisation_id)


def _first(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _minutes(row: Workshop, person: WorkshopParticipant) -> float:
    assert row.started_at is not None
    begin = max(row.started_at, person.joined_at)
    return max(0.0, (min(row.ended_at or row.changed_at, person.seen_at) - begin).total_seconds() / 60)


def feelings_of(values: Sequence[int | None]) -> Feelings:
    """Count how sure people say they feel; who said nothing is not counted."""
    counted = Counter(values)
    return Feelings(tuple(counted.get(value, 0) for value in FEELINGS))
