"""Numbers for Prometheus. No label and no value says anything about a person, a room or an organisation."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.models.cases import Case
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.detection.verdict import Verdict

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: In the order in which a part gets worse.
STATES: Final = ("ok", "off", "degraded", "down")

Screen = Callable[[str, str], Awaitable[Verdict]]


class Numbers:
    """Collects what the engine does and writes it as Prometheus reads it."""

    def __init__(self, sessions: sessionmaker[Session], *, version: str, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._version = version
        self._clock = clock
        self._registry = CollectorRegistry()
        self._screened = Counter(
            "courage_screened_messages", "Messages screened, by what came of it.", ["outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "courage_screening_seconds", "Time from asking for a verdict to having it.",
            buckets=_BUCKETS, registry=self._registry,
        )  # fmt: skip
        for outcome in ("hateful", "benign", "failed"):
            self._screened.labels(outcome)  # a number that is not there yet cannot be watched

    def observed(self, screen: Screen) -> Screen:
        """Return a screening that is counted and timed."""

        async def counted(text: str, sensitivity: str) -> Verdict:
            begun = time.perf_counter()
            try:
                verdict = await screen(text, sensitivity)
            except Exception:
                self._screened.labels("failed").inc()
                raise
            self._seconds.observe(time.perf_counter() - begun)
            self._screened.labels("hateful" if verdict.hateful else "benign").inc()
            return verdict

        return counted

    def text(self, health: Mapping[str, Any]) -> bytes:
        """Return everything as text.

        :param health: what ``/health`` says of the parts.
        """
        moment = CollectorRegistry()
        moment.register(_Moment([*self._parts(health), *self._people_and_cases()]))
        return generate_latest(self._registry) + generate_latest(moment)

    def _parts(self, health: Mapping[str, Any]) -> Iterable[Metric]:
        yield InfoMetricFamily("courage", "The version that runs.", value={"version": self._version})
        state = GaugeMetricFamily(
            "courage_part_state", "1 for the state that a part is in.", labels=["part", "state"]
        )
        parts = {"all": {"status": health["status"]}, **health["parts"]}
        for name, part in sorted(parts.items()):
            for each in STATES:
                state.add_metric([name, each], float(part["status"] == each))
        yield state
        for name, part, key, help_ in (
            ("courage_disk_free_bytes", "disk", "free_mb", "Free space where the home folder is."),
            ("courage_outbox_waiting", "outbox", "waiting", "Deliveries that no chat system accepted yet."),
            ("courage_outbox_held", "outbox", "held", "Deliveries that are held after a restore."),
            (
                "courage_outbox_oldest_seconds",
                "outbox",
                "oldest_seconds",
                "Age of the oldest delivery that waits.",
            ),
            ("courage_index_responses", "index", "responses", "Responses in the search index."),
        ):
            if "status" in parts.get(part, {}):
                value = float(parts[part].get(key, 0)) * (1_000_000 if key == "free_mb" else 1)
                yield GaugeMetricFamily(name, help_, value=value)

    def _people_and_cases(self) -> Iterable[Metric]:
        if (found := self._count()) is None:
            return  # the part `database` says so
        roles, statuses, oldest = found
        people = GaugeMetricFamily("courage_people", "People with access, by role.", labels=["role"])
        for role, count in sorted(roles.items()):
            people.add_metric([role], count)
        cases = GaugeMetricFamily("courage_cases", "Cases by status.", labels=["status"])
        for status, count in sorted(statuses.items()):
            cases.add_metric([status], count)
        age = 0.0 if oldest is None else max(0.0, (self._clock() - oldest).total_seconds())
        yield people
        yield cases
        yield GaugeMetricFamily(
            "courage_queue_oldest_seconds", "Age of the oldest case that nobody claimed.", value=age
        )

    def _count(self) -> tuple[dict[str, int], dict[str, int], datetime | None] | None:
        practice = select(OrganisationSettings.organisation_id).where(OrganisationSettings.kind == "practice")
        real = Case.organisation_id.not_in(practice)
        try:
            with self._sessions() as session:
                scope_to_every(session, "the numbers of the whole installation")
                roles = session.execute(
                    select(Person.role, func.count()).where(Person.active).group_by(Person.role)
                )
                statuses = session.execute(
                    select(Case.status, func.count()).where(real).group_by(Case.status)
                )
                oldest = session.scalar(
                    select(func.min(Case.opened_at, type_=Case.opened_at.type)).where(
                        real, Case.status == "open"
                    )
                )
                return (
                    {str(role): int(count) for role, count in roles},
                    {str(status): int(count) for status, count in statuses},
                    oldest,
                )
        except Exception:  # whatever is wrong with the database must not hide the other numbers
            return None


class _Moment(Collector):
    """Families that were made for one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families
