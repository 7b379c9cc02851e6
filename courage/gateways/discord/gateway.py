"""The Discord gateway: reads the channels of a server, shows cards in the desk channel, posts what people confirmed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import discord

from courage.cases.conversation import Assistant
from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.cases.intake import Intake
from courage.cases.kept import KeptMessage
from courage.cases.ports import Button, Card, Neighbour
from courage.cases.positions import Positions
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.base import Backoff
from courage.gateways.condition import Condition
from courage.gateways.desks import Desks
from courage.gateways.discord.cards import LIMIT, Outgoing, answer_messages, card_message
from courage.gateways.discord.catch_up import CatchUp
from courage.gateways.discord.client import Client, told
from courage.gateways.discord.desk import Desk
from courage.gateways.discord.meanwhile import SaidMeanwhile
from courage.gateways.discord.reader import Reader
from courage.gateways.discord.settings import CHANNEL, DiscordSettings
from courage.gateways.discord.text import text_of
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import LookBack
from courage.gateways.near import near
from courage.gateways.patience import Patience
from courage.gateways.pieces import pieces
from courage.gateways.read_marks import ReadMarks
from courage.gateways.talk import Talk
from courage.gateways.telling import Telling
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["DiscordGateway", "DiscordSettings"]

#: How many messages are looked through for one that may have been sent before.
_LOOK_BACK = 100
_UNKNOWN_MESSAGE = (10008, 50035)
_log = logging.getLogger(__name__)


class DiscordGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default. ``positions(account)`` keeps
    what has to outlive a restart. ``longest_wait`` is how many seconds pass at most between two tries while the
    database or screening is away.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: DiscordSettings,
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
        self._rooms = rooms
        self._condition = Condition(CHANNEL, "Discord", bus or EventBus())
        self._voice = voice or default_voice()
        self._positions = positions
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Discord",
            setting="COURAGE_DISCORD_DESK_CHANNEL",
            main=settings.desk_channel,
            more=settings.desks,
            given=settings.given,
            voice=self._voice,
        )
        self._talk = Talk(CHANNEL, people, assistant, self._voice, self._desks)
        # A message's id grows with its time, and serves as one.
        self._marks = ReadMarks(positions(f"{settings.desk_channel or 'rooms'}/read"))
        #: How far the desk and direct channels were heard.
        self._said = ReadMarks(positions(f"{settings.desk_channel or 'rooms'}/said"))
        self._desk = Desk(settings, self._talk, self._voice, self._said)
        self._telling = Telling(
            CHANNEL, intake, self.say, self._desks.told_of, lambda room: self._reader.name(room)
        )
        self._patience = Patience(CHANNEL, self._telling.given_up)
        self._in_turn = InTurn(
            CHANNEL, self._marks, self._condition.messages_wait, self._patience, longest_wait=longest_wait
        )
        self._reader = Reader(settings, intake, rooms, self._in_turn, self._desks)
        self._catch_up = CatchUp(
            settings.gap,
            self._marks,
            SaidMeanwhile(settings, self._said, self._desk),
            LookBack(CHANNEL, intake, self._look, longest_wait=longest_wait),
            self,
            self._condition,
            longest_wait=longest_wait,
        )
        self._client: Client | None = None
        self._salt = ""
        self._connected = False
        self._guilds: set[int] = set()
        self._given: set[int] = set()
        self._ignored: set[int] = set()
        # What happens between connecting and knowing which servers are read waits here.
        self._early: list[Callable[[], None]] | None = []

    # State

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        notes = [*self._desks.notes] if self._condition.state == "ready" else []
        if self._reader.full:
            notes.append(
                f"{len(self._reader.full)} channels are not read: the organisation has as many rooms as it may have"
            )
        if skipped := self._catch_up.skipped:
            notes.append(
                f"more than {self._settings.gap} messages were missed in {len(skipped)} channels: the newest of them"
                " were not read"
            )
        health = self._condition.health(self._marks.count, self._patience, notes)
        if self._ignored:
            health["ignored_servers"] = len(self._ignored)
        return health

    async def _desks_changed(self) -> None:
        """Follow what people chose: a channel that is a desk from now on, or none any more."""
        if self._client is not None and self._connected:
            await self.find_desks(self._client)
        self._condition.changed()

    # Reading

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself."""
        backoff = Backoff(longest=30.0)
        self._salt = await asyncio.to_thread(self._positions(self._settings.desk_channel or "rooms").salt)
        for marks in (self._marks, self._said):
            await marks.load()
            marks.hold()
        saving = [
            asyncio.create_task(marks.keep_saved("Discord"), name="discord-marks")
            for marks in (self._marks, self._said)
        ]
        watching = asyncio.create_task(self._desks.watch(self._desks_changed), name="discord-desks")
        try:
            while True:
                try:
                    await self._connect(backoff)
                except ChannelError as error:
                    self._condition.become("waiting", str(error))
                except discord.LoginFailure:
                    self._condition.become("refused", "Discord does not accept the bot's token")
                except discord.PrivilegedIntentsRequired:
                    self._condition.become(
                        "refused",
                        "switch on “Message Content Intent” for the bot in Discord's developer portal",
                    )
                except Exception as error:
                    # Not the error's text: it may quote a message.
                    self._condition.become("waiting", f"Discord cannot be reached ({type(error).__name__})")
                    where = RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
                    _log.error("the Discord gateway failed: %s", type(error).__name__, exc_info=where)
                await asyncio.sleep(backoff.next())
        finally:
            for task in (*saving, watching):
                task.cancel()
            await self._talk.close()
            await self._desk.close()
            await self._in_turn.close()
            await self._patience.close()
            await asyncio.gather(*saving, return_exceptions=True)
            await self._marks.save()
            await self._said.save()

    async def _connect(self, backoff: Backoff) -> None:
        client = Client(self)
        self._client, self._early = client, []
        probing = asyncio.create_task(self._probe(client, backoff), name="discord-probe")
        try:
            async with client:
                await client.start(self._settings.token)
        finally:
            self._connected, self._client = False, None
            self._marks.hold()
            self._said.hold()
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
            await self._catch_up.stop()

    async def _probe(self, client: Client, backoff: Backoff) -> None:
        """Look whether Discord answers: its own heartbeat shows a silent network a minute later only."""
        while True:
            await asyncio.sleep(self._settings.probe)
            if not self._connected:
                continue
            if await client.reachable(self._settings.probe):
                backoff.reset()
                self._condition.become("ready")
            else:
                self._condition.become("waiting", "Discord cannot be reached")

    async def ready(self, *, again: bool) -> None:
        """Be connected: look up the desk, and read what was missed."""
        client = self._client
        if client is None:
            return
        await self._catch_up.begin(client, again=again)
        self._connected = True
        self._condition.become("ready")
        early, self._early = self._early or [], None
        for event in early:
            event()

    async def _look(self, kept: KeptMessage) -> None:
        """Look what became of a message while nobody listened."""
        if not kept.room_id.isdigit() or not kept.message_id.isdigit() or kept.room_id in self._desks:
            return
        channel = self._channel(int(kept.room_id))
        try:
            with told("looking for a message"):
                message = await channel.fetch_message(int(kept.message_id))
        except ChannelRefused as error:
            if "(10008)" not in str(error):
                raise
            self._reader.removed(channel.id, [int(kept.message_id)])
        else:
            self._reader.looked(message, kept)

    def _wait_for(self, event: Callable[[], None]) -> bool:
        """Keep an event for later, where it is not known yet which servers are read."""
        if self._early is None:
            return False
        self._early.append(event)
        return True

    def lost(self) -> None:
        """Have lost the connection."""
        self._marks.hold()
        self._said.hold()
        if self._connected:
            self._connected = False
            self._condition.become("waiting", "the connection to Discord was lost")

    async def find_desks(self, client: Client) -> None:
        """Find out which desk channels can be used, and which servers are read."""
        await self._desks.refresh()
        guilds = {int(guild) for guild in self._settings.guilds}
        for desk in self._desks:
            try:
                with told("looking up the desk channel"):
                    channel = await client.fetch_channel(int(desk))
            except ChannelRefused as error:
                self._desks.trouble[desk] = f"the desk channel {desk} cannot be used: {error}"
                continue
            self._desks.trouble.pop(desk, None)
            if self._said.after(desk) is None:  # what was said there before it was a desk is not heard
                self._said.start_at(desk, getattr(channel, "last_message_id", None) or 0)
            guild = getattr(channel, "guild", None)
            if guild is not None and desk == self._settings.desk_channel and not self._settings.guilds:
                guilds.add(guild.id)
            await asyncio.to_thread(
                self._rooms.seen,
                CHANNEL,
                desk,
                kind="desk",
                name=getattr(channel, "name", None),
                new_for=self._desks.organisation(desk) or DEFAULT_ORGANISATION,
            )
        given = {wanted.room for wanted in self._settings.given}
        self._guilds = guilds | {guild.id for guild in client.guilds if str(guild.id) in given}
        self._given = {int(room) for room in given}

    def kind(self, channel_id: int | None, guild_id: int | None) -> str:
        """Return what a channel is for: ``desk``, ``direct``, ``group``, or ``other`` where nothing is read."""
        if str(channel_id) in self._desks:
            return "desk"
        if guild_id is None:
            return "direct"
        if guild_id in self._guilds or channel_id in self._given:
            return "group"
        if guild_id not in self._ignored:
            self._ignored.add(guild_id)
            _log.warning("server %d is not read: it is none of those that are set", guild_id)
        return "other"

    def _own(self) -> int:
        user = None if self._client is None else self._client.user
        return 0 if user is None else user.id

    def written(self, message: discord.Message) -> None:
        """Screen a message, or take it to the desk."""
        if message.author.id == self._own() or self._wait_for(lambda: self.written(message)):
            return
        kind = self.kind(message.channel.id, None if message.guild is None else message.guild.id)
        if kind == "group":
            self._reader.written(message)
        elif kind != "other":
            self._desk.hear(message, kind, self._own())

    def edited(self, message: discord.Message) -> None:
        """Screen a message whose text or preview changed."""
        if self._wait_for(lambda: self.edited(message)):
            return
        kind = self.kind(message.channel.id, None if message.guild is None else message.guild.id)
        if kind == "group" and message.author.id != self._own():
            self._reader.edited(message)

    def removed(self, channel_id: int, message_ids: list[int]) -> None:
        """Withdraw the cases of removed messages, wherever they were."""
        if self._wait_for(lambda: self.removed(channel_id, message_ids)):
            return
        self._reader.removed(channel_id, message_ids)

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Answer the press of a button or a form."""
        kind = self.kind(interaction.channel_id, interaction.guild_id)
        if kind in ("desk", "direct"):
            try:
                await self._desk.press(interaction, kind)
            except ChannelError as error:
                _log.info("a press could not be answered: %s", error)

    # Writing

    def _nonce(self, key: str) -> str:
        """Return Discord's own idempotency key of ours, which it knows for some minutes: 24 characters."""
        return blake2b(f"{self._salt}\0{key}".encode(), digest_size=12).hexdigest()

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        client = self._client
        if client is None or not self._connected:
            raise ChannelError("Discord is not connected")
        return client.get_partial_messageable(channel_id)

    async def _send(
        self,
        channel: discord.PartialMessageable,
        key: str,
        out: Outgoing,
        *,
        reply_to: int | None = None,
        look: bool = True,
    ) -> int:
        """Send a message once for each key, and return its id.

        Discord recognises the nonce of the last minutes; ``look`` finds what was sent before that.
        """
        if look and (found := await self._sent(channel, out, reply_to)) is not None:
            return found
        options: dict[str, Any] = {} if out.view is None else {"view": out.view}
        if reply_to is not None:
            options["reference"] = discord.MessageReference(
                message_id=reply_to, channel_id=channel.id, fail_if_not_exists=True
            )
        message = await channel.send(
            out.text, nonce=self._nonce(key), suppress_embeds=True, mention_author=False, **options
        )
        return message.id

    async def _sent(
        self, channel: discord.PartialMessageable, out: Outgoing, reply_to: int | None
    ) -> int | None:
        """Return the id of a message of ours that says the same in the same place, if there is one."""
        async for message in channel.history(limit=_LOOK_BACK):
            if message.author.id == self._own() and message.content == out.text:
                reference = None if message.reference is None else message.reference.message_id
                if reference == reply_to:
                    return message.id
        return None

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk channel and return its message's id."""
        desk = await self._desks.usable(card.organisation_id, card.language)
        channel = self._channel(int(desk))
        out = card_message(card, self._desks.voice(desk))
        with told("writing in the desk channel"):
            # Summaries of two minutes may say the same; a card has its case's number.
            number = await self._send(channel, key, out, look=card.lane != "summary")
        return str(number) if desk == self._desks.main else f"{desk} {number}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date; when its text may not be shown any more, it goes. A removed card stays removed."""
        desk, _, number = ref.rpartition(" ")
        desk = desk or self._desks.main
        if not desk:
            raise ChannelRefused("the desk channel that the card is in is not known any more")
        channel = self._channel(int(desk))
        out = card_message(card, self._desks.voice(desk))
        try:
            with told("changing a card"):
                await channel.get_partial_message(int(number)).edit(content=out.text, view=out.view)
        except ChannelRefused as error:
            if "(10008)" not in str(error):
                raise
            _log.info("the card of case %d is not in the desk channel any more", card.case_id)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply under its message; returns the id of the (first) message.

        :raises ChannelRefused: if the message is gone or the room is not a group room.
        """
        channel = self._channel(int(room_id))
        if room_id in self._desks:
            raise ChannelRefused("replies are posted in group rooms only")
        numbers: list[int] = []
        try:
            for part, piece in enumerate(pieces(text, LIMIT)):
                with told("posting the reply"):
                    target = numbers[0] if numbers else int(in_reply_to)
                    numbers.append(
                        await self._send(channel, f"{key}#{part}", Outgoing(piece), reply_to=target)
                    )
        except ChannelRefused as error:
            if not numbers and any(f"({code})" in str(error) for code in _UNKNOWN_MESSAGE):
                await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, in_reply_to)
                raise ChannelRefused("the message was removed") from None
            raise
        return str(numbers[0])

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a message of a channel or of a thread, which is a channel of its own.

        :raises ChannelRefused: if Discord does not show it, or it is no group channel.
        """
        channel = self._channel(int(room_id))
        if room_id in self._desks:
            raise ChannelRefused("only group channels are looked into")
        # Discord gives half of them from before the message, half from after it.
        many = min(_LOOK_BACK, 2 * max(before, after) + 1)
        found: list[Neighbour] = []
        with told("looking around a message"):
            async for message in channel.history(limit=many, around=discord.Object(int(message_id))):
                if (text := text_of(message)) or str(message.id) == message_id:
                    kind = "own" if message.author.id == self._own() else "message"
                    author = str(message.author.id)
                    found.append(Neighbour(str(message.id), author, message.created_at, text, kind))
        return near(reversed(found), message_id, before, after)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in the desk or a direct channel; returns the id of the last message.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        channel = self._channel(int(room_id))
        stored = await asyncio.to_thread(self._rooms.anywhere, CHANNEL, room_id)
        if room_id not in self._desks and stored is not None and stored.kind == "group":
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        number = 0
        for part, out in enumerate(answer_messages(text, buttons, self._desks.voice(room_id))):
            with told("saying something"):
                number = await self._send(channel, f"{key}#{part}", out, look=False)
        return str(number)
