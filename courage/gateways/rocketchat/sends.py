"""Sends once what may be sent again: Rocket.Chat lets us choose the id of a message, and never keeps two of one id."""

from __future__ import annotations

from hashlib import blake2b

from courage.gateways.rocketchat.api import RocketChatApi


class Sender:
    """Sends under ids made of keys; ``salt`` keeps those of this database apart from those of an earlier one."""

    def __init__(self, api: RocketChatApi, salt: str) -> None:
        self._api = api
        self._salt = salt

    async def once(self, room_id: str, key: str, text: str, *, thread: str = "") -> str:
        """Send a message, unless it was sent, and return its id."""
        message_id = blake2b(f"{self._salt}\0{key}".encode(), digest_size=12).hexdigest()
        message = {"_id": message_id, "rid": room_id, "msg": text}
        await self._api.send({**message, "tmid": thread} if thread else message)
        return message_id
