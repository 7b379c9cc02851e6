"""Links of mails that work without a login: one stops mails of a kind, one says that an address is read.

They are signed with a key that is derived from the installation's own secret, so nothing of them is kept. Neither lets
anybody in, nor shows anything.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: The mails that can be stopped, each alone.
STOPPABLE: Final = ("digest", "alarm")
_MOST: Final = 120


class NoticeTokens:
    """Makes and reads the tokens.

    :param secret: the installation's secret; the key is derived from it (HKDF-SHA256).
    """

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"courage notices")
        self._key = derived.derive(secret)

    def stop(self, choice_id: int, kind: str) -> str:
        """Return the token that stops mails of a kind; it works for as long as there is the row of choices."""
        return f"{choice_id}.{kind}.{self._sign('stop', choice_id, kind)}"

    def read_stop(self, token: str) -> tuple[int, str] | None:
        """Return whose row of choices a token is for and which mails it stops, or ``None`` where it is none of ours."""
        number, kind, sign = _split(token)
        if kind not in STOPPABLE or not hmac.compare_digest(sign, self._sign("stop", number, kind)):
            return None
        return number, kind

    def confirm(self, choice_id: int, address: str) -> str:
        """Return the token that says that an address is read; it is worth nothing for another address."""
        return f"{choice_id}.read.{self._sign('confirm', choice_id, address.casefold())}"

    def read_confirm(self, token: str) -> int:
        """Return whose row of choices a token claims to be for; whether that is so, :meth:`confirms` says."""
        return _split(token)[0]

    def confirms(self, token: str, choice_id: int, address: str) -> bool:
        """Say whether a token is for this row and this address."""
        return hmac.compare_digest(token[:_MOST].encode(), self.confirm(choice_id, address).encode())

    def _sign(self, *parts: object) -> str:
        words = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self._key, words, sha256)[:24]).decode()


def _split(token: str) -> tuple[int, str, str]:
    number, _, rest = token[:_MOST].partition(".")
    kind, _, sign = rest.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and sign.isascii()):
        return 0, "", ""
    return int(number), kind, sign
