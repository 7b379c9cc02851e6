"""Which edits belong to which messages: once an edit is removed, nobody can look that up any more."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from courage.cases.positions import Positions

_NAME: Final = "edits"
_MOST: Final = 2000


class Edits:
    """Remembers edits of messages that have a case, ids alone, the newest ones, across restarts."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._originals: dict[str, str] = {}
        self._changed = False

    async def load(self) -> None:
        """Read what is known from earlier."""
        kept = await asyncio.to_thread(self._positions.kept, _NAME)
        self._originals = dict(json.loads(kept or "{}"))

    async def save(self) -> None:
        """Write down what changed."""
        if self._changed:
            await asyncio.to_thread(self._positions.keep, _NAME, json.dumps(self._originals))
            self._changed = False

    def add(self, edit: str, original: str) -> None:
        """Remember of which message an edit is."""
        if self._originals.get(edit) != original:
            self._originals[edit] = original
            if len(self._originals) > _MOST:
                del self._originals[next(iter(self._originals))]
            self._changed = True

    def original(self, edit: str) -> str | None:
        """Return of which message an edit is, or ``None`` if it is no edit that is known."""
        return self._originals.get(edit)
