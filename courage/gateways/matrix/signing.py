"""The account's own cross-signing identity: clients that give keys only to confirmed devices give them to ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from nio import Api

from courage.gateways.matrix.client import Client
from courage.gateways.matrix.keys import KeyFolder

_FILE: Final = "cross-signing.json"
_ROLES: Final = ("master", "self_signing", "user_signing")
_log = logging.getLogger(__name__)
Json = dict[str, Any]
#: Posts to a path below ``/_matrix/client/v3/`` and returns status and answer; raises ``ChannelError`` out of reach.
Post = Callable[[str, Json], Awaitable[tuple[int, Json]]]


class OwnIdentity:
    """Makes the identity of an account that has none, and signs our device with it.

    An identity that somebody made with another client is left alone: that client has to confirm our device.

    :param password: of the account, which some homeservers ask for; empty where there is only a token.
    """

    def __init__(self, client: Client, folder: KeyFolder, post: Post, password: str) -> None:
        self._client = client
        self._folder = folder
        self._post = post
        self._password = password
        self._keys: dict[str, Any] = {}
        self.note = ""
        self.done = False

    async def ensure(self) -> None:
        """See to it that our device is signed; ``note`` says why it is not. Done once for each connection.

        :raises ChannelError: if the homeserver is out of reach.
        """
        user, device = self._client.user_id, self._client.device_id
        status, known = await self._post("keys/query", {"device_keys": {user: [device]}})
        if status != 200:
            return
        self.done = True
        self._load()
        master = _first_key((known.get("master_keys") or {}).get(user))
        if master and (not self._keys or master != self._public("master")):
            signer = _first_key((known.get("self_signing_keys") or {}).get(user))
            signatures = (
                ((known.get("device_keys") or {}).get(user) or {}).get(device, {}).get("signatures", {})
            )
            if f"ed25519:{signer}" not in signatures.get(user, {}):
                self.note = (
                    "the account's identity was made with another client; confirm the device there, "
                    "or members' clients may refuse to give it keys"
                )
            return
        if not master and not await self._publish():
            return
        await self._sign_device(known)

    def _load(self) -> None:
        from nio.crypto import OlmAccount

        kept, secret = self._folder.load(_FILE), self._folder.pickle_key()
        if isinstance(kept, Mapping):
            self._keys = {role: OlmAccount.from_pickle(kept[role].encode(), secret) for role in _ROLES}

    def _make(self) -> None:
        from nio.crypto import OlmAccount

        secret = self._folder.pickle_key()
        self._keys = {role: OlmAccount() for role in _ROLES}
        # On the disk before anybody hears of them: an identity that was published and lost cannot be used again.
        self._folder.save(_FILE, {role: key.pickle(secret).decode() for role, key in self._keys.items()})

    def _public(self, role: str) -> str:
        return str(self._keys[role].identity_keys["ed25519"])

    def _described(self, role: str) -> Json:
        public = self._public(role)
        key: Json = {"user_id": self._client.user_id, "usage": [role], "keys": {f"ed25519:{public}": public}}
        return key if role == "master" else self._signed(key, "master")

    def _signed(self, value: Json, role: str) -> Json:
        bare = {key: part for key, part in value.items() if key not in ("signatures", "unsigned")}
        signature = self._keys[role].sign(Api.to_canonical_json(bare))
        return {**bare, "signatures": {self._client.user_id: {f"ed25519:{self._public(role)}": signature}}}

    async def _publish(self) -> bool:
        if not self._keys:
            self._make()
        body = {f"{role}_key": self._described(role) for role in _ROLES}
        status, answer = await self._post("keys/device_signing/upload", body)
        if status == 401 and "session" in answer and self._password:
            proof = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self._client.user_id},
                "password": self._password,
                "session": answer["session"],
            }
            status, answer = await self._post("keys/device_signing/upload", {**body, "auth": proof})
        if status != 200:
            self.note = (
                "the homeserver wants the account's password before our device can be confirmed; set it once in "
                "COURAGE_MATRIX_PASSWORD, or members' clients may refuse to give it keys"
            )
            _log.warning("our identity was not accepted: %s", answer.get("errcode", status))
        return status == 200

    async def _sign_device(self, known: Json) -> None:
        user, device = self._client.user_id, self._client.device_id
        keys = ((known.get("device_keys") or {}).get(user) or {}).get(device)
        if not keys:
            self.done = False  # not uploaded yet
            return
        signer = f"ed25519:{self._public('self_signing')}"
        if signer in keys.get("signatures", {}).get(user, {}):
            return
        status, answer = await self._post(
            "keys/signatures/upload", {user: {device: self._signed(keys, "self_signing")}}
        )
        if status != 200 or answer.get("failures"):
            self.note = "our device could not be confirmed; members' clients may refuse to give it keys"


def _first_key(found: object) -> str:
    keys = found.get("keys") if isinstance(found, Mapping) else None
    return str(next(iter(keys.values()))) if isinstance(keys, Mapping) and keys else ""
