"""Which passwords are good enough, after NIST SP 800-63B: length, and nothing that is guessed first; no rules of composition."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from courage.people.errors import PersonError

MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 1000
#: Fewest different characters.
_DIFFERENT: Final = 5
_COMMON: Final = Path(__file__).parent / "data" / "common-passwords.txt"
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiopü", "azertyuiop",
    "qsdfghjklm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb", "ضصثقفغعهخحجد", "شسيبلاتنمكط",
)  # fmt: skip
_LOOKALIKES: Final = str.maketrans("013457@$!", "oieastasi")


class WeakPassword(PersonError):
    """A password may not be chosen: ``code`` is length, repeats, own_name, common or differ (the second from the first)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_new(password: str, *names: str) -> None:
    """Let pass a password that somebody may choose.

    :param names: what it must not be made of: the person's own name, the organisation's.
    :raises WeakPassword: saying what is wrong with it.
    """
    if found := _weakness(password, *names):
        raise WeakPassword(*found)


def weakness(password: str, *names: str) -> str | None:
    """Return what is wrong with a password, ``None`` if nothing is."""
    found = _weakness(password, *names)
    return None if found is None else found[1]


def _weakness(password: str, *names: str) -> tuple[str, str] | None:
    """Return by code what is wrong."""
    plain = unicodedata.normalize("NFKC", password)
    if not MIN_PASSWORD <= len(plain) <= MAX_PASSWORD:
        return "length", f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, this one {len(plain)}"
    if len(set(plain.casefold())) < _DIFFERENT or _repeats(plain.casefold()):
        return (
            "repeats",
            "this password repeats itself; take a sentence of your own, or let a password manager make one",
        )
    own = {word for name in names for word in _words(name)}
    if _made_of(plain.casefold(), own):
        return (
            "own_name",
            "this password is made of your own name or the organisation's; take something that others cannot guess",
        )
    if _made_of(plain.casefold(), _common() | own):
        return "common", "this password is one of the first that are guessed; take a sentence of your own"
    return None


def _words(name: str) -> set[str]:
    folded = unicodedata.normalize("NFKC", name).casefold()
    found = {word for word in re.split(r"[\W_]+", folded) if len(word) >= 3}
    return found | {"".join(re.split(r"[\W_]+", folded))} - {""}


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _repeats(text: str) -> bool:
    """Say whether a text is a short piece over and over."""
    return any(
        (text[:size] * (len(text) // size + 1))[: len(text)] == text for size in range(1, len(text) // 2 + 1)
    )


def _made_of(text: str, words: frozenset[str] | set[str]) -> bool:
    """Say whether a text is nothing but common words, runs of the keyboard, numbers and marks."""
    longest = max(map(len, words), default=0)
    reached = [True] + [False] * len(text)
    said = [False] * (len(text) + 1)  # whether a word or a run led here
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - max(longest, 20)), end):
            if not reached[start]:
                continue
            piece = text[start:end]
            whole = piece in words or piece.translate(_LOOKALIKES) in words or _run(piece)
            if whole or (len(piece) <= 4 and not any(c.isalpha() for c in piece)):
                reached[end], said[end] = True, said[end] or said[start] or whole
    return reached[-1] and said[-1]


def _run(piece: str) -> bool:
    return len(piece) >= 4 and (
        len(set(piece)) == 1 or any(piece in row or piece in row[::-1] for row in _ROWS)
    )
