"""Which suggestions were shown together, and which of them a person chose: what ranking can learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import reading
from courage.db.models.cases import CaseEvent, OfferedSuggestion

PART: Final = 500  # cases read at a time


@dataclass(frozen=True, slots=True)
class Choice:
    """One round of suggestions for a case: the parts of each one's score, and the place (0, 1 …) of the chosen one."""

    case_id: int
    person_id: int
    parts: tuple[Mapping[str, float], ...]
    chosen: int


def choices(sessions: sessionmaker[Session], *, organisation_id: int = 1) -> tuple[list[Choice], int]:
    """Return all choices that can be learned from, oldest first, and how many cannot.

    Those cannot that offered a single response or were made before the parts of scores were kept. Where a person
    changed their mind, the last choice of a round counts.
    """
    with reading(sessions, organisation_id) as session:
        made, old = _made(session, organisation_id)
        found: list[Choice] = []
        cases = sorted({case_id for case_id, _ in made})
        for start in range(0, len(cases), PART):
            found += _offered(session, cases[start : start + PART], made)
    return found, old + len(made) - len(found)


def _made(session: Session, organisation_id: int) -> tuple[dict[tuple[int, int], tuple[int, str]], int]:
    """Return (case, round) → (person, response chosen), and how many choices do not say of which round."""
    query = (
        select(CaseEvent.case_id, CaseEvent.person_id, CaseEvent.data)
        .where(CaseEvent.organisation_id == organisation_id, CaseEvent.kind == "chosen")
        .order_by(CaseEvent.id)
    )
    made: dict[tuple[int, int], tuple[int, str]] = {}
    old = 0
    for case_id, person_id, data in session.execute(query):
        if person_id is None or "round" not in data:
            old += 1
        else:
            made[case_id, int(data["round"])] = (person_id, str(data["response"]))
    return made, old


def _offered(
    session: Session, cases: list[int], made: Mapping[tuple[int, int], tuple[int, str]]
) -> list[Choice]:
    rounds: dict[tuple[int, int], list[tuple[str, Mapping[str, float] | None]]] = {}
    query = (
        select(
            OfferedSuggestion.case_id,
            OfferedSuggestion.round,
            OfferedSuggestion.response_id,
            OfferedSuggestion.parts,
        )
        .where(OfferedSuggestion.case_id.in_(cases))
        .order_by(OfferedSuggestion.case_id, OfferedSuggestion.round, OfferedSuggestion.number)
    )
    for case_id, number, response_id, parts in session.execute(query):
        rounds.setdefault((case_id, number), []).append((response_id, parts))
    found = []
    for place, offers in rounds.items():
        person_id, response_id = made.get(place, (0, ""))
        ids = [offered for offered, _ in offers]
        parts_of = [parts for _, parts in offers if parts]
        if len(offers) > 1 and len(parts_of) == len(offers) and response_id in ids:
            found.append(Choice(place[0], person_id, tuple(parts_of), ids.index(response_id)))
    return found
