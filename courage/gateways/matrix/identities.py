"""Whose devices may read encrypted rooms and give commands in them: cross-signing, and what the operator set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from courage.gateways.matrix.keys import KeyFolder

#: How much a device must have to be trusted (see ``docs/gateways.md``).
POLICIES: Final = ("signed", "members", "listed")
_FILE: Final = "identities.json"
_log = logging.getLogger(__name__)

#: Says whether an object of JSON is signed: object, public key, user, name of the key.
Verify = Callable[[dict[str, Any], str, str, str], bool]


@dataclass(frozen=True, slots=True)
class _Identity:
    """What an account says of itself now: its master key, and the devices that it has signed."""

    master: str
    signed: frozenset[str]


def _only_key(found: Mapping[str, Any] | None) -> str:
    keys = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(keys, Mapping) or len(keys) != 1:
        return ""
    ((name, key),) = keys.items()
    return key if isinstance(key, str) and name == f"ed25519:{key}" else ""


class Identities:
    """Knows the cross-signing identities of accounts.

    An account's identity is remembered when it is first seen. If it is another one later, the account's devices get
    nothing until the operator takes the account out of ``identities.json``: that may be somebody who lost their keys, or
    somebody who pretends to be them.

    :param policy: ``signed``: devices that their owner has confirmed; of accounts without cross-signing, all.
        ``members``: all devices. ``listed``: the devices whose Ed25519 fingerprints are in ``listed``.
    """

    def __init__(self, folder: KeyFolder, policy: str, listed: Collection[str], verify: Verify) -> None:
        self._folder = folder
        self._policy = policy
        self._listed = frozenset("".join(fingerprint.split()) for fingerprint in listed)
        self._verify = verify
        found = folder.load(_FILE)
        self._pinned: dict[str, str] = dict(found) if isinstance(found, dict) else {}
        self._now: dict[str, _Identity] = {}

    @property
    def changed(self) -> list[str]:
        """The accounts whose identity is not the one that was first seen."""
        return sorted(
            user for user, now in self._now.items() if self._pinned.get(user, now.master) != now.master
        )

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Take note of what the homeserver says of accounts (the answer of ``/keys/query``)."""
        devices = answer.get("device_keys")
        if not isinstance(devices, Mapping):
            return
        pinned = dict(self._pinned)
        for user, theirs in devices.items():
            if isinstance(theirs, Mapping):
                self._now[user] = now = self._read(answer, user, theirs)
                if now.master:
                    pinned.setdefault(user, now.master)
                if pinned.get(user, now.master) != now.master:
                    _log.warning("the identity of a Matrix account has changed; its devices get no keys")
        if pinned != self._pinned:
            self._folder.save(_FILE, pinned)
            self._pinned = pinned

    def _read(self, answer: Mapping[str, Any], user: str, devices: Mapping[str, Any]) -> _Identity:
        masters, signers = answer.get("master_keys"), answer.get("self_signing_keys")
        master = masters.get(user) if isinstance(masters, Mapping) else None
        signer = signers.get(user) if isinstance(signers, Mapping) else None
        master_key, signing_key = _only_key(master), _only_key(signer)
        if not master_key or master.get("user_id") != user:  # type: ignore[union-attr]
            return _Identity("", frozenset())
        if not signing_key or not self._verify(dict(signer or {}), master_key, user, master_key):
            return _Identity(master_key, frozenset())
        signed = [
            device_id
            for device_id, keys in devices.items()
            if isinstance(keys, dict) and self._verify(dict(keys), signing_key, user, signing_key)
        ]
        return _Identity(master_key, frozenset(signed))

    def trusts(self, user: str, device_id: str, fingerprint: str) -> bool:
        """Return whether a device may read what is sent and is listened to."""
        if self._policy == "members":
            return True
        if self._policy == "listed":
            return fingerprint in self._listed
        now, pinned = self._now.get(user), self._pinned.get(user)
        if pinned is None:
            return True  # no cross-signing: there is nothing by which to tell devices apart
        return now is not None and now.master == pinned and device_id in now.signed
