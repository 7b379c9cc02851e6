"""Keyed hashes that stand in for authors and for texts."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

_MIN_KEY = 16


def _keyed(key: bytes, purpose: bytes, *parts: str) -> str:
    if len(key) < _MIN_KEY:
        raise ValueError(f"the pseudonym key has {len(key)} bytes; at least {_MIN_KEY} are wanted")
    # Length prefixes, so that ("ab", "c") and ("a", "bc") cannot meet.
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    data = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return blake2b(data, key=key[:64], digest_size=16, person=purpose).hexdigest()


def pseudonym(key: bytes, channel: str, author: str) -> str:
    """Return the pseudonym of an author, 32 hexadecimal digits.

    :raises ValueError: if the key is shorter than 16 bytes.
    """
    return _keyed(key, b"courage-author", channel, author)


def text_digest(key: bytes, text: str) -> str:
    """Return a keyed digest by which repeats of a text are found; case, width and spacing do not matter.

    :raises ValueError: if the key is shorter than 16 bytes.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _keyed(key, b"courage-text", plain)


def subject_digest(key: bytes, *parts: str) -> str:
    """Return a keyed digest of what tries to log in are counted for, 32 hexadecimal digits.

    :raises ValueError: if the key is shorter than 16 bytes.
    """
    return _keyed(key, b"courage-login", *parts)
