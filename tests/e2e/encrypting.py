"""Somebody with a client that encrypts: matrix-nio's own, as other programs use it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, RoomMessagesResponse, RoomSendResponse
from nio.api import MessageDirection
from nio.store import SqliteStore

from tests.e2e.synapse import Json, Member, Synapse


class Encrypting(Member):
    """A member whose messages are encrypted where the room is, and who reads those of others."""

    client: AsyncClient
    _reading: asyncio.Task[None]

    @classmethod
    async def of(cls, member: Member, folder: Path, device: str = "") -> Encrypting:
        """Return a member with a client of matrix-nio, which begins to read."""
        own = cls(member.server, member.user_id, member.token, device or member.device_id)
        store = folder / f"client-{own.user_id[1:].partition(':')[0]}-{own.device_id}"
        store.mkdir()
        config = AsyncClientConfig(store=SqliteStore)
        own.client = AsyncClient(own.server.url, own.user_id, own.device_id, str(store), config)
        own.client.restore_login(own.user_id, own.device_id, own.token)
        own._reading = asyncio.create_task(own._read())
        async with asyncio.timeout(60):
            await own.client.synced.wait()
            while not own.client.olm_account_shared:  # until then nobody can give it keys
                await asyncio.sleep(0.05)
        return own

    async def another_device(self, folder: Path) -> Encrypting:
        """Log in once more, as on a new telephone."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": "only for tests",
        }
        answer = await self.server.call("POST", "login", body)
        member = Member(self.server, self.user_id, answer["access_token"], answer["device_id"])
        return await type(self).of(member, folder)

    async def _read(self) -> None:
        await self.client.sync_forever(timeout=2000, full_state=True)

    async def stop(self) -> None:
        """Close the client."""
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._reading
        await self.client.close()

    async def send(self, room_id: str, content: Json | str) -> str:
        """Send a message, encrypted where the room is; returns its event id."""
        body = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        return await self.send_event(room_id, "m.room.message", body)

    async def send_event(self, room_id: str, kind: str, content: Json) -> str:
        """Send an event of any type, encrypted where the room is."""
        async with asyncio.timeout(60):
            while room_id not in self.client.rooms:
                await asyncio.sleep(0.05)
        answer = await self.client.room_send(room_id, kind, content, ignore_unverified_devices=True)
        assert isinstance(answer, RoomSendResponse), answer
        return str(answer.event_id)

    async def messages(self, room_id: str) -> list[Json]:
        """Return the messages of a room that this client can read, oldest first."""
        answer = await self.client.room_messages(room_id, "", direction=MessageDirection.back, limit=200)
        assert isinstance(answer, RoomMessagesResponse), answer
        found: list[Json] = [_whole(event) for event in reversed(answer.chunk)]
        return [event for event in found if event.get("type") == "m.room.message"]

    async def raw(self, room_id: str) -> list[Json]:
        """Return the events of a room as the homeserver has them, oldest first."""
        answer = await self.call("GET", f"rooms/{room_id}/messages?dir=b&limit=200")
        return list(reversed(answer["chunk"]))


def _whole(event: Any) -> Json:
    return dict(event.source)


__all__ = ["Encrypting", "Synapse"]
