"""What the tests of workshops share: a scenario, and a reader that reads by plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from courage.academy.reply import ReplyReading
from courage.academy.shelf import Shelf
from courage.academy.workshops.service import Workshops
from courage.cases.events import EventBus

from .world import SEEDS as SEEDS
from .world import catalogue_of

GARDEN = "en-test-garden"


class PlainReader:
    """Reads questions as counters, insults by one word."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str | None, tuple[str, ...]]] = []

    def read(
        self,
        text: str,
        language: str,
        *,
        said: str = "",
        person_hit: str | None = None,
        cast: Sequence[str] = (),
    ) -> ReplyReading:
        self.asked.append((text, language, said, person_hit, tuple(cast)))
        if "idiot" in text:
            return ReplyReading(kind="counter", insults=True, tone="harsh")
        if text.endswith("?"):
            return ReplyReading(kind="counter", strategy="question", tone="calm")
        return ReplyReading(kind="support") if "Noor" in text else ReplyReading()


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


def make_workshops(
    sessions: sessionmaker[Session], bus: EventBus | None = None, clock: Clock | None = None
) -> Workshops:
    """Return workshops over the scenarios of the tests."""
    more = {} if clock is None else {"clock": clock}
    return Workshops(sessions, Shelf(catalogue_of(), sessions), PlainReader(), bus=bus, **more)  # type: ignore[arg-type]
