"""Keeping a flood of hateful messages from becoming a flood of cards."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.cases.inbound import InboundMessage
from courage.db.models.cases import Case
from courage.db.models.delivery import Outbox
from courage.detection.verdict import Verdict


def lane_full(session: Session, m: InboundMessage, verdict: Verdict, now: datetime, per_minute: int) -> bool:
    """Say whether a room has had as many cards within the last minute as it may have.

    Escalated messages have a limit of their own, so that a flood of insults cannot hide a threat.
    """
    escalated = Case.route == "escalate" if verdict.route == "escalate" else Case.route != "escalate"
    recent = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(
            Case.organisation_id == m.organisation_id,
            Case.channel == m.channel,
            Case.room_id == m.room_id,
            Case.carded.is_(True),
            Case.opened_at > now - timedelta(minutes=1),
            escalated,
        )
    )
    return (recent or 0) >= per_minute


def order_summary(session: Session, case: Case, now: datetime, desk_channel: str | None) -> None:
    """Order one card a minute and room that counts the cases which got none."""
    minute = int(now.timestamp() // 60)
    key = f"summary:{case.organisation_id}:{case.channel}:{case.room_id}:{minute}"[:120]
    if session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None:
        return
    session.add(
        Outbox(
            organisation_id=case.organisation_id,
            key=key,
            lane=key,
            channel=desk_channel or case.channel,
            kind="summary",
            room_id=case.room_id,
            payload={"channel": case.channel, "minute": minute},
            # Sent when the minute is over, so that one card can count them all.
            next_at=max(now, datetime.fromtimestamp((minute + 1) * 60, now.tzinfo)),
            created_at=now,
        )
    )
