"""What the database counts for :mod:`courage.insights.work`: cases by what they are about, and what followed them.

Rows come out only of what somebody answered; of all other cases there are numbers, however many they are.
"""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from courage.db.models.cases import Case, OfferedSuggestion, Reply
from courage.insights.period import Period

OWN_WORDS: Final = "own_words"
#: Cases of which it is known what became of them.
SETTLED: Final = ("replied", "closed", "dismissed")
Room = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of cases that were opened in a period, by their week or month (its first day), group, room and language.

    ``settled`` are those that screening flagged and people settled, by category and status.
    """

    total: int
    steps: Mapping[str, int]
    groups: Mapping[str, int]
    rooms: Mapping[Room, int]
    languages: Mapping[str, int]
    settled: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer to a case, what the case is, and when its author wrote there next what was flagged (or never)."""

    person_id: int
    posted_at: datetime
    response_id: str | None
    edited_ratio: float
    strategy: str
    room: Room
    author: str
    status: str
    hateful: bool
    category: str
    targets: tuple[str, ...]
    language: str
    route: str
    opened_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Left:
    """How many cases nobody answered of which it is known what followed, and how many of these times it was quiet."""

    cases: int
    quiet: int


def groups_of(targets: Sequence[str]) -> tuple[str, ...]:
    """Return the groups that a case counts for."""
    return tuple(targets) or ("none",)


def count_cases(session: Session, period: Period) -> Counted:
    """Return how many cases were opened in a period, by all that tells them apart."""
    days = [step.isoformat() for step in period.steps()]
    # The last step that began before: compared in the database, so that no time is read for each case.
    step = case(
        *((Case.opened_at < _start(period, day), number) for number, day in enumerate(days[1:])),
        else_=len(days) - 1,
    )
    # Read once, and counted in several ways.
    found = (
        select(
            step.label("step"), cast(Case.targets, Text).label("targets"), Case.channel, Case.room_id, Case.language,
            Case.category, Case.status, Case.hateful,
        )
        .where(*_within(period))
        .cte("of_period")
    )  # fmt: skip

    def by(
        kind: str, key: ColumnElement[Any], more: ColumnElement[Any], *where: ColumnElement[bool]
    ) -> Select[Any]:
        counted = select(literal(kind), cast(key, Text), more, func.count()).select_from(found)
        return counted.where(*where).group_by(key, *(() if isinstance(more, BindParameter) else (more,)))

    nothing, part = literal(""), found.c
    asked = union_all(
        by("step", part.step, nothing),
        by("group", part.targets, nothing),
        by("language", part.language, nothing),
        by("room", part.channel, part.room_id),
        by("settled", part.category, part.status, part.hateful, part.status.in_(SETTLED)),
    )
    counts: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for kind, key, more, count in session.execute(asked):
        counts[kind][key, more] = count
    groups: Tally[str] = Tally()
    for (targets, _), count in counts["group"].items():
        for group in groups_of(json.loads(targets)):
            groups[group] += count
    return Counted(
        sum(counts["step"].values()),
        {days[int(number)]: count for (number, _), count in counts["step"].items()},
        groups,
        counts["room"],
        {language: count for (language, _), count in counts["language"].items()},
        counts["settled"],
    )


def first_answers(session: Session, period: Period) -> tuple[list[Answer], dict[str, tuple[str, str]]]:
    """Return the first answer to each case of a period, and texts and languages of the responses that they were made from."""
    within = _within(period)
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
    later = aliased(Case)
    following = (
        select(func.min(later.opened_at))
        .where(
            later.author == Case.author, later.channel == Case.channel, later.room_id == Case.room_id,
            later.opened_at > Reply.posted_at, *_flagged(later),
        )
        .scalar_subquery()
    )  # fmt: skip
    posted = (
        select(
            Reply.case_id, Reply.person_id, Reply.posted_at, Reply.response_id, Reply.edited_ratio, Case.channel, Case.room_id,
            Case.author, Case.status, Case.hateful, Case.category, Case.targets, Case.language, Case.route, Case.opened_at,
            following.label("next_at"),
        )
        .join(Case, Case.id == Reply.case_id)
        .where(*_posted(), *within)
        .order_by(Reply.posted_at, Reply.id)
    )  # fmt: skip
    found: dict[int, Answer] = {}
    for row in session.execute(posted):
        if row.case_id in found or row.posted_at is None:
            continue
        used = OWN_WORDS
        if row.response_id is not None:
            used = strategies.get((row.case_id, row.response_id), OWN_WORDS)
        found[row.case_id] = Answer(
            row.person_id, row.posted_at, row.response_id, row.edited_ratio, used, (row.channel, row.room_id),
            row.author, row.status, row.hateful, row.category, tuple(row.targets), row.language, row.route,
            row.opened_at, row.next_at,
        )  # fmt: skip
    return [found[case_id] for case_id in sorted(found)], texts


def unanswered(session: Session, period: Period, now: datetime, quiet: timedelta) -> Left:
    """Count the cases of a period that nobody answered, and after how many of them their author was quiet so long.

    Left out is what was settled in another way than by an answer or by waiting, and what is too young.
    """
    waits = and_(
        *_within(period), Case.route != "escalate", Case.status.in_(("open", "claimed")), Case.opened_at <= now - quiet,
        not_(exists().where(Reply.case_id == Case.id, *_posted())),
    )  # fmt: skip
    place = (Case.author, Case.channel, Case.room_id)
    # Moments at which somebody's messages were flagged somewhere, each with the next one.
    moments = (
        select(*place, Case.opened_at, func.count().filter(waits).label("cases"))
        .where(Case.opened_at >= period.since, *_flagged(Case))
        .group_by(*place, Case.opened_at)
        .subquery()
    )
    following = func.lead(moments.c.opened_at).over(
        partition_by=(moments.c.author, moments.c.channel, moments.c.room_id), order_by=moments.c.opened_at
    )
    paired = select(moments.c.cases, moments.c.opened_at, following.label("next_at")).subquery()
    apart = extract("epoch", paired.c.next_at) - extract("epoch", paired.c.opened_at)
    silent = or_(paired.c.next_at.is_(None), apart > quiet.total_seconds())
    cases, quietly = session.execute(
        select(func.sum(paired.c.cases), func.sum(paired.c.cases).filter(silent)).where(paired.c.cases > 0)
    ).one()
    return Left(int(cases or 0), int(quietly or 0))


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return Case.opened_at >= period.since, Case.opened_at < period.until


def _posted() -> tuple[ColumnElement[bool], ...]:
    return Reply.state == "posted", Reply.posted_at.is_not(None)


def _flagged(what: Any) -> tuple[ColumnElement[bool], ...]:
    """What counts as a message of somebody that was flagged."""
    return what.hateful, what.author != "", what.status != "dismissed"


def _start(period: Period, day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), period.since.timetz())
