"""The Rocket.Chat gateway: reads the rooms that the bot is in, shows cards in the desk room, posts what people confirmed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from courage.cases.conversation import Assistant
from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.cases.intake import Intake
from courage.cases.kept import KeptMessage
from courage.cases.ports import Button, Card, Neighbour
from courage.cases.positions import Positions
from courage.gateways.base import Backoff
from courage.gateways.condition import Condition
from courage.gateways.desks import Desks
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import LookBack
from courage.gateways.markdown import reply_texts
from courage.gateways.patience import Patience
from courage.gateways.read_marks import ReadMarks
from courage.gateways.rocketchat.api import LONGEST_MESSAGE, LoginRefused, Refused, RocketChatApi
from courage.gateways.rocketchat.around import around
from courage.gateways.rocketchat.cards import Outgoing, answer_messages, card_message
from courage.gateways.rocketchat.desk import Desk
from courage.gateways.rocketchat.reader import Reader
from courage.gateways.rocketchat.realtime import Realtime, connected
from courage.gateways.rocketchat.rooms import RoomBook
from courage.gateways.rocketchat.sends import Sender
from courage.gateways.rocketchat.settings import CHANNEL, RocketChatSettings
from courage.gateways.rocketchat.text import author, has_preview, is_removed, stamp
from courage.gateways.talk import Talk
from courage.gateways.telling import Telling
from courage.gateways.values import Json, mapping, string
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["RocketChatGateway", "RocketChatSettings"]

#: What was read just before is read again after an interruption, in milliseconds, and recognised.
_OVERLAP: Final = 10_000
_MESSAGES: Final = "stream-room-messages"
_ABOUT_ROOM: Final = "stream-notify-room"
_ABOUT_US: Final = "stream-notify-user"
_log = logging.getLogger(__name__)


class RocketChatGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default. ``positions(account)`` keeps
    what has to outlive a restart. ``longest_wait`` is how many seconds pass at most between two tries while the
    database or screening is away.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: RocketChatSettings,
        *,
        intake: Intake,
        people: People,
        rooms: Rooms,
        assistant: Assistant,
        positions: Callable[[str], Positions],
        bus: EventBus | None = None,
        voice: Voice | None = None,
        longest_wait: float = 30.0,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._condition = Condition(CHANNEL, "Rocket.Chat", bus or EventBus(), LoginRefused)
        self._voice = voice or default_voice()
        self._place = positions(settings.user_id)
        self._marks = ReadMarks(positions(f"{settings.user_id}/read"))
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Rocket.Chat",
            setting="COURAGE_ROCKETCHAT_DESK_ROOM",
            main=settings.desk_room,
            more=settings.desks,
            given=settings.given,
            voice=self._voice,
        )
        self._talk = Talk(
            CHANNEL,
            people,
            assistant,
            self._voice,
            self._desks,
            admit=settings.admit_volunteers,
        )
        self._api = RocketChatApi(settings)
        self._book = RoomBook(settings, rooms, self._desks)
        self._telling = Telling(CHANNEL, intake, self.say, self._desks.told_of, self._book.name)
        self._patience = Patience(CHANNEL, self._telling.given_up)
        self._in_turn = InTurn(
            CHANNEL, self._marks, self._condition.messages_wait, self._patience, longest_wait=longest_wait
        )
        self._reader = Reader(settings, intake, self._in_turn)
        self._look_back = LookBack(CHANNEL, intake, self._look, longest_wait=longest_wait)
        self._sender: Sender | None = None
        self._desk: Desk | None = None
        self._own_id = ""
        self._limit = LONGEST_MESSAGE
        self._realtime: Realtime | None = None
        self._listening: set[str] = set()
        self._told_encrypted: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        #: Desk rooms in which we may not write, and why; tried again with every card.
        self._rights: dict[str, str] = {}

    # State

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        notes = [*self._desks.notes, *self._rights.values()] if self._own_id else []
        if self._book.refused:
            notes.append(
                f"{len(self._book.refused)} rooms are not read: the organisation has as many as it may have"
            )
        blind = [room for room in self._book.encrypted if self._book.kind(room) != "other"]
        if blind:
            notes.append(
                f"{len(blind)} rooms are encrypted and cannot be read: turn encryption off there, or take the bot out"
            )
        return self._condition.health(self._book.count, self._patience, notes)

    async def _desks_changed(self) -> None:
        """Follow what people chose: a room that is a desk from now on, or none any more."""
        if self._realtime is not None:
            self._book.look_at_desks()
        self._condition.changed()

    # Reading

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself. What is being answered meanwhile goes on."""
        saving = asyncio.create_task(self._marks.keep_saved("Rocket.Chat"), name="rocketchat-marks")
        watching = asyncio.create_task(self._desks.watch(self._desks_changed), name="rocketchat-desks")
        try:
            await self._condition.keep_reading(self._read)
        finally:
            saving.cancel()
            watching.cancel()
            self._realtime = None
            await self._talk.close()
            if self._desk is not None:
                await self._desk.close()
            await self._in_turn.close()
            await self._patience.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.gather(saving, return_exceptions=True)
            await self._marks.save()
            await self._api.close()

    async def _read(self, backoff: Backoff) -> None:
        me = await self._api.me()
        if self._sender is None or self._desk is None:
            await self._meet(me)
        try:
            async with connected(self._settings, self._api) as realtime:
                self._listening.clear()
                await self._marks.load()
                self._marks.hold()
                subscriptions: list[Json] = [*await self._api.subscriptions()]
                await self._book.load(subscriptions)
                self._realtime = realtime
                await realtime.subscribe(_ABOUT_US, f"{self._own_id}/subscriptions-changed")
                listening = asyncio.create_task(
                    self._listen_everywhere(realtime, subscriptions), name="rocketchat-rooms"
                )
                try:
                    async for event in realtime.events():
                        backoff.reset()
                        await self._event(realtime, event)
                finally:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
        finally:
            self._realtime = None

    async def _meet(self, me: Json) -> None:
        """Learn who we are and what the server allows."""
        self._own_id = string(me.get("_id"))
        self._limit = await self._api.longest_message()
        salt = await asyncio.to_thread(self._place.salt)
        self._sender = Sender(self._api, salt)
        username = string(me.get("username"))
        self._desk = Desk(self._api, self._sender, self._talk, username, self._limit)

    async def _listen_everywhere(self, realtime: Realtime, subscriptions: list[Json]) -> None:
        """Subscribe to every room, read what was missed in it, and look what became of what is known."""

        async def listen() -> None:
            for subscription in subscriptions:
                await self._listen(realtime, string(subscription.get("rid")))

        await self._condition.catch_up(listen)
        self._marks.release()  # of rooms that we are not in any more
        self._condition.become("ready")
        await self._look_back.run()

    async def _look(self, kept: KeptMessage) -> None:
        """Look what became of a message while nobody listened."""
        if self._book.kind(kept.room_id) == "group":
            self._reader.looked(await self._api.message(kept.message_id), kept)

    async def _listen(self, realtime: Realtime, room_id: str) -> None:
        """Listen to a room from now on, and read what was missed in it; in this order nothing falls between."""
        kind = self._book.kind(room_id)
        if kind == "other" or room_id in self._listening:
            return
        try:
            await realtime.subscribe(_MESSAGES, room_id)
            if kind == "group":
                for what in ("deleteMessage", "deleteMessageBulk"):
                    await realtime.subscribe(_ABOUT_ROOM, f"{room_id}/{what}")
            if self._marks.after(room_id) is None:
                # History from before the first start is not looked at; what came while we were away is.
                self._marks.start_at(room_id, self._marks.before or self._api.now())
                if kind == "group" and self._marks.before:
                    await self._announce(room_id)
            await self._missed(room_id, kind)
        except ChannelRefused as error:
            _log.warning("room %s cannot be read: %s", room_id, error)
        self._marks.release(room_id)
        self._listening.add(room_id)
        if room_id in self._book.encrypted:
            self._is_encrypted(room_id)

    async def _announce(self, room_id: str) -> None:
        await self._telling.tell(f"reads:{room_id}", "now_reading", room_id)

    async def _missed(self, room_id: str, kind: str) -> None:
        after = self._marks.after(room_id)
        if after is None:
            return
        # Commands must not be heard twice; what is screened twice is recognised.
        since = after - (_OVERLAP if kind == "group" else 0)
        updated, deleted = await self._api.changes(room_id, since)
        for message in sorted(updated, key=lambda item: stamp(item.get("_updatedAt"))):
            self._take(message, kind, live=False, since=since)
        if kind == "group":
            for message_id in deleted:
                self._reader.removed(room_id, message_id, after)

    async def _event(self, realtime: Realtime, event: Json) -> None:
        fields = mapping(event.get("fields"))
        name, args = string(fields.get("eventName")), fields.get("args")
        first = args[0] if isinstance(args, list) and args else None
        stream = string(event.get("collection"))
        if stream == _MESSAGES:
            message = mapping(first)
            self._take(message, self._book.kind(string(message.get("rid"))), live=True, since=0)
        elif stream == _ABOUT_ROOM:
            room_id, _, what = name.partition("/")
            if what == "deleteMessage":
                self._reader.removed(
                    room_id, string(mapping(first).get("_id")), self._marks.after(room_id) or 0
                )
            elif what == "deleteMessageBulk":
                await self._missed(room_id, self._book.kind(room_id))
        elif stream == _ABOUT_US and isinstance(args, list) and len(args) > 1:
            await self._membership(realtime, string(first), mapping(args[1]))

    async def _membership(self, realtime: Realtime, change: str, subscription: Json) -> None:
        room_id = string(subscription.get("rid"))
        if change == "removed":
            self._listening.discard(room_id)
            self._marks.forget(room_id)
            await self._book.left(room_id)
            return
        known = room_id in self._listening
        await self._book.learn(subscription)
        if not known and self._realtime is not None:
            kind = self._book.kind(room_id)
            if self._marks.after(room_id) is None:
                # A direct room is made by its first message, which is earlier than this.
                self._marks.start_at(room_id, self._api.now() - (_OVERLAP if kind == "direct" else 0))
                if kind == "group":
                    await self._announce(room_id)
            await self._listen(realtime, room_id)

    def _is_encrypted(self, room_id: str) -> None:
        """Tell the desk of a room that it cannot be read; once for each, however often it is heard of."""
        self._book.encrypted.add(room_id)
        if room_id in self._told_encrypted or self._book.kind(room_id) != "group":
            return
        self._told_encrypted.add(room_id)
        telling = asyncio.create_task(
            self._telling.tell(f"encrypted:{room_id}", "encrypted", room_id), name="rocketchat-encrypted"
        )
        self._tasks.add(telling)
        telling.add_done_callback(self._tasks.discard)

    def _take(self, message: Json, kind: str, *, live: bool, since: int) -> None:
        if author(message) == self._own_id or kind == "other":
            return
        sent, room_id = stamp(message.get("ts")), string(message.get("rid"))
        after = self._marks.after(room_id)
        if message.get("t") == "e2e":
            self._is_encrypted(room_id)
            return
        if kind == "group":
            # A message is sent anew for every reaction to it: an old one that nobody edited was read then, or before us.
            new = sent > ((after or 0) - _OVERLAP if live else since)
            if new or stamp(message.get("editedAt")) or is_removed(message) or has_preview(message):
                self._reader.read(message, new=new)
        elif self._desk is not None and (after is None or sent > after or (live and sent == after)):
            # Sent anew for a reaction or an answer, a command is not heard again: the mark has moved on.
            self._marks.follow(room_id, sent, self._desk.hear(message, kind, live=live))

    # Writing

    def _ready(self) -> Sender:
        if self._sender is None or self._realtime is None:
            raise ChannelError("Rocket.Chat is not connected")
        return self._sender

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk room and return its id."""
        sender, desk = self._ready(), await self._desks.usable(card.organisation_id, card.language)
        out = card_message(card, self._desks.voice(desk), self._limit)
        try:
            sent = await sender.once(desk, key, out)
        except Refused as error:
            # The card waits until it can be posted: a person has to give the right first.
            self._rights[desk] = f"the bot may not write in the desk room {desk}: {error}"
            raise ChannelError(self._rights[desk]) from None
        self._rights.pop(desk, None)
        return sent if desk == self._desks.main else f"{desk} {sent}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date. A removed card stays removed."""
        sender, realtime = self._ready(), self._realtime
        assert realtime is not None  # else it would not be ready
        desk, _, message = ref.rpartition(" ")
        desk = desk or self._desks.main
        if await self._api.message(message) is None:
            _log.info("the card of case %d is not in the desk room any more", card.case_id)
            return
        out = card_message(card, self._desks.voice(desk), self._limit)
        await sender.change(desk, message, out, realtime)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply in the thread of its message; returns the id of the (first) message.

        :raises ChannelRefused: if the message is gone or the room is not a group room.
        """
        sender = self._ready()
        if self._book.kind(room_id) != "group":
            raise ChannelRefused(
                "replies are posted in group rooms only, and the bot has to be a member there"
            )
        answered = await self._api.message(in_reply_to)
        if answered is None:
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, in_reply_to)
            raise ChannelRefused("the message was removed")
        thread = string(answered.get("tmid")) or in_reply_to
        posted = [
            await sender.once(room_id, f"{key}#{part}", Outgoing(piece), thread=thread)
            for part, piece in enumerate(reply_texts(text, self._limit))
        ]
        return posted[0]

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a message of a group room.

        :raises ChannelRefused: if Rocket.Chat does not show it, or it is no group room.
        """
        self._ready()
        if self._book.kind(room_id) != "group":
            raise ChannelRefused("only group rooms are looked into")
        private = self._book.private(room_id)
        return await around(self._api, self._own_id, room_id, message_id, before, after, private=private)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in the desk or a direct room; returns the id of the last message.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        sender = self._ready()
        if self._book.kind(room_id) == "group":
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        said = ""
        for part, out in enumerate(answer_messages(text, buttons, self._desks.voice(room_id), self._limit)):
            said = await sender.once(room_id, f"{key}#{part}", out)
        return said
