"""Whether something said in a desk room is meant for the assistant: a mention, an answer to it; else it is small talk."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from courage.cases.errors import ChannelRefused
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.text import Said

_REMEMBERED: Final = 2000
_AFTER_NAME: Final = r"\s*[:,;–-]?\s*"


class Addressing:
    """Reads what is said in desk rooms."""

    def __init__(self, api: MatrixApi) -> None:
        self._api = api
        self._ours: OrderedDict[str, bool] = OrderedDict()

    async def read(self, room_id: str, event: Mapping[str, Any], what: Said) -> tuple[str, bool]:
        """Return the text without the assistant's name at its head, and whether it is meant for the assistant."""
        text, named = self._without_name(room_id, what.text)
        if named or self._mentioned(event):
            return text, True
        return text, await self._is_ours(room_id, what.reply_to) or await self._is_ours(room_id, what.thread)

    def _names(self, room_id: str) -> list[str]:
        user_id = self._api.user_id
        room = self._api.client.rooms.get(room_id)
        shown = None if room is None else room.user_name(user_id)
        return [name for name in (user_id, shown, user_id[1:].partition(":")[0]) if name]

    def _without_name(self, room_id: str, text: str) -> tuple[str, bool]:
        for name in self._names(room_id):
            if match := re.match(rf"\s*@?{re.escape(name)}(?!\w){_AFTER_NAME}", text, re.IGNORECASE):
                return text[match.end() :] or text, True
        return text, False

    def _mentioned(self, event: Mapping[str, Any]) -> bool:
        content = event.get("content")
        mentions = content.get("m.mentions") if isinstance(content, Mapping) else None
        if isinstance(mentions, Mapping):
            users = mentions.get("user_ids")
            return isinstance(users, list) and self._api.user_id in users
        body = content.get("body") if isinstance(content, Mapping) else None
        return isinstance(body, str) and self._api.user_id in body

    async def _is_ours(self, room_id: str, event_id: str | None) -> bool:
        if event_id is None:
            return False
        if event_id not in self._ours:
            try:
                sender = (await self._api.event(room_id, event_id)).get("sender")
            except ChannelRefused:
                sender = None
            self._ours[event_id] = sender == self._api.user_id
            if len(self._ours) > _REMEMBERED:
                self._ours.popitem(last=False)
        return self._ours[event_id]
