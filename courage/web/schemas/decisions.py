"""What people decided about texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from courage.cases.decisions import STATES
from courage.taxonomy import CATEGORIES
from courage.web.schemas.base import DETECTED, Answer, OneOf, Query, Time, Whole, one_of_known


class DecisionsQuery(Query):
    """Which decisions to list."""

    state: Annotated[str, OneOf(STATES)] = "waiting"
    limit: Annotated[int, Whole(1, 200, text=True)] = 50
    before: Annotated[int, Whole(text=True)] | None = Field(
        None, description="only decisions with a smaller number"
    )


class Decision(Answer):
    """What people decided about a text, without the text; ``grave`` says that screening would escalate it."""

    id: int
    organisation_id: int
    case_id: int
    decision: Annotated[str, one_of_known(("not_hate", "missed"))]
    state: Annotated[str, one_of_known(STATES)]
    people: list[str]
    category: Annotated[str, one_of_known(CATEGORIES)]
    severity: int
    language: Annotated[str, one_of_known(DETECTED)]
    grave: bool
    decided_at: Time
    reviewer: str | None
    reviewed_at: Time | None
    text_kept: bool
