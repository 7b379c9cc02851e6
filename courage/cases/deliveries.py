"""What a row of the outbox means: which call of a channel it is, what its success or failure changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.cases.cards import card_of
from courage.cases.ledger import move, note, order_update
from courage.cases.machine import STEPS
from courage.cases.notices.delivering import forget_link, notice_call
from courage.cases.notices.letters import MAIL, PUSH
from courage.cases.ports import Button, Card, Channel
from courage.cases.reasons import CaseReason
from courage.cases.webhooks.events import CHANNEL as WEBHOOK
from courage.cases.webhooks.events import body_of
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox, Restore
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Room
from courage.db.models.webhooks import Webhook

Call = Callable[[Channel], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A reply that the channel has accepted, for those who learn from it."""

    organisation_id: int
    case_id: int
    response_id: str | None
    person_id: int
    room_id: str
    edited_ratio: float


def prepare(session: Session, row: Outbox, now: datetime) -> Call | None:
    """Return the call that a row stands for, built from how things are now; ``None`` when it is moot."""
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    key = key_for_channel(session, row)
    if row.kind == "summary":
        return _send_card(_summary(session, row), key)
    if row.kind == "say":
        buttons = tuple(Button(*button) for button in row.payload.get("buttons", ()))
        return _say(row.room_id, str(row.payload["text"]), buttons, key)
    if row.kind == WEBHOOK:
        hook = session.get(Webhook, int(row.payload["webhook"]))
        if hook is None or not hook.active:
            return None
        return _post_event(hook.url, hook.signing_secret, key, body_of(session, row, hook, case))
    if row.kind in (MAIL, PUSH):
        return notice_call(session, row, now, key)
    if case is None:
        return None
    if row.kind == "card":
        return _send_card(card_of(session, case), key) if case.status != "withdrawn" else None
    if row.kind == "card_update":
        newer = select(Outbox.id).where(
            Outbox.case_id == case.id,
            Outbox.kind == "card_update",
            Outbox.state == "pending",
            Outbox.id > row.id,
        )
        if case.card_ref is None or session.scalar(newer.limit(1)) is not None:
            return None
        return _update_card(card_of(session, case), case.card_ref, key)
    if row.kind == "reply":
        reply = session.get(Reply, int(row.payload["reply_id"]))
        if reply is None or reply.state != "pending":
            return None
        return _post_reply(case.room_id, signed(session, case, reply.text), case.message_id, key)
    raise ValueError(f"outbox kind {row.kind!r} is unknown")


def key_for_channel(session: Session, row: Outbox) -> str:
    """Return the idempotency key under which a channel hears of a row.

    After a restore numbers of cases are given a second time, and chat systems remember the keys of the first: what was
    ordered since the last restore says so in its key. What was ordered before keeps the key that it had, so that a
    channel which accepted it already does not post it again.
    """
    since = session.scalar(
        select(func.max(Restore.restored_at, type_=Restore.restored_at.type)).where(
            Restore.restored_at < row.created_at
        )
    )
    return row.key if since is None else f"{row.key}:{int(since.timestamp())}"


def signed(session: Session, case: Case, text: str) -> str:
    """Return a reply as it is posted: with the signature of the organisation, if it has one."""
    settings = session.get(OrganisationSettings, case.organisation_id)
    return f"{text}\n— {settings.signature}" if settings is not None and settings.signature else text


def _send_card(card: Card, key: str) -> Call:
    return lambda channel: channel.send_card(card, key)


def _say(room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> Call:
    return lambda channel: channel.say(room_id, text, buttons, key)


def _post_reply(room_id: str, text: str, in_reply_to: str, key: str) -> Call:
    return lambda channel: channel.post_reply(room_id, text, in_reply_to, key)


@runtime_checkable
class _TakesEvents(Protocol):
    async def post_event(self, url: str, secret: str, message_id: str, body: bytes) -> str: ...


def _post_event(url: str, secret: str, key: str, body: bytes) -> Call:
    async def post(channel: Channel) -> str:
        assert isinstance(channel, _TakesEvents)
        # A full stop separates the parts that are signed, so ids have none.
        return await channel.post_event(url, secret, key.replace("webhook:", "evt_"), body)

    return post


def _update_card(card: Card, ref: str, key: str) -> Call:
    async def update(channel: Channel) -> str:
        await channel.update_card(card, ref, key)
        return ref

    return update


def _summary(session: Session, row: Outbox) -> Card:
    start = datetime.fromtimestamp(int(row.payload["minute"]) * 60, UTC)
    channel = str(row.payload["channel"])
    where = (
        Case.organisation_id == row.organisation_id,
        Case.channel == channel,
        Case.room_id == row.room_id,
        Case.carded.is_(False),
        Case.opened_at >= start,
        Case.opened_at < start + timedelta(minutes=1),
    )
    count, severity = session.execute(select(func.count(), func.max(Case.severity)).where(*where)).one()
    name = session.scalar(
        select(Room.name).where(
            Room.organisation_id == row.organisation_id, Room.channel == channel, Room.room_id == row.room_id
        )
    )
    return Card(
        case_id=0,
        organisation_id=row.organisation_id,
        room_name=name or row.room_id,
        status="open",
        category="none",
        severity=severity or 0,
        targets=(),
        language="und",
        score=0.0,
        reasons=(CaseReason("more_cases", count=count),),
        lane="summary",
        text=None,
        repeats=count,
        buttons=(Button("", "queue", "queue"),),
    )


def succeeded(session: Session, row: Outbox, external_id: str, now: datetime) -> Posted | None:
    """Note that a channel accepted a row; a reply makes its case ``replied``."""
    cancelled = row.state == "cancelled"
    row.state, row.external_id, row.sent_at = "sent", external_id, now
    row.leased_until, row.last_error = None, None
    forget_link(row)
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    if case is None:
        return None
    if row.kind == "card":
        case.card_ref, case.carded_at = external_id, now
        note(session, case, "card_sent", now)
        if cancelled:
            # The message went while the channel was accepting its card: nobody ordered yet that its text goes too.
            session.flush()
            order_update(session, case, now)
    if row.kind != "reply":
        return None
    reply = session.get(Reply, int(row.payload["reply_id"]))
    if reply is None:
        return None
    reply.state, reply.posted_ref, reply.posted_at, reply.failure = "posted", external_id, now, None
    if (case.status, "post") in STEPS:
        move(session, case, "post", claim_until=None)
    # Otherwise the message was removed while the channel was accepting the reply: the case stays as it is.
    note(session, case, "posted", now, reply.person_id, version=reply.draft_version)
    order_update(session, case, now)
    return Posted(
        case.organisation_id, case.id, reply.response_id, reply.person_id, case.room_id, reply.edited_ratio
    )


def failed(session: Session, row: Outbox, reason: str, now: datetime) -> None:
    """Give a row up and say so where people see it: the reply, the audit trail, the card."""
    row.state, row.last_error, row.leased_until = "dead", reason, None
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    if case is None or row.kind != "reply":
        return
    reply = session.get(Reply, int(row.payload["reply_id"]))
    if reply is not None and reply.state == "pending":
        reply.state, reply.failure = "failed", reason[:300]
        # The case moves to a new version so that its card is ordered anew and says what happened.
        case.version += 1
        note(session, case, "post_failed", now, reply.person_id, version=reply.draft_version)
        session.flush()
        order_update(session, case, now)
