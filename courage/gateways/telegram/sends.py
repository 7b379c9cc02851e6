"""Sends once what Telegram would send again: it knows no idempotency keys, so we keep a journal of each chat.

Before a message goes out, the journal says so, with the number of the newest message known in the chat; afterwards it
says which number the message got. Where the second entry is missing (the engine died, or the answer was lost), nobody
knows whether the message is there. Then the numbers that it could have are asked for, before anything else is sent to
this chat: an edit that changes nothing is accepted for a message of ours only.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import InlineKeyboardMarkup

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.positions import Positions
from courage.gateways.telegram.api import TelegramApi, Uncertain

_KEPT = 100
#: How many numbers after the newest known one are asked for, beyond those of messages that were seen meanwhile.
WINDOW = 20
_MOST_ASKED = 60
_SEEN = 2000
_log = logging.getLogger(__name__)

Send = Callable[[], Awaitable[int]]


class Journal:
    """What was sent to each chat, by key; one send a chat at a time."""

    def __init__(self, api: TelegramApi, positions: Callable[[str], Positions], account: str) -> None:
        self._api = api
        self._positions = positions
        self._account = account
        self._locks: dict[int, asyncio.Lock] = {}
        self._newest: dict[int, int] = {}
        self._seen: dict[int, OrderedDict[int, None]] = {}

    def seen(self, chat_id: int, message_id: int) -> None:
        """Take note of a message of somebody else."""
        self._newest[chat_id] = max(message_id, self._newest.get(chat_id, 0))
        seen = self._seen.setdefault(chat_id, OrderedDict())
        seen[message_id] = None
        if len(seen) > _SEEN:
            seen.popitem(last=False)

    async def knows(self, chat_id: int) -> bool:
        """Return whether the number of any message of a chat is known, by which a lost one can be found."""
        entry = await self._load(chat_id)
        return bool(entry["last"] or entry["open"] or self._newest.get(chat_id))

    async def once(
        self,
        chat_id: int,
        key: str,
        send: Send,
        *,
        after: int = 0,
        buttons: InlineKeyboardMarkup | None = None,
        ask: bool = False,
    ) -> int:
        """Send what ``key`` stands for, unless it was sent, and return the number of the message.

        :param after: a message that is certainly older; 0 where none is known.
        :param buttons: the buttons of what is sent, by which it is recognised.
        :param ask: where it cannot be found out whether it was sent, refuse once instead of sending it again.
        :raises ChannelRefused: then, so that a person looks.
        """
        async with self._locks.setdefault(chat_id, asyncio.Lock()):
            entry = await self._load(chat_id)
            if entry["open"] is not None:
                await self._clear_up(chat_id, entry)
            if key in entry["done"]:
                return int(entry["done"][key])
            if key in entry["unsure"]:
                entry["unsure"].remove(key)
                await self._save(chat_id, entry)
                raise ChannelRefused(
                    "nobody knows whether it was posted: look in the room, and confirm it again if it is not there"
                )
            newest = max(after, int(entry["last"]), self._newest.get(chat_id, 0))
            shown = None if buttons is None else buttons.model_dump(mode="json", exclude_none=True)
            entry["open"] = {"key": key, "after": newest, "buttons": shown, "ask": ask}
            await self._save(chat_id, entry)
            try:
                number = await send()
            except Uncertain:
                raise  # the entry stays open: the next send finds out
            except ChannelError:
                entry["open"] = None
                await self._save(chat_id, entry)
                raise
            self._done(chat_id, entry, key, number)
            await self._save(chat_id, entry)
            return number

    def _done(self, chat_id: int, entry: dict[str, Any], key: str, number: int) -> None:
        entry["open"] = None
        entry["last"] = max(number, int(entry["last"]))
        self._newest[chat_id] = max(number, self._newest.get(chat_id, 0))
        entry["done"][key] = number
        while len(entry["done"]) > _KEPT:
            del entry["done"][next(iter(entry["done"]))]

    async def _clear_up(self, chat_id: int, entry: dict[str, Any]) -> None:
        """Find out whether the message of an open entry is there, and close the entry."""
        lost = entry["open"]
        after, upto = int(lost["after"]), self._newest.get(chat_id, 0)
        seen = self._seen.get(chat_id, OrderedDict())
        numbers = [n for n in range(after + 1, max(after, upto) + WINDOW + 1) if n not in seen]
        certain = after > 0 and len(numbers) <= _MOST_ASKED
        buttons = None if lost["buttons"] is None else InlineKeyboardMarkup.model_validate(lost["buttons"])
        found = None
        if certain:
            for number in numbers:
                if await self._api.is_ours(chat_id, number, buttons):
                    found = number
                    break
        if found is not None:
            _log.info("a message whose sending was interrupted is there: not sent again")
            self._done(chat_id, entry, str(lost["key"]), found)
        else:
            entry["open"] = None
            if lost["ask"] and not certain:
                entry["unsure"].append(str(lost["key"]))
        await self._save(chat_id, entry)

    def _place(self, chat_id: int) -> Positions:
        return self._positions(f"{self._account}/sent/{chat_id}")

    async def _load(self, chat_id: int) -> dict[str, Any]:
        kept = await asyncio.to_thread(self._place(chat_id).load)
        entry: dict[str, Any] = {"last": 0, "open": None, "done": {}, "unsure": []}
        return entry if kept is None else {**entry, **json.loads(kept)}

    async def _save(self, chat_id: int, entry: dict[str, Any]) -> None:
        await asyncio.to_thread(self._place(chat_id).save, json.dumps(entry, separators=(",", ":")))
