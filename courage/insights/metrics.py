"""Numbers for ``/health`` and for benchmarks; none of them says anything about a single person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.models.cases import Case
from courage.db.models.delivery import Outbox
from courage.db.models.organisations import OrganisationSettings
from courage.db.scope import scope_to, scope_to_every

_SAMPLE = 1000
#: How long a delivery may wait before health says so.
PATIENCE: Final = timedelta(minutes=1)
#: Free bytes below which the disk counts as full, and as nearly so.
FULL: Final = 20_000_000
SCARCE: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class Metrics:
    """Cases by status, outbox rows by state, and milliseconds from message to card (latest 1,000)."""

    cases: dict[str, int]
    outbox: dict[str, int]
    card_ms_median: float | None
    card_ms_p95: float | None
    card_samples: int

    def to_json(self) -> dict[str, Any]:
        """Return the numbers in the shape that ``/health`` promises."""
        return asdict(self)


def metrics(sessions: sessionmaker[Session], organisation_id: int | None = None) -> Metrics:
    """Count; ``None`` counts all organisations. What is practised counts nowhere."""
    practice = select(OrganisationSettings.organisation_id).where(OrganisationSettings.kind == "practice")
    mine = (
        Case.organisation_id.not_in(practice)
        if organisation_id is None
        else Case.organisation_id == organisation_id,
    )
    ours = (
        Outbox.organisation_id.not_in(practice)
        if organisation_id is None
        else Outbox.organisation_id == organisation_id,
    )
    with sessions() as session:
        if organisation_id is None:
            scope_to_every(session, "the numbers of the whole installation")
        cases = session.execute(select(Case.status, func.count()).where(*mine).group_by(Case.status))
        outbox = session.execute(select(Outbox.state, func.count()).where(*ours).group_by(Outbox.state))
        times = session.execute(
            select(Case.received_at, Case.carded_at)
            .where(*mine, Case.carded_at.is_not(None))
            .order_by(Case.id.desc())
            .limit(_SAMPLE)
        )
        waits = sorted((carded - received).total_seconds() * 1000 for received, carded in times if carded)
        return Metrics(
            cases={str(status): int(count) for status, count in cases},
            outbox={str(state): int(count) for state, count in outbox},
            card_ms_median=_quantile(waits, 0.5),
            card_ms_p95=_quantile(waits, 0.95),
            card_samples=len(waits),
        )


def disk_health(folder: Path) -> dict[str, Any]:
    """Return the part ``disk`` of ``/health``: whether there is room for what people write.

    :param folder: the home folder; where it does not exist yet, the disk is not judged.
    """
    try:
        free = disk_usage(folder).free
    except OSError:
        return {"status": "ok"}
    part: dict[str, Any] = {"status": "ok", "free_mb": free // 1_000_000}
    if free < FULL:
        return {**part, "status": "down", "note": "the disk is full; nothing can be kept until there is room"}
    if free < SCARCE:
        return {**part, "status": "degraded", "note": f"only {free // 1_000_000} MB are free on the disk"}
    return part


def outbox_health(
    sessions: sessionmaker[Session],
    channels: Collection[str],
    now: datetime | None = None,
    organisation_id: int | None = None,
) -> dict[str, Any]:
    """Return the part ``outbox`` of ``/health``: degraded at once by what nobody serves, and by what waits too long.

    :param channels: the names of the channels that are served.
    :param organisation_id: whose deliveries; ``None``: those of all organisations.
    :returns: ``{"status": "ok|degraded", "waiting": rows, "oldest_seconds": age}``; when degraded also ``note``, and
        ``unserved`` with the rows of each channel that nobody serves.
    """
    now = now or utcnow()
    # A row that was never tried counts from when it was to be: a summary is ordered for the end of its minute.
    since = func.min(
        sql_case((Outbox.attempts == 0, Outbox.next_at), else_=Outbox.created_at), type_=Outbox.next_at.type
    )
    query = (
        select(Outbox.channel, func.count(), since)
        .where(Outbox.state == "pending", Outbox.held_at.is_(None))
        .group_by(Outbox.channel)
    )
    waiting_for_people = select(func.count()).where(Outbox.state == "pending", Outbox.held_at.is_not(None))
    with sessions() as session:
        if organisation_id is None:
            scope_to_every(session, "the numbers of the whole installation")
        else:
            scope_to(session, organisation_id)
        rows = [(str(channel), int(count), start) for channel, count, start in session.execute(query)]
        held = session.scalar(waiting_for_people.select_from(Outbox)) or 0
    unserved = {channel: count for channel, count, _ in sorted(rows) if channel not in channels}
    oldest = max((now - start for _, _, start in rows), default=timedelta())
    part: dict[str, Any] = {
        "status": "ok",
        "waiting": sum(count for _, count, _ in rows),
        "oldest_seconds": round(max(0.0, oldest.total_seconds()), 1),
    }
    notes = []
    if held:
        part["held"] = held
        notes.append(
            f"{held} deliveries are held after a restore; see `courage deliveries list --state held`"
        )
    if unserved:
        part["unserved"] = unserved
        waiting = ", ".join(f"{channel} ({count})" for channel, count in unserved.items())
        notes.append(
            f"no chat system is connected for: {waiting}; see `courage deliveries list --state waiting`"
        )
    slow = {
        channel: now - start for channel, _, start in rows if channel in channels and now - start > PATIENCE
    }
    if slow:
        waited = ", ".join(
            f"{channel} for {int(age.total_seconds())} s" for channel, age in sorted(slow.items())
        )
        notes.append(f"deliveries wait: {waited}")
    return {**part, "status": "degraded", "note": "; ".join(notes)} if notes else part


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return round(values[min(len(values) - 1, int(share * len(values)))], 2)
