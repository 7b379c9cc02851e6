"""Text for chat systems that read Markdown: nobody is notified by it, and what is shown of a message does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final

from courage.gateways.pieces import pieces

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


def is_quoted(line: str) -> bool:
    """Return whether a line of an answer quotes a message, which nobody has to read by accident."""
    return line.startswith("> ") or line == ">"


def answer_lines(text: str, limit: int, plain: Callable[[str], str], *, apart: bool) -> list[str]:
    """Return the lines of an answer: quotations do nothing, and nobody is mentioned.

    :param plain: makes a text plain, which at most doubles it: a third of the limit keeps every part of a quotation one.
    :param apart: whether an empty line ends a quotation; else Markdown takes the next line for a part of it.
    """
    lines: list[str] = []
    for quoted, run in groupby(text.split("\n"), is_quoted):
        for line in run:
            lines += (
                [f"> {plain(part)}" for part in pieces(line[2:], limit // 3)]
                if quoted
                else [without_mentions(line)]
            )
        if quoted and apart:
            lines.append("")
    return lines


def reply_texts(text: str, limit: int) -> list[str]:
    """Return the parts of a reply: what a person confirmed, and nobody is notified by it."""
    return list(pieces(without_mentions(text), limit))
