"""People as plain values that stay readable after the database session is over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, without secrets."""

    id: int
    organisation_id: int
    name: str
    role: str
    languages: tuple[str, ...]
    active: bool
