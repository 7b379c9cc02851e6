"""The one way in for a message, whatever channel it comes from."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.counters import NOT_SCREENED, OVER_LIMIT, Counters, shadow_name
from courage.cases.errors import NotPossible
from courage.cases.events import EventBus
from courage.cases.inbound import InboundMessage, IntakeSettings, Receipt
from courage.cases.intake_store import IntakeStore, Outcome
from courage.cases.kept import KeptMessage, kept_messages
from courage.cases.learnt import Learnt
from courage.cases.pace import Pace
from courage.cases.ports import Screen
from courage.clock import Clock, utcnow
from courage.db.engine import DEFAULT_ORGANISATION, writing
from courage.db.locks import hold
from courage.detection.verdict import Verdict
from courage.people.organisations import Organisations
from courage.people.rooms import Rooms
from courage.taxonomy import NARRATIVE

__all__ = ["InboundMessage", "Intake", "IntakeSettings", "Receipt"]

_REMEMBERED = 10_000
_TRIES = 5
_log = logging.getLogger(__name__)


class Intake:
    """Screens messages and opens cases; every method may be called again with the same message.

    When a method has returned, what it did is in the database. ``screen`` may raise ``CourageError`` on text
    that cannot be screened; that and every other error goes to the caller, who may deliver the message again.
    What people decided about near-identical texts (``learnt``) comes before the verdict of ``screen``. Messages to an
    organisation that is suspended are not read. Where an organisation has a limit of messages a minute, ``pace`` says which
    wait; without it none does.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        screen: Screen,
        settings: IntakeSettings,
        *,
        bus: EventBus | None = None,
        rooms: Rooms | None = None,
        learnt: Learnt | None = None,
        organisations: Organisations | None = None,
        pace: Pace | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._screen = screen
        self._settings = settings
        self._bus = bus or EventBus()
        self._rooms = rooms or Rooms(sessions)
        self._learnt = learnt
        self._organisations = organisations
        self._pace = pace
        self._clock = clock
        self._store = IntakeStore(settings)
        self.counters = Counters(sessions)
        self._counted: OrderedDict[tuple[int, str, str, str, datetime], None] = OrderedDict()
        self._flusher: asyncio.Task[None] | None = None

    async def receive(self, m: InboundMessage) -> Receipt:
        """Screen a new message; if people are to see it there is exactly one case for it afterwards.

        :raises TooManyMessages: if it has to wait for its organisation's limit: bring it again, or, where that cannot be,
            say so with :meth:`left_unread`.
        """
        m = await self._owned(self._stamped(m))
        if not await self._reads_for(m.organisation_id):
            return Receipt(None)
        if not await self._admitted(m):
            await self.left_unread(m.channel, m.room_id)
            return Receipt(None)
        if m.edited:
            return await self.edited(m)
        verdict = await self._judge(m)
        if verdict is None or not verdict.wants_people:
            self._count(m, "benign" if verdict is None or verdict.read else "unread", verdict)
            return Receipt(verdict)
        outcome = await self._write(m, lambda session, now: self._store.open(session, m, verdict, now))
        self._count(m, "flagged" if verdict.hateful else NARRATIVE, verdict)
        return Receipt(verdict, outcome.case_id, outcome.created)

    async def edited(self, m: InboundMessage) -> Receipt:
        """Screen the new text of an edited message; that may open, change, reopen or withdraw its case."""
        m = await self._owned(self._stamped(m))
        verdict = await self._judge(m)
        if verdict is None:
            verdict = Verdict(m.text, False, 0.0, "none", 0, (), "und", "none")
        judged = verdict
        outcome = await self._write(m, lambda session, now: self._store.edited(session, m, judged, now))
        self._count(m, "edited", judged)
        return Receipt(verdict, outcome.case_id, outcome.created)

    async def redacted(
        self, organisation_id: int, channel: str, room_id: str, message_id: str, by: str | None = None
    ) -> int | None:
        """Withdraw the case of a removed message and purge its text; returns the case or ``None``.

        :param by: the account that removed it, where the chat system says so: noted is only whether it was the author's.
        """
        now = self._clock()
        m = await self._owned(
            InboundMessage(organisation_id, channel, room_id, message_id, "-", "", now).checked()
        )
        outcome = await self._write(m, lambda session, now: self._store.redacted(session, m, now, by))
        return outcome.case_id

    async def kept(self, channel: str, most: int) -> list[KeptMessage]:
        """Return the messages of a channel of which cases keep the text, at most ``most``, those of open cases first."""
        return await asyncio.to_thread(kept_messages, self._sessions, channel, most)

    async def reported(self, m: InboundMessage, reporter: str) -> Receipt:
        """Open a case because a member reported a message, whatever screening says of it."""
        m = await self._owned(self._stamped(m))
        verdict = await self._judge(m) if await self._reads_for(m.organisation_id) else None
        if verdict is None:
            return Receipt(None)
        outcome = await self._write(
            m, lambda session, now: self._store.reported(session, m, verdict, reporter, now)
        )
        self._count(m, "reported", verdict)
        return Receipt(verdict, outcome.case_id, outcome.created)

    async def given_up(self, channel: str, room_id: str) -> None:
        """Count a message that a gateway could not have screened, however often it tried; people see it by room."""
        owner = await asyncio.to_thread(self._rooms.owner, channel, room_id)
        self.counters.add(owner, self._clock().date(), channel, room_id, NOT_SCREENED)

    async def left_unread(self, channel: str, room_id: str) -> None:
        """Count a message that is not read, because more came than its organisation may send; people see it by room."""
        owner = await asyncio.to_thread(self._rooms.owner, channel, room_id)
        self.counters.add(owner, self._clock().date(), channel, room_id, OVER_LIMIT)

    async def _admitted(self, m: InboundMessage) -> bool:
        if self._pace is None or self._organisations is None or m.taken_back:
            return True
        found = await asyncio.to_thread(self._organisations.get, m.organisation_id)
        if found is None or found.most_messages is None:
            return True
        return await asyncio.to_thread(self._pace.admit, m, found.most_messages)

    async def _owned(self, m: InboundMessage) -> InboundMessage:
        """Return the message as of the organisation that its room was given to: gateways speak for the installation."""
        if m.organisation_id != DEFAULT_ORGANISATION:
            return m
        owner = await asyncio.to_thread(self._rooms.owner, m.channel, m.room_id)
        return m if owner == m.organisation_id else replace(m, organisation_id=owner)

    async def _reads_for(self, organisation_id: int) -> bool:
        """Say whether an organisation's messages are read: not while it is suspended."""
        if self._organisations is None:
            return True
        found = await asyncio.to_thread(self._organisations.get, organisation_id)
        return found is None or found.active  # one that does not exist is refused by the database

    async def start(self) -> None:
        """Begin to write counts now and then."""
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_now_and_then(), name="counters")

    async def close(self) -> None:
        """Write the counts that are left."""
        if self._flusher is not None:
            self._flusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flusher
            self._flusher = None
        await asyncio.to_thread(self.counters.flush)

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._settings.flush_seconds)
            if self.counters.waiting:
                try:
                    await asyncio.to_thread(self.counters.flush)
                except Exception:  # the counts stay in memory; losing the task would lose them all
                    _log.exception("counts could not be written; trying again later")

    def _stamped(self, m: InboundMessage) -> InboundMessage:
        m = m.checked()
        return m if m.received_at is not None else replace(m, received_at=self._clock())

    async def _judge(self, m: InboundMessage) -> Verdict | None:
        if not m.text.strip():
            return None
        key = (m.channel, m.room_id, m.organisation_id)
        chosen = await asyncio.to_thread(self._rooms.choices, *key)
        verdict = await self._screen(m.text, chosen.sensitivity)
        opens = chosen.narratives
        if opens is None:
            opens = chosen.sensitivity in self._settings.narratives
        if verdict.category == NARRATIVE and not opens:
            verdict = replace(verdict, route="none")
        return verdict if self._learnt is None else await self._learnt.apply(verdict, m.organisation_id)

    async def _write(self, m: InboundMessage, step: Callable[[Session, datetime], Outcome]) -> Outcome:
        outcome = await asyncio.to_thread(self._transact, m, step)
        if outcome.kind and outcome.case_id is not None:
            self._bus.publish("outbox")
            self._bus.publish(
                "case",
                {"case_id": outcome.case_id, "organisation_id": m.organisation_id, "event": outcome.kind},
            )
        return outcome

    def _transact(self, m: InboundMessage, step: Callable[[Session, datetime], Outcome]) -> Outcome:
        for attempt in range(1, _TRIES + 1):
            try:
                with writing(self._sessions, m.organisation_id) as session:
                    # Whether words were said before, and how full the minute is, is asked room by room, one at a time.
                    hold(session, "room", m.organisation_id, m.channel, m.room_id)
                    return step(session, self._clock())
            except (IntegrityError, NotPossible):
                # Another delivery of the same message, or a person on the same case, was faster: look again.
                if attempt == _TRIES:
                    raise
        raise AssertionError("unreachable")

    def _count(self, m: InboundMessage, name: str, verdict: Verdict | None) -> None:
        """Count a message under a name, and under what each sensitivity would have made of it."""
        # A message that is delivered twice counts once; memory is enough, a count is no evidence.
        key = (m.organisation_id, m.channel, m.room_id, m.message_id, m.sent_at)
        if key in self._counted:
            return
        self._counted[key] = None
        if len(self._counted) > _REMEMBERED:
            self._counted.popitem(last=False)
        day = (m.received_at or m.sent_at).date()
        would = verdict.by_sensitivity.items() if verdict is not None else ()
        for what in ("screened", name, *(shadow_name(sensitivity, flag) for sensitivity, flag in would)):
            self.counters.add(m.organisation_id, day, m.channel, m.room_id, what)
