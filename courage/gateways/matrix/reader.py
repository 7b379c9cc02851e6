"""Reads one batch of a Matrix sync: screens messages, edits and redactions in order, hands talk to the desk."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nio import SyncResponse

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.intake import InboundMessage, Intake
from courage.errors import CourageError
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.desk import DeskTalk
from courage.gateways.matrix.rooms import CHANNEL, RoomBook
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.text import Said, said

_AT_ONCE = 32
_PAGE = 100
_SENDERS = 20_000
_POISON = 5
_log = logging.getLogger(__name__)
Event = Mapping[str, Any]


def sent_at(event: Event) -> datetime:
    """Return when an event was sent; a server may claim anything, so impossible times become now."""
    now = datetime.now(UTC)
    stamp = event.get("origin_server_ts")
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return now
    if not 0 < stamp < (now + timedelta(days=1)).timestamp() * 1000:
        return now
    return datetime.fromtimestamp(stamp / 1000, UTC)


class Reader:
    """Deals with batches; when ``read`` returns, everything in the batch is in the database."""

    def __init__(
        self,
        settings: MatrixSettings,
        api: MatrixApi,
        book: RoomBook,
        intake: Intake,
        talk: DeskTalk,
        announce: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._api = api
        self._book = book
        self._intake = intake
        self._talk = talk
        self._announce = announce
        self._senders: OrderedDict[str, str] = OrderedDict()
        self._failures: dict[str, int] = {}

    async def read(self, batch: SyncResponse, since: str | None) -> None:
        """Deal with a batch; without ``since`` it is the very first one, whose history is not looked at.

        :raises Exception: what screening or the database raised; the same batch may be read again.
        """
        for room_id, invite in batch.rooms.invite.items():
            # nio takes the content out of the source of these events.
            state = [{"content": getattr(e, "content", None), **e.source} for e in invite.invite_state]
            await self._book.invited(room_id, state)
        for room_id in batch.rooms.leave:
            await self._book.left(room_id)
        rooms = [self._room(room_id, info, since) for room_id, info in batch.rooms.join.items()]
        # All rooms come to an end before a failure of one is reported: a second reading must not overlap this one.
        for result in await asyncio.gather(*rooms, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _room(self, room_id: str, info: Any, since: str | None) -> None:
        was_in = self._book.joined(room_id)
        events: list[Event] = [e.source for e in info.timeline.events if isinstance(e.source, dict)]
        if not was_in or info.state or any("state_key" in event for event in events):
            await self._book.seen(room_id)
        await self._notice_encryption(room_id, [*(event.source for event in info.state), *events])
        if since is None:
            return
        if not was_in:
            events = self._after_our_join(events)
        elif info.timeline.limited and info.timeline.prev_batch:
            events = [*await self._gap(room_id, info.timeline.prev_batch, since), *events]
        kind = self._book.kind(room_id)
        if kind == "group":
            await self._screen(room_id, events)
        else:
            self._listen(room_id, kind, events)

    def _after_our_join(self, events: list[Event]) -> list[Event]:
        for at in range(len(events) - 1, -1, -1):
            event = events[at]
            if event.get("type") == "m.room.member" and event.get("state_key") == self._api.user_id:
                return events[at + 1 :]
        return events

    async def _gap(self, room_id: str, start: str, end: str) -> list[Event]:
        missed: list[Event] = []
        position: str | None = start
        while position is not None and len(missed) < self._settings.gap:
            try:
                page, position = await self._api.before(room_id, position, end, _PAGE)
            except ChannelRefused as error:
                _log.warning("a gap in room %s cannot be read: %s", room_id, error)
                break
            missed += page
            if not page:
                break
        else:
            if position is not None:
                _log.warning("more than %d messages were missed in room %s", self._settings.gap, room_id)
        return missed[::-1]

    async def _notice_encryption(self, room_id: str, events: list[Event]) -> None:
        if room_id in self._book.encrypted:
            return
        if any(event.get("type") in ("m.room.encryption", "m.room.encrypted") for event in events):
            self._book.encrypted.add(room_id)
            _log.warning("room %s is encrypted; its messages cannot be read", room_id)
            if self._book.kind(room_id) == "group":
                await self._announce(f"encrypted:{room_id}", room_id)

    def _listen(self, room_id: str, kind: str, events: list[Event]) -> None:
        for event in events:
            what = self._message(event)
            # Notices are what bots write; answering them could go on for ever.
            if what is None or what.notice or what.replaces is not None:
                continue
            self._talk.hear(
                room_id, kind, str(event["event_id"]), str(event["sender"]), what.text, what.thread
            )

    def _message(self, event: Event) -> Said | None:
        if event.get("type") != "m.room.message" or "state_key" in event:
            return None
        sender, event_id = event.get("sender"), event.get("event_id")
        if not isinstance(sender, str) or not isinstance(event_id, str):
            return None
        if sender == self._api.user_id or sender in self._settings.bots:
            return None
        return said(event.get("content"))

    async def _screen(self, room_id: str, events: list[Event]) -> None:
        waiting: list[tuple[str, Awaitable[object]]] = []
        for event in events:
            event_id = str(event.get("event_id", ""))
            if event.get("type") == "m.room.redaction":
                await self._done(waiting)
                waiting = [(event_id, self._redaction(room_id, event))]
            elif (what := self._message(event)) is not None:
                self._remember(event_id, str(event["sender"]))
                if what.replaces is not None:
                    await self._done(waiting)
                    waiting = [(event_id, self._edit(room_id, event, what))]
                else:
                    waiting.append((event_id, self._intake.receive(self._inbound(room_id, event, what))))
            else:
                continue
            # Messages go together, so that they are screened as one batch; edits and removals keep their place.
            if len(waiting) >= _AT_ONCE or what_keeps_order(event, waiting):
                await self._done(waiting)
                waiting = []
        await self._done(waiting)

    def _inbound(
        self, room_id: str, event: Event, what: Said, message_id: str | None = None
    ) -> InboundMessage:
        return InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            room_id,
            message_id or str(event["event_id"]),
            str(event["sender"]),
            what.text,
            sent_at(event),
            reply_to=what.reply_to,
            edited=message_id is not None,
        )

    async def _edit(self, room_id: str, event: Event, what: Said) -> None:
        original = str(what.replaces)
        author = self._senders.get(original)
        if author is None:
            try:
                author = str((await self._api.event(room_id, original)).get("sender", ""))
            except ChannelRefused:
                author = ""
        # Clients ignore edits of other people's messages, but some show them as messages: so they are screened.
        own = author == event["sender"]
        await self._intake.receive(self._inbound(room_id, event, what, original if own else None))

    async def _redaction(self, room_id: str, event: Event) -> None:
        content = event.get("content")
        target = event.get("redacts") or (content.get("redacts") if isinstance(content, Mapping) else None)
        if isinstance(target, str) and 0 < len(target) <= 255:
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, target)

    def _remember(self, event_id: str, sender: str) -> None:
        self._senders[event_id] = sender
        if len(self._senders) > _SENDERS:
            self._senders.popitem(last=False)

    async def _done(self, waiting: list[tuple[str, Awaitable[object]]]) -> None:
        results = await asyncio.gather(*(step for _, step in waiting), return_exceptions=True)
        trouble: BaseException | None = None
        for (event_id, _), result in zip(waiting, results, strict=True):
            if isinstance(result, ChannelError) or (
                isinstance(result, BaseException) and not isinstance(result, Exception)
            ):
                trouble = result
            elif isinstance(result, CourageError):
                _log.warning("event %s was not screened: %s", event_id, result)
            elif isinstance(result, Exception):
                tries = self._failures[event_id] = self._failures.get(event_id, 0) + 1
                if tries < _POISON:
                    trouble = result
                else:
                    # One message that nobody can deal with must not keep all others from being screened.
                    _log.error("event %s given up after %d tries: %s", event_id, tries, type(result).__name__)
        if trouble is not None:
            raise trouble
        for event_id, _ in waiting:
            self._failures.pop(event_id, None)


def what_keeps_order(event: Event, waiting: list[tuple[str, Awaitable[object]]]) -> bool:
    """Return whether an edit or a removal was just put in line, which those after it have to wait for."""
    content = event.get("content")
    relates = content.get("m.relates_to") if isinstance(content, Mapping) else None
    edit = isinstance(relates, Mapping) and relates.get("rel_type") == "m.replace"
    return bool(waiting) and (edit or event.get("type") == "m.room.redaction")
