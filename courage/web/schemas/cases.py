"""Cases: the queue, the steps on a case, drafts and replies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from courage.cases.casework import CaseworkSettings
from courage.cases.machine import STATUSES
from courage.cases.views import CaseView, EventView
from courage.taxonomy import CATEGORIES, RESPONSE_KINDS, ROUTES, SITUATIONS, SUBGROUPS, TARGET_GROUPS
from courage.web.schemas.base import (
    DETECTED,
    NOT_BLANK,
    Answer,
    AnyText,
    OneOf,
    Query,
    Request,
    Score,
    Time,
    Whole,
    one_of_known,
)
from courage.web.schemas.screening import Reason, WishRequest


class CasesQuery(Query):
    """Which cases to list."""

    status: Annotated[str, OneOf(STATUSES)] | None = Field(
        None, description="open, claimed and escalated if left out"
    )
    language: Annotated[str, OneOf(DETECTED)] | None = None
    room_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    limit: Annotated[int, Whole(1, 200, text=True)] = 50
    before: Annotated[int, Whole(text=True)] | None = Field(
        None, description="only cases with a smaller number"
    )


class SuggestionsRequest(Request):
    """What to suggest for a case."""

    wish: WishRequest | None = None
    others: bool | None = Field(None, description="other responses than those offered before")
    member: bool | None = Field(
        None,
        description="the person belongs to the group and says so in this reply; used now and stored nowhere",
    )
    situations: list[Annotated[str, OneOf(SITUATIONS)]] | None = Field(None, description="what is so here")
    kind: Annotated[str, OneOf(RESPONSE_KINDS)] | None = Field(
        None, description="what to offer; an answer to the message if left out"
    )


class ChooseRequest(Request):
    """The number of a suggestion of the newest round."""

    number: Annotated[int, Whole(1, 10)]


class DraftRequest(Request):
    """The new text of a draft."""

    text: Annotated[str, Field(max_length=CaseworkSettings().max_reply, pattern=NOT_BLANK)]


class PostRequest(Request):
    """Which draft to post."""

    version: Annotated[int, Whole()] = Field(description="the draft's version that the person read")


class Draft(Answer):
    """One version of a draft; ``edited_ratio`` is 0 (a response as it was) to 1 (all new)."""

    case_id: int
    version: int
    text: str
    response_id: str | None
    edited_ratio: float
    person_id: int
    created_at: Time


class Reply(Answer):
    """What a person confirmed."""

    id: int
    case_id: int
    draft_version: int
    text: str
    response_id: str | None
    state: str = Field(description="pending, posted, failed or cancelled")
    failure: str | None
    posted_ref: str | None
    person_id: int
    confirmed_at: Time
    posted_at: Time | None


class Case(Answer):
    """A case, its reasons in the reader's language; its message is never part of it."""

    id: int
    organisation_id: int
    channel: str
    room_id: str
    room_name: str
    message_id: str
    author: str = Field(description="a pseudonym")
    status: Annotated[str, one_of_known(STATUSES)]
    version: int
    lane: str = Field(description="counter or escalate")
    hateful: bool
    category: Annotated[str, one_of_known(CATEGORIES)]
    severity: int = Field(description="from 0 to 3")
    targets: list[Annotated[str, one_of_known(TARGET_GROUPS)]]
    subgroups: list[Annotated[str, one_of_known(tuple(SUBGROUPS))]] = Field(
        description="those of the targets that the message names, such as trans; mostly none"
    )
    language: Annotated[str, one_of_known(DETECTED)]
    score: Score
    route: Annotated[str, one_of_known(ROUTES)]
    reasons: str
    repeats: int = Field(description="how often the same text came again")
    reported: int = Field(description="how many members reported it")
    holder_id: int | None
    holder: str | None
    claim_until: Time | None
    sent_at: Time
    opened_at: Time
    closed_at: Time | None
    text_kept: bool
    draft: Draft | None
    reply: Reply | None
    actions: list[str] = Field(description="the steps that its status allows")

    @classmethod
    def of(cls, view: CaseView, reasons: str) -> Case:
        """Return a case; ``reasons`` is why it is there, in the reader's words."""
        return cls.model_validate({**_fields(cls, view), "reasons": reasons})


class Event(Answer):
    """One line of a case's history."""

    at: Time
    kind: str
    person: str | None
    data: dict[str, Any]


class CaseWithHistory(Case):
    """A case and what happened to it, oldest first."""

    history: list[Event]

    @classmethod
    def with_history(cls, view: CaseView, reasons: str, history: list[EventView]) -> CaseWithHistory:
        """Return a case and its history."""
        return cls.model_validate({**_fields(Case, view), "reasons": reasons, "history": history})


def _fields(model: type[Answer], view: CaseView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in model.model_fields if name != "reasons"}


class Message(Answer):
    """The message and the reasons of screening in full."""

    text: AnyText
    reasons: list[Reason]
