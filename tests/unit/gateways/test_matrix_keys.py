"""The folder of keys, and who is trusted; nothing that others say is believed without a signature."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from nio import Api
from nio.crypto import OlmAccount

from courage.errors import CourageError
from courage.gateways.matrix.client import Client
from courage.gateways.matrix.identities import Identities
from courage.gateways.matrix.keys import KeyFolder, KeysUnusable
from courage.gateways.matrix.settings import MatrixSettings

ANN = "@ann:x"
Json = dict[str, Any]


def key(account: OlmAccount) -> str:
    return str(account.identity_keys["ed25519"])


def signed(value: Json, by: OlmAccount, name: str) -> Json:
    return {**value, "signatures": {ANN: {f"ed25519:{name}": by.sign(Api.to_canonical_json(value))}}}


class Account:
    """Somebody with cross-signing: a master key, a signing key, devices."""

    def __init__(self) -> None:
        self.master, self.signer = OlmAccount(), OlmAccount()
        self.devices = {"PHONE": OlmAccount(), "LAPTOP": OlmAccount()}

    def answer(self, confirmed: set[str], *, signer_by: OlmAccount | None = None) -> Json:
        master = {
            "user_id": ANN,
            "usage": ["master"],
            "keys": {f"ed25519:{key(self.master)}": key(self.master)},
        }
        signer: Json = {
            "user_id": ANN,
            "usage": ["self_signing"],
            "keys": {f"ed25519:{key(self.signer)}": key(self.signer)},
        }
        devices = {}
        for name, account in self.devices.items():
            keys: Json = {"user_id": ANN, "device_id": name, "keys": {f"ed25519:{name}": key(account)}}
            by = self.signer if name in confirmed else OlmAccount()
            devices[name] = signed(keys, by, key(self.signer))
        return {
            "device_keys": {ANN: devices},
            "master_keys": {ANN: master},
            "self_signing_keys": {ANN: signed(signer, signer_by or self.master, key(self.master))},
        }


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    folder = KeyFolder(tmp_path / "keys", "@courage:x")
    folder.open()
    return folder


@pytest.fixture
def verify(tmp_path: Path) -> Any:
    client = Client("https://x", "@courage:x", "DEVICE", str(tmp_path))
    client.restore_login("@courage:x", "DEVICE", "token")
    return client.olm.verify_json


def test_a_device_is_trusted_once_its_owner_has_confirmed_it(folder: KeyFolder, verify: Any) -> None:
    ann, known = Account(), Identities(folder, "signed", (), verify)
    known.learn(ann.answer({"PHONE"}))
    assert known.trusts(ANN, "PHONE", "")
    assert not known.trusts(ANN, "LAPTOP", "")
    known.learn(ann.answer({"PHONE", "LAPTOP"}))
    assert known.trusts(ANN, "LAPTOP", "")


def test_a_signing_key_that_the_account_did_not_sign_signs_nothing(folder: KeyFolder, verify: Any) -> None:
    known = Identities(folder, "signed", (), verify)
    known.learn(Account().answer({"PHONE"}, signer_by=OlmAccount()))
    assert not known.trusts(ANN, "PHONE", "")


def test_an_identity_that_changes_or_goes_is_not_believed_even_after_a_restart(
    folder: KeyFolder, verify: Any
) -> None:
    Identities(folder, "signed", (), verify).learn(Account().answer({"PHONE"}))
    again = Identities(folder, "signed", (), verify)
    again.learn(Account().answer({"PHONE", "LAPTOP"}))
    assert not again.trusts(ANN, "PHONE", "")
    assert again.changed == [ANN]
    bare = Account().answer(set())
    again.learn({"device_keys": bare["device_keys"]})
    assert not again.trusts(ANN, "PHONE", "")
    assert again.changed == [ANN]


def test_accounts_without_cross_signing_and_the_other_policies(folder: KeyFolder, verify: Any) -> None:
    ann = Account()
    plain = {"device_keys": ann.answer(set())["device_keys"]}
    for policy, listed, trusted in (
        ("signed", (), True),
        ("members", (), True),
        ("listed", (), False),
        ("listed", (f" {key(ann.devices['PHONE'])} ",), True),
    ):
        known = Identities(folder, policy, listed, verify)
        known.learn(plain)
        assert known.trusts(ANN, "PHONE", key(ann.devices["PHONE"])) is trusted, policy
    with pytest.raises(CourageError, match="'all' is not one of signed, members, listed"):
        MatrixSettings("https://x", "@courage:x", "token", trust="all")


@pytest.mark.parametrize(
    "answer", [{}, {"device_keys": []}, {"device_keys": {ANN: {"X": 3}}, "master_keys": 3}]
)
def test_broken_answers_do_no_harm(folder: KeyFolder, verify: Any, answer: Json) -> None:
    Identities(folder, "signed", (), verify).learn(answer)


def test_the_folder_is_for_its_owner_and_for_one_process(tmp_path: Path, folder: KeyFolder) -> None:
    (folder.path / "keys.db").write_text("x")
    (folder.path / "keys.db").chmod(0o644)
    folder.close_to_others()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.path.iterdir()} == {0o600}
    with pytest.raises(KeysUnusable, match="another process"):
        KeyFolder(tmp_path / "keys", "@courage:x").open()
    folder.close()
    KeyFolder(tmp_path / "keys", "@courage:x").open()


def test_a_folder_that_cannot_be_made_or_read_is_named(tmp_path: Path, folder: KeyFolder) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysUnusable, match="cannot be used"):
        KeyFolder(tmp_path / "file", "@courage:x").open()
    (folder.path / "identities.json").write_text("{")
    with pytest.raises(KeysUnusable, match=r"identities\.json is not valid JSON"):
        folder.load("identities.json")
    (folder.path / "keys.db").write_text("")
    with pytest.raises(KeysUnusable, match="pickle-key is missing"):
        folder.pickle_key()


def test_what_is_inside_an_encrypted_event_is_never_state_and_takes_nothing_away(tmp_path: Path) -> None:
    """A member may put anything into what only the room can read, even who joined or what is redacted."""
    client = Client("https://x", "@courage:x", "DEVICE", str(tmp_path))
    client.restore_login("@courage:x", "DEVICE", "token")
    room_id = "!room:x"
    client.olm.create_outbound_group_session(room_id)
    client.olm.outbound_group_sessions[room_id].shared = True
    for kind, inside, shown in (
        ("m.room.member", {"membership": "join"}, "m.room.member"),
        ("m.room.redaction", {"redacts": "$other"}, ""),
        ("m.room.encryption", {"algorithm": "none"}, "m.room.encryption"),
    ):
        plain = {"type": kind, "content": inside, "state_key": "@eve:x", "redacts": "$other"}
        content = client.olm.group_encrypt(room_id, plain)
        event = {
            "type": "m.room.encrypted",
            "content": content,
            "event_id": f"${kind}",
            "sender": "@courage:x",
            "origin_server_ts": 1,
            "courage.sender_key": "forged",
        }
        from nio import Event

        found = client.open_event(Event.parse_event(event), room_id)
        assert found is not None
        assert "state_key" not in found.source
        assert "redacts" not in found.source
        assert found.source["type"] == shown
