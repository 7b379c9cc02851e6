"""Finds the commands: every file of the folder that defines ``COMMAND``, or ``COMMANDS`` for several."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from courage.commands.core.command import Command
from courage.commands.core.errors import RegistryError
from courage.commands.core.grammar import CaseNumber, Choice, Form, FreeText, Wish
from courage.commands.core.parser import Parser
from courage.i18n.catalogue import DEFAULT

FOLDER: Final = Path(__file__).resolve().parent.parent
_PACKAGE: Final = "courage.commands"
#: The command for what was not understood.
FALLBACK: Final = "nlu_fallback"
#: The command by which somebody whom nobody knows yet says who they are.
LINK: Final = "link_me"


class Registry:
    """All commands, by name.

    :raises RegistryError: if two commands have one name or could be written in the same words.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands: dict[str, Command] = {}
        written: dict[tuple[str, str], str] = {}
        for command in commands:
            if command.name in self._commands:
                raise RegistryError(f"there are two commands {command.name!r}; rename one")
            for way in _ways(command.form):
                other = written.setdefault(way, command.name)
                if other != command.name:
                    raise RegistryError(
                        f"commands {other!r} and {command.name!r} are both written {way[1]!r}; change one"
                    )
            self._commands[command.name] = command
        self.parser = Parser(self.forms)
        #: key → language → text, of commands that bring their own
        self.texts = _texts(self)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __contains__(self, name: str) -> bool:
        return name in self._commands

    def get(self, name: str) -> Command:
        """Return a command; the one for what was not understood where there is none of the name."""
        return self._commands.get(name) or self._commands[FALLBACK]

    @property
    def forms(self) -> tuple[Form, ...]:
        """How each command is written."""
        return tuple(command.form for command in self)

    def open_to(self, role: str | None) -> list[Command]:
        """Return the commands that a role may write (``None``: a member), in the order of help."""
        open_ = [command for command in self if (command.words or command.usage) and command.allows(role)]
        return sorted(open_, key=lambda command: (command.place, command.name))


def _ways(form: Form) -> Iterator[tuple[str, str]]:
    """Yield how a form can be written without arguments that tell it from others."""
    text = form.parameter(FreeText)
    for word in form.words:
        low = word.lower()
        if text is not None:
            yield "text", f"{low}:"
        if form.parameter(Choice):
            yield "choice", f"{low} 2"
        elif text is None or text.optional:
            yield "alone", low
        if form.parameter(CaseNumber) and text is None:
            yield "numbered", f"{low} 12"
    if (wish := form.parameter(Wish)) is not None:
        yield from (("alone", word) for word in wish.words)


def _texts(commands: Iterable[Command]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for command in commands:
        for language, texts in command.texts.items():
            for key, text in texts.items():
                found.setdefault(key, {})[language] = text
    if lacking := sorted(key for key, texts in found.items() if DEFAULT not in texts):
        raise RegistryError(
            f"text {lacking[0]!r} of a command has no {DEFAULT!r} form, which stands in for others"
        )
    return found


def discover(folder: Path = FOLDER) -> Registry:
    """Return the commands of all Python files of a folder whose names do not begin with ``_``.

    :raises RegistryError: naming the file that cannot be loaded or defines no command.
    """
    commands: list[Command] = []
    for path in sorted(folder.glob("[!_]*.py")):
        commands += _commands_of(_load(path), path)
    return Registry(commands)


def _load(path: Path) -> ModuleType:
    try:
        if path.parent == FOLDER:
            return importlib.import_module(f"{_PACKAGE}.{path.stem}")
        name = f"courage_commands_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look their own module up
        spec.loader.exec_module(module)
    except Exception as error:
        raise RegistryError(f"the command in {path} cannot be loaded: {error}") from error
    return module


def _commands_of(module: ModuleType, path: Path) -> list[Command]:
    one, several = getattr(module, "COMMAND", None), getattr(module, "COMMANDS", ())
    found = [*several, *([] if one is None else [one])]
    if not found or not all(isinstance(command, Command) for command in found):
        raise RegistryError(f"{path} must define COMMAND as a Command (or COMMANDS as several)")
    return found


@cache
def default_registry() -> Registry:
    """Return the commands that come with Courage, found once."""
    return discover()
