"""Writing steps that intake, casework and the outbox share: move a case, note an event, order a delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from courage.cases.errors import NotPossible
from courage.cases.machine import next_status
from courage.cases.notices.alarms import order_alarms
from courage.cases.webhooks.events import order_events
from courage.db.models.cases import Case, CaseEvent, Draft, Reply, UnsentText
from courage.db.models.delivery import Outbox
from courage.detection.verdict import Verdict

#: How often a withdrawn case that comes back gets a new card.
RETURNED_CARD_EVERY: Final = timedelta(hours=1)


def note(
    session: Session, case: Case, kind: str, at: datetime, person_id: int | None = None, **data: Any
) -> CaseEvent:
    """Add a line to the audit trail, and tell the webhooks, and of an escalation the people, that want to hear of it.

    ``data`` must not hold text of a message.
    """
    event = CaseEvent(
        organisation_id=case.organisation_id,
        case_id=case.id,
        person_id=person_id,
        kind=kind,
        data=data,
        at=at,
    )
    session.add(event)
    order_events(session, case, kind, at)
    order_alarms(session, case, kind, at)
    return event


def change(session: Session, case: Case, **values: Any) -> None:
    """Write values to a case if nobody else changed it since it was read, and order a fresh card.

    :raises NotPossible: if somebody else was faster.
    """
    result = session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version, Case.status == case.status)
        .values(version=case.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise NotPossible(f"somebody else just changed case {case.id}; look at it again")
    session.refresh(case)


def move(session: Session, case: Case, action: str, **values: Any) -> None:
    """Take a step of the state machine.

    :raises NotPossible: if the case's status does not allow it, or somebody else was faster.
    """
    change(session, case, status=next_status(case.id, case.status, action), **values)


def reopen(session: Session, case: Case) -> None:
    """Bring a dismissed case back to the lane that it was in.

    :raises NotPossible: if the case is not dismissed.
    """
    dismissed = session.scalar(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == "dismiss")
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    before = None if dismissed is None else dismissed.data.get("back_to")
    escalated = case.route == "escalate" or before == "escalated"
    action = "reopen_escalated" if escalated else "reopen"
    move(session, case, action, claimed_by=None, claim_until=None, closed_at=None)


def order(
    session: Session,
    case: Case,
    kind: str,
    key: str,
    at: datetime,
    *,
    channel: str | None = None,
    room_id: str = "",
    **payload: Any,
) -> Outbox:
    """Put a delivery into the outbox, once for each key."""
    row = session.scalar(select(Outbox).where(Outbox.key == key))
    if row is None:
        row = Outbox(
            organisation_id=case.organisation_id,
            key=key,
            lane=f"reply:{case.id}" if kind == "reply" else f"card:{case.id}",
            channel=channel or case.channel,
            kind=kind,
            room_id=room_id,
            case_id=case.id,
            payload=payload,
            next_at=at,
            created_at=at,
        )
        session.add(row)
    return row


def order_card(session: Session, case: Case, at: datetime, channel: str | None = None) -> None:
    """Order the card of a new case."""
    order(session, case, "card", f"card:{case.id}", at, channel=channel)


def order_returned_card(session: Session, case: Case, at: datetime, channel: str | None = None) -> None:
    """Order a second card for a withdrawn case that came back, at most one in ``RETURNED_CARD_EVERY``.

    The first card says that the message is gone, and chat systems tell nobody about an edited card: only a new one says
    that there is work again. An author who edits back and forth must not flood the desk, though: within the hour the
    card that is there is brought up to date instead. A card that was never sent does not count.
    """
    recent = session.scalar(
        select(Outbox.id)
        .where(
            Outbox.case_id == case.id,
            Outbox.kind == "card",
            Outbox.key != f"card:{case.id}",
            Outbox.state != "cancelled",
            Outbox.created_at > at - RETURNED_CARD_EVERY,
        )
        .limit(1)
    )
    if recent is not None and case.card_ref is not None:
        order_update(session, case, at)
    else:
        order(session, case, "card", f"card:{case.id}:again{case.version}", at, channel=channel)


def order_update(session: Session, case: Case, at: datetime) -> None:
    """Order that the card of a case is brought up to date, where it has one."""
    if not case.carded:
        return
    card = session.scalar(select(Outbox).where(Outbox.key == f"card:{case.id}"))
    if card is None or (card.state in ("cancelled", "dead") and case.card_ref is None):
        return
    order(session, case, "card_update", f"card:{case.id}:v{case.version}", at, channel=card.channel)


def latest_draft(session: Session, case_id: int) -> Draft | None:
    """Return the newest draft of a case, or ``None``."""
    return session.scalar(
        select(Draft).where(Draft.case_id == case_id).order_by(Draft.version.desc()).limit(1)
    )


def require_read(session: Session, case: Case, person_id: int, what: str) -> None:
    """Let pass who asked for the message since it last changed, and anybody when its text is not kept.

    :raises NotPossible: for everybody else, naming ``what`` they would do unread.
    """
    last = session.scalar(
        select(CaseEvent.kind)
        .where(
            CaseEvent.case_id == case.id,
            or_(
                CaseEvent.kind == "rescreened",
                and_(CaseEvent.kind == "shown", CaseEvent.person_id == person_id),
            ),
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    if case.text is not None and last != "shown":
        raise NotPossible(f"read the message of case {case.id} first; then you can {what}")


def unsent_of(session: Session, case_id: int, person_id: int) -> UnsentText | None:
    """Return what a person has typed on a case and not sent on, or ``None``."""
    return session.scalar(
        select(UnsentText).where(UnsentText.case_id == case_id, UnsentText.person_id == person_id)
    )


def pending_reply(session: Session, case_id: int) -> Reply | None:
    """Return the reply that the channel has not accepted yet, or ``None``."""
    return session.scalar(select(Reply).where(Reply.case_id == case_id, Reply.state == "pending"))


def waiting_reply(session: Session, case: Case, now: datetime, *, held: bool = True) -> Outbox | None:
    """Return the delivery of a confirmed reply that has not left yet, or ``None``.

    :param held: keep it from leaving until commit; ``False`` where nothing is changed.
    """
    query = select(Outbox).where(Outbox.case_id == case.id, Outbox.kind == "reply", Outbox.state == "pending")
    row = session.scalar(query.with_for_update() if held else query)
    if row is None or row.attempts > 0 or row.leased_until is not None or row.next_at <= now:
        return None  # the channel may have it already
    return row


def cancel_pending(session: Session, case: Case) -> None:
    """Cancel replies that are not posted yet, and a card that was not sent."""
    for reply in session.scalars(select(Reply).where(Reply.case_id == case.id, Reply.state == "pending")):
        reply.state = "cancelled"
    session.execute(
        update(Outbox)
        .where(Outbox.case_id == case.id, Outbox.kind.in_(("reply", "card")), Outbox.state == "pending")
        .values(state="cancelled")
        .execution_options(synchronize_session=False)
    )


def forget_text(session: Session, case: Case) -> None:
    """Delete the message's text, whatever may quote it, drafts and unsent texts; the case itself stays."""
    text = case.text
    case.text = None
    case.text_digest = None
    case.reasons = [{**reason, "values": {}, "start": None, "end": None} for reason in case.reasons]
    for draft in session.scalars(select(Draft).where(Draft.case_id == case.id)):
        session.delete(draft)
    for unsent in session.scalars(select(UnsentText).where(UnsentText.case_id == case.id)):
        session.delete(unsent)
    for reply in session.scalars(select(Reply).where(Reply.case_id == case.id)):
        lines = [line for line in reply.text.splitlines() if not line.lstrip().startswith(">")]
        kept = "\n".join(lines)
        reply.text = kept.replace(text, "…") if text else kept


def verdict_columns(verdict: Verdict) -> dict[str, object]:
    """Return the columns of a case that say what screening found."""
    return {
        "hateful": verdict.hateful,
        "category": verdict.category,
        "severity": verdict.severity,
        "targets": list(verdict.targets),
        "subgroups": list(verdict.subgroups),
        "language": verdict.language,
        "score": verdict.score,
        "route": verdict.route,
        "reasons": [reason.stored() for reason in verdict.reasons],
    }
