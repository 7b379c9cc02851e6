"""Screens what members write in Slack's channels: messages, edits and removals of each in order."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from courage.cases.intake import InboundMessage, Intake
from courage.gateways.base import Backoff
from courage.gateways.slack.names import Names
from courage.gateways.slack.patience import Patience
from courage.gateways.slack.settings import CHANNEL, SlackSettings
from courage.gateways.slack.text import Json, answered, author, mentioned, moment, string, text_of

_AT_ONCE = 32
_REMEMBERED = 20_000
_LONGEST_WAIT = 30.0
_log = logging.getLogger(__name__)
#: Does what is to be done; returns whether screening had a part in it.
Step = Callable[[], Awaitable[bool]]


class Reader:
    """Hands messages to the intake, each in a task of its own; what is about the same message keeps its order.

    Every method returns a task that is done when what it was given is in the database. What is heard again (Slack
    sends again what was not acknowledged, now and then under another name) is not screened again. ``room(channel)`` makes
    a channel known and says whether it is read. ``trouble(note)`` hears why messages cannot be screened, and an empty
    note when they can be again.
    """

    def __init__(
        self,
        settings: SlackSettings,
        intake: Intake,
        names: Names,
        patience: Patience,
        room: Callable[[str], Awaitable[bool]],
        trouble: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._names = names
        self._patience = patience
        self._room = room
        self._trouble = trouble
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._doing: dict[str, asyncio.Task[None]] = {}
        self._done: OrderedDict[str, None] = OrderedDict()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._failing: set[str] = set()

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

    async def close(self) -> None:
        """Give up what is not dealt with yet; it is read again after the next start."""
        tasks = list(self._last.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
        before = self._last.get((channel, ts))
        task = asyncio.create_task(self._do(before, key, step), name="slack-message")
        self._last[channel, ts] = self._doing[key] = task

        def over(done: asyncio.Task[None]) -> None:
            self._doing.pop(key, None)
            if self._last.get((channel, ts)) is done:
                del self._last[channel, ts]

        task.add_done_callback(over)
        return task

    async def _do(self, before: asyncio.Task[None] | None, key: str, step: Step) -> None:
        if before is not None:
            await asyncio.wait([before])
        backoff = Backoff(first=0.2, longest=_LONGEST_WAIT)
        while True:
            if await self._try(key, step):
                break
            # Not in a slot: others may go well meanwhile.
            await asyncio.sleep(backoff.next())
        self._done[key] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)

    async def _try(self, key: str, step: Step) -> bool:
        """Do what is to be done; return whether it is over, because it went well or never will."""
        async with self._slots:
            try:
                screened = await step()
            except Exception as error:
                if not self._patience.is_final(key, error):
                    self._failing.add(key)
                    self._trouble(f"messages cannot be screened: {type(error).__name__}")
                    return False
            else:
                self._patience.went_well(key, screened=screened)
        if key in self._failing:
            self._failing.discard(key)
            if not self._failing:
                self._trouble("")
        return True
