"""What was said to the assistant at Discord while nobody was connected: in desk channels and in direct messages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

import discord

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.discord.client import Client, told
from courage.gateways.discord.desk import Desk
from courage.gateways.discord.settings import DiscordSettings
from courage.gateways.read_marks import ReadMarks

_MOST_DIRECT: Final = 100
_log = logging.getLogger(__name__)


class SaidMeanwhile:
    """Reads it back, once, and hands it to the desk; ``marks`` say how far each channel was heard.

    What the assistant answered before it was killed is not heard again: its answers stand in the channel and name what they
    answer. Discord lists no direct channels, so those are read in which somebody spoke before.
    """

    def __init__(self, settings: DiscordSettings, marks: ReadMarks, desk: Desk) -> None:
        self._settings = settings
        self._marks = marks
        self._desk = desk

    async def read(self, client: Client, desks: Sequence[Any]) -> None:
        """Read what was said in desk channels, and in the direct channels that are known.

        :raises ChannelError: if Discord cannot be read; the channels before the trouble are done.
        """
        here = {str(channel.id) for guild in client.guilds for channel in (*guild.channels, *guild.threads)}
        direct = [room for room in self._marks.rooms if room not in here][:_MOST_DIRECT]
        for channel in desks:
            await self._carefully(client, channel, "desk")
        for room in direct:
            if self._marks.is_held(room) and (channel := await self._direct(client, room)) is not None:
                await self._carefully(client, channel, "direct")

    def release(self) -> None:
        """Let all marks move on: what was missed is being dealt with."""
        self._marks.release()

    async def _direct(self, client: Client, room: str) -> Any:
        """Return a direct channel, ``None`` where it is none (a server may be out of reach), or none that can be read."""
        try:
            with told("looking up a direct channel"):
                channel = await client.fetch_channel(int(room))
        except ChannelRefused as error:
            _log.info("a direct channel cannot be read any more: %s", error)
            self._marks.forget(room)
            return None
        return channel if isinstance(channel, discord.DMChannel) else None

    async def _carefully(self, client: Client, channel: Any, kind: str) -> None:
        try:
            await self._channel(client, channel, kind)
        except ChannelRefused as error:
            _log.warning("what was said in channel %d cannot be read: %s", channel.id, error)
        except ChannelError:
            raise
        except Exception as error:
            # discord.py cannot read something in it; the other channels must not wait for that.
            _log.error("what was said in %d cannot be read: %s", channel.id, type(error).__name__)
        self._marks.release(str(channel.id))

    async def _channel(self, client: Client, channel: Any, kind: str) -> None:
        after = self._marks.after(str(channel.id)) if self._marks.is_held(str(channel.id)) else None
        # discord.py does not say what the newest message of a direct channel is.
        if after is None or (kind == "desk" and (channel.last_message_id or 0) <= after):
            return
        own = 0 if client.user is None else client.user.id
        with told("reading what was said"):
            # The newest of them: what was said last counts most.
            history = channel.history(
                limit=self._settings.gap, after=discord.Object(after), oldest_first=False
            )
            said: list[discord.Message] = [message async for message in history]
        answered = {
            message.reference.message_id
            for message in said
            if message.author.id == own and message.reference is not None
        }
        for message in reversed(said):
            if message.author.id != own and message.id not in answered:
                author = await self._author(channel, message) if kind == "desk" else message.author
                self._desk.hear(message, kind, own, live=False, author=author)

    async def _author(self, channel: Any, message: discord.Message) -> discord.User | discord.Member:
        """Return who wrote a message with their roles, which histories leave out; they may make them a volunteer."""
        author = message.author
        if not self._settings.volunteer_role or author.bot or isinstance(author, discord.Member):
            return author
        try:
            with told("looking up who wrote"):
                member: discord.Member = await channel.guild.fetch_member(author.id)
        except ChannelRefused:
            return author
        return member
