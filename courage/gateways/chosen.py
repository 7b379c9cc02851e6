"""What admins chose on the page that connects chat systems: a file of the home folder that nobody else can read."""

from __future__ import annotations

import json
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from courage.errors import CourageError
from courage.gateways.registry import GatewayType
from courage.home import write_private

FILE: Final = "chat-systems.json"
Values = dict[str, Any]


class ChosenSettings:
    """Keeps the settings of chat systems, by the system's name; each is written whole or not at all.

    :param home: the home folder.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def read(self) -> dict[str, Values]:
        """Return what is kept.

        :raises CourageError: if others can read the file, or it cannot be read.
        """
        try:
            if not self._path.exists():
                return {}
            if stat.S_IMODE(self._path.stat().st_mode) & 0o077:
                raise CourageError(
                    f"{self._path} holds secrets and others can read it; run: chmod 600 {self._path}"
                )
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CourageError(f"{self._path} cannot be read: {type(error).__name__}") from None
        if not isinstance(kept, dict):
            raise CourageError(f"{self._path} holds no settings of chat systems")
        return {str(name): dict(values) for name, values in kept.items() if isinstance(values, dict)}

    def keep(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep the settings of a chat system in place of those that it had.

        :raises CourageError: if the file cannot be written.
        """
        self._write({**self.read(), name: dict(values)})

    def forget(self, name: str) -> None:
        """Forget the settings of a chat system.

        :raises CourageError: if the file cannot be written.
        """
        self._write({other: values for other, values in self.read().items() if other != name})

    def _write(self, kept: Mapping[str, Values]) -> None:
        try:
            write_private(self._path, json.dumps(kept))
        except OSError as error:
            raise CourageError(f"{self._path} cannot be written: {error.strerror}") from None


def values_beside(
    kept: Mapping[str, Values], kinds: Collection[GatewayType], given: Collection[str]
) -> Values:
    """Return the kept settings that count beside those of the operator, whose own always win.

    Where the operator gives what a chat system needs, nothing counts that was kept of it: the two must not mix.

    :param given: the names of the settings that the operator gave.
    """
    found: Values = {}
    for kind in kinds:
        mine = kept.get(kind.name, {})
        if mine and not set(kind.needs) <= set(given):
            wanted = set(kind.asked) - set(given)
            found |= {name: value for name, value in mine.items() if name in wanted}
    return found
