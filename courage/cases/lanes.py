"""Which cases are for whom, as conditions of a query: one place for what the queue, its pages and notices count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, or_

from courage.cases.errors import CaseError
from courage.cases.machine import STATUSES
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
