"""What was said to the assistant at Slack while nobody was connected: in desk channels, their threads, and direct messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from courage.cases.errors import ChannelRefused
from courage.gateways.read_marks import ReadMarks
from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.desk import Desk
from courage.gateways.slack.settings import SlackSettings
from courage.gateways.slack.text import is_readable, microseconds
from courage.gateways.values import Json, string

_MOST_DIRECT: Final = 100
_log = logging.getLogger(__name__)


class SaidMeanwhile:
    """Reads it back, once, and hands it to the desk; ``marks`` say how far each channel was heard.

    Slack repeats an event three times within some minutes, and then no more. What the assistant answered before it was
    killed, so that all can see it, is not heard again. Direct channels are read in which somebody spoke before.
    """

    def __init__(self, settings: SlackSettings, api: SlackApi, marks: ReadMarks, desk: Desk) -> None:
        self._settings = settings
        self._api = api
        self._marks = marks
        self._desk = desk

    async def run(self) -> None:
        """Keep what is known of how far everything was heard in the database; runs until cancelled."""
        try:
            await self._marks.keep_saved("Slack")
        finally:
            await asyncio.shield(self._marks.save())

    async def load(self) -> None:
        """Read how far earlier lives heard."""
        await self._marks.load()
        self._marks.hold()

    def hold(self) -> None:
        """Let the marks stay where they are: from now on something may be missed."""
        self._marks.hold()

    def begin(self, desks: Iterable[str]) -> None:
        """Hear desk channels that are new from now on: what was said there before is not for the assistant."""
        for desk in desks:
            if self._marks.after(desk) is None:
                self._marks.start_at(desk, microseconds(self._api.now()))

    async def read(self, desks: Iterable[str]) -> None:
        """Read what was said in desk channels that were begun, and in the direct channels that are known.

        :raises ChannelError: if Slack cannot be read; the channels before the trouble are done.
        """
        places = [(desk, "desk") for desk in desks]
        known = [room for room in self._marks.rooms if room.startswith("D")][:_MOST_DIRECT]
        for channel, kind in (*places, *((room, "direct") for room in known)):
            mark = self._marks.after(channel)
            if mark is None or not self._marks.is_held(channel):
                continue  # begun since, or read by an earlier try
            try:
                await self._read(channel, kind, mark)
            except ChannelRefused as error:
                _log.warning("what was said in channel %s cannot be read: %s", channel, error)
            self._marks.release(channel)
        self._marks.release()

    async def _read(self, channel: str, kind: str, mark: int) -> None:
        # An answer in a thread says nothing of itself among the channel's messages: older first ones are looked at, too.
        oldest = max(0.0, mark / 1_000_000 - (self._settings.threads if kind == "desk" else 0.0))
        found: list[Json] = []
        async for page in self._api.history(channel, f"{oldest:.6f}"):
            found += page
            if len(found) >= self._settings.gap:
                break
        found.sort(key=_at)
        said: list[Json] = []
        if kind == "direct":
            said += self._unanswered(found, mark)
        for first in found:
            if microseconds(string(first.get("latest_reply"))) > mark:
                thread: list[Json] = []
                async for page in self._api.thread(
                    channel, string(first.get("ts")), f"{mark / 1_000_000:.6f}"
                ):
                    thread += page
                thread.sort(key=_at)
                said += self._unanswered(thread, mark)
            elif kind == "desk":
                said += self._unanswered([first], mark)
        known = {string(message.get("ts")): message for message in said}
        for message in sorted(known.values(), key=_at):
            await self._desk.hear(channel, message, kind, live=False)

    def _unanswered(self, messages: Sequence[Json], mark: int) -> list[Json]:
        """Return what people wrote after a time and the assistant did not answer with its next message."""
        nexts: list[Json | None] = [*messages[1:], None]
        return [
            message
            for message, after in zip(messages, nexts, strict=False)
            if _at(message) > mark
            and is_readable(message)
            and not self._api.is_ours(message)
            and (after is None or not self._api.is_ours(after))
        ]


def _at(message: Json) -> int:
    return microseconds(string(message.get("ts")))
