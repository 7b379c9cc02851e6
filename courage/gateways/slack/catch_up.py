"""Reads what Slack did not tell: what was written while nobody was connected, and what was lost on the way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable

from courage.cases.errors import ChannelRefused
from courage.cases.positions import Positions
from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.reader import Reader
from courage.gateways.slack.settings import SlackSettings
from courage.gateways.slack.text import is_readable, is_ts
from courage.gateways.values import Json, mapping, string

_log = logging.getLogger(__name__)


class CatchUp:
    """Remembers for each channel the time before which everything is in the database; read again from there.

    The time moves on when everything that was read is in the database, and not before. A channel that was not known is
    read from now on: its history is not looked at.
    """

    def __init__(
        self,
        settings: SlackSettings,
        api: SlackApi,
        place: Positions,
        reader: Reader,
    ) -> None:
        self._settings = settings
        self._api = api
        self._place = place
        self._reader = reader
        self._marks: dict[str, str] = {}
        self._lock = asyncio.Lock()
        #: Channels in which more was missed than is read, until the next start.
        self.skipped: set[str] = set()

    async def load(self) -> None:
        """Read how far earlier lives came."""
        stored = await asyncio.to_thread(self._place.load)
        kept = json.loads(stored or "{}")
        self._marks = {str(channel): str(ts) for channel, ts in kept.items() if is_ts(str(ts))}

    async def begin(self, channels: Iterable[str]) -> None:
        """Let channels that are new be read from now on; nobody asks Slack for that."""
        async with self._lock:
            new = [channel for channel in channels if channel not in self._marks]
            if new:
                self._marks |= dict.fromkeys(new, self._api.now())
                await self._save()

    async def read(self, channels: Iterable[str], *, after_a_gap: bool) -> int:
        """Read what is new in channels that were begun, and return how many messages that were.

        :param after_a_gap: whether nobody read meanwhile, so that older threads and edits have to be looked at too.
        :raises ChannelError: if Slack cannot be read; the channels before the trouble are done.
        """
        count = 0
        async with self._lock:
            for channel in channels:
                if channel not in self._marks:
                    continue
                try:
                    count += await self._read(channel, after_a_gap)
                except ChannelRefused as error:
                    _log.warning("channel %s cannot be read: %s", channel, error)
        return count

    async def forget(self, channel: str) -> None:
        """Forget a channel that we left: after the next invitation it is read from then on."""
        async with self._lock:
            if self._marks.pop(channel, None) is not None:
                await self._save()

    async def _read(self, channel: str, after_a_gap: bool) -> int:
        mark = self._marks[channel]
        back = self._settings.threads if after_a_gap else 0.0
        # Slack leaves out the very message that a reading begins after.
        found = await self._all(channel, f"{max(0.0, float(mark) - back):.6f}" if back else mark)
        if not found:
            return 0
        waiting: list[asyncio.Task[None]] = []
        for message in found:
            ts, edit = string(message.get("ts")), string(mapping(message.get("edited")).get("ts"))
            if ts > mark or edit > mark:
                waiting += self._hand(channel, message)
            if string(message.get("latest_reply")) > mark:
                async for page in self._api.thread(channel, ts, mark):
                    for reply in page:
                        if string(reply.get("ts")) > mark and reply.get("ts") != ts:
                            waiting += self._hand(channel, reply)
        newest = max(string(message.get("ts")) for message in found)
        # Only what is in the database may be left behind; whoever is killed before reads it again.
        for task in waiting:
            await asyncio.wait([task])
        if newest > mark:
            self._marks[channel] = newest
            await self._save()
        return len(waiting)

    def _hand(self, channel: str, message: Json) -> list[asyncio.Task[None]]:
        if not is_readable(message) or self._api.is_ours(message):
            return []
        edit = string(mapping(message.get("edited")).get("ts"))
        if edit:  # what it said before was heard, or never will be
            return [self._reader.edited(channel, message, edit)]
        return [self._reader.written(channel, message)]

    async def _all(self, channel: str, oldest: str) -> list[Json]:
        """Return the messages of a channel after a time, the oldest first: at most ``gap``, the newest of them."""
        found: list[Json] = []
        async for page in self._api.history(channel, oldest):
            if page and len(found) >= self._settings.gap:
                self.skipped.add(channel)
                _log.warning("channel %s: more than %d messages were missed", channel, self._settings.gap)
                break
            found += page
        return sorted(found, key=lambda message: string(message.get("ts")))

    async def _save(self) -> None:
        await asyncio.to_thread(self._place.save, json.dumps(self._marks, separators=(",", ":")))
