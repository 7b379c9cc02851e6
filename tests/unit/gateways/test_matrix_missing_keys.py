"""Without keys nothing goes to an encrypted room, and people are told that it waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from courage.gateways.matrix.keys import KeysMissing
from tests.unit.gateways.test_matrix_language import CARD, Desk


class Encrypted:
    """A group room that is encrypted, on a homeserver without our keys."""

    def __init__(self, desk: Desk) -> None:
        self.send_plainly = desk.server.send
        desk.server.send = self.send  # type: ignore[method-assign]
        desk.server.event = self.event  # type: ignore[attr-defined]
        self.rooms = {"!group:x"}

    async def send(self, room_id: str, content: dict[str, Any], txn: str) -> str:
        if room_id in self.rooms:
            raise KeysMissing("no keys", retry_after=900.0)
        return await self.send_plainly(room_id, content, txn)

    async def event(self, room_id: str, event_id: str) -> dict[str, Any]:
        return {"type": "m.room.encrypted", "content": {"ciphertext": "…"}}


async def test_the_desk_is_told_that_a_reply_waits(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "en")
    Encrypted(desk)
    with pytest.raises(KeysMissing):
        await desk.gateway.post_reply("!group:x", "Not so.", "$1", "reply:1")
    (told,) = desk.server.sent
    assert "A reply for the room" in told["body"]
    assert "Not so." not in str(desk.server.sent)


async def test_a_desk_room_without_keys_gets_no_card(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "en")
    Encrypted(desk).rooms.add("!desk:x")
    with pytest.raises(KeysMissing):
        await desk.gateway.send_card(CARD, "card:7")
    assert desk.server.sent == []
