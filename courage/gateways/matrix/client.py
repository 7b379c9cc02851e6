"""matrix-nio's client, with what keys need beyond it: nothing half done after a crash, nothing believed unsigned."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from nio import (
    Api,
    AsyncClient,
    ErrorResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    MegolmEvent,
    Response,
    RoomMessagesResponse,
    SyncResponse,
)

from courage.gateways.matrix.identities import Identities

_MEGOLM: Final = "m.megolm.v1.aes-sha2"
#: Where a decrypted event says which device it is from (its Curve25519 key); homeservers cannot set it.
SENDER_KEY: Final = "courage.sender_key"


def source_of(event: Any) -> dict[str, Any]:
    """Return an event of nio as the homeserver or, decrypted, its sender gave it."""
    source = {key: value for key, value in event.source.items() if key != SENDER_KEY}
    if getattr(event, "decrypted", False):
        source[SENDER_KEY] = event.sender_key
    return source


class Client(AsyncClient):  # type: ignore[misc]
    """A client whose keys are in a store once ``load_store`` was called; ``identities`` is set by whoever does that."""

    identities: Identities | None = None

    async def parse_body(self, transport_response: aiohttp.ClientResponse) -> dict[Any, Any]:
        """Return an answer; what some homeservers leave out because it is nothing is put in."""
        body: dict[Any, Any] = await super().parse_body(transport_response)
        if isinstance(body, dict) and "one_time_key_counts" in body:
            counts = body["one_time_key_counts"]
            body["one_time_key_counts"] = {"curve25519": 0, "signed_curve25519": 0, **counts}
        return body

    async def receive_response(self, response: Response) -> None:
        """Take note of an answer; all keys that are in it are on the disk afterwards, or none are."""
        if isinstance(response, SyncResponse) and self.olm is not None:
            # Without this, a crash between using up a one-time key and writing down what it opened loses a room key.
            with self.store.database.atomic():
                await super().receive_response(response)
            # nio takes "none left" for "nothing said".
            if (left := response.device_key_count.signed_curve25519) is not None:
                self.olm.uploaded_key_count = left
        else:
            await super().receive_response(response)

    async def keys_upload(self) -> Any:
        """Upload new keys, which are on the disk before the homeserver hands any of them out."""
        keys = self.olm.share_keys()
        self.olm.save_account()
        method, path, data = Api.keys_upload(self.access_token, keys)
        return await self._send(KeysUploadResponse, method, path, data)

    async def keys_query(self) -> Any:
        """Ask for the devices of all whose devices may have changed, and for their cross-signing identities."""
        method, path, data = Api.keys_query(self.access_token, set(self.users_for_key_query))
        headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"}
        async with await self.send(method, path.partition("?")[0], data, headers) as answer:
            body = await self.parse_body(answer)
        if answer.status != 200:
            return ErrorResponse.from_dict(body)
        if self.identities is not None:
            self.identities.learn(json.loads(json.dumps(body)))
        response = KeysQueryResponse.from_dict(body)
        await self.receive_response(response)
        return response

    def open_event(self, event: Any, room_id: str) -> Any:
        """Return what an encrypted event says, or ``None`` where there is no key for it (yet).

        Only what a member may say is believed: an encrypted event is never a state event and never takes anything away,
        whatever is inside.
        """
        megolm = self._megolm(event, room_id)
        if megolm is None or self.olm is None:
            return None
        found = self.olm._decrypt_megolm_no_error(megolm, room_id)
        inside = getattr(found, "source", None)
        if not isinstance(inside, Mapping) or not isinstance(inside.get("content"), Mapping):
            return None
        found.source = {
            "type": "" if inside.get("type") in (None, "m.room.redaction") else str(inside["type"]),
            "content": dict(inside["content"]),
            "sender": megolm.sender,
            "event_id": megolm.event_id,
            "origin_server_ts": megolm.server_timestamp,
        }
        found.decrypted, found.sender_key = True, megolm.sender_key
        return found

    def _megolm(self, event: Any, room_id: str) -> MegolmEvent | None:
        if isinstance(event, MegolmEvent):
            event.room_id = room_id
            return event
        source = getattr(event, "source", None)
        content = source.get("content") if isinstance(source, Mapping) else None
        if self.olm is None or source is None or not isinstance(content, Mapping):
            return None
        if content.get("algorithm") != _MEGOLM:
            return None
        # Clients may leave out which device a message is from; nio wants to be told.
        session = next(
            (
                s
                for s in self.olm.inbound_group_store
                if s.room_id == room_id and s.id == content.get("session_id")
            ),
            None,
        )
        if session is None:
            return None
        device = self.olm.device_store.device_from_sender_key(source.get("sender"), session.sender_key)
        given = {
            "sender_key": session.sender_key,
            "device_id": "" if device is None else device.id,
            **{k: v for k, v in content.items() if k != "sender_key"},
        }
        with contextlib.suppress(Exception):  # whatever else is wrong with it, it cannot be read
            again = MegolmEvent.from_dict({**source, "content": given, "room_id": room_id})
            return again if isinstance(again, MegolmEvent) else None
        return None

    def _handle_timeline_event(self, event: Any, room_id: str, room: Any, encrypted_rooms: set[str]) -> Any:
        source = getattr(event, "source", None)
        if isinstance(source, Mapping) and source.get("type") == "m.room.encrypted":
            return self.open_event(event, room_id)
        return super()._handle_timeline_event(event, room_id, room, encrypted_rooms)

    def _handle_messages_response(self, response: RoomMessagesResponse) -> None:
        for at, event in enumerate(response.chunk):
            source = getattr(event, "source", None)
            if isinstance(source, Mapping) and source.get("type") == "m.room.encrypted":
                response.chunk[at] = self.open_event(event, response.room_id) or event
