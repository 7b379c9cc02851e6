"""What happened at Discord while nobody was connected: it sends nothing again, so that has to be asked for."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, Protocol

import discord

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.condition import Condition
from courage.gateways.discord.client import Client, told
from courage.gateways.discord.meanwhile import SaidMeanwhile
from courage.gateways.look_back import LookBack
from courage.gateways.read_marks import ReadMarks

_log = logging.getLogger(__name__)


class Gateway(Protocol):
    """What of the gateway is needed for that."""

    async def find_desks(self, client: Client) -> None:
        """Find out which desk channels can be used, and which servers are read."""

    def kind(self, channel_id: int | None, guild_id: int | None) -> str:
        """Return what a channel is for."""

    def written(self, message: discord.Message) -> None:
        """Deal with a message."""


class CatchUp:
    """Reads histories from where reading stopped, however many tries that takes, then looks what became of what is known.

    Until a channel was read its mark is held, so that what is written meanwhile does not hide what was missed. At most
    ``gap`` messages of a channel are read, the oldest of them; :attr:`skipped` are the channels where that left some out.
    """

    def __init__(
        self,
        gap: int,
        marks: ReadMarks,
        said: SaidMeanwhile,
        look_back: LookBack,
        gateway: Gateway,
        condition: Condition,
        *,
        longest_wait: float,
    ) -> None:
        self._gap = gap
        self._marks = marks
        self._said = said
        self._look_back = look_back
        self._gateway = gateway
        self._condition = condition
        self._longest_wait = longest_wait
        self._running: asyncio.Task[None] | None = None
        self.skipped: set[int] = set()

    async def begin(self, client: Client, *, again: bool) -> None:
        """Catch up after a connection; the first try is over when this returns.

        :param again: says that Discord tells by itself what was missed.
        """
        read = False
        try:
            await self._gateway.find_desks(client)
            if not again:
                await self._read(client)
            read = True
        except ChannelError as error:
            _log.warning("what was missed cannot be read at once: %s", error)
        running = self._running is not None and not self._running.done()
        if read and not (again and running):
            self._marks.release()
            self._said.release()
        if not again or not (read or running):
            await self.stop()
            self._running = asyncio.create_task(self._go_on(client, read), name="discord-missed")

    async def stop(self) -> None:
        """Stop; what was not reached comes with the next connection."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _go_on(self, client: Client, read: bool) -> None:
        if not read:
            await self._condition.catch_up(partial(self._again, client), longest_wait=self._longest_wait)
        await self._look_back.run()

    async def _again(self, client: Client) -> None:
        await self._gateway.find_desks(client)
        await self._read(client)
        self._marks.release()
        self._said.release()

    async def _read(self, client: Client) -> None:
        """Read what was written while nobody read; history from before the first start is not looked at.

        :raises ChannelError: if Discord cannot be read; the channels before the trouble are done.
        """
        here: list[Any] = [
            channel
            for guild in client.guilds
            for channel in (*guild.text_channels, *guild.voice_channels, *guild.threads)
        ]
        kinds = {channel.id: self._gateway.kind(channel.id, channel.guild.id) for channel in here}
        # What people said to the assistant first: they wait for an answer.
        await self._said.read(client, [channel for channel in here if kinds[channel.id] == "desk"])
        for channel in (channel for channel in here if kinds[channel.id] == "group"):
            after = self._marks.after(str(channel.id))
            if after is None:
                self._marks.start_at(str(channel.id), channel.last_message_id or 0)
            elif channel.last_message_id is None or channel.last_message_id > after:
                try:
                    with told("reading what was missed"):
                        missed = channel.history(
                            limit=self._gap, after=discord.Object(after), oldest_first=True
                        )
                        read, newest = 0, after
                        async for message in missed:
                            self._gateway.written(message)
                            read, newest = read + 1, message.id
                    if read >= self._gap and newest < (channel.last_message_id or 0):
                        self.skipped.add(channel.id)
                        _log.warning("channel %d: more than %d messages were missed", channel.id, self._gap)
                except ChannelRefused as error:
                    _log.warning("channel %d cannot be read: %s", channel.id, error)
                except ChannelError:
                    raise
                except Exception as error:
                    # discord.py cannot read something in it; the other channels must not wait for that.
                    _log.error("what was missed in %d cannot be read: %s", channel.id, type(error).__name__)
            self._marks.release(str(channel.id))
