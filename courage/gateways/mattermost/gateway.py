"""The Mattermost gateway: reads the channels that the bot is in, shows cards in the desk channel, posts what people confirmed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
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
from courage.gateways.mattermost.api import LONGEST_POST, LoginRefused, MattermostApi, Refused
from courage.gateways.mattermost.around import around
from courage.gateways.mattermost.cards import Outgoing, answer_messages, card_message
from courage.gateways.mattermost.channels import ChannelBook
from courage.gateways.mattermost.desk import Desk, reaction_of
from courage.gateways.mattermost.reader import Reader
from courage.gateways.mattermost.sends import Look, Sender
from courage.gateways.mattermost.settings import CHANNEL, MattermostSettings
from courage.gateways.patience import Patience
from courage.gateways.read_marks import ReadMarks
from courage.gateways.talk import Talk
from courage.gateways.telling import Telling
from courage.gateways.values import Json, mapping, number, objects, string
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["MattermostGateway", "MattermostSettings"]

_LOOK_FOR_DESK_EVERY: Final = 20.0
#: Posts of one moment may reach us in another order than that of their times: what was read just before is read again
#: after an interruption, in milliseconds, and recognised.
_OVERLAP: Final = 10_000
_POST_EVENTS: Final = ("posted", "post_edited", "post_deleted")
_log = logging.getLogger(__name__)


class MattermostGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default. ``positions(account)`` keeps
    what has to outlive a restart. ``longest_wait`` is how many seconds pass at most between two tries while the
    database or screening is away.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: MattermostSettings,
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
        self._condition = Condition(CHANNEL, "Mattermost", bus or EventBus(), LoginRefused)
        self._voice = voice or default_voice()
        place = positions(settings.desk_channel or "channels")
        self._place = place
        self._marks = ReadMarks(positions(f"{settings.desk_channel or 'channels'}/read"))
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Mattermost",
            setting="COURAGE_MATTERMOST_DESK_CHANNEL",
            main=settings.desk_channel,
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
        self._api = MattermostApi(settings)
        self._book = ChannelBook(settings, self._api, rooms, self._desks)
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
        self._limit = LONGEST_POST
        self._connected = False

    # State

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        notes = self._desks.notes if self._own_id else []
        if self._book.refused:
            notes.append(
                f"{len(self._book.refused)} channels are not read: the organisation has as many rooms as it may have"
            )
        return self._condition.health(self._book.count, self._patience, notes)

    async def _desks_changed(self) -> None:
        """Follow what people chose: a channel that is a desk from now on, or none any more."""
        if self._connected:
            await self._book.find_desks()
        self._condition.changed()

    # Reading

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself. What is being answered meanwhile goes on."""
        saving = asyncio.create_task(self._marks.keep_saved("Mattermost"), name="mattermost-marks")
        looking = asyncio.create_task(self._look_for_desks(), name="mattermost-looks")
        watching = asyncio.create_task(self._desks.watch(self._desks_changed), name="mattermost-desks")
        try:
            await self._condition.keep_reading(self._read)
        finally:
            for task in (saving, looking, watching):
                task.cancel()
            self._connected = False
            await self._talk.close()
            if self._desk is not None:
                await self._desk.close()
            await self._in_turn.close()
            await self._patience.close()
            await asyncio.gather(saving, looking, watching, return_exceptions=True)
            await self._marks.save()
            await self._api.close()

    async def _read(self, backoff: Backoff) -> None:
        me = await self._api.me()
        if self._sender is None or self._desk is None or self._own_id != string(me.get("id")):
            await self._meet(me)
        try:
            # First the events, then what was missed: in this order nothing falls between.
            async with self._api.stream() as events:
                await self._marks.load()
                self._marks.hold()
                channels = await self._book.load()
                catching_up = asyncio.create_task(self._catch_up(channels), name="mattermost-missed")
                try:
                    self._connected = True
                    self._condition.become("ready")
                    async for event in events:
                        backoff.reset()
                        await self._event(event)
                finally:
                    self._connected = False
                    catching_up.cancel()
                    await asyncio.gather(catching_up, return_exceptions=True)
        finally:
            self._connected = False

    async def _meet(self, me: Json) -> None:
        """Learn who we are and what the server allows."""
        self._own_id = string(me.get("id"))
        self._limit = await self._api.longest_post()
        salt = await asyncio.to_thread(self._place.salt)
        self._sender = Sender(self._api, self._own_id, salt)
        self._desk = Desk(self._api, self._sender, self._talk, me, self._limit)

    async def _look_for_desks(self) -> None:
        """Look again and again whether desk channels that could not be used can be now."""
        while True:
            await asyncio.sleep(_LOOK_FOR_DESK_EVERY)
            try:
                if self._connected and self._desks.trouble:
                    await self._book.find_desks()
            except Exception as error:
                _log.info("the desk channel could not be looked up: %s", type(error).__name__)

    async def _catch_up(self, channels: list[Json]) -> None:
        """Read what was written while nobody read, and look what became of what is known."""
        await self._condition.catch_up(partial(self._read_missed, channels))
        await self._look_back.run()

    async def _look(self, kept: KeptMessage) -> None:
        """Look what became of a post while nobody listened."""
        if await self._book.kind(kept.room_id) == "group":
            self._reader.looked(await self._api.post_of(kept.message_id), kept)

    async def _read_missed(self, channels: list[Json]) -> None:
        """Read what was missed; history from before the first start is not looked at."""
        for channel in channels:
            channel_id = string(channel.get("id"))
            kind = await self._book.kind(channel_id)
            if kind == "other":
                continue
            if self._marks.after(channel_id) is None:
                await self._begin(channel_id, channel, kind)
            try:
                await self._missed(channel_id, kind)
            except ChannelRefused as error:
                _log.warning("channel %s cannot be read: %s", channel_id, error)
            self._marks.release(channel_id)
        self._marks.release()  # of channels that we are not in any more

    async def _begin(self, channel_id: str, channel: Json, kind: str) -> None:
        """Begin to read a channel: its history is not looked at, but what came to it while we were away is."""
        self._marks.start_at(channel_id, self._marks.before or number(channel.get("last_post_at")))
        if kind == "group" and self._marks.before:
            await self._telling.tell(f"reads:{channel_id}", "now_reading", channel_id)

    async def _missed(self, channel_id: str, kind: str) -> None:
        after = self._marks.after(channel_id)
        if after is None:
            return
        # Commands must not be heard twice; what is screened twice is recognised.
        since = max(1, after - (_OVERLAP if kind == "group" else 0))
        posts = await self._api.since(channel_id, since, self._settings.gap)
        if kind != "group":
            self._said_meanwhile(posts, kind, since)
            return
        for post in posts:
            changed = number(post.get("delete_at")) or number(post.get("edit_at"))
            if changed or number(post.get("create_at")) > since:
                self._take(post, kind, live=False)

    def _said_meanwhile(self, posts: Sequence[Json], kind: str, since: int) -> None:
        """Take what was said and pressed in a desk or direct channel after a time, in the order of that."""
        said: list[tuple[int, Callable[[], None]]] = []
        for post in posts:
            said.append((number(post.get("create_at")), partial(self._take, post, kind, live=False)))
            if number(post.get("delete_at")):
                continue
            for reaction in objects(mapping(post.get("metadata")).get("reactions")):
                at = number(reaction.get("create_at"))
                said.append((at, partial(self._take_press, reaction, post, kind, at)))
        for at, take in sorted(said, key=lambda one: one[0]):
            if at > since:
                take()

    def _take_press(self, reaction: Json, post: Json, kind: str, at: int) -> None:
        if self._desk is not None and string(reaction.get("user_id")) != self._own_id:
            answering = self._desk.pressed(reaction, post, kind, live=False)
            self._marks.follow(string(post.get("channel_id")), at, answering)

    async def _event(self, event: Json) -> None:
        name, data = string(event.get("event")), mapping(event.get("data"))
        about = string(mapping(event.get("broadcast")).get("channel_id"))
        if name in _POST_EVENTS:
            try:
                post = mapping(json.loads(string(data.get("post"))))
            except ValueError:
                _log.warning("an event of Mattermost has no post that can be read")
                return
            await self._post_event(name, post)
        elif name == "reaction_added" and self._desk is not None:
            await self._pressed(reaction_of(data), about)
        elif name in ("channel_updated", "channel_restored", "channel_converted"):
            await self._changed(string(data.get("channel_id")) or about, string(data.get("channel")))
        elif name == "user_added" and string(data.get("user_id")) == self._own_id:
            await self._added(about)
        elif name in ("user_removed", "channel_deleted") and string(data.get("user_id")) in (
            "",
            self._own_id,
        ):
            # To the one who was removed Mattermost tells it without naming them again.
            channel_id = string(data.get("channel_id"))
            if channel_id:
                await self._book.left(channel_id)

    async def _pressed(self, reaction: Json, channel_id: str) -> None:
        """Take a number that was pressed; where its post cannot be looked up, it is read again with the next connection."""
        kind = await self._book.kind(channel_id)
        if self._desk is None or kind not in ("desk", "direct"):
            return
        answering = None
        try:
            answering = await self._desk.press(reaction, kind)
        except ChannelRefused as error:
            _log.warning("a number that was pressed cannot be looked up: %s", error)
        self._marks.follow(channel_id, number(reaction.get("create_at")), answering)

    async def _changed(self, channel_id: str, written: str) -> None:
        try:
            channel = mapping(json.loads(written))
        except ValueError:
            channel = {}
        try:
            await self._book.learn(channel or await self._api.channel(channel_id))
        except ChannelRefused as error:
            _log.info("a channel that changed cannot be looked up: %s", error)

    async def _added(self, channel_id: str) -> None:
        if channel_id in self._desks:
            await self._book.find_desks()
        elif await self._book.kind(channel_id) == "group":
            await self._telling.tell(f"reads:{channel_id}", "now_reading", channel_id)

    async def _post_event(self, name: str, post: Json) -> None:
        channel_id = string(post.get("channel_id"))
        kind = await self._book.kind(channel_id)
        if kind == "other":
            return
        if name == "post_deleted":
            removed_at = number(post.get("delete_at")) or number(post.get("update_at"))
            self._take({**post, "delete_at": removed_at or 1}, kind, live=True)
            if kind == "group" and not string(post.get("root_id")):
                # With the first post of a thread its answers go too, and nobody tells.
                await self._missed(channel_id, kind)
        elif name == "posted" or number(post.get("edit_at")):
            self._take(post, kind, live=name == "posted")

    def _take(self, post: Json, kind: str, *, live: bool) -> None:
        if string(post.get("user_id")) == self._own_id:
            return
        if kind == "group":
            self._reader.read(post)
        elif self._desk is not None and not number(post.get("delete_at")):
            channel_id, at = string(post.get("channel_id")), number(post.get("create_at"))
            after = self._marks.after(channel_id)
            answering = None
            if live or (after is not None and at > after):
                answering = self._desk.hear(post, kind, live=live)
            self._marks.follow(channel_id, at, answering)

    # Writing

    def _ready(self) -> Sender:
        if self._sender is None or not self._connected:
            raise ChannelError("Mattermost is not connected")
        return self._sender

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk channel and return its id."""
        sender, desk = self._ready(), await self._desks.usable(card.organisation_id, card.language)
        out = card_message(card, self._desks.voice(desk), self._limit)
        try:
            sent = await sender.once(desk, key, out, look="channel")
        except Refused as error:
            await self._book.find_desks()
            if error.status == 403 and desk not in self._desks.trouble:
                self._desks.trouble[desk] = f"the bot may not write in the desk channel {desk}: {error}"
            if desk in self._desks.trouble:
                raise ChannelError(
                    self._desks.trouble[desk]
                ) from None  # the card waits until it can be posted
            raise
        return sent if desk == self._desks.main else f"{desk} {sent}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date. A removed card stays removed."""
        desk, _, post = ref.rpartition(" ")
        out = card_message(card, self._desks.voice(desk or self._desks.main), self._limit)
        if not await self._ready().change(post, out):
            _log.info("the card of case %d is not in the desk channel any more", card.case_id)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply in the thread of its message; returns the id of the (first) post.

        :raises ChannelRefused: if the message is gone or the room is not a group room.
        """
        sender = self._ready()
        if await self._book.kind(room_id) != "group":
            raise ChannelRefused(
                "replies are posted in group rooms only, and the bot has to be a member there"
            )
        answered = await self._api.post_of(in_reply_to)
        if answered is None:
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, in_reply_to)
            raise ChannelRefused("the message was removed")
        root = string(answered.get("root_id")) or in_reply_to
        posted = [
            await sender.once(room_id, f"{key}#{part}", Outgoing(piece), root=root, look="thread")
            for part, piece in enumerate(reply_texts(text, self._limit))
        ]
        return posted[0]

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a post of a group channel.

        :raises ChannelRefused: if Mattermost does not show it, or it is no group channel.
        """
        if not self._connected:
            raise ChannelError("Mattermost is not connected")
        if await self._book.kind(room_id) != "group":
            raise ChannelRefused("only group channels are looked into")
        return await around(self._api, self._own_id, room_id, message_id, before, after)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in the desk or a direct channel; returns the id of the last post.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        sender = self._ready()
        if await self._book.kind(room_id) == "group":
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        look: Look = "channel"
        said = ""
        for part, out in enumerate(answer_messages(text, buttons, self._desks.voice(room_id), self._limit)):
            said = await sender.once(room_id, f"{key}#{part}", out, look=look)
        return said
