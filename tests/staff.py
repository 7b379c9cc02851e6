"""People whom tests add are ready for live cases: the one place that says so, for all tests and what they start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import event

from courage.db.models.people import Person

_on = True


@event.listens_for(Person, "before_insert")
def _ready(_mapper: object, _connection: object, person: Person) -> None:
    if _on and person.ready_since is None:
        person.ready_since = datetime.now(UTC)


def ready_at_once() -> bool:
    """Say whether people whom a test adds now are ready at once."""
    return _on


@contextmanager
def as_the_program_adds_them() -> Iterator[None]:
    """Leave new people as the program makes them, for tests of the gate itself."""
    global _on
    _on = False
    try:
        yield
    finally:
        _on = True
