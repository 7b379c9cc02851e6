"""What the author of a case has written before, as far as it is kept: for moderators, who decide about rooms.

It counts cases, which say what was written; nothing is summed up into a mark for the person who wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from courage.cases.access import CaseAccess, require_leader
from courage.db.models.cases import Case

#: How many of the earlier cases are listed, the latest ones.
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """One earlier case of the same author, without its text."""

    id: int
    opened_at: datetime
    category: str
    severity: int
    status: str
    repeats: int


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """Earlier cases of one author in one organisation.

    ``count`` is how many there are, ``since`` when the first was opened, ``categories`` and ``statuses`` how many of
    each, the most frequent first; ``cases`` are the latest :data:`SHOWN`.
    """

    count: int
    since: datetime
    categories: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[str, int], ...]
    cases: tuple[EarlierCase, ...]


class AuthorHistories:
    """Looks earlier cases up by the pseudonym that a case holds; who it is, nobody here knows."""

    def __init__(self, access: CaseAccess) -> None:
        self._access = access

    def before(self, case_id: int, person_id: int) -> AuthorHistory | None:
        """Return the earlier cases of a case's author; ``None`` where there are none, or the author is erased.

        :raises NotAllowed: if the person is no moderator or admin.
        :raises CaseNotFound: if there is no such case for this person.
        """
        with self._access.read(case_id, person_id) as (session, case, person):
            require_leader(person, "see what an author wrote before")
            if not case.author:
                return None
            query = (
                select(Case.id, Case.opened_at, Case.category, Case.severity, Case.status, Case.repeats)
                .where(
                    Case.organisation_id == case.organisation_id,
                    Case.author == case.author,
                    Case.id < case.id,
                )
                .order_by(Case.id.desc())
            )
            found = [EarlierCase(*row) for row in session.execute(query)]
        if not found:
            return None
        return AuthorHistory(
            count=len(found),
            since=found[-1].opened_at,
            categories=_most_frequent(one.category for one in found),
            statuses=_most_frequent(one.status for one in found),
            cases=tuple(found[:SHOWN]),
        )


def _most_frequent(codes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0])))
