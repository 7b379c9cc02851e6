"""How many cases wait, now and then, for those who chose to hear it while their desk is closed."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.events import EventBus
from courage.cases.notices.alarms import order_notices
from courage.cases.notices.counting import waiting_for
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.locks import hold
from courage.db.models.notices import NoticeChoice
from courage.db.models.people import Person, WebSession
from courage.db.scope import scope_to_every
from courage.people.care import care_of
from courage.people.notices import is_quiet
from courage.people.organisations import suspended

#: A desk counts as closed when none of its pages asked for anything for so long; open ones do, every ten minutes.
CLOSED_AFTER: Final = timedelta(minutes=15)
#: What waits is said again after so long even if nothing new came.
AGAIN: Final = timedelta(hours=24)
_LOOK_EVERY: Final = 60.0
_WHOSE: Final = "each person's own choice says whether they are told"
_log = logging.getLogger(__name__)


class Digests:
    """Orders digests; the outbox sends them."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
        look_every: float = _LOOK_EVERY,
    ) -> None:
        self._sessions = sessions
        self._bus = bus or EventBus()
        self._clock = clock
        self._look_every = look_every

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Exception as error:  # a locked database must not end it for good
                _log.error("digests failed (%s); trying again in a minute", type(error).__name__)
            await asyncio.sleep(self._look_every)

    def look(self) -> int:
        """Order what is due now; return how many notices."""
        now, ordered = self._clock(), 0
        with self._sessions() as session:  # mostly nobody is due: do not take the write lock for that
            scope_to_every(session, _WHOSE)
            if not any(_due(choice, now) for choice in session.scalars(_chosen())):
                return 0
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            hold(session, "digests")  # of several engines one orders, and the next sees that it did
            for choice in session.scalars(_chosen()).all():
                person = session.get_one(Person, choice.person_id)
                if not _due(choice, now) or not _away(session, person, now):
                    continue
                waiting = waiting_for(session, person)
                if not waiting or not _is_news(choice, waiting.latest, now):
                    continue
                if found := order_notices(session, choice, person, "digest", now):
                    choice.digest_at = now
                    ordered += found
        if ordered:
            self._bus.publish("outbox")
        return ordered


def _chosen() -> Select[NoticeChoice]:
    return (
        select(NoticeChoice)
        .join(Person, Person.id == NoticeChoice.person_id)
        .where(
            or_(NoticeChoice.mail_digest, NoticeChoice.push_digest),
            Person.active,
            Person.organisation_id.not_in(suspended()),
        )
        .order_by(NoticeChoice.id)
    )


def _due(choice: NoticeChoice, now: datetime) -> bool:
    # A time that lies ahead was written by a clock that has been set since.
    last = choice.digest_at
    return (last is None or abs(now - last) >= timedelta(minutes=choice.every_minutes)) and not is_quiet(
        choice, now
    )


def _is_news(choice: NoticeChoice, latest: datetime | None, now: datetime) -> bool:
    last = choice.digest_at
    return last is None or latest is None or latest > last or abs(now - last) >= AGAIN


def _away(session: Session, person: Person, now: datetime) -> bool:
    """Say whether somebody's desk is closed, and they are not on a break."""
    resting = care_of(session, person).break_until
    if resting is not None and resting > now:
        return False
    seen = select(WebSession.id).where(
        WebSession.person_id == person.id,
        WebSession.kind != "token",
        WebSession.expires_at > now,
        WebSession.last_seen_at > now - CLOSED_AFTER,
    )
    return session.scalar(seen.limit(1)) is None
