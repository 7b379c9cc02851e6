"""Text from people, made harmless: it can never be one of Rasa's own ``/intent`` messages."""

from __future__ import annotations

import unicodedata

# Everything that looks like a slash, and what normalises to one.
_SLASHES = frozenset("/\\⁄∕⧸╱⟋／＼﹨⼃")


def neutralise(text: str) -> str:
    """Return the text without what stands before its first real character: slashes, spaces, invisible ones.

    Rasa reads a message that begins with ``/`` as an order and skips understanding it; it also strips spaces
    before it looks. What is inside the text stays untouched.
    """
    start = 0
    for character in text:
        if not _skipped(character):
            break
        start += 1
    return text[start:].rstrip()


def _skipped(character: str) -> bool:
    if character in _SLASHES or character.isspace():
        return True
    if unicodedata.normalize("NFKC", character).startswith(("/", "\\")):
        return True
    # Cc, Cf, Zs, Zl, Zp: controls, formats (zero-width, direction marks) and separators. Fillers that are
    # letters by category are as invisible as those.
    return (
        unicodedata.category(character)[0] == "Z"
        or unicodedata.category(character) in ("Cc", "Cf")
        or (character in "\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0e\ufe0f")
    )
