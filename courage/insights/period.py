"""The time that figures are about: whole days, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from courage.errors import CourageError

#: Periods that can be asked for by name.
NAMES: Final = ("four_weeks", "twelve_weeks", "this_year", "last_year")
#: Beyond so many weeks figures go by month.
MOST_WEEKS: Final = 53
_LONGEST: Final = timedelta(days=3660)


class PeriodError(CourageError):
    """A period ends before it begins, is too long, or its dates are none."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of the day ``first`` to the end of the day ``last``."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodError(f"the period ends on {self.last}, before it begins on {self.first}")
        if self.last - self.first > _LONGEST:
            raise PeriodError("a period has at most ten years")

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def by_month(self) -> bool:
        """Whether its steps are months, because it has too many weeks."""
        return (self.last - monday(self.first)).days // 7 >= MOST_WEEKS

    def step_of(self, day: date) -> date:
        """Return the first day of the week or month in which a day lies."""
        return day.replace(day=1) if self.by_month else monday(day)

    def steps(self) -> Iterator[date]:
        """Yield the first day of each week or month; that of the first may lie before the period."""
        step = self.step_of(self.first)
        while step <= self.last:
            yield step
            # By dates, never by numbers of weeks: at the turn of a year a week has two of them.
            step = self.step_of(step + timedelta(days=32)) if self.by_month else step + timedelta(days=7)


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def named(name: str, today: date) -> Period:
    """Return a period of :data:`NAMES` as it is today."""
    if name == "this_year":
        return Period(today.replace(month=1, day=1), today)
    if name == "last_year":
        return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    weeks = 4 if name == "four_weeks" else 12
    return Period(monday(today) - timedelta(weeks=weeks - 1), today)


def between(first: str, last: str, today: date) -> Period:
    """Return the period between two dates as people or browsers write them (``2026-03-01``); a blank one is today.

    :raises PeriodError: if one is no date, or they are the wrong way round.
    """
    try:
        return Period(
            date.fromisoformat(first) if first else today, date.fromisoformat(last) if last else today
        )
    except ValueError:
        raise PeriodError(f"{first[:20]!r} to {last[:20]!r} are no dates; write them as 2026-03-01") from None
