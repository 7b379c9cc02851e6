"""Screens what members write in Slack's channels: messages, edits and removals of each in order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from courage.cases.intake import InboundMessage, Intake
from courage.cases.kept import KeptMessage
from courage.gateways.in_turn import InTurn, Step
from courage.gateways.look_back import since
from courage.gateways.slack.names import Names
from courage.gateways.slack.settings import CHANNEL, SlackSettings
from courage.gateways.slack.text import answered, author, mentioned, moment, text_of
from courage.gateways.values import Json, mapping, string

_REMEMBERED = 20_000


class Reader:
    """Hands messages to the intake, each in a task of its own; what is about the same message keeps its order.

    Every method returns a task that is done when what it was given is in the database. What is heard again (Slack
    sends again what was not acknowledged, now and then under another name) is not screened again. ``room(channel)`` makes
    a channel known and says whether it is read.
    """

    def __init__(
        self,
        settings: SlackSettings,
        intake: Intake,
        names: Names,
        in_turn: InTurn,
        room: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._names = names
        self._line = in_turn
        self._room = room
        self._doing: dict[str, asyncio.Task[None]] = {}
        self._done: OrderedDict[str, None] = OrderedDict()

    def written(self, channel: str, message: Json) -> asyncio.Task[None]:
        """Screen a new message."""
        ts = string(message.get("ts"))

        async def step() -> bool:
            return await self._screen(channel, message, moment(ts), edited=False)

        return self._in_turn(channel, ts, ts, step)

    def edited(self, channel: str, message: Json, at: str) -> asyncio.Task[None]:
        """Screen the new text of a message; ``at`` is when it changed, as Slack writes times."""
        ts = string(message.get("ts"))

        async def step() -> bool:
            # A preview that Slack added counts as a moment after the message.
            when = max(moment(at), moment(ts) + timedelta(microseconds=1))
            return await self._screen(channel, message, when, edited=True)

        return self._in_turn(channel, ts, at, step)

    def removed(self, channel: str, ts: str) -> asyncio.Task[None]:
        """Withdraw the case of a removed message."""

        async def step() -> bool:
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, channel, ts)
            return False

        return self._in_turn(channel, ts, "removed", step)

    def looked(self, message: Json, kept: KeptMessage) -> asyncio.Task[None]:
        """Screen a message that was looked up, where it says something else than what is known."""
        edit = string(mapping(message.get("edited")).get("ts"))
        when = since(kept, moment(edit) if edit else None)

        async def step() -> bool:
            if text_of(message, await self._names.of(mentioned(message))) == kept.text:
                return False
            return await self._screen(kept.room_id, message, when, edited=True)

        return self._line.add(kept.room_id, kept.message_id, None, step)

    async def _screen(self, channel: str, message: Json, when: datetime, *, edited: bool) -> bool:
        names = await self._names.of(mentioned(message))
        text = text_of(message, names)
        if not (text or edited) or not await self._room(channel):
            return False
        inbound = InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            channel,
            string(message.get("ts")),
            author(message),
            text,
            when,
            reply_to=answered(message),
            edited=edited,
        )
        return (await self._intake.receive(inbound)).verdict is not None and bool(text)

    def _in_turn(self, channel: str, ts: str, version: str, step: Step) -> asyncio.Task[None]:
        key = f"{channel}:{ts}:{version}"
        if (doing := self._doing.get(key)) is not None:
            return doing
        if key in self._done:
            return asyncio.create_task(asyncio.sleep(0), name="slack-known")
        task = self._line.add(channel, ts, None, step)
        self._doing[key] = task

        def over(done: asyncio.Task[None]) -> None:
            self._doing.pop(key, None)
            if not done.cancelled():
                self._done[key] = None
                if len(self._done) > _REMEMBERED:
                    self._done.popitem(last=False)

        task.add_done_callback(over)
        return task
