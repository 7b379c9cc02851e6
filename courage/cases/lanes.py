"""Which cases are for whom and in which order, as parts of a query: one place for the queue, its pages and notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import ColumnElement, String, and_, cast, false, or_

from courage.cases.errors import CaseError
from courage.cases.machine import ACTIVE, STATUSES
from courage.db.models.cases import Case

#: Cases that moderators settle: they came as grave, or somebody passed them on.
FOR_MODERATORS: Final[ColumnElement[bool]] = or_(Case.route == "escalate", Case.status == "escalated")


def check_statuses(statuses: Iterable[str]) -> None:
    """Look at statuses that somebody asks for.

    :raises CaseError: naming the first that there is not, and those that there are.
    """
    for status in statuses:
        if status not in STATUSES:
            raise CaseError(f"status {status!r} is not one of {', '.join(STATUSES)}")


def order_of(statuses: Iterable[str]) -> tuple[ColumnElement[int], ...]:
    """Return the order of cases: the gravest first, then the oldest; where all asked for are done, the newest first."""
    if any(status in ACTIVE for status in statuses):
        return Case.severity.desc(), Case.id.asc()
    return (Case.id.desc(),)


def about(groups: Collection[str], person_id: int) -> ColumnElement[bool]:
    """Say which cases are about one of some groups and not the person's own; groups stand in one column as a list."""
    if not groups:
        return false()
    listed = cast(Case.targets, String)
    named = or_(*(listed.contains(f'"{group}"', autoescape=True) for group in groups))
    return and_(named, or_(Case.claimed_by.is_(None), Case.claimed_by != person_id))
