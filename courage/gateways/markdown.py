"""Text for chat systems that read Markdown: nobody is notified by it, and what is shown of a message does nothing."""

from __future__ import annotations

import re
from typing import Final

#: Joins words without being seen: it parts what would be read as a mention or a link.
_JOINER: Final = "\u2060"
# Before a letter or digit it is the middle of a mail address, which notifies nobody and should stay one.
_MENTION: Final = re.compile(r"(?<![^\W_])@(?=[\w.\-])")
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto):(?=\S)|\bwww\.(?=\S)")
#: What Markdown reads and a backslash before it makes plain; other dialects know fewer.
MARKS: Final = "\\`*{}[]()#+-.!_>~|"


def without_mentions(text: str) -> str:
    """Return a text that looks the same and mentions nobody: no ``@all``, no ``@here``, no person, no group."""
    return _MENTION.sub(f"@{_JOINER}", text)


def escaped(text: str, marks: str = MARKS) -> str:
    """Return a text that is shown as it is: no formatting, no picture, no link, no preview, no mention.

    :param marks: the characters that a backslash makes plain where it is sent.
    """
    unlinked = _LINK.sub(lambda found: found[0][:-1] + _JOINER + found[0][-1], text)
    plain = re.sub(f"([{re.escape(marks)}])", r"\\\1", unlinked)
    return without_mentions(plain.replace("](", f"]{_JOINER}("))


def as_seen(text: str) -> str:
    """Return a text as people see it, without what parts mentions and links."""
    return text.replace(_JOINER, "")
