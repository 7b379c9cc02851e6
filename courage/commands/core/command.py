"""A command: one value that says everything about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from courage.commands.core.grammar import CaseNumber, Choice, Form, FreeText, Parameter

if TYPE_CHECKING:
    from courage.commands.core.turn import Turn

WORKERS: Final = frozenset({"volunteer", "moderator", "admin"})
#: Whoever has a role, and nobody without one.
STAFF: Final = WORKERS | {"trainer"}
#: Includes members, who have no role.
EVERYBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Command:
    """Something people can say to the assistant.

    - ``name``: Rasa's intent for free sentences that mean it, and ``action_<name>`` Rasa's action.
    - ``words``: language → the words that are the command, the one that help shows first. Letters only where a
      slip does no harm: nothing that posts, closes or escalates has a one-letter word. Empty for what is only
      understood in sentences.
    - ``parameters``: what may follow the words.
    - ``roles``: who may use it; :data:`EVERYBODY` includes members.
    - ``execute``: does it and returns what ``render`` needs; raises :class:`CommandRefused` or ``CourageError``
      for what the person should know. ``render``: says what came of it.
    - ``confirm``: the exact command that is asked for when a sentence only seemed to mean it; empty for
      commands that do no harm.
    - ``exact_only``: nothing but the exact command means it; Rasa learns no sentences for it.
    - ``place``: where it stands in help, lowest first; one without ``words`` and ``usage`` is not in help.
    - ``usage``: language → how help writes it, where words and parameters alone do not say it well.
    - ``texts``: language → key → text, for a command that brings its own texts instead of adding them to the
      catalogues. Help describes a command with the text of the key ``command_<name>``.
    """

    name: str
    roles: frozenset[str]
    execute: Callable[[Turn], Awaitable[Any]]
    render: Callable[[Turn, Any], None]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    confirm: str = ""
    exact_only: bool = False
    place: int = 1000
    usage: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        """How it is written, in all languages at once."""
        words = dict.fromkeys(word for words in self.words.values() for word in words)
        return Form(self.name, tuple(words), self.parameters)

    @property
    def action(self) -> str:
        """The name of Rasa's action."""
        return f"action_{self.name}"

    def allows(self, role: str | None) -> bool:
        """Say whether somebody may use it; ``None`` is a member."""
        return not self.roles or role in self.roles

    def spoken(self, language: str) -> str:
        """Return how to write it in a language (English where it has no words in that one), for help."""
        if self.usage:
            return self.usage.get(language) or self.usage["en"]
        words = self.words.get(language) or self.words.get("en") or next(iter(self.words.values()))
        written = words[0]
        for parameter in self.parameters:
            match parameter:
                case CaseNumber() if not any(isinstance(p, FreeText) for p in self.parameters):
                    written += " 12"
                case Choice():
                    written += " 2"
                case FreeText():
                    written += ": …"
        return written


async def nothing(_: Turn) -> None:
    """Do nothing: for commands that only say something."""
