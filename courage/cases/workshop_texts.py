"""What participants of workshops wrote, and their names, go on the date that was set at the end; figures stay.

It lies beside the retention of cases, which knows it, and not in the academy, which is above: one job forgets everything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from courage.db.models.workshops import Workshop, WorkshopAnswer, WorkshopParticipant, WorkshopTurn

#: A workshop in which nothing has happened for so long is over, whether anybody said so or not; one that has not begun
#: may be prepared for a day to come.
ABANDONED: Final = timedelta(days=1)
PREPARED: Final = timedelta(days=60)
KEEP: Final = timedelta(days=30)


def forget_workshops(session: Session, now: datetime) -> int:
    """End workshops that were left open, take texts and names away that are due, and return of how many workshops.

    The session sees every organisation's rows.
    """
    left = session.scalars(
        select(Workshop).where(
            Workshop.phase != "ended",
            Workshop.changed_at <= now - ABANDONED,
            (Workshop.phase != "lobby") | (Workshop.changed_at <= now - PREPARED),
        )
    ).all()
    for row in left:
        row.phase, row.ended_at, row.texts_until = "ended", row.changed_at, row.changed_at + KEEP
        row.revision += 1
    session.flush()
    due = session.scalars(select(Workshop).where(Workshop.texts_until <= now)).all()
    for row in due:
        turns = select(WorkshopTurn.id).where(WorkshopTurn.workshop_id == row.id).scalar_subquery()
        for statement in (
            update(WorkshopAnswer).where(WorkshopAnswer.turn_id.in_(turns)).values(text=None),
            update(WorkshopTurn).where(WorkshopTurn.workshop_id == row.id).values(notes=""),
            update(WorkshopParticipant)
            .where(WorkshopParticipant.workshop_id == row.id)
            .values(name="", before_words=None, after_words=None),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        row.texts_until = None
        row.revision += 1
    return len(due)
