"""What is said to the assistant where people are called by their names, ``@name``."""

from __future__ import annotations

import re

import emoji


def is_addressed(text: str, username: str) -> bool:
    """Return whether a message is said to the assistant: it has its name."""
    return re.search(rf"(?<![\w@])@{re.escape(username)}(?![\w\-])", text, re.IGNORECASE) is not None


def command_of(text: str, username: str) -> str:
    """Return what is said to the assistant, without its name at the beginning or the end."""
    name = rf"@{re.escape(username)}(?![\w\-])"
    said = re.sub(rf"^\s*{name}[\s:,.!?]*|[\s,]*{name}[\s.!?]*$", "", text, flags=re.IGNORECASE)
    return said.strip() or "help"


def shown(text: str) -> str:
    """Return a text with its emoji as people see them; those of the server's own keep their names."""
    return emoji.emojize(text, language="alias")
