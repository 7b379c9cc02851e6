"""Says to a push service who sends (VAPID, RFC 8292): a key of this installation, to which browsers bind what they allow."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from courage.gateways.push.encryption import raw

#: Services refuse what is valid for more than a day.
_VALID: Final = timedelta(hours=12)
#: The order of the curve P-256.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Vapid:
    """Signs for push services.

    :param secret: the installation's secret; the key is derived from it, so that it is kept nowhere else.
    :param contact: where a service can ask whom it carries for: an https address, or ``mailto:``.
    """

    def __init__(self, secret: bytes, contact: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"courage web push").derive(secret)
        # 48 bytes, so that the rest of the division is spread evenly.
        number = int.from_bytes(derived, "big") % (_ORDER - 1) + 1
        self._key = ec.derive_private_key(number, ec.SECP256R1())
        self._contact = contact

    @property
    def public_key(self) -> str:
        """The public key as browsers want it."""
        return _text(raw(self._key.public_key()))

    def header(self, endpoint: str, now: datetime) -> str:
        """Return the value of ``Authorization`` for a message to an address of a push service."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _VALID).timestamp()),
            "sub": self._contact,
        }
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        token = f"{signed}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        return f"vapid t={token}, k={self.public_key}"


def _json(value: dict[str, object]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
