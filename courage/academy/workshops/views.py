"""Workshops as plain values: what everybody sees, what the trainer sees, what one participant holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """A workshop in a list."""

    id: int
    organisation_id: int
    code: str
    title: str
    language: str
    phase: str
    people: int
    created_at: datetime
    ended_at: datetime | None
    texts_until: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a scene; a harmful one is hidden until somebody asks to read it."""

    name: str
    part: str
    text: str
    harmful: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer on the screen, without a name; ``votes`` is ``None`` as long as people vote."""

    id: int
    text: str
    votes: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """How the talk came here: the answer with which it went on, and why it took this turn."""

    text: str
    went: str
    because: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What all participants and the screen see at one revision; nothing in it names anybody."""

    id: int
    organisation_id: int
    code: str
    title: str
    language: str
    phase: str
    revision: int
    number: int
    of: int
    scenario: str
    setting: str
    turn_id: int | None
    messages: tuple[Message, ...]
    task: str
    before: Before | None
    shown: tuple[Shown, ...]
    notes: str
    outcome: str
    ending: str
    learn: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many take part, have answered and have voted in the turn under way."""

    people: int
    answered: int
    voted: int


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as the trainer sees it: without a name, in mixed order."""

    id: int
    text: str
    shown: bool
    late: bool
    votes: int


@dataclass(frozen=True, slots=True)
class Seat:
    """A participant as the trainer sees them; ``answered`` and ``voted`` in the turn under way."""

    id: int
    name: str
    answered: bool
    voted: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SelfRating:
    """How sure people say they feel: how many said it, the mean (``None``: too few to be told), and their own words.

    ``words`` are without names and in mixed order, ``None`` for whoever does not lead the workshop.
    """

    people: int
    mean: float | None
    words: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Console:
    """What the trainer sees."""

    snapshot: Snapshot
    counts: Counts
    seats: tuple[Seat, ...]
    answers: tuple[Written, ...]
    titles: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    texts_until: datetime | None
    before: SelfRating
    after: SelfRating


@dataclass(frozen=True, slots=True)
class Participant:
    """Who sends a request in a workshop."""

    id: int
    workshop_id: int
    organisation_id: int
    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Own:
    """What a participant has done in the turn under way."""

    text: str
    number: int
    answer_id: int | None
    vote: int | None
