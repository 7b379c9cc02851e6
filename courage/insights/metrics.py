"""Numbers for ``/health`` and for benchmarks; none of them says anything about a single person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.cases import Case
from courage.db.models.delivery import Outbox

_SAMPLE = 1000


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
    """Count; ``None`` counts all organisations."""
    mine = () if organisation_id is None else (Case.organisation_id == organisation_id,)
    ours = () if organisation_id is None else (Outbox.organisation_id == organisation_id,)
    with sessions() as session:
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


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return round(values[min(len(values) - 1, int(share * len(values)))], 2)
