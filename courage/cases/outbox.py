"""Hands what is in the outbox to the channels, once each, in order, until they accept it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case as sql_case
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased, sessionmaker
from sqlalchemy.sql.elements import ColumnElement

from courage.cases.deliveries import Call, Posted, failed, prepare, succeeded
from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.cases.ports import Channel, Recommending
from courage.clock import Clock, utcnow
from courage.db.engine import DEFAULT_ORGANISATION, writing
from courage.db.models.delivery import Outbox
from courage.db.scope import scope_to_every
from courage.people.organisations import suspended

_WHOSE = "deliveries of every organisation go out here"
_DATABASE_WAIT = 2.0
# Another process may order something, the command line above all, and nobody wakes this one for it.
_LONGEST_SLEEP = 15.0
#: A clock that goes back by more than so many seconds was set; less is a small correction.
_CLOCK_STEP = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """How deliveries are tried: waits in seconds; ``shared`` when several processes serve one database."""

    first_wait: float = 0.5
    longest_wait: float = 300.0
    tries: int = 20
    call_timeout: float = 60.0
    lease: float = 120.0
    at_once: int = 8
    shared: bool = False


class Dispatcher:
    """Delivers rows of the outbox; sleeps until it is woken or the next row is due."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        channels: Mapping[str, Channel],
        settings: OutboxSettings | None = None,
        *,
        bus: EventBus | None = None,
        recommender: Recommending | None = None,
        clock: Clock = utcnow,
        chance: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._channels = channels
        self._settings = settings or OutboxSettings()
        self._bus = bus or EventBus()
        self._recommender = recommender
        self._clock = clock
        self._chance = chance
        self._monotonic = monotonic
        self._looked: tuple[datetime, float] | None = None
        self._known: frozenset[str] = frozenset()
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[int, asyncio.Task[None]] = {}
        self._bus.listen("outbox", lambda _: self.wake())
        self._bus.listen("channel", self._channel_is_back)
        self._returned: set[str] = set()

    def wake(self) -> None:
        """Look at the outbox now; may be called from any thread, before ``run`` too."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return  # ``run`` looks by itself when it starts
        loop.call_soon_threadsafe(self._woken.set)

    def _channel_is_back(self, data: dict[str, object]) -> None:
        if data.get("state") == "ready":
            self._returned.add(str(data.get("channel")))
            self.wake()

    async def run(self) -> None:
        """Deliver until cancelled; what was under way then is delivered again under the same key."""
        self._loop = asyncio.get_running_loop()
        unbroken = not self._settings.shared  # of an earlier run of this engine, the only one
        try:
            while True:
                self._woken.clear()
                try:
                    if unbroken:
                        await asyncio.to_thread(self._break_leases)
                        unbroken = False
                    if self._may_be_ahead() or await asyncio.to_thread(self._is_far):
                        await asyncio.to_thread(self._bring_near)
                    while self._returned:
                        await asyncio.to_thread(self._due_now, self._returned.pop())
                    await self._start_due()
                    due = await asyncio.to_thread(self._seconds_to_next)
                    wait = _LONGEST_SLEEP if due is None else due
                except SQLAlchemyError as error:
                    _log.error("the outbox cannot be read (%s); trying again soon", type(error).__name__)
                    wait = _DATABASE_WAIT
                try:
                    async with asyncio.timeout(min(wait, _LONGEST_SLEEP)):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._loop = None

    async def drain(self) -> None:
        """Deliver what is due now and return when nothing is left to do at this moment."""
        while await self._start_due() or self._running:
            await asyncio.gather(*self._running.values())

    async def _start_due(self) -> bool:
        free = self._settings.at_once - len(self._running)
        jobs: list[tuple[int, str, Call]] = []
        moot = free > 0
        while moot and not jobs:  # a moot row may have held back the next one of its lane
            jobs, moot = await asyncio.to_thread(self._lease, free)
        for row_id, channel, call in jobs:
            task = asyncio.create_task(self._deliver(row_id, channel, call), name=f"outbox-{row_id}")
            self._running[row_id] = task
            task.add_done_callback(self._finished)
        return bool(jobs)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running = {row_id: other for row_id, other in self._running.items() if other is not task}
        if not task.cancelled() and (error := task.exception()) is not None:
            # What became of it could not be written down; its lease runs out and it is tried again.
            _log.error("outbox: %s failed with %s", task.get_name(), type(error).__name__)
        self._woken.set()

    async def _deliver(self, row_id: int, channel: str, call: Call) -> None:
        try:
            async with asyncio.timeout(self._settings.call_timeout):
                external_id = await call(self._channels[channel])
        except ChannelRefused as error:
            await asyncio.to_thread(self._give_up, row_id, str(error))
        except ChannelError as error:
            await asyncio.to_thread(self._put_off, row_id, str(error), error.retry_after)
        except TimeoutError:
            await asyncio.to_thread(self._put_off, row_id, f"{channel} did not answer in time", None)
        except Exception as error:
            # Only the kind of error: its text may quote what was to be sent.
            _log.error("channel %s failed on outbox row %d: %s", channel, row_id, type(error).__name__)
            await asyncio.to_thread(self._put_off, row_id, f"{channel} failed: {type(error).__name__}", None)
        else:
            await asyncio.to_thread(self._sent, row_id, external_id)

    def _ready(self, now: datetime) -> tuple[object, ...]:
        earlier = aliased(Outbox)
        return (
            Outbox.state == "pending",
            Outbox.held_at.is_(None),
            Outbox.channel.in_(list(self._channels)),
            Outbox.organisation_id.not_in(suspended()),
            ~exists().where(earlier.lane == Outbox.lane, earlier.state == "pending", earlier.id < Outbox.id),
        )

    def _lease(self, free: int) -> tuple[list[tuple[int, str, Call]], bool]:
        now = self._clock()
        jobs: list[tuple[int, str, Call]] = []
        with self._sessions() as session:  # mostly there is nothing: do not take the write lock for that
            scope_to_every(session, _WHOSE)
            if session.scalar(self._due(now).limit(1)) is None:
                return jobs, False
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            query = self._due(now).order_by(Outbox.next_at, Outbox.id).limit(free)
            rows = session.scalars(query.with_for_update(skip_locked=True)).all()
            for row in rows:
                call = prepare(session, row, now)
                if call is None:
                    row.state = "cancelled"
                    continue
                if not self._may_see(row):
                    failed(session, row, f"{row.channel} has a desk room of the first organisation only", now)
                    continue
                row.leased_until = now + timedelta(seconds=self._settings.lease)
                row.attempts += 1
                jobs.append((row.id, row.channel, call))
        return jobs, len(jobs) < len(rows)

    def _may_see(self, row: Outbox) -> bool:
        """Say whether a channel may have what a row carries: a card, in the desk room of its own organisation only."""
        if row.organisation_id == DEFAULT_ORGANISATION or row.kind in ("reply", "say"):
            return True
        return bool(getattr(self._channels[row.channel], "knows_organisations", False))

    def _due(self, now: datetime):  # type: ignore[no-untyped-def]
        free = or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now)
        return select(Outbox).where(*self._ready(now), Outbox.next_at <= now, free)  # type: ignore[arg-type]

    def _seconds_to_next(self) -> float | None:
        if len(self._running) >= self._settings.at_once:
            return None  # whoever finishes wakes us
        now = self._clock()
        later = sql_case((Outbox.leased_until > Outbox.next_at, Outbox.leased_until), else_=Outbox.next_at)
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            moment = session.scalar(
                select(func.min(later, type_=Outbox.next_at.type)).where(*self._ready(now))  # type: ignore[arg-type]
            )
        return None if moment is None else max(0.0, (moment - now).total_seconds())

    def _sent(self, row_id: int, external_id: str) -> None:
        posted: Posted | None = None
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(Outbox, row_id)
            if row is None or row.state == "sent":
                return
            posted = succeeded(session, row, external_id, self._clock())
            case_id, organisation_id, kind = row.case_id, row.organisation_id, row.kind
        self._announce(case_id, organisation_id, "posted" if kind == "reply" else f"{kind}_sent")
        if posted is not None and posted.response_id is not None and self._recommender is not None:
            self._recommender.feedback(
                posted.organisation_id,
                posted.response_id,
                "posted",
                1.0 - posted.edited_ratio,
                person=str(posted.person_id),
                room=posted.room_id,
            )

    def _give_up(self, row_id: int, reason: str) -> None:
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(Outbox, row_id)
            if row is None or row.state != "pending":
                return  # cancelled meanwhile: its message is gone
            failed(session, row, reason, self._clock())
            case_id, organisation_id = row.case_id, row.organisation_id
        self._announce(case_id, organisation_id, "delivery_failed")

    def _put_off(self, row_id: int, reason: str, retry_after: float | None) -> None:
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(Outbox, row_id)
            if row is None or row.state != "pending":
                return
            attempts = row.attempts
            if attempts < self._settings.tries:
                wait = min(
                    self._settings.longest_wait, self._settings.first_wait * 2.0 ** min(attempts - 1, 30)
                )
                # Jitter keeps a crowd of rows from coming back at the same moment.
                wait *= 0.5 + 0.5 * self._chance()
                row.next_at = self._clock() + timedelta(seconds=max(wait, retry_after or 0.0))
                row.leased_until, row.last_error = None, reason
                return
        self._give_up(row_id, f"{reason} (tried {attempts} times)")

    def _announce(self, case_id: int | None, organisation_id: int, event: str) -> None:
        # The outbox is looked at again when the delivery's task ends, see ``_finished``.
        if case_id is not None:
            self._bus.publish(
                "case", {"case_id": case_id, "organisation_id": organisation_id, "event": event}
            )

    def _may_be_ahead(self) -> bool:
        """Say whether rows may have times that no clock of ours will reach soon: ours went back, or a channel is new here."""
        now, seconds = self._clock(), self._monotonic()
        before, self._looked = self._looked, (now, seconds)
        known, self._known = self._known, frozenset(self._channels)
        if before is None or not self._known <= known:
            return True
        went = (now - before[0]).total_seconds() - (seconds - before[1])
        return went < -_CLOCK_STEP

    def _is_far(self) -> bool:
        """Say whether something that was never tried waits longer than a channel may ask for: whoever wrote it was ahead.

        That may have been another engine, which does not deliver for this channel and so cannot set it right.
        """
        last = self._clock() + timedelta(seconds=self._settings.longest_wait)
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            far = select(Outbox.id).where(*self._ours(), Outbox.attempts == 0, Outbox.next_at > last)
            return session.scalar(far.limit(1)) is not None

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return Outbox.state == "pending", Outbox.channel.in_(list(self._channels))

    def _bring_near(self) -> None:
        """Let nothing wait longer than it may after its first time: what was written while a clock was ahead.

        A reply keeps the time in which it can be taken back, which is shorter than the longest wait.
        """
        now = self._clock()
        last, lease = (
            now + timedelta(seconds=seconds)
            for seconds in (self._settings.longest_wait, self._settings.lease)
        )
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(update(Outbox).where(*self._ours(), Outbox.next_at > last).values(next_at=last))
            session.execute(
                update(Outbox).where(*self._ours(), Outbox.leased_until > lease).values(leased_until=lease)
            )

    def _break_leases(self) -> None:
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(update(Outbox).where(*self._ours()).values(leased_until=None))

    def _due_now(self, channel: str) -> None:
        now = self._clock()
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            session.execute(
                update(Outbox)
                .where(
                    Outbox.state == "pending",
                    Outbox.channel == channel,
                    Outbox.attempts > 0,
                    Outbox.leased_until.is_(None),
                    Outbox.next_at > now,
                )
                .values(next_at=now)
            )
