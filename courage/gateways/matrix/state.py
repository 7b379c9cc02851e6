"""Transaction ids that stay the same after a crash."""

from __future__ import annotations

from hashlib import blake2b


def transaction_id(salt: str, key: str) -> str:
    """Return the Matrix transaction id of an outbox key: the same after a crash, so that nothing is posted twice."""
    return "courage-" + blake2b(f"{salt}\0{key}".encode(), digest_size=16).hexdigest()
