"""Sends once what may be sent again: Rocket.Chat lets us choose the id of a message, and never keeps two of one id."""

from __future__ import annotations

import logging
from hashlib import blake2b
from typing import Any, Final

from courage.gateways.rocketchat.api import Refused, RocketChatApi
from courage.gateways.rocketchat.cards import Outgoing
from courage.gateways.rocketchat.realtime import Realtime

#: What a server says that does not let buttons be changed: its method is not there any more, or takes no attachments.
_TEXT_ONLY: Final = ("404", "error-invalid-update-key")
_log = logging.getLogger(__name__)


class Sender:
    """Sends under ids made of keys; ``salt`` keeps those of this database apart from those of an earlier one."""

    def __init__(self, api: RocketChatApi, salt: str) -> None:
        self._api = api
        self._salt = salt
        self._changes_buttons = True

    async def once(self, room_id: str, key: str, out: Outgoing, *, thread: str = "") -> str:
        """Send a message, unless it was sent, and return its id."""
        message_id = blake2b(f"{self._salt}\0{key}".encode(), digest_size=12).hexdigest()
        message: dict[str, Any] = {"_id": message_id, "rid": room_id, "msg": out.text}
        if thread:
            message["tmid"] = thread
        if out.attachments:
            message["attachments"] = list(out.attachments)
        await self._api.send(message)
        return message_id

    async def change(self, room_id: str, message_id: str, out: Outgoing, realtime: Realtime) -> None:
        """Give one of our messages another text and other buttons.

        The REST API changes texts only, so the realtime one is used. Where a server does not take it the buttons stay as
        they were; pressed, they are answered as if somebody had typed them too late.
        """
        if self._changes_buttons:
            message = {
                "_id": message_id,
                "rid": room_id,
                "msg": out.text,
                "attachments": list(out.attachments),
            }
            try:
                await realtime.call("updateMessage", message)
                return
            except Refused as error:
                if error.code not in _TEXT_ONLY:
                    raise
                _log.warning("buttons under cards cannot be changed on this server: %s", error)
                self._changes_buttons = False
        await self._api.change(room_id, message_id, out.text)
