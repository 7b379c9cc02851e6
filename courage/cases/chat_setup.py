"""What the desk asks of whoever runs the chat systems: which there are, how they are, connecting and disconnecting one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from courage.errors import CourageError


class CannotConnect(CourageError):
    """A chat system could not be connected; ``why`` is what it, or the check of what was given, said (English, technical)."""

    def __init__(self, line: str, /, *, say: str, why: str = "", **values: object) -> None:
        super().__init__(line, say=say, **values)
        self.why = why


@dataclass(frozen=True, slots=True)
class AskedField:
    """One thing that is asked for to connect a chat system: ``name`` is that of the setting.

    ``secret`` is never shown again; ``many`` takes several, separated by spaces or lines; ``value`` is what counts now,
    empty for secrets.
    """

    name: str
    secret: bool = False
    many: bool = False
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChatSystem:
    """A chat system as it is: ``origin`` says where its settings come from: ``off``, ``page`` or ``settings`` (the operator's).

    ``health`` is its part of ``/health``; empty while it is off.
    """

    name: str
    asked: Sequence[AskedField]
    origin: str
    health: Mapping[str, Any]


class ChatSetup(Protocol):
    """Whoever runs the chat systems of this process."""

    def systems(self) -> Sequence[ChatSystem]:
        """Return every chat system that there is, connected or not."""
        ...

    async def connect(self, name: str, given: Mapping[str, str]) -> None:
        """Connect a chat system and keep what it needs, where it answers; else everything stays as it was.

        A secret that is left empty stays the one that is kept.

        :raises CannotConnect: if something is missing or wrong, or the chat system does not answer or does not let us in.
        """
        ...

    async def disconnect(self, name: str) -> None:
        """Stop speaking with a chat system and forget what it needed.

        :raises CannotConnect: if its settings are the operator's.
        """
        ...
