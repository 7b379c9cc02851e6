"""The Slack gateway: reads the channels that it was invited to, shows cards in the desk channel, posts what was confirmed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from courage.gateways.patience import Patience
from courage.gateways.read_marks import ReadMarks
from courage.gateways.slack.api import LoginRefused, Refused, SlackApi
from courage.gateways.slack.around import around
from courage.gateways.slack.cards import Outgoing, answer_messages, card_message, reply_texts
from courage.gateways.slack.catch_up import CatchUp
from courage.gateways.slack.desk import Desk, channel_of
from courage.gateways.slack.meanwhile import SaidMeanwhile
from courage.gateways.slack.names import Names
from courage.gateways.slack.places import Places
from courage.gateways.slack.reader import Reader
from courage.gateways.slack.sends import Sends
from courage.gateways.slack.settings import CHANNEL, SlackSettings
from courage.gateways.slack.socket import Socket
from courage.gateways.slack.text import PLACES, answered, is_readable, is_removed, text_of
from courage.gateways.talk import Talk
from courage.gateways.telling import Telling
from courage.gateways.values import Json, mapping, string
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["SlackGateway", "SlackSettings"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What works together while the gateway runs."""

    api: SlackApi
    places: Places
    reader: Reader
    desk: Desk
    sends: Sends
    catch_up: CatchUp
    said: SaidMeanwhile


class SlackGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default. ``positions(account)`` keeps
    what has to outlive a restart.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: SlackSettings,
        *,
        intake: Intake,
        people: People,
        rooms: Rooms,
        assistant: Assistant,
        positions: Callable[[str], Positions],
        bus: EventBus | None = None,
        voice: Voice | None = None,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._rooms = rooms
        self._condition = Condition(CHANNEL, "Slack", bus or EventBus(), LoginRefused)
        self._voice = voice or default_voice()
        self._positions = positions
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Slack",
            setting="COURAGE_SLACK_DESK_CHANNEL",
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
        self._telling = Telling(CHANNEL, intake, self.say, self._desks.told_of, self._name)
        self._patience = Patience(CHANNEL, self._telling.given_up)
        self._in_turn = InTurn(CHANNEL, None, self._condition.messages_wait, self._patience)
        self._look_back = LookBack(CHANNEL, intake, self._look)
        self._parts: _Parts | None = None
        self._watching: asyncio.Task[None] | None = None
        self._missing: tuple[str, ...] = ()
        self._heard = 0
        self._deaf = False

    # State

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        notes: list[str] = []
        parts = self._parts
        if parts is not None:
            notes += parts.places.notes
            if parts.catch_up.skipped:
                notes.append(
                    f"more than {self._settings.gap} messages were missed in {len(parts.catch_up.skipped)} channels: "
                    "the oldest of them were not read"
                )
        if self._missing:
            notes.append(
                f"the Slack app lacks the scopes {', '.join(self._missing)}: add them under “OAuth & Permissions” "
                "and install the app again"
            )
        if self._deaf:
            notes.append(
                "Slack announces no messages: subscribe the app to the bot events message.channels and message.groups"
            )
        return self._condition.health(0 if parts is None else parts.places.count, self._patience, notes)

    async def _desks_changed(self) -> None:
        """Follow what people chose: a channel that is a desk from now on, or none any more."""
        if self._parts is not None and self._watching is not None:
            await self._parts.places.find_desks()
        self._condition.changed()

    def _name(self, channel: str) -> str:
        return channel if self._parts is None else self._parts.places.name(channel)

    # Reading

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself."""
        api = SlackApi(self._settings)
        backoff = Backoff(longest=30.0)
        desks = asyncio.create_task(self._desks.watch(self._desks_changed), name="slack-desks")
        saving: asyncio.Task[None] | None = None
        try:
            while True:
                wait = 0.0
                try:
                    await api.log_in()
                    if self._parts is None:
                        self._parts = await self._made(api)
                        saving = asyncio.create_task(self._parts.said.run(), name="slack-marks")
                    self._missing = api.missing
                    await Socket(self._settings, api, self).hold()
                except Exception as error:
                    wait = self._condition.ended_by(error)
                finally:
                    connected = await self._stop_watching()
                if connected:
                    backoff.reset()
                await asyncio.sleep(max(wait, backoff.next()))
        finally:
            desks.cancel()
            await self._talk.close()
            parts, self._parts = self._parts, None
            if parts is not None:
                await parts.desk.close()
            await self._in_turn.close()
            await self._patience.close()
            if saving is not None:
                saving.cancel()
                await asyncio.gather(saving, return_exceptions=True)
            await api.close()

    async def _made(self, api: SlackApi) -> _Parts:
        place = self._positions
        salt = await asyncio.to_thread(place(api.team_id).salt)
        places = Places(self._settings, api, self._rooms, self._desks)
        names = Names(api.name)
        reader = Reader(self._settings, self._intake, names, self._in_turn, places.read)
        sends = Sends(api, place(f"{api.team_id}/sent"), salt)
        catch_up = CatchUp(self._settings, api, place(f"{api.team_id}/read"), reader)
        await sends.load()
        await catch_up.load()
        marks = ReadMarks(place(f"{api.team_id}/said"))
        desk = Desk(api, names, self._talk, self._voice, marks)
        said = SaidMeanwhile(self._settings, api, marks, desk)
        await said.load()
        return _Parts(api, places, reader, desk, sends, catch_up, said)

    def connected(self) -> None:
        """Look after desk and channels from now on, and read what was missed."""
        if self._watching is not None:
            self._watching.cancel()
        self._watching = asyncio.create_task(self._watch(), name="slack-watch")

    def lost(self) -> None:
        """Have lost the connection."""
        if self._parts is not None:
            self._parts.said.hold()
        self._condition.become("waiting", "the connection to Slack was lost")

    async def _stop_watching(self) -> bool:
        """Return whether there was a connection."""
        watching, self._watching = self._watching, None
        if watching is None:
            return False
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if self._parts is not None:
            self._parts.said.hold()
        return True

    async def _watch(self) -> None:
        """Read what was missed, then look now and then whether everything still is as it should be."""
        parts = self._parts
        if parts is None:
            return
        async with asyncio.TaskGroup() as group:
            caught_up = asyncio.Event()
            group.create_task(self._look_after(parts, caught_up))
            await caught_up.wait()
            await self._look_back.run()

    async def _look(self, kept: KeptMessage) -> None:
        """Look what became of a message while nobody listened."""
        parts = self._ready()
        if parts.places.kind(kept.room_id) != "group":
            return
        message = await parts.api.message(kept.room_id, kept.message_id)
        if message is None:
            parts.reader.removed(kept.room_id, kept.message_id)
        else:
            parts.reader.looked(message, kept)

    async def _look_after(self, parts: _Parts, caught_up: asyncio.Event) -> None:
        """Look again and again at desk and channels, and read what was not heard; never returns.

        :param caught_up: is set when everything that was missed has been read once.
        """
        loop = asyncio.get_running_loop()
        swept: float | None = None
        backoff = Backoff(longest=self._settings.look)
        while True:
            wait = self._settings.look
            try:
                if swept is not None:
                    await parts.api.log_in()
                    self._missing = parts.api.missing
                await parts.places.find_desks()
                due = swept is None or loop.time() - swept >= self._settings.sweep
                channels = await parts.places.find_groups() if due else []
                await parts.catch_up.begin(channels)
                self._condition.become("ready")
                parts.said.begin(self._desks)
                if swept is None:
                    await parts.said.read(self._desks)
                if due:
                    await self._sweep(parts, channels, after_a_gap=swept is None)
                    swept = loop.time()
                    caught_up.set()
                self._condition.changed()
                backoff.reset()
            except LoginRefused as error:
                self._condition.become("refused", str(error))
            except ChannelError as error:
                wait = max(error.retry_after or 0.0, backoff.next())
                self._condition.become("ready" if self._condition.state == "ready" else "waiting", str(error))
            except Exception as error:
                wait = backoff.next()
                self._condition.become(
                    "waiting", f"looking after the channels failed: {type(error).__name__}"
                )
            await asyncio.sleep(min(wait, self._settings.sweep))

    async def _sweep(self, parts: _Parts, channels: list[str], *, after_a_gap: bool) -> None:
        heard = self._heard
        found = await parts.catch_up.read(channels, after_a_gap=after_a_gap)
        # What was written meanwhile should have been announced, too.
        if not after_a_gap and found and heard == self._heard == 0:
            self._deaf = True

    async def happened(self, event: Json) -> None:
        """Deal with an event of Slack; what it says is in the database when this returns."""
        parts = self._parts
        if parts is None:
            raise ChannelError("Slack speaks before it is known who we are")
        match event.get("type"):
            case "message":
                await self._message(parts, event)
            case "member_joined_channel" if event.get("user") == parts.api.user_id:
                await self._invited(parts, string(event.get("channel")))
            case "member_left_channel" if event.get("user") == parts.api.user_id:
                await self._left(parts, string(event.get("channel")))
            case "channel_left" | "group_left" | "channel_deleted" | "channel_archive" | "group_archive":
                await self._left(parts, string(event.get("channel")))
            case "channel_rename" | "group_rename":
                channel = mapping(event.get("channel"))
                if parts.places.kind(string(channel.get("id"))) == "group":
                    await parts.places.read(string(channel.get("id")), string(channel.get("name")))

    async def _invited(self, parts: _Parts, channel: str) -> None:
        kind = parts.places.kind(channel)
        if kind == "group" and await parts.places.read(channel):
            await parts.catch_up.begin([channel])
        elif kind == "desk":
            await parts.places.find_desks()
            self._condition.changed()

    async def _left(self, parts: _Parts, channel: str) -> None:
        kind = parts.places.kind(channel)
        if kind == "group":
            await parts.places.left(channel)
            await parts.catch_up.forget(channel)
        elif kind == "desk":
            await parts.places.find_desks()
            self._condition.changed()

    async def _message(self, parts: _Parts, event: Json) -> None:
        channel = string(event.get("channel"))
        kind = parts.places.kind(channel, string(event.get("channel_type")))
        subtype = string(event.get("subtype"))
        if subtype == "message_deleted":
            await asyncio.shield(parts.reader.removed(channel, string(event.get("deleted_ts"))))
            return
        message = mapping(event.get("message")) if subtype == "message_changed" else event
        if parts.api.is_ours(message) or kind == "other":
            return
        if is_removed(message):  # it had answers: its place stays
            await asyncio.shield(parts.reader.removed(channel, string(message.get("ts"))))
        elif not is_readable(message):
            return
        elif kind != "group":
            if subtype != "message_changed":
                await parts.desk.hear(channel, message, kind)
        elif subtype != "message_changed":
            self._heard += 1
            self._deaf = False
            await asyncio.shield(parts.reader.written(channel, message))
        elif not _same(message, mapping(event.get("previous_message"))):
            # When it changed, not when Slack says that it was edited: that is told in whole seconds.
            at = string(event.get("event_ts")) or string(event.get("ts"))
            await asyncio.shield(parts.reader.edited(channel, message, at))

    def pressed(self, press: Json) -> None:
        """Take note of the press of a button."""
        if self._parts is not None:
            self._parts.desk.press(press, self._parts.places.kind(channel_of(press)))

    async def sent(self, form: Json) -> Json:
        """Take a form that was filled in; return what is wrong with it."""
        if self._parts is None:
            return {}
        return await self._parts.desk.form(form, self._parts.places.kind)

    # Writing

    def _ready(self) -> _Parts:
        if self._parts is None or self._condition.state != "ready":
            raise ChannelError("Slack is not connected")
        return self._parts

    async def _send(self, parts: _Parts, channel: str, key: str, out: Outgoing) -> str:
        async def post(metadata: Json) -> Json:
            return await parts.api.post(channel, out.text, blocks=out.blocks, metadata=metadata)

        return await parts.sends.once(channel, key, post)

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk channel for its language and return channel and message."""
        parts = self._ready()
        channel = await self._desks.usable(card.organisation_id, card.language)
        out = card_message(card, self._desks.voice(channel))
        return f"{channel} {await self._send(parts, channel, key, out)}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date. A removed card stays removed."""
        parts = self._ready()
        channel, _, ts = ref.partition(" ")
        out = card_message(card, self._desks.voice(channel))
        try:
            await parts.api.change(channel, ts, out.text, out.blocks)
        except Refused as error:
            if not error.gone:
                raise
            _log.info("the card of case %d is not in the desk channel any more", card.case_id)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply under its message, in its thread where it is in one; returns the (first) message.

        :raises ChannelRefused: if the message is gone or the room is not a group room.
        """
        parts = self._ready()
        if parts.places.kind(room_id) != "group":
            raise ChannelRefused("replies are posted in group rooms only")
        pieces = reply_texts(text)
        if all(parts.sends.sent(f"{key}#{number}") for number in range(len(pieces))):
            return parts.sends.sent(f"{key}#0")
        message = await parts.api.message(room_id, in_reply_to)
        if message is None:
            raise await self._removed(room_id, in_reply_to)
        thread: str | None = answered(message) or in_reply_to
        if string(message.get("subtype")) in PLACES:
            thread = None  # under a topic or a name nothing can be written
        posted: list[str] = []
        for number, piece in enumerate(pieces):
            try:
                posted.append(await self._under(parts, room_id, thread, f"{key}#{number}", piece))
            except Refused as error:
                if error.gone and not posted:
                    raise await self._removed(room_id, in_reply_to) from None
                raise
        return posted[0]

    async def _under(self, parts: _Parts, channel: str, thread: str | None, key: str, text: str) -> str:
        async def post(metadata: Json) -> Json:
            message = await parts.api.post(channel, text, thread=thread, metadata=metadata)
            if thread is not None and message.get("thread_ts") != thread:
                # Slack puts what answers a removed message into the channel, where it would answer everybody.
                await parts.api.remove(channel, string(message.get("ts")))
                raise Refused("the message was removed", "thread_not_found")
            return message

        return await parts.sends.once(channel, key, post, thread)

    async def _removed(self, room_id: str, message_id: str) -> ChannelRefused:
        """Withdraw the case of a message that is not there any more, and return what is to be said."""
        await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, message_id)
        return ChannelRefused("the message was removed")

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a message of a group channel.

        :raises ChannelRefused: if Slack does not show it, or it is no group channel.
        """
        parts = self._ready()
        if parts.places.kind(room_id) != "group":
            raise ChannelRefused("only group channels are looked into")
        return await around(parts.api, room_id, message_id, before, after)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in a desk or a direct channel; returns the last message.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        parts = self._ready()
        if parts.places.kind(room_id) not in ("desk", "direct"):
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        ts = ""
        for number, out in enumerate(answer_messages(text, buttons, self._desks.voice(room_id))):
            ts = await self._send(parts, room_id, f"{key}#{number}", out)
        return ts


def _same(message: Json, before: Json) -> bool:
    """Say whether a change changed nothing that people read: threads and reactions change messages, too."""
    return bool(before) and text_of(message) == text_of(before)
