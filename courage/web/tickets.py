"""Who gave the right password, or used a login link, a moment ago and has still to give a code."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 300.0
_MOST: Final = 10_000


class Tickets:
    """Tickets that are good for one try, for five minutes; a restart forgets them, and one logs in again."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._given: OrderedDict[str, tuple[int, str, float]] = OrderedDict()

    def give(self, person_id: int, kind: str) -> str:
        """Return a ticket for a person; ``kind`` is how they came: password or link."""
        ticket = secrets.token_urlsafe(24)
        self._given[ticket] = (person_id, kind, self._now() + _SECONDS)
        while len(self._given) > _MOST:
            self._given.popitem(last=False)
        return ticket

    def take(self, ticket: str) -> tuple[int, str] | None:
        """Return whose ticket it is and how they came, and forget it; ``None`` if it is unknown or too old."""
        found = self._given.pop(ticket, None)
        return None if found is None or found[2] < self._now() else found[:2]
