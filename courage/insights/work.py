"""What the desk did in a period: cases, answers and how long they took, what followed them, false alarms, people's load.

Counts only; no text of a message is read. What fewer than :data:`FEWEST` people did is not shown where others could read
it as one person's record: how many answers there were in a language that one volunteer speaks is what that one did. The
load of each person is a part of its own, for those who look after them.

The database is asked a constant number of times, however much there is.
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
from courage.db.models.cases import Case, CaseEvent, OfferedSuggestion, Reply
from courage.db.models.delivery import Counter
from courage.db.models.people import Person, Room
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
OWN_WORDS: Final = "own_words"
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
class _Case:
    id: int
    room: tuple[str, str]
    author: str
    status: str
    hateful: bool
    category: str
    targets: list[str]
    language: str
    route: str
    opened_at: datetime
    answer: _Answer | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    person_id: int
    posted_at: datetime
    response_id: str | None
    edited_ratio: float
    strategy: str = OWN_WORDS


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
        with reading(self._sessions, organisation_id) as session:
            cases = _cases(session, period)
            texts = _answers(session, period, cases)
            rooms = {
                (channel, room_id): name or room_id
                for channel, room_id, name in session.execute(select(Room.channel, Room.room_id, Room.name))
            }
            screened = session.scalar(
                select(func.sum(Counter.count)).where(
                    Counter.name == "screened", Counter.day >= period.first, Counter.day <= period.last
                )
            )
            later = _flagged(session, period)
        return self._work(period, list(cases.values()), texts, rooms, int(screened or 0), later)

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

    def _work(
        self,
        period: Period,
        cases: Sequence[_Case],
        texts: Mapping[str, tuple[str, str]],
        rooms: Mapping[tuple[str, str], str],
        screened: int,
        later: Mapping[tuple[str, tuple[str, str]], list[datetime]],
    ) -> Work:
        steps = [step.isoformat() for step in period.steps()]
        by: dict[str, tuple[Cell, ...]] = {
            "step": _cells(cases, lambda case: (period.step_of(case.opened_at.date()).isoformat(),), steps),
            "group": _cells(cases, lambda case: case.targets or ("none",)),
            "room": _cells(cases, lambda case: (rooms.get(case.room, case.room[1]),)),
            "language": _cells(cases, lambda case: (case.language,)),
        }
        answered = [case for case in cases if case.answer is not None]
        enough = len({case.answer.person_id for case in answered if case.answer is not None}) >= FEWEST
        outcomes, hidden = self._outcomes(cases, later)
        alarms, alarms_hidden = _alarms(cases)
        return Work(
            period=period,
            screened=screened,
            total=_cells(cases, lambda _: (ALL,), [ALL])[0],
            languages=tuple(sorted({case.language for case in cases})),
            by=by,
            outcomes=outcomes,
            hidden=hidden,
            conclusion=conclude(outcomes),
            alarms=alarms,
            alarms_hidden=alarms_hidden,
            used=_used(answered, texts) if enough or not answered else None,
            own_words=share(OWN_WORDS, sum(_strategy(case) == OWN_WORDS for case in answered), len(answered))
            if enough
            else None,
        )

    def _outcomes(
        self, cases: Sequence[_Case], later: Mapping[tuple[str, tuple[str, str]], list[datetime]]
    ) -> tuple[tuple[Share, ...], int]:
        """Return how often it was quiet after each strategy, and how many strategies too few people used."""
        now = self._clock()
        quiet: Tally[str] = Tally()
        of: Tally[str] = Tally()
        people: dict[str, set[int]] = defaultdict(set)
        for case in cases:
            if not case.author or not case.hateful or case.route == "escalate":
                continue
            if case.answer is None and case.status not in ("open", "claimed"):
                continue  # settled in another way than by an answer, or by waiting
            key = _strategy(case)
            since = case.opened_at if case.answer is None else case.answer.posted_at
            if since + QUIET > now:
                continue  # it is not known yet
            of[key] += 1
            if case.answer is not None:
                people[key].add(case.answer.person_id)
            quiet[key] += not any(since < moment <= since + QUIET for moment in later[case.author, case.room])
        return _told(of, quiet, people, UNANSWERED)


def _cases(session: Session, period: Period) -> dict[int, _Case]:
    query = (
        select(
            Case.id, Case.channel, Case.room_id, Case.author, Case.status, Case.hateful, Case.category,
            Case.targets, Case.language, Case.route, Case.opened_at,
        )
        .where(Case.opened_at >= period.since, Case.opened_at < period.until)
        .order_by(Case.id)
    )  # fmt: skip
    return {
        row.id: _Case(
            row.id, (row.channel, row.room_id), row.author, row.status, row.hateful, row.category,
            list(row.targets), row.language, row.route, row.opened_at,
        )
        for row in session.execute(query)
    }  # fmt: skip


def _answers(session: Session, period: Period, cases: Mapping[int, _Case]) -> dict[str, tuple[str, str]]:
    """Give each case its first answer; return the texts and languages of the responses that answers were made from."""
    within = (Case.opened_at >= period.since, Case.opened_at < period.until)
    offered = (
        select(
            OfferedSuggestion.case_id, OfferedSuggestion.response_id, OfferedSuggestion.strategy,
            OfferedSuggestion.text, OfferedSuggestion.language,
        )
        .join(
            Reply,
            (Reply.case_id == OfferedSuggestion.case_id) & (Reply.response_id == OfferedSuggestion.response_id),
        )
        .join(Case, Case.id == OfferedSuggestion.case_id)
        .where(Reply.state == "posted", *within)
    )  # fmt: skip
    strategies: dict[tuple[int, str], str] = {}
    texts: dict[str, tuple[str, str]] = {}
    for case_id, response_id, strategy, text, language in session.execute(offered):
        strategies[case_id, response_id] = strategy
        texts[response_id] = (text, language)
    posted = (
        select(Reply.case_id, Reply.person_id, Reply.posted_at, Reply.response_id, Reply.edited_ratio)
        .join(Case, Case.id == Reply.case_id)
        .where(Reply.state == "posted", Reply.posted_at.is_not(None), *within)
        .order_by(Reply.posted_at, Reply.id)
    )
    for case_id, person_id, posted_at, used_id, ratio in session.execute(posted):
        case = cases.get(case_id)
        if case is None or case.answer is not None or posted_at is None:
            continue
        used = OWN_WORDS if used_id is None else strategies.get((case_id, used_id), OWN_WORDS)
        case.answer = _Answer(person_id, posted_at, used_id, ratio, used)
    return texts


def _flagged(session: Session, period: Period) -> dict[tuple[str, tuple[str, str]], list[datetime]]:
    """Return when each author's flagged messages in each room came, from the period's beginning until today."""
    query = select(Case.author, Case.channel, Case.room_id, Case.opened_at).where(
        Case.opened_at >= period.since, Case.hateful, Case.author != "", Case.status != "dismissed"
    )
    found: dict[tuple[str, tuple[str, str]], list[datetime]] = defaultdict(list)
    for author, channel, room_id, opened_at in session.execute(query):
        found[author, (channel, room_id)].append(opened_at)
    return found


def _strategy(case: _Case) -> str:
    return UNANSWERED if case.answer is None else case.answer.strategy


def _cells(
    cases: Iterable[_Case], keys: Callable[[_Case], Iterable[str]], wanted: Sequence[str] = ()
) -> tuple[Cell, ...]:
    """Return the cells of cases by one or several keys each; those ``wanted`` in their order, else the largest first."""
    groups: dict[str, _Group] = {key: _Group() for key in wanted}
    for case in cases:
        for key in keys(case):
            group = groups.setdefault(key, _Group())
            group.cases += 1
            if case.answer is not None:
                group.minutes.append((case.answer.posted_at - case.opened_at).total_seconds() / 60)
                group.people.add(case.answer.person_id)
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


def _alarms(cases: Iterable[_Case]) -> tuple[tuple[Share, ...], int]:
    """Return how many of the messages that screening flagged and people settled were not hate, by category and of all.

    What is left of them was answered; where fewer than :data:`FEWEST` people did, it is not told here either.
    """
    of: Tally[str] = Tally()
    wrong: Tally[str] = Tally()
    people: dict[str, set[int]] = defaultdict(set)
    for case in cases:
        if case.hateful and case.status in ("replied", "closed", "dismissed"):
            for key in (ALL, case.category):
                of[key] += 1
                wrong[key] += case.status == "dismissed"
                if case.answer is not None:
                    people[key].add(case.answer.person_id)
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


def _used(answered: Iterable[_Case], texts: Mapping[str, tuple[str, str]]) -> tuple[Used, ...]:
    posted: Tally[str] = Tally()
    unchanged: Tally[str] = Tally()
    for case in answered:
        if case.answer is not None and case.answer.response_id is not None:
            posted[case.answer.response_id] += 1
            unchanged[case.answer.response_id] += case.answer.edited_ratio == 0
    first = sorted(posted, key=lambda key: (-posted[key], key))[:MOST_USED]
    return tuple(Used(key, *texts.get(key, ("", "")), posted[key], unchanged[key]) for key in first)
