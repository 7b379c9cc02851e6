"""Encrypts a notice so that only the browser can read it, not the push service that carries it (RFC 8291, RFC 8188)."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD: Final = 4096
#: What every push service has to carry (RFC 8030), less what encryption adds.
MOST_BYTES: Final = 3800
#: Ends the last, and here the only, record.
_LAST: Final = b"\x02"


class BadKeys(ValueError):
    """A browser gave keys that are none."""


def decoded(value: str, length: int) -> bytes:
    """Return what a browser wrote in base64, with or without padding, of so many bytes.

    :raises BadKeys: if it is something else.
    """
    try:
        found = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        raise BadKeys("not base64") from None
    if len(found) != length:
        raise BadKeys(f"{len(found)} bytes instead of {length}")
    return found


def browser_key(value: str) -> ec.EllipticCurvePublicKey:
    """Return a browser's public key.

    :raises BadKeys: if it is no point of the curve.
    """
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(value, 65))
    except ValueError as error:
        raise BadKeys(str(error)) from None


def raw(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as the standards write it: 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    text: bytes,
    public_key: str,
    auth_secret: str,
    *,
    ours: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return a body of the encoding ``aes128gcm`` for a browser.

    :param ours: the key of this one message, and ``salt`` its salt; ``None``: new ones, as it has to be.
    :raises BadKeys: if the browser's keys are none.
    """
    theirs, secret = browser_key(public_key), decoded(auth_secret, 16)
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    sent = raw(ours.public_key())
    shared = ours.exchange(ec.ECDH(), theirs)
    keyed = _derive(shared, secret, b"WebPush: info\0" + raw(theirs) + sent, 32)
    cipher = AESGCM(_derive(keyed, salt, b"Content-Encoding: aes128gcm\0", 16))
    nonce = _derive(keyed, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(sent)]) + sent
    return head + cipher.encrypt(nonce, text + _LAST, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
