"""Which steps of a case are events for other programs, and what an event says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Room
from courage.db.models.webhooks import Webhook

#: The channel and the kind of their deliveries.
CHANNEL: Final = "webhook"
#: Sent only when an admin asks for it.
TEST: Final = "webhook.test"
EVENTS: Final = ("case.opened", "case.escalated", "case.answered", "case.closed")
#: Lines of the audit trail that end a case, and how.
_ENDS: Final = {"closed": "closed", "dismiss": "dismissed", "withdrawn": "withdrawn"}


def events_of(kind: str, status: str) -> tuple[tuple[str, str], ...]:
    """Return the events that a line of the audit trail is, each with the outcome of the case (``""`` while it goes on)."""
    if kind == "opened":
        grave = (("case.escalated", ""),) if status == "escalated" else ()
        return (("case.opened", ""), *grave)
    if kind == "escalate":
        return (("case.escalated", ""),)
    if kind == "posted":
        return (("case.answered", ""),)
    return (("case.closed", _ENDS[kind]),) if kind in _ENDS else ()


def order_events(session: Session, case: Case, kind: str, at: datetime) -> None:
    """Put the events of a step into the outbox, one for each webhook that wants to hear of it."""
    found = events_of(kind, case.status)
    if not found:
        return
    hooks = session.scalars(
        select(Webhook)
        .where(Webhook.organisation_id == case.organisation_id, Webhook.active)
        .order_by(Webhook.id)
    ).all()
    for hook in hooks:
        for event, outcome in found:
            if event in hook.events:
                session.add(event_row(hook, event, at, case=case, outcome=outcome))


def event_row(
    hook: Webhook, event: str, at: datetime, *, case: Case | None = None, outcome: str = ""
) -> Outbox:
    """Return the delivery of one event to one webhook; events of one case keep their order, others need not wait."""
    number = uuid4().hex
    lane = f"webhook:{hook.id}:{number if case is None else case.id}"
    about = {} if case is None else {"status": case.status, "severity": case.severity}
    return Outbox(
        organisation_id=hook.organisation_id,
        key=f"webhook:{number}",
        lane=lane,
        channel=CHANNEL,
        kind=CHANNEL,
        room_id=str(hook.id),
        case_id=None if case is None else case.id,
        payload={"webhook": hook.id, "event": event, "outcome": outcome, "at": at.isoformat(), **about},
        next_at=at,
        created_at=at,
    )


def body_of(session: Session, row: Outbox, hook: Webhook, case: Case | None) -> bytes:
    """Return what is sent: no text and nothing about people, unless the webhook was made to carry texts."""
    payload = row.payload
    data: dict[str, Any] = {"organisation": _short_name(session, row.organisation_id)}
    if case is not None:
        data |= {
            "case_id": case.id,
            "status": payload["status"],
            "lane": "escalate" if case.route == "escalate" or payload["status"] == "escalated" else "counter",
            "category": case.category,
            "severity": payload["severity"],
            "targets": list(case.targets),
            "language": case.language,
            "room": {"channel": case.channel, "name": _room_name(session, case)},
            "opened_at": _iso(case.opened_at),
        }
        if payload["outcome"]:
            data["outcome"] = payload["outcome"]
        if hook.with_text:
            data["text"] = case.text
            if payload["event"] == "case.answered":
                data["reply"] = _reply(session, case)
    at = datetime.fromisoformat(payload["at"])
    told = {"type": payload["event"], "timestamp": _iso(at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short_name(session: Session, organisation_id: int) -> str | None:
    settings = session.get(OrganisationSettings, organisation_id)
    return None if settings is None else settings.slug


def _room_name(session: Session, case: Case) -> str:
    name = session.scalar(
        select(Room.name).where(
            Room.organisation_id == case.organisation_id,
            Room.channel == case.channel,
            Room.room_id == case.room_id,
        )
    )
    return name or case.room_id


def _reply(session: Session, case: Case) -> str | None:
    query = select(Reply.text).where(
        Reply.organisation_id == case.organisation_id, Reply.case_id == case.id, Reply.state == "posted"
    )
    return session.scalar(query.order_by(Reply.id.desc()).limit(1))
