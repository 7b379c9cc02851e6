"""Codes by which people join: six letters that cannot be taken for one another, however they are read out or written."""

from __future__ import annotations

import secrets
from typing import Final

#: No I, L, O, Q, U or V: they look like 1, 0 or one another.
LETTERS: Final = "ABCDEFGHJKMNPRSTWXYZ"
LENGTH: Final = 6


def make_code() -> str:
    """Return a new code: one of 64 million."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """Return a code as somebody typed it, with spaces, hyphens or small letters; ``None`` if it cannot be one."""
    code = "".join(letter for letter in typed.upper() if letter.isalnum())
    return code if len(code) == LENGTH and all(letter in LETTERS for letter in code) else None
