"""Reads one batch of a Matrix sync: screens what members say and take back, in order, and hands talk to the desk."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nio import ForwardedRoomKeyEvent, RoomKeyEvent, SyncResponse

from courage.cases.errors import ChannelRefused, TooManyMessages
from courage.cases.intake import InboundMessage, Intake, Receipt
from courage.gateways.matrix.address import Addressing
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.client import SENDER_KEY, source_of
from courage.gateways.matrix.desk import DeskTalk
from courage.gateways.matrix.edits import Edits
from courage.gateways.matrix.late import LateKeys
from courage.gateways.matrix.rooms import CHANNEL, RoomBook, Tell
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.text import Said, relation, said, state_said
from courage.gateways.patience import Batch, Patience, Waiting

_AT_ONCE = 32
#: How long, in seconds, the position waits for answers to what was said.
_FOR_ANSWERS: Final = 2.0
_PAGE = 100
_SENDERS = 20_000
_ENCRYPTED: Final = "m.room.encrypted"
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


@dataclass(frozen=True, slots=True)
class _Original:
    """A message that others refer to: who wrote it, and whether it answers somebody."""

    sender: str
    answers: bool


class Reader:
    """Deals with batches; when ``read`` returns, everything in the batch is in the database."""

    def __init__(
        self,
        settings: MatrixSettings,
        api: MatrixApi,
        book: RoomBook,
        intake: Intake,
        talk: DeskTalk,
        tell: Tell,
        late: LateKeys,
        edits: Edits,
        patience: Patience,
    ) -> None:
        self._settings = settings
        self._api = api
        self._book = book
        self._intake = intake
        self._talk = talk
        self._tell = tell
        self._late = late
        self._edits = edits
        self._addressing = Addressing(api)
        self._originals: OrderedDict[str, _Original] = OrderedDict()
        self._patience = patience
        self._fresh = True
        self._put_off = 0
        #: What brings the answers to what the batch says.
        self._answering: list[asyncio.Task[None]] = []

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
        await self._read_late(batch)
        await self._read_queued()
        await self._late.save()
        await self._edits.save()
        self._fresh = False
        # Killed before it is answered, a command would be lost, because the position is past it. Screening does not wait
        # long for that.
        answering, self._answering = self._answering, []
        if answering:
            await asyncio.wait(answering, timeout=_FOR_ANSWERS)

    async def _room(self, room_id: str, info: Any, since: str | None) -> None:
        was_in = self._book.joined(room_id)
        events: list[Event] = [source_of(e) for e in info.timeline.events if isinstance(e.source, dict)]
        state: list[Event] = [event.source for event in info.state]
        news = not was_in or info.state or any("state_key" in event for event in events)
        if news and not await self._book.seen(room_id):
            return
        await self._notice_encryption(room_id, [*state, *events])
        await self._notice_upgrade(room_id, [*state, *events])
        if since is None:
            return
        if not was_in:
            events = self._after_our_join(events)
        elif info.timeline.limited and info.timeline.prev_batch:
            events = [*await self._gap(room_id, info.timeline.prev_batch, since), *events]
        await self._deal_with(room_id, events)

    async def _deal_with(self, room_id: str, events: list[Event]) -> None:
        kind = self._book.kind(room_id)
        await self._notice_unread(room_id, kind, events)
        if kind == "group":
            await self._screen(room_id, events)
        else:
            await self._listen(room_id, kind, events)

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
        if any(event.get("type") in ("m.room.encryption", _ENCRYPTED) for event in events):
            self._book.encrypted.add(room_id)
            if self._book.kind(room_id) != "group":
                return
            if self._api.encryption is None:
                _log.warning("room %s is encrypted; its messages cannot be read", room_id)
                await self._tell(f"encrypted:{room_id}", "encrypted", room_id)
            elif not self._fresh or not self._book.joined(room_id):
                await self._tell(f"encrypted:{room_id}", "encrypted_read", room_id)

    async def _notice_upgrade(self, room_id: str, events: list[Event]) -> None:
        for event in events:
            if event.get("type") == "m.room.tombstone" and event.get("state_key") == "":
                await self._book.replaced(room_id, event, self._tell)

    async def _notice_unread(self, room_id: str, kind: str, events: list[Event]) -> None:
        """Remember what could not be decrypted, and tell whoever waits for an answer to it."""
        for event in events:
            content = event.get("content")
            if event.get("type") != _ENCRYPTED or not isinstance(content, Mapping) or not content:
                continue
            sender, event_id = str(event.get("sender", "")), str(event.get("event_id", ""))
            if sender == self._api.user_id or sender in self._settings.bots or not event_id:
                continue
            first = self._late.add(room_id, event_id, str(content.get("session_id", "")))
            if first and kind != "group" and self._api.encryption is not None:
                self._talk.answer(room_id, event_id, sender, "unreadable")

    async def _read_late(self, batch: SyncResponse) -> None:
        """Read the messages whose keys came in this batch; after a start, whatever can be read by now."""
        came = {
            str(event.session_id)
            for event in batch.to_device_events
            if isinstance(event, RoomKeyEvent | ForwardedRoomKeyEvent)
        }
        if self._fresh:
            came |= self._api.known_sessions()
        for unread in self._late.waiting_for(came) if came else ():
            try:
                event = await self._api.event(unread.room_id, unread.event_id)
            except ChannelRefused:
                self._late.done(unread.event_id)
                continue
            if event.get("type") == _ENCRYPTED and event.get("content"):
                continue
            self._late.done(unread.event_id)
            await self._deal_with(unread.room_id, [event])

    async def _read_queued(self) -> None:
        """Read what waited for its organisation's limit, oldest first, until one has to wait on."""
        full: set[str] = set()
        for unread in self._late.queued():
            if unread.room_id in full:
                continue
            try:
                event = await self._api.event(unread.room_id, unread.event_id)
            except ChannelRefused:
                self._late.done(unread.event_id)
                continue
            before = self._put_off
            await self._deal_with(unread.room_id, [event])
            if self._put_off > before:
                full.add(unread.room_id)
            else:
                self._late.done(unread.event_id)

    async def _take_in(self, event_id: str, inbound: InboundMessage) -> Receipt:
        """Hand a message to intake; one that has to wait is read again by its id, so that other rooms go on."""
        try:
            return await self._intake.receive(inbound)
        except TooManyMessages:
            self._put_off += 1
            if not self._late.queue(inbound.room_id, event_id):
                await self._intake.left_unread(CHANNEL, inbound.room_id)
            return Receipt(None)

    async def _listen(self, room_id: str, kind: str, events: list[Event]) -> None:
        for event in events:
            what = self._message(event)
            # Notices are what bots write; answering them could go on for ever.
            if what is None or what.notice or what.replaces is not None or event["type"] != "m.room.message":
                continue
            event_id, sender = str(event["event_id"]), str(event["sender"])
            if await self._api.encrypted(room_id) and not self._heard_safely(event):
                self._talk.answer(room_id, event_id, sender, "unsafe", what.thread)
                continue
            text, addressed = what.text, True
            if kind == "desk":
                text, addressed = await self._addressing.read(room_id, event, what)
            answering = self._talk.hear(
                room_id, kind, event_id, sender, text, what.thread, at=sent_at(event), addressed=addressed
            )
            if answering is not None:
                self._answering.append(answering)

    def _heard_safely(self, event: Event) -> bool:
        """Return whether something said in an encrypted room came from a device of its sender that is trusted."""
        encryption = self._api.encryption
        key = event.get(SENDER_KEY)
        return (
            encryption is not None
            and key is not None
            and encryption.listens_to(str(event["sender"]), str(key))
        )

    def _message(self, event: Event) -> Said | None:
        sender, event_id = event.get("sender"), event.get("event_id")
        if not isinstance(sender, str) or not isinstance(event_id, str):
            return None
        if sender == self._api.user_id or sender in self._settings.bots:
            return None
        if "state_key" in event:
            text = state_said(event)
            return Said(text) if text else None
        kind = str(event.get("type"))
        return None if kind in (_ENCRYPTED, "m.room.redaction") else said(event.get("content"), kind)

    async def _screen(self, room_id: str, events: list[Event]) -> None:
        waiting: list[Waiting] = []
        batch = Batch(self._patience)
        for event in events:
            event_id = str(event.get("event_id", ""))
            if event.get("type") == "m.room.redaction":
                await batch.settle(waiting)
                waiting = [(room_id, event_id, self._redaction(room_id, event))]
            elif (what := self._message(event)) is not None:
                if what.replaces is not None:
                    await batch.settle(waiting)
                    waiting = [(room_id, event_id, self._edit(room_id, event, what.replaces))]
                else:
                    self._remember(event_id, _Original(str(event["sender"]), what.reply_to is not None))
                    waiting.append(
                        (room_id, event_id, self._receive(event_id, self._inbound(room_id, event, what)))
                    )
            else:
                continue
            # Messages go together, so that they are screened as one batch; edits and removals keep their place.
            if len(waiting) >= _AT_ONCE or what_keeps_order(event, waiting):
                await batch.settle(waiting)
                waiting = []
        await batch.settle(waiting)
        batch.end()

    async def _receive(self, event_id: str, inbound: InboundMessage) -> bool:
        await self._take_in(event_id, inbound)
        return bool(inbound.text)

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

    async def _edit(self, room_id: str, event: Event, original_id: str) -> bool:
        original = await self._original(room_id, original_id)
        # What an edit of a reply quotes is another person's.
        what = said(
            event.get("content"), str(event.get("type")), answers=original is None or original.answers
        )
        if what is None:
            return False
        # Clients ignore edits of other people's messages, but some show them as messages: so they are screened.
        own = original is not None and original.sender == event["sender"]
        event_id = str(event["event_id"])
        receipt = await self._take_in(
            event_id, self._inbound(room_id, event, what, original_id if own else None)
        )
        if own and receipt.case_id is not None:
            self._edits.add(event_id, original_id)
        return bool(what.text)

    async def _original(self, room_id: str, event_id: str) -> _Original | None:
        known = self._originals.get(event_id)
        if known is None:
            try:
                event = await self._api.event(room_id, event_id)
            except ChannelRefused:
                return None
            known = _Original(str(event.get("sender", "")), relation(_content(event))[2] is not None)
            self._remember(event_id, known)
        return known

    async def _redaction(self, room_id: str, event: Event) -> bool:
        content = event.get("content")
        target = event.get("redacts") or (content.get("redacts") if isinstance(content, Mapping) else None)
        if not isinstance(target, str) or not 0 < len(target) <= 255:
            return False
        self._late.done(target)
        if (original_id := self._edits.original(target)) is not None:
            await self._edit_taken_back(room_id, event, original_id)
        else:
            await self._intake.redacted(
                self._settings.organisation_id, CHANNEL, room_id, target, by=str(event["sender"])
            )
        return False

    async def _edit_taken_back(self, room_id: str, event: Event, original_id: str) -> None:
        """Bring a case in line with what its message shows once an edit of it is gone: an earlier edit, or itself."""
        try:
            original = await self._api.event(room_id, original_id)
        except ChannelRefused:
            original = {}
        if not _content(original):
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, original_id)
            return
        answers = relation(_content(original))[2] is not None
        shown = await self._api.latest_edit(room_id, original_id, str(original.get("sender"))) or original
        what = said(shown.get("content"), str(shown.get("type")), answers=answers) or Said("")
        await self._intake.receive(
            InboundMessage(
                self._settings.organisation_id,
                CHANNEL,
                room_id,
                original_id,
                str(original.get("sender")),
                what.text,
                sent_at(event),
                edited=True,
                taken_back=True,
            )
        )

    def _remember(self, event_id: str, original: _Original) -> None:
        self._originals[event_id] = original
        if len(self._originals) > _SENDERS:
            self._originals.popitem(last=False)


def _content(event: Event) -> Mapping[str, Any]:
    content = event.get("content")
    return content if isinstance(content, Mapping) else {}


def what_keeps_order(event: Event, waiting: list[Waiting]) -> bool:
    """Return whether an edit or a removal was just put in line, which those after it have to wait for."""
    edit = relation(_content(event))[0] == "m.replace"
    return bool(waiting) and (edit or event.get("type") == "m.room.redaction")
