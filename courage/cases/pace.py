"""How many messages of an organisation are read in a minute; what comes faster waits.

A limit keeps a flood at one organisation from taking the processor of all others. What waits is not kept here: its
gateway hears ``TooManyMessages`` and brings it again, so that killing anything loses nothing. Of those that wait the
older ones go first. What cannot wait any longer is left unread, and intake counts it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from courage.cases.errors import TooManyMessages
from courage.cases.inbound import InboundMessage
from courage.clock import Clock, utcnow
from courage.db.allowances import MINUTE, Allowances

#: Longest wait of a message, in seconds: who answers after an hour answers too late.
LONGEST_WAIT: Final = 3600.0
#: Gateways try again within half a minute; what was not brought again for so many seconds does not wait any more.
GONE: Final = 90.0
#: At least so many may wait, and at least ten minutes' worth of what is read.
_LEAST_WAITING: Final = 500
_MINUTES_WAITING: Final = 10
_REMEMBERED: Final = 20_000
_SUBJECT: Final = "messages"

Key = tuple[str, str, str, datetime]


@dataclass(slots=True)
class _Wait:
    """When a message was brought for the first and the last time."""

    first: float
    last: float


@dataclass(slots=True)
class _Line:
    """Who waits, oldest first; ``looked`` is when those who did not come again were last sought."""

    waiting: OrderedDict[Key, _Wait] = field(default_factory=OrderedDict)
    looked: float = 0.0


class Pace:
    """Lets messages through at the pace of their organisation. Synchronous and thread-safe.

    :param timer: seconds that pass.
    """

    def __init__(
        self, allowances: Allowances, *, clock: Clock = utcnow, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowances = allowances
        self._clock = clock
        self._timer = timer
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._let: OrderedDict[Key, None] = OrderedDict()

    def admit(self, m: InboundMessage, most: int) -> bool:
        """Say whether a message is read now; ``False``: it has waited too long, or too many wait, and is left unread.

        :param most: how many a minute.
        :raises TooManyMessages: if it is to be brought again.
        """
        key, now = (m.channel, m.room_id, m.message_id, m.sent_at), self._timer()
        with self._lock:
            if key in self._let:  # brought again for another reason; it was counted
                return True
            line = self._line(m.organisation_id, now)
            mine = line.waiting.get(key)
            if mine is None and len(line.waiting) >= max(_LEAST_WAITING, most * _MINUTES_WAITING):
                return False
            if mine is None:
                mine = line.waiting[key] = _Wait(now, now)
            mine.last = now
            overdue = now - mine.first > LONGEST_WAIT
            in_turn = any(other == key for other in islice(line.waiting, most))
        full = not in_turn or (
            self._allowances.spend(m.organisation_id, _SUBJECT, most, MINUTE, self._clock()) is not None
        )
        if full and not overdue:
            raise TooManyMessages
        with self._lock:
            line.waiting.pop(key, None)
            if not full:
                self._let[key] = None
                while len(self._let) > _REMEMBERED:
                    self._let.popitem(last=False)
        return not full

    def waiting(self, organisation_id: int | None = None) -> int:
        """Return how many messages wait, of one organisation or of all."""
        now = self._timer()
        with self._lock:
            found = list(self._lines) if organisation_id is None else [organisation_id]
            return sum(len(self._line(number, now).waiting) for number in found)

    def _line(self, organisation_id: int, now: float) -> _Line:
        """Return an organisation's line, without those who were not brought again."""
        line = self._lines.setdefault(organisation_id, _Line())
        if now - line.looked >= 1:
            line.looked = now
            for key in [key for key, wait in line.waiting.items() if now - wait.last > GONE]:
                del line.waiting[key]
        return line
