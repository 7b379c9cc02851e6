"""What the desk did in a period: cases, answers and how long they took, what followed them, false alarms, people's load.

Counts only; no text of a message is read. What fewer than :data:`FEWEST` people did is not shown where others could read
it as one person's record: how many answers there were in a language that one volunteer speaks is what that one did. The
load of each person is a part of its own, for those who look after them.

The database counts (:mod:`courage.insights.counting`), and is asked a constant number of times, however much there is.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import reading
from courage.db.models.cases import CaseEvent, Reply
from courage.db.models.delivery import Counter
from courage.db.models.people import Person, Room
from courage.insights.counting import (
    OWN_WORDS,
    SETTLED,
    Answer,
    Left,
    count_cases,
    first_answers,
    groups_of,
    unanswered,
)
from courage.insights.intervals import Conclusion, Share, conclude, share
from courage.insights.period import Period

#: What fewer people did is not told apart.
FEWEST: Final = 3
#: After an answer it is quiet if its author wrote nothing in the same room for so long that was flagged.
QUIET: Final = timedelta(days=7)
#: Responses that are listed, the most used ones.
MOST_USED: Final = 15
#: Cases that nobody answered, beside the strategies.
UNANSWERED: Final = "unanswered"
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Cell:
    """Cases of one week, group, room or language.

    ``answers`` and ``minutes`` (the median from the case to its first answer) are ``None`` where fewer than
    :data:`FEWEST` people answered; ``minutes`` also where nobody did.
    """

    key: str
    cases: int
    answers: int | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Used:
    """A response, how often it was posted, and how often of these without a change."""

    response_id: str
    text: str
    language: str
    posted: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one person did in the period: cases claimed, messages read, answers posted."""

    person: str
    claimed: int
    read: int
    answered: int


@dataclass(frozen=True, slots=True)
class Work:
    """Everything; ``by`` has the cells of ``step`` (weeks or months), ``group``, ``room`` and ``language``.

    ``outcomes`` are the shares of answers after which it was quiet, by strategy; ``hidden`` says how many strategies
    fewer than :data:`FEWEST` people used, ``alarms_hidden`` the same of categories. ``used`` and ``own_words`` are
    ``None`` where so few people answered at all.
    """

    period: Period
    screened: int
    total: Cell
    languages: tuple[str, ...]
    by: Mapping[str, tuple[Cell, ...]]
    outcomes: tuple[Share, ...]
    hidden: int
    conclusion: Conclusion
    alarms: tuple[Share, ...]
    alarms_hidden: int
    used: tuple[Used, ...] | None
    own_words: Share | None


@dataclass(slots=True)
class _Group:
    cases: int = 0
    minutes: list[float] = field(default_factory=list)
    people: set[int] = field(default_factory=set)

    @property
    def shows(self) -> bool:
        return not self.minutes or len(self.people) >= FEWEST


class WorkFigures:
    """Counts what the desk did. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def of(self, organisation_id: int, period: Period) -> Work:
        """Return what an organisation's desk did about cases that were opened in a period."""
        now = self._clock()
        with reading(self._sessions, organisation_id) as session:
            counted = count_cases(session, period)
            answered, texts = first_answers(session, period)
            left = unanswered(session, period, now, QUIET)
            rooms = {
                (channel, room_id): name or room_id
                for channel, room_id, name in session.execute(select(Room.channel, Room.room_id, Room.name))
            }
            screened = session.scalar(
                select(func.sum(Counter.count)).where(
                    Counter.name == "screened", Counter.day >= period.first, Counter.day <= period.last
                )
            )
        outcomes, hidden = _outcomes(answered, left, now)
        alarms, alarms_hidden = _alarms(counted.settled, answered)
        enough = len({one.person_id for one in answered}) >= FEWEST
        return Work(
            period=period,
            screened=int(screened or 0),
            total=_cells({ALL: counted.total}, answered, lambda _: (ALL,), [ALL])[0],
            languages=tuple(sorted(counted.languages)),
            by={
                "step": _cells(
                    counted.steps, answered, lambda one: (period.step_of(one.opened_at.date()).isoformat(),),
                    [step.isoformat() for step in period.steps()],
                ),
                "group": _cells(counted.groups, answered, lambda one: groups_of(one.targets)),
                "room": _cells(
                    _named(counted.rooms, rooms), answered, lambda one: (rooms.get(one.room, one.room[1]),)
                ),
                "language": _cells(counted.languages, answered, lambda one: (one.language,)),
            },
            outcomes=outcomes,
            hidden=hidden,
            conclusion=conclude(outcomes),
            alarms=alarms,
            alarms_hidden=alarms_hidden,
            used=_used(answered, texts) if enough or not answered else None,
            own_words=share(OWN_WORDS, sum(one.strategy == OWN_WORDS for one in answered), len(answered))
            if enough
            else None,
        )  # fmt: skip

    def load(self, organisation_id: int, period: Period) -> tuple[Load, ...]:
        """Return what each person did in a period, by name: for those who look after them, never as a ranking."""
        kinds = select(CaseEvent.person_id, CaseEvent.kind, func.count()).where(
            CaseEvent.kind.in_(("claimed", "shown", "around_shown")),
            CaseEvent.at >= period.since,
            CaseEvent.at < period.until,
        )
        posted = select(Reply.person_id, func.count()).where(
            Reply.state == "posted", Reply.posted_at >= period.since, Reply.posted_at < period.until
        )
        with reading(self._sessions, organisation_id) as session:
            names = dict(
                session.execute(select(Person.id, Person.name).where(Person.erased_at.is_(None))).all()
            )
            steps = {
                (number, kind): count
                for number, kind, count in session.execute(
                    kinds.group_by(CaseEvent.person_id, CaseEvent.kind)
                )
            }
            answers = dict(session.execute(posted.group_by(Reply.person_id)).all())
        found = [
            Load(
                name,
                steps.get((number, "claimed"), 0),
                steps.get((number, "shown"), 0) + steps.get((number, "around_shown"), 0),
                answers.get(number, 0),
            )
            for number, name in names.items()
        ]
        busy = (one for one in found if one.claimed or one.read or one.answered)
        return tuple(sorted(busy, key=lambda one: one.person.casefold()))


def _named(rooms: Mapping[tuple[str, str], int], names: Mapping[tuple[str, str], str]) -> Tally[str]:
    """Return the cases of each room by its name; rooms of one name are one row."""
    found: Tally[str] = Tally()
    for room, count in rooms.items():
        found[names.get(room, room[1])] += count
    return found


def _outcomes(answered: Iterable[Answer], left: Left, now: datetime) -> tuple[tuple[Share, ...], int]:
    """Return how often it was quiet after each strategy, and how many strategies too few people used."""
    quiet: Tally[str] = Tally()
    of: Tally[str] = Tally()
    people: dict[str, set[int]] = defaultdict(set)
    if left.cases:
        of[UNANSWERED], quiet[UNANSWERED] = left.cases, left.quiet
    for one in answered:
        if not one.author or not one.hateful or one.route == "escalate":
            continue
        if one.posted_at + QUIET > now:
            continue  # it is not known yet
        of[one.strategy] += 1
        people[one.strategy].add(one.person_id)
        quiet[one.strategy] += one.next_at is None or one.next_at > one.posted_at + QUIET
    return _told(of, quiet, people, UNANSWERED)


def _cells(
    counts: Mapping[str, int],
    answered: Iterable[Answer],
    keys: Callable[[Answer], Iterable[str]],
    wanted: Sequence[str] = (),
) -> tuple[Cell, ...]:
    """Return the cells of cases by one or several keys each; those ``wanted`` in their order, else the largest first.

    :param counts: how many cases there are of each key, answered or not.
    """
    groups: dict[str, _Group] = {key: _Group(counts.get(key, 0)) for key in (*wanted, *counts)}
    for one in answered:
        for key in keys(one):
            group = groups[key]
            group.minutes.append((one.posted_at - one.opened_at).total_seconds() / 60)
            group.people.add(one.person_id)
    order = list(groups) if wanted else sorted(groups, key=lambda key: (-groups[key].cases, key))
    hidden = {key for key in order if not groups[key].shows}
    if len(hidden) == 1 and (others := [key for key in order if groups[key].minutes and key not in hidden]):
        # With the sum known, the only one that is not shown would follow from the others.
        hidden.add(min(others, key=lambda key: len(groups[key].minutes)))
    return tuple(_cell(key, groups[key], key in hidden) for key in order)


def _cell(key: str, group: _Group, hidden: bool) -> Cell:
    if hidden:
        return Cell(key, group.cases, None, None)
    minutes = round(median(group.minutes), 1) if group.minutes else None
    return Cell(key, group.cases, len(group.minutes), minutes)


def _alarms(
    settled: Mapping[tuple[str, str], int], answered: Iterable[Answer]
) -> tuple[tuple[Share, ...], int]:
    """Return how many of the messages that screening flagged and people settled were not hate, by category and of all.

    What is left of them was answered; where fewer than :data:`FEWEST` people did, it is not told here either.
    """
    of: Tally[str] = Tally()
    wrong: Tally[str] = Tally()
    people: dict[str, set[int]] = defaultdict(set)
    for (category, status), count in settled.items():
        for key in (ALL, category):
            of[key] += count
            wrong[key] += count if status == "dismissed" else 0
    for one in answered:
        if one.hateful and one.status in SETTLED:
            for key in (ALL, one.category):
                people[key].add(one.person_id)
    # Who dismissed something has answered nothing.
    return _told(of, wrong, people, ALL, {key for key in of if of[key] == wrong[key]})


def _told(
    of: Mapping[str, int],
    counts: Mapping[str, int],
    people: Mapping[str, set[int]],
    apart: str,
    open_: Collection[str] = (),
) -> tuple[tuple[Share, ...], int]:
    """Return the shares that enough people stand behind, the largest first, and how many others there are.

    :param apart: the key that is no part among the others: the sum of all, or what nobody did.
    :param open_: keys that tell of no person whatever stands behind them.
    """
    few = {key for key in of if key not in open_ and len(people.get(key, ())) < FEWEST}
    if apart == UNANSWERED:
        few.discard(apart)
    parts = few - {apart}
    others = [key for key in of if key != apart and key not in few and key not in open_]
    if len(parts) == 1 and others:
        few.add(min(others, key=lambda key: of[key]))  # or the one would follow from the sum
    shown = sorted(of.keys() - few, key=lambda key: (key == UNANSWERED, key != ALL, -of[key], key))
    return tuple(share(key, counts[key], of[key]) for key in shown), len(few)


def _used(answered: Iterable[Answer], texts: Mapping[str, tuple[str, str]]) -> tuple[Used, ...]:
    posted: Tally[str] = Tally()
    unchanged: Tally[str] = Tally()
    for one in answered:
        if one.response_id is not None:
            posted[one.response_id] += 1
            unchanged[one.response_id] += one.edited_ratio == 0
    first = sorted(posted, key=lambda key: (-posted[key], key))[:MOST_USED]
    return tuple(Used(key, *texts.get(key, ("", "")), posted[key], unchanged[key]) for key in first)
