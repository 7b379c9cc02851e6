"""What can go wrong with commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from courage.errors import CourageError

if TYPE_CHECKING:
    from courage.cases.ports import Button


class RegistryError(CourageError):
    """A file of a command cannot be used, or two commands want the same words."""


class CommandRefused(Exception):
    """An answer instead of the one that was asked for: a key of the catalogue, its values and buttons."""

    def __init__(self, key: str, buttons: Sequence[Button] = (), **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.buttons = buttons
        self.values = values
