"""Encrypted rooms: keys up to date, given to the right devices, and nothing sent before that is so."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from nio import Api, ErrorResponse, JoinedMembersResponse, ShareGroupSessionResponse
from nio.crypto import ENCRYPTION_ENABLED

from courage.cases.errors import ChannelError
from courage.gateways.matrix.client import Client
from courage.gateways.matrix.identities import Identities
from courage.gateways.matrix.keys import STORE, KeyFolder, KeysMissing, KeysUnusable
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.signing import OwnIdentity, Post

#: How long a row of the outbox waits when keys are missing, in seconds; it goes at once when they are there.
WAIT: Final = 900.0
_log = logging.getLogger(__name__)


def _answered(response: object, doing: str) -> None:
    if isinstance(response, ErrorResponse):
        raise ChannelError(f"the homeserver did not answer as agreed while {doing}: {response.status_code}")


class Encryption:
    """The keys of our device, and who gets those of the rooms.

    :param client: logged in, so that user and device are known.
    :param post: posts to the homeserver (see :data:`courage.gateways.matrix.signing.Post`).
    :raises KeysUnusable: if the keys cannot be read, or another process uses them.
    """

    def __init__(self, client: Client, settings: MatrixSettings, post: Post) -> None:
        if not ENCRYPTION_ENABLED:
            raise KeysUnusable("matrix-nio is installed without encryption; install matrix-nio[e2e]")
        self._client = client
        self._sharing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._trouble = ""
        self.untrusted: set[str] = set()
        self._folder = folder = KeyFolder(Path(settings.keys), client.user_id)
        folder.open()
        try:
            client.store_path = str(folder.path)
            client.config = replace(client.config, pickle_key=folder.pickle_key(), store_name=STORE)
            client.load_store()
            folder.close_to_others()
            self._own = OwnIdentity(client, folder, post, settings.password or "")
            client.identities = self._identities = Identities(
                folder, settings.trust, settings.trusted_devices, client.olm.verify_json
            )
        except KeysUnusable:
            self.close()
            raise
        except Exception as error:  # whatever the database, the pickles or nio make of a damaged file
            self.close()
            raise KeysUnusable(
                f"the Matrix keys in {folder.path} cannot be read ({type(error).__name__}); put them back from your backup"
            ) from None

    def close(self) -> None:
        """Close the store and let other processes use it."""
        if self._client.store is not None:
            self._client.store.database.close()
            self._client.store = self._client.olm = None
        self._folder.close()

    @property
    def fingerprint(self) -> str:
        """What others compare to be sure that a device is ours."""
        return str(self._client.olm.account.identity_keys["ed25519"])

    @property
    def trouble(self) -> str:
        """Why nothing can be sent in encrypted rooms just now; empty when it can."""
        if self._trouble:
            return self._trouble
        return "" if self._client.olm.account.shared else "the keys of encrypted rooms are not ready yet"

    async def check_device(self, known: dict[str, Any]) -> None:
        """Compare our keys with what the homeserver has for our device (the answer of ``/keys/query``).

        :raises KeysUnusable: if it has other ones, so that nobody could read or write to us.
        """
        client = self._client
        device = (known.get("device_keys") or {}).get(client.user_id, {}).get(client.device_id)
        theirs = None if device is None else device.get("keys", {}).get(f"ed25519:{client.device_id}")
        account = client.olm.account
        if theirs is None and account.shared:
            _log.warning("the homeserver has no keys of our device any more; they are uploaded again")
            account.shared = False
            client.olm.save_account()
        elif theirs is not None and theirs != account.identity_keys["ed25519"]:
            raise KeysUnusable(
                f"the homeserver has other keys for device {client.device_id} than {self._folder.path}: put the folder "
                "back from your backup, or log the device out and give it a new name in COURAGE_MATRIX_DEVICE"
            )

    async def upkeep(self) -> None:
        """Do what keys need after news from the homeserver: upload, ask, claim, send.

        :raises ChannelError: if the homeserver does not answer as agreed.
        """
        client = self._client
        try:
            if client.should_upload_keys:
                _answered(await client.keys_upload(), "uploading keys")
            if not self._own.done:
                await self._own.ensure()
            if client.should_query_keys:
                _answered(await client.keys_query(), "asking for keys")
            if client.should_claim_keys:
                _answered(await client.keys_claim(client.get_users_for_key_claiming()), "claiming keys")
            for response in await client.send_to_device_messages():
                _answered(response, "sending keys")
        except ChannelError as error:
            self._trouble = str(error)
            raise
        self._trouble = ""

    def listens_to(self, user: str, sender_key: str | None) -> bool:
        """Return whether a device is trusted that is known by the key with which it sent something."""
        device = self._client.olm.device_store.device_from_sender_key(user, sender_key or "")
        return device is not None and self._identities.trusts(user, device.id, device.ed25519)

    async def seal(self, room_id: str, kind: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return type and content of an event that only the trusted devices in a room can read.

        :raises ChannelError: if keys are missing on our side, or could not be given to the others.
        """
        if trouble := self.trouble:
            raise KeysMissing(trouble, retry_after=WAIT)
        client = self._client
        room = client.rooms.get(room_id)
        if room is None:
            raise ChannelError("the room is not known yet")
        async with self._sharing[room_id]:
            if not room.members_synced:
                _answered(members := await client.joined_members(room_id), "asking who is in the room")
                if not isinstance(members, JoinedMembersResponse):
                    raise ChannelError("it is not known who is in the room")
            client.olm.update_tracked_users(room)
            if client.should_query_keys:
                _answered(await client.keys_query(), "asking for keys")
            self._decide(room)
            if client.olm.should_share_group_session(room_id):
                await self._share(room_id, list(room.users))
            # Nothing may come between: what was shared is what is used.
            sealed: tuple[str, dict[str, Any]] = client.encrypt(room_id, kind, content)
            return sealed

    def _decide(self, room: Any) -> None:
        client = self._client
        for user in room.users:
            self.untrusted.discard(user)
            for device in client.olm.device_store.active_user_devices(user):
                if user == client.user_id and device.id == client.device_id:
                    continue
                if not self._identities.trusts(user, device.id, device.ed25519):
                    self.untrusted.add(user)
                    if not device.blacklisted:
                        client.blacklist_device(device)
                elif not device.ignored:  # nio's word for: may read, though nobody compared emoji with it
                    if device.blacklisted:
                        client.unblacklist_device(device)
                    client.ignore_device(device)

    async def _share(self, room_id: str, users: list[str]) -> None:
        client = self._client
        if missing := client.get_missing_sessions(room_id):
            _answered(await client.keys_claim(missing), "claiming keys")
        shared = client.olm.share_group_session_parallel(room_id, users, ignore_unverified_devices=True)
        for devices, messages in shared:
            method, path, data = Api.to_device(client.access_token, "m.room.encrypted", messages, uuid4())
            # What was given to some already is remembered; the next try goes on with the others.
            response = await client._send(
                ShareGroupSessionResponse, method, path, data, response_data=(room_id, devices)
            )
            _answered(response, "giving keys to the others in the room")
        client.olm.outbound_group_sessions[room_id].shared = True

    def health(self) -> dict[str, Any]:
        """Return what an operator should know of the keys."""
        found: dict[str, Any] = {"fingerprint": self.fingerprint}
        if self._own.note:
            found["note"] = self._own.note
        if self.untrusted:
            found["accounts_with_untrusted_devices"] = sorted(self.untrusted)
        if self._identities.changed:
            found["accounts_with_another_identity"] = self._identities.changed
        return found
