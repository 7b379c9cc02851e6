"""Secrets that have to be read again, encrypted before they reach the database.

The key is derived from the installation's own secret, which lies in a file of the home folder and not in the database:
whoever reads the database, or a dump of it, learns nothing.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from courage.people.errors import CannotUnseal

#: Every sealed text begins so.
MARK: Final = "sealed1:"
_NONCE: Final = 12


class Seal:
    """Encrypts texts (AES-256-GCM) for one purpose; a sealed text opens only for what it was sealed for.

    :param secret: the installation's secret; the key is derived from it (HKDF-SHA256).
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"courage {purpose}".encode())
        self._cipher = AESGCM(derived.derive(secret))

    def close(self, text: str, about: object) -> str:
        """Return a text sealed; ``about`` says what for, such as the number of a row."""
        nonce = os.urandom(_NONCE)
        closed = self._cipher.encrypt(nonce, text.encode(), str(about).encode())
        return MARK + base64.urlsafe_b64encode(nonce + closed).decode()

    def open(self, sealed: str, about: object) -> str:
        """Return a sealed text.

        :raises CannotUnseal: if it was sealed with another key or for something else, or is damaged.
        """
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(MARK))
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], str(about).encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise CannotUnseal from None


def is_sealed(text: str) -> bool:
    """Say whether a text is sealed; what earlier versions kept is not."""
    return text.startswith(MARK)
