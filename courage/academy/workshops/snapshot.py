"""From the rows of a workshop to what everybody sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.academy.scenario import Scenario
from courage.academy.shelf import Shelf
from courage.academy.workshops.views import Before, Counts, Message, Shown, Snapshot
from courage.db.models.workshops import (
    Workshop,
    WorkshopAnswer,
    WorkshopParticipant,
    WorkshopTurn,
    WorkshopVote,
)

#: Phases in which the votes of a turn are known.
COUNTED = frozenset({"talk"})


def mixed(turn_id: int, ids: list[int]) -> list[int]:
    """Return answers in an order that says nothing of who wrote first, and is the same whenever it is asked for."""
    return sorted(ids, key=lambda number: sha256(f"{turn_id}:{number}".encode()).digest())


def scenario_of(session: Session, row: Workshop, shelf: Shelf) -> Scenario | None:
    """Return the scenario that is played; ``None`` before the first, or where it is not there any more."""
    if not 0 <= row.place < len(row.scenarios):
        return None
    return shelf.within(session, row.organisation_id).scenarios.get(row.scenarios[row.place])


def participants_of(session: Session, row: Workshop) -> Sequence[WorkshopParticipant]:
    """Return who takes part in a workshop, in the order in which they came."""
    return session.scalars(
        select(WorkshopParticipant)
        .where(
            WorkshopParticipant.organisation_id == row.organisation_id,
            WorkshopParticipant.workshop_id == row.id,
        )
        .order_by(WorkshopParticipant.id)
    ).all()


def votes_of(session: Session, turn: WorkshopTurn) -> dict[int, int]:
    """Return the votes of a turn by answer."""
    query = (
        select(WorkshopVote.answer_id, func.count())
        .where(
            WorkshopVote.organisation_id == turn.organisation_id,
            WorkshopVote.turn_id == turn.id,
        )
        .group_by(WorkshopVote.answer_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def answers_of(session: Session, turn: WorkshopTurn) -> dict[int, WorkshopAnswer]:
    """Return the answers of a turn by number."""
    query = select(WorkshopAnswer).where(
        WorkshopAnswer.organisation_id == turn.organisation_id, WorkshopAnswer.turn_id == turn.id
    )
    return {answer.id: answer for answer in session.scalars(query)}


def snapshot(session: Session, row: Workshop, shelf: Shelf) -> Snapshot:
    """Return what everybody sees of a workshop."""
    scenario = scenario_of(session, row, shelf)
    scene = None if scenario is None else scenario.scenes.get(row.scene)
    turn = None if row.turn_id is None else session.get(WorkshopTurn, row.turn_id)
    messages = []
    if scenario is not None and scene is not None:
        for line in scene.messages:
            who = scenario.cast[line.speaker]
            messages.append(Message(who.name, who.part, line.text, line.harmful))
    return Snapshot(
        id=row.id,
        organisation_id=row.organisation_id,
        code=row.code,
        title=row.title,
        language=row.language,
        phase=row.phase,
        revision=row.revision,
        number=row.place + 1,
        of=len(row.scenarios),
        scenario="" if scenario is None else scenario.title,
        setting="" if scenario is None else scenario.setting,
        turn_id=row.turn_id if row.phase in ("answer", "vote", "talk") else None,
        messages=tuple(messages),
        task=(scene.task if scene is not None else None) or "",
        before=_before(session, row, turn),
        shown=_shown(session, row, turn),
        notes=turn.notes if turn is not None and row.phase == "talk" else "",
        outcome=scene.end.outcome if scene is not None and scene.end is not None else "",
        ending=scene.end.text if scene is not None and scene.end is not None else "",
        learn=() if scenario is None else tuple(scenario.learn),
    )


def _before(session: Session, row: Workshop, turn: WorkshopTurn | None) -> Before | None:
    """Return how the talk came to the scene: the turn before the one under way, in the same scenario."""
    if turn is None or row.place < 0:
        return None
    query = (
        select(WorkshopTurn)
        .where(
            WorkshopTurn.organisation_id == row.organisation_id,
            WorkshopTurn.workshop_id == row.id,
            WorkshopTurn.went != "",
            WorkshopTurn.scenario == row.scenarios[row.place],
            WorkshopTurn.id >= turn.id if row.phase == "outcome" else WorkshopTurn.id < turn.id,
        )
        .order_by(WorkshopTurn.id.desc())
        .limit(1)
    )
    last = session.scalar(query)
    if last is None:
        return None
    answer = None if last.chosen_id is None else session.get(WorkshopAnswer, last.chosen_id)
    return Before((answer.text or "") if answer is not None else "", last.went, last.because)


def _shown(session: Session, row: Workshop, turn: WorkshopTurn | None) -> tuple[Shown, ...]:
    if turn is None or row.phase not in ("vote", "talk"):
        return ()
    answers = answers_of(session, turn)
    votes = votes_of(session, turn) if row.phase in COUNTED else None
    return tuple(
        Shown(number, answers[number].text or "", None if votes is None else votes.get(number, 0))
        for number in turn.shown
        if number in answers
    )


def counts(session: Session, row: Workshop) -> Counts:
    """Return how many take part, have answered and have voted."""

    def count(table: type[WorkshopParticipant | WorkshopAnswer | WorkshopVote], *where: object) -> int:
        query = select(func.count()).select_from(table)
        query = query.where(table.organisation_id == row.organisation_id, *where)  # type: ignore[arg-type]
        return session.scalar(query) or 0

    people = count(WorkshopParticipant, WorkshopParticipant.workshop_id == row.id)
    if row.turn_id is None or row.phase not in ("answer", "vote", "talk"):
        return Counts(people, 0, 0)
    answered = count(WorkshopAnswer, WorkshopAnswer.turn_id == row.turn_id, WorkshopAnswer.late.is_(False))
    return Counts(people, answered, count(WorkshopVote, WorkshopVote.turn_id == row.turn_id))
