"""Whom the words of help and greetings are for."""

from __future__ import annotations

from courage.commands.core.command import WORKERS
from courage.commands.core.turn import Turn


def audience(turn: Turn) -> str:
    """Return ``worker``, ``trainer`` or ``member``."""
    role = turn.speaker.role
    if role is None:
        return "member"
    return "worker" if role in WORKERS else "trainer"
