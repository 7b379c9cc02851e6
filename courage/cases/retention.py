"""Forgetting on time: texts whose time is over are deleted, and so is what has served its purpose."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.casework import Casework
from courage.cases.counters import SHADOW_DAYS, SHADOWS
from courage.cases.decision_records import expire
from courage.cases.events import EventBus
from courage.cases.ledger import cancel_pending, change, forget_text, move, note, order_update
from courage.cases.machine import ACTIVE
from courage.cases.proposals import forget_proposals
from courage.cases.workshop_texts import forget_workshops
from courage.clock import Clock, utcnow
from courage.db.allowances import forget_spent
from courage.db.engine import empty_log, writing
from courage.db.models.academy import DrillDispute
from courage.db.models.cases import Case, Draft, UnsentText
from courage.db.models.delivery import Counter, Outbox
from courage.db.models.people import LoginLink, WebSession
from courage.db.scope import scope_to_every
from courage.people.tickets import forget_used
from courage.people.tries import forget_old

_BATCH = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge deleted: texts of cases, settled deliveries, login links and sessions, and what was said in workshops."""

    texts: int = 0
    deliveries: int = 0
    logins: int = 0
    workshops: int = 0


def purge(
    sessions: sessionmaker[Session],
    now: datetime | None = None,
    *,
    keep_deliveries: timedelta = timedelta(days=7),
    keep_shadows: timedelta = timedelta(days=SHADOW_DAYS),
) -> Purged:
    """Delete all texts that are past their time, and settled outbox rows and logins that nobody needs.

    Counts of what each sensitivity would have flagged go after ``keep_shadows``; a room is set up by what is recent.

    Decisions that no trainer reviewed end together with the text that they were about, and so do proposals of programs.
    """
    now = now or utcnow()
    texts = 0
    with writing(sessions) as session:
        scope_to_every(session, "texts are due to go in every organisation")
        expire(session, now)
        forget_proposals(session, now)
        workshops = forget_workshops(session, now)
        session.execute(delete(DrillDispute).where(DrillDispute.retain_until <= now))
    while True:
        with writing(sessions) as session:
            scope_to_every(session, "texts are due to go in every organisation")
            drafts = select(Draft.id).where(Draft.case_id == Case.id).exists()
            typed = select(UnsentText.id).where(UnsentText.case_id == Case.id).exists()
            due = session.scalars(
                select(Case)
                .where(Case.retain_until <= now, Case.text.is_not(None) | drafts | typed)
                .order_by(Case.id)
                .limit(_BATCH)
            ).all()
            for case in due:
                cancel_pending(session, case)
                if case.status in ACTIVE:  # nobody can work on a message that is gone
                    move(session, case, "withdraw", claimed_by=None, claim_until=None, closed_at=now)
                else:
                    change(session, case)
                forget_text(session, case)
                note(session, case, "purged", now)
                order_update(session, case, now)
            texts += len(due)
        if len(due) < _BATCH:
            break
    with writing(sessions) as session:
        scope_to_every(session, "texts are due to go in every organisation")
        settled = Outbox.state.in_(("sent", "cancelled"))
        # The row of a case's card stays as long as the case may still need its updates.
        old = delete(Outbox).where(settled, Outbox.created_at <= now - keep_deliveries, Outbox.kind != "card")
        deliveries = _rows(session.execute(old))
        session.execute(
            delete(Counter).where(Counter.name.in_(SHADOWS), Counter.day <= (now - keep_shadows).date())
        )
        logins = _rows(
            session.execute(delete(LoginLink).where(LoginLink.expires_at <= now, LoginLink.used_at.is_(None)))
        )
        logins += _rows(session.execute(delete(WebSession).where(WebSession.expires_at <= now)))
        forget_old(session, now)
        forget_used(session, now)
        forget_spent(session, now)
    if not empty_log(sessions):
        _log.info("the database's log could not be emptied now; the next purge does it")
    return Purged(texts, deliveries, logins, workshops)


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


class Upkeep:
    """Gives cases back whose claims ran out, and purges now and then; woken by events, not by polling."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        casework: Casework,
        *,
        bus: EventBus,
        clock: Clock = utcnow,
        purge_every: timedelta = timedelta(hours=1),
    ) -> None:
        self._sessions = sessions
        self._casework = casework
        self._bus = bus
        self._clock = clock
        self._purge_every = purge_every

    async def run(self) -> None:
        """Look after claims and texts until cancelled."""
        next_purge = self._clock()
        with self._bus.subscribe("case") as events:
            while True:
                try:
                    if self._clock() >= next_purge:
                        purged = await asyncio.to_thread(purge, self._sessions, self._clock())
                        next_purge = self._clock() + self._purge_every
                        if purged.texts:
                            self._bus.publish("outbox")
                            _log.info("purged %d texts", purged.texts)
                    await asyncio.to_thread(self._casework.expire_claims)
                    expiry = await asyncio.to_thread(self._casework.next_expiry)
                    until = next_purge if expiry is None else min(next_purge, expiry)
                    wait = max(0.05, (until - self._clock()).total_seconds())
                except Exception as error:  # a locked database must not end upkeep for good
                    _log.error("upkeep failed (%s); trying again in a minute", type(error).__name__)
                    wait = 60.0
                try:
                    async with asyncio.timeout(wait):
                        await anext(events)
                except TimeoutError:
                    continue
