"""Screens what members write in the channels of a Discord server: messages, edits and removals of each in order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

import discord

from courage.cases.intake import InboundMessage, Intake
from courage.cases.kept import KeptMessage
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.desks import Desks
from courage.gateways.discord.settings import CHANNEL, DiscordSettings
from courage.gateways.discord.text import answered, changed_at, text_of
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import since
from courage.people.errors import RoomError
from courage.people.rooms import Rooms

_log = logging.getLogger(__name__)


class Reader:
    """Hands messages to the intake, each in a task of its own; what is about the same message keeps its order.

    :attr:`full` are the channels that are not read, because the organisation has as many rooms as it may have.
    """

    def __init__(
        self, settings: DiscordSettings, intake: Intake, rooms: Rooms, in_turn: InTurn, desks: Desks
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._rooms = rooms
        self._in_turn = in_turn
        self._desks = desks
        self._names: dict[int, str] = {}
        self.full: set[int] = set()

    def written(self, message: discord.Message) -> None:
        """Screen a new message."""
        text = text_of(message)

        async def step() -> bool:
            if not await self._name(message) or not text:
                return False
            await self._intake.receive(self._inbound(message, text))
            return True

        self._in_turn.add(str(message.channel.id), str(message.id), message.id, step)

    def edited(self, message: discord.Message) -> None:
        """Screen the new text of a message."""
        self._changed(message, changed_at(message))

    def looked(self, message: discord.Message, kept: KeptMessage) -> None:
        """Screen a message that was looked up, where it says something else than what is known."""
        if text_of(message) != kept.text:
            self._changed(message, since(kept, message.edited_at))

    def _changed(self, message: discord.Message, at: datetime) -> None:
        text = text_of(message)
        inbound = replace(self._inbound(message, text), sent_at=at, edited=True)

        async def step() -> bool:
            if not await self._name(message):
                return False
            await self._intake.receive(inbound)
            return bool(text)

        self._in_turn.add(str(message.channel.id), str(message.id), None, step)

    def removed(self, channel_id: int, message_ids: list[int]) -> None:
        """Withdraw the cases of removed messages."""
        for message_id in message_ids:

            async def step(message_id: int = message_id) -> bool:
                await self._intake.redacted(
                    self._settings.organisation_id, CHANNEL, str(channel_id), str(message_id)
                )
                return False

            self._in_turn.add(str(channel_id), str(message_id), None, step)

    def name(self, room_id: str) -> str:
        """Return the name of a channel as people see it."""
        return self._names.get(int(room_id)) or room_id

    def _inbound(self, message: discord.Message, text: str) -> InboundMessage:
        return InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            str(message.channel.id),
            str(message.id),
            str(message.author.id),
            text,
            message.created_at,
            reply_to=answered(message),
        )

    async def _name(self, message: discord.Message) -> bool:
        """Remember a channel and its name; return whether it is read."""
        channel = message.channel
        name = getattr(channel, "name", None) or str(channel.id)
        if isinstance(channel, discord.Thread) and channel.parent is not None:
            name = f"{channel.parent.name} / {name}"
        if self._names.get(channel.id) == name:
            return True
        room, guild = str(channel.id), str(message.guild.id if message.guild is not None else "")
        whose = self._desks.new_for(room)
        if whose == DEFAULT_ORGANISATION:
            whose = self._desks.new_for(guild)
        try:
            known = await asyncio.to_thread(
                self._rooms.seen, CHANNEL, room, kind="group", name=name, new_for=whose
            )
            if known.organisation_id == DEFAULT_ORGANISATION != whose:
                # Its server came to an organisation of its own after the channel was known.
                await asyncio.to_thread(self._rooms.give, CHANNEL, room, whose)
        except RoomError as error:
            if channel.id not in self.full:
                _log.warning("channel %d is not read: %s", channel.id, error)
            self.full.add(channel.id)
            return False
        self.full.discard(channel.id)
        self._names[channel.id] = name
        return True
