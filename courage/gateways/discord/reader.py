"""Screens what members write in the channels of a Discord server: messages, edits and removals of each in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord

from courage.cases.intake import InboundMessage, Intake
from courage.gateways.base import Backoff
from courage.gateways.discord.catch_up import ReadMarks
from courage.gateways.discord.settings import CHANNEL, DiscordSettings
from courage.gateways.discord.text import answered, changed_at, text_of
from courage.gateways.failures import Failures
from courage.people.rooms import Rooms

_AT_ONCE = 32
Step = Callable[[], Awaitable[object]]


class Reader:
    """Hands messages to the intake, each in a task of its own; what is about the same message keeps its order.

    ``trouble(note)`` hears why messages cannot be screened, and an empty note when they can be again.
    """

    def __init__(
        self,
        settings: DiscordSettings,
        intake: Intake,
        rooms: Rooms,
        marks: ReadMarks,
        failures: Failures,
        trouble: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._rooms = rooms
        self._marks = marks
        self._failures = failures
        self._trouble = trouble
        self._last: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._names: dict[int, str] = {}

    def written(self, message: discord.Message) -> None:
        """Screen a new message."""
        self._marks.begin(message.channel.id, message.id)
        text = text_of(message)

        async def step() -> None:
            await self._name(message)
            if text:
                await self._intake.receive(self._inbound(message, text, edited=False))

        self._in_turn(message.channel.id, message.id, step)

    def edited(self, message: discord.Message) -> None:
        """Screen the new text of a message."""
        text = text_of(message)
        inbound = self._inbound(message, text, edited=True)
        self._in_turn(message.channel.id, message.id, lambda: self._intake.receive(inbound), new=False)

    def removed(self, channel_id: int, message_ids: list[int]) -> None:
        """Withdraw the cases of removed messages."""
        for message_id in message_ids:

            async def step(message_id: int = message_id) -> None:
                await self._intake.redacted(
                    self._settings.organisation_id, CHANNEL, str(channel_id), str(message_id)
                )

            self._in_turn(channel_id, message_id, step, new=False)

    async def settled(self) -> None:
        """Wait until everything heard so far is dealt with."""
        while self._last:
            await asyncio.gather(*self._last.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Give up what is not dealt with yet; it is read again after the next start."""
        tasks = list(self._last.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _inbound(self, message: discord.Message, text: str, *, edited: bool) -> InboundMessage:
        return InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            str(message.channel.id),
            str(message.id),
            str(message.author.id),
            text,
            changed_at(message) if edited else message.created_at,
            reply_to=answered(message),
            edited=edited,
        )

    def _in_turn(self, channel_id: int, message_id: int, step: Step, new: bool = True) -> None:
        before = self._last.get(message_id)
        doing: Coroutine[Any, Any, None] = self._do(before, channel_id, message_id, step, new)
        task = asyncio.create_task(doing, name="discord-message")
        self._last[message_id] = task

        def over(done: asyncio.Task[None]) -> None:
            if self._last.get(message_id) is done:
                del self._last[message_id]

        task.add_done_callback(over)

    async def _do(
        self, before: asyncio.Task[None] | None, channel_id: int, message_id: int, step: Step, new: bool
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        backoff = Backoff(first=0.2, longest=20.0)
        async with self._slots:
            while True:
                try:
                    await step()
                except Exception as error:
                    if not self._failures.is_final(str(message_id), error):
                        self._trouble(f"messages cannot be screened: {type(error).__name__}")
                        await asyncio.sleep(backoff.next())
                        continue
                self._failures.over(str(message_id))
                if backoff.failures:
                    self._trouble("")
                if new:
                    self._marks.done(channel_id, message_id)
                return

    async def _name(self, message: discord.Message) -> None:
        channel = message.channel
        name = getattr(channel, "name", None) or str(channel.id)
        if isinstance(channel, discord.Thread) and channel.parent is not None:
            name = f"{channel.parent.name} / {name}"
        if self._names.get(channel.id) != name:
            self._names[channel.id] = name
            await asyncio.to_thread(
                self._rooms.ensure,
                CHANNEL,
                str(channel.id),
                kind="group",
                name=name,
                organisation_id=self._settings.organisation_id,
            )
