"""What leaves this room: plain values that stay readable after the database session is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courage.cases.reasons import CaseReason


@dataclass(frozen=True, slots=True)
class DraftView:
    """One version of what a person is about to post; ``edited_ratio`` is 0 (untouched) … 1 (all new)."""

    case_id: int
    version: int
    text: str
    response_id: str | None
    edited_ratio: float
    person_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What a person confirmed; ``state`` is pending, posted, failed (see ``failure``) or cancelled."""

    id: int
    case_id: int
    draft_version: int
    text: str
    response_id: str | None
    state: str
    failure: str | None
    posted_ref: str | None
    person_id: int
    confirmed_at: datetime
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case without the harmful text, which only ``Casework.show_message`` gives away.

    ``reasons`` never quote the message; ``lane`` is ``counter`` or ``escalate``.
    """

    id: int
    organisation_id: int
    channel: str
    room_id: str
    room_name: str
    message_id: str
    author: str
    status: str
    version: int
    lane: str
    hateful: bool
    category: str
    severity: int
    targets: tuple[str, ...]
    subgroups: tuple[str, ...]
    language: str
    score: float
    route: str
    reasons: tuple[CaseReason, ...]
    repeats: int
    reported: int
    holder_id: int | None
    holder: str | None
    claim_until: datetime | None
    sent_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    text_kept: bool
    draft: DraftView | None
    reply: ReplyView | None
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the audit trail."""

    at: datetime
    kind: str
    person: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What people decided about a text, without the text; ``grave`` says that screening would escalate it.

    ``decision`` is ``not_hate`` or ``missed``, ``state`` waiting, confirmed or rejected.
    """

    id: int
    organisation_id: int
    case_id: int
    decision: str
    state: str
    people: tuple[str, ...]
    category: str
    severity: int
    language: str
    grave: bool
    decided_at: datetime
    reviewer: str | None
    reviewed_at: datetime | None
    text_kept: bool
