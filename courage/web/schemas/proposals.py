"""What other programs say texts should have been judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from courage.cases.decisions import STATES
from courage.web.schemas.base import DETECTED, Answer, OneOf, Query, Time, Whole, one_of_known


class ProposalsQuery(Query):
    """Which proposals to list."""

    state: Annotated[str, OneOf(STATES)] = "waiting"
    limit: Annotated[int, Whole(1, 200, text=True)] = 50
    before: Annotated[int, Whole(text=True)] | None = Field(
        None, description="only proposals with a smaller number"
    )


class Proposal(Answer):
    """What a program says a text should have been judged, without the text; no effect until it is confirmed."""

    id: int
    organisation_id: int
    key: str
    decision: Annotated[str, one_of_known(("not_hate", "missed"))]
    state: Annotated[str, one_of_known(STATES)]
    language: Annotated[str, one_of_known(DETECTED)]
    score: float
    severity: int
    proposed_at: Time
    reviewer: str | None
    reviewed_at: Time | None
    text_kept: bool
