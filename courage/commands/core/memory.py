"""What a conversation remembers beside the cases: for one person in one room, in memory, bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """The draft that a conversation has shown, which a plain ``post`` means."""

    case_id: int
    version: int


@dataclass(slots=True)
class Remembered:
    """What one person's conversation in one room remembers.

    ``last_case`` is the case that it dealt with last; ``wish`` what was wished for on case ``wish_case``. Who
    holds which case and what was offered is in the database.
    """

    last_case: int | None = None
    shown_draft: ShownDraft | None = None
    wish: Mapping[str, Any] | None = None
    wish_case: int | None = None

    def wishes_for(self, case_id: int) -> dict[str, Any]:
        """Return what was wished for on a case so far."""
        return dict(self.wish or {}) if self.wish_case == case_id else {}


class ConversationMemory:
    """Conversations by person and room, however somebody talks there: by exact commands or through Rasa.

    Keeps the ``most`` conversations that were used last. A restart forgets all of them, and then a plain
    ``post`` shows the draft first.
    """

    def __init__(self, most: int = 5000) -> None:
        if most < 1:
            raise ValueError(f"a memory for {most} conversations keeps none; 1 or more are allowed")
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], Remembered] = OrderedDict()

    def of(self, key: tuple[object, ...]) -> Remembered:
        """Return what a conversation remembers, to be read and changed."""
        found = self._kept.setdefault(key, Remembered())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found
