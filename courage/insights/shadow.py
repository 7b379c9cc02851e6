"""What each sensitivity would have flagged in a room lately, so that people can choose one by their own room.

Counts only: of a message nothing is kept, neither its words nor who wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.counters import NOT_SCREENED, OVER_LIMIT, shadow_name
from courage.clock import Clock, utcnow
from courage.db.engine import reading
from courage.db.models.delivery import Counter
from courage.taxonomy import FLAGS, NARRATIVE, SENSITIVITIES

#: How far back rooms are looked at unless somebody says otherwise, today included.
DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Would:
    """What one sensitivity would have done: messages flagged as hateful, how many of those escalated, and narratives."""

    flagged: int = 0
    escalated: int = 0
    narratives: int = 0


@dataclass(frozen=True, slots=True)
class RoomShadow:
    """A room's messages of some days: how many there were, how many in a language that is not read, how many could not
    be screened at all, how many were left unread for the organisation's limit, and what each sensitivity would have made of the others."""

    messages: int = 0
    unread: int = 0
    not_screened: int = 0
    over_limit: int = 0
    would: Mapping[str, Would] = field(default_factory=lambda: dict.fromkeys(SENSITIVITIES, Would()))

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {
            "messages": self.messages,
            "unread": self.unread,
            "not_screened": self.not_screened,
            "over_limit": self.over_limit,
            "would": {
                name: {"flagged": one.flagged, "escalated": one.escalated, "narratives": one.narratives}
                for name, one in self.would.items()
            },
        }


class Shadows:
    """Reads the shadow counts of organisations; those of the last seconds may still be on their way to the database."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock

    def of_rooms(self, organisation_id: int, days: int = DAYS) -> dict[tuple[str, str], RoomShadow]:
        """Return the counts of the last ``days`` days (1 is today) by channel and room; silent rooms are not in it."""
        since = (self._clock() - timedelta(days=days - 1)).date()
        query = (
            select(Counter.channel, Counter.room_id, Counter.name, func.sum(Counter.count))
            .where(Counter.organisation_id == organisation_id, Counter.day >= since)
            .group_by(Counter.channel, Counter.room_id, Counter.name)
        )
        counted: dict[tuple[str, str], dict[str, int]] = {}
        with reading(self._sessions, organisation_id) as session:
            for channel, room_id, name, count in session.execute(query):
                counted.setdefault((channel, room_id), {})[name] = int(count)
        return {room: _shadow(counts) for room, counts in counted.items()}


def _shadow(counts: Mapping[str, int]) -> RoomShadow:
    would = {}
    for sensitivity in SENSITIVITIES:
        found = {flag: counts.get(shadow_name(sensitivity, flag), 0) for flag in FLAGS}
        would[sensitivity] = Would(
            found["hateful"] + found["escalated"], found["escalated"], found[NARRATIVE]
        )
    return RoomShadow(
        counts.get("screened", 0),
        counts.get("unread", 0),
        counts.get(NOT_SCREENED, 0),
        counts.get(OVER_LIMIT, 0),
        would,
    )
