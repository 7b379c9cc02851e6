"""The way of a response through review: draft → in review → approved → retired."""

from __future__ import annotations

from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.db.models.library import Approval, Response, ResponseVersion
from courage.library.drafts import ResponseDraft
from courage.library.errors import StateError, TwoPeopleError
from courage.library.views import Actor

# step → (states from which it may be taken, state after it)
STEPS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "submitted": (("draft",), "in_review"),
    "approved": (("in_review",), "approved"),
    "rejected": (("in_review",), "draft"),
    "retired": (("draft", "in_review", "approved"), "retired"),
    "reopened": (("retired",), "draft"),
}


class Checks(Protocol):
    """What the library asks before it approves; :class:`courage.library.lint.Linter` is the real one."""

    def check(
        self, draft: ResponseDraft, *, organisation_id: int, number: int | None = None
    ) -> tuple[Any, ...]:
        """Return issues that have ``level``, ``code`` and ``message``."""


def state_after(row: Response, step: str) -> str:
    """Return the state that a step leads to.

    :raises StateError: if the step cannot be taken from the row's state.
    """
    allowed, after = STEPS[step]
    if row.state not in allowed:
        spoken = " or ".join(state.replace("_", " ") for state in allowed)
        raise StateError(
            f"{row.id} is {row.state.replace('_', ' ')}; only one that is {spoken} can be {step}"
        )
    return after


def require_second_person(session: Session, row: Response, by: Actor) -> None:
    """Refuse approval by the author and by everybody who wrote the version under review.

    Every person who edited since the last approval counts, not only the last one: their words are in the text.

    :raises TwoPeopleError: if ``by`` had a hand in it.
    """
    if by.id is None:
        raise TwoPeopleError(f"{row.id} must be approved by a person")
    if row.author_id is not None and row.author_id == by.id:
        raise TwoPeopleError(f"you wrote {row.id}; another person has to approve it")
    hands = set(
        session.scalars(
            select(ResponseVersion.person_id).where(
                ResponseVersion.response_number == row.number,
                ResponseVersion.version > last_approved(session, row),
                ResponseVersion.version <= row.version,
            )
        )
    )
    if by.id in hands:
        raise TwoPeopleError(f"you edited this version of {row.id}; another person has to approve it")


def last_approved(session: Session, row: Response) -> int:
    """Return the number of the last approved version before the current one, 0 if none was."""
    found = session.scalar(
        select(Approval.version)
        .where(
            Approval.response_number == row.number,
            Approval.step == "approved",
            Approval.version < row.version,
        )
        .order_by(Approval.version.desc())
        .limit(1)
    )
    return found or 0
