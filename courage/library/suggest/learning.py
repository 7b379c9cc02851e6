"""Learning from use: what people do with suggestions moves the ranking, carefully.

Each response has a Beta belief about being useful. Nobody's voice counts for more than ``VOICE_CAP`` observations
of a response, and old observations fade, so spite neither decides nor lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import writing
from courage.db.models.library import Response, ResponseFeedback, ResponseInfluence
from courage.db.scope import scope_to_every
from courage.library.errors import LibraryError, NotFoundError

EVENTS: Final = ("shown", "chosen", "edited", "posted", "rated", "followed")
VOICE_CAP: Final = 3.0
HALF_LIFE: Final = timedelta(days=30)
PRIOR_STRENGTH: Final = 6.0
REREAD_AFTER: Final = 30.0  # seconds until feedback written by another process counts here
ROOM_MEMORY: Final = timedelta(days=14)
ROOM_HALF_LIFE: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Positive and negative observations of a response after fading and capping, and from how many people."""

    positive: float = 0.0
    negative: float = 0.0
    people: int = 0


def weigh(event: str, value: float) -> tuple[float, float]:
    """Return (positive, negative) observations that an event is worth.

    Shown is a small minus that a choice outweighs. ``value`` is 0 to 1; for ``rated`` and ``followed`` 0.5 is
    neither good nor bad; for ``posted`` it is the share that was kept, for ``edited`` the share that was changed.

    :raises LibraryError: if event or value is not allowed.
    """
    if event not in EVENTS:
        raise LibraryError(f"feedback {event[:40]!r} is not known; allowed are {', '.join(EVENTS)}")
    if not 0.0 <= value <= 1.0:
        raise LibraryError(f"the value of feedback must be between 0 and 1, not {value}")
    if event == "shown":
        return 0.0, 0.3 * value
    if event == "chosen":
        return value, 0.0
    if event in ("posted", "edited"):
        return 0.5 * (value if event == "posted" else 1 - value), 0.0
    good = 2 * value - 1
    return (1.5 * good, 0.0) if good >= 0 else (0.0, -1.5 * good)


class Learner:
    """Keeps feedback and turns it into evidence per response. Thread-safe."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Callable[[], datetime],
        *,
        frozen: bool = False,
        voice_cap: float = VOICE_CAP,
        half_life: timedelta = HALF_LIFE,
    ) -> None:
        self.frozen = frozen
        self._sessions = sessions
        self._clock = clock
        self._cap = voice_cap
        self._half_life = half_life
        self._lock = threading.Lock()
        self._known: dict[tuple[int, int], tuple[datetime, Evidence]] = {}

    def record(
        self, organisation_id: int, response_id: str, event: str, value: float, person: str, room: str
    ) -> None:
        """Store one event and add it to its person's sums.

        :raises NotFoundError: if the organisation cannot see such a response.
        """
        positive, negative = weigh(event, value)
        now = self._clock()
        with writing(self._sessions) as session:
            scope_to_every(session, "shared responses are of other organisations")
            number = session.scalar(
                select(Response.number)
                .where(Response.id == response_id)
                .where((Response.organisation_id == organisation_id) | (Response.scope == "shared"))
                .order_by((Response.organisation_id == organisation_id).desc())
                .limit(1)
            )
            if number is None:
                raise NotFoundError(f"there is no response {response_id[:120]!r}")
            session.add(
                ResponseFeedback(
                    organisation_id=organisation_id,
                    response_number=number,
                    event=event,
                    value=value,
                    person=person,
                    room=room,
                    created_at=now,
                )
            )
            sums = session.scalar(
                select(ResponseInfluence).where(
                    ResponseInfluence.organisation_id == organisation_id,
                    ResponseInfluence.response_number == number,
                    ResponseInfluence.person == person,
                )
            )
            if sums is None:
                sums = ResponseInfluence(
                    organisation_id=organisation_id,
                    response_number=number,
                    person=person,
                    positive=0.0,
                    negative=0.0,
                    updated_at=now,
                )
                session.add(sums)
            fade = self._fade(now - sums.updated_at)
            sums.positive = sums.positive * fade + positive
            sums.negative = sums.negative * fade + negative
            sums.updated_at = now
        with self._lock:
            self._known.pop((organisation_id, number), None)

    def evidence(self, session: Session, organisation_id: int, numbers: Sequence[int]) -> list[Evidence]:
        """Return the evidence on each response; none for all when learning is frozen."""
        if self.frozen:
            return [Evidence()] * len(numbers)
        now = self._clock()
        with self._lock:
            known = {
                n: kept[1]
                for n in numbers
                if (kept := self._known.get((organisation_id, n))) is not None
                and (now - kept[0]).total_seconds() < REREAD_AFTER
            }
        missing = [n for n in numbers if n not in known]
        if missing:
            sums: dict[int, list[float]] = {n: [0.0, 0.0, 0] for n in missing}
            for row in session.execute(
                select(
                    ResponseInfluence.response_number,
                    ResponseInfluence.positive,
                    ResponseInfluence.negative,
                    ResponseInfluence.updated_at,
                ).where(
                    ResponseInfluence.organisation_id == organisation_id,
                    ResponseInfluence.response_number.in_(missing),
                )
            ):
                positive, negative = self._one_voice(row.positive, row.negative, now - row.updated_at)
                total = sums[row.response_number]
                total[0], total[1], total[2] = total[0] + positive, total[1] + negative, total[2] + 1
            fresh = {n: Evidence(p, m, int(c)) for n, (p, m, c) in sums.items()}
            known.update(fresh)
            with self._lock:
                self._known.update({(organisation_id, n): (now, e) for n, e in fresh.items()})
        return [known[n] for n in numbers]

    def staleness(self, session: Session, organisation_id: int, room: str | None) -> dict[int, float]:
        """Return how recently responses were used in a room, by number: near 1 just now, falling to 0."""
        if not room:
            return {}
        now = self._clock()
        worth = {"posted": 1.0, "chosen": 0.8, "edited": 0.8}
        stale: dict[int, float] = {}
        for number, event, at in session.execute(
            select(
                ResponseFeedback.response_number, ResponseFeedback.event, ResponseFeedback.created_at
            ).where(
                ResponseFeedback.organisation_id == organisation_id,
                ResponseFeedback.room == room,
                ResponseFeedback.created_at > now - ROOM_MEMORY,
                ResponseFeedback.event.in_(worth),
            )
        ):
            faded = worth[event] * 0.5 ** ((now - at) / ROOM_HALF_LIFE)
            stale[number] = max(stale.get(number, 0.0), faded)
        return stale

    def _fade(self, age: timedelta) -> float:
        return float(0.5 ** (max(age, timedelta(0)) / self._half_life))

    def _one_voice(self, positive: float, negative: float, age: timedelta) -> tuple[float, float]:
        fade = self._fade(age)
        positive, negative = positive * fade, negative * fade
        scale = min(1.0, self._cap / max(positive + negative, 1e-9))
        return positive * scale, negative * scale


def belief(prior: np.ndarray, evidence: Sequence[Evidence]) -> tuple[np.ndarray, np.ndarray]:
    """Return Beta parameters (alpha, beta) from prior means in (0, 1) and evidence."""
    mean = np.clip(prior, 0.05, 0.95)
    alpha = PRIOR_STRENGTH * mean + np.array([e.positive for e in evidence])
    beta = PRIOR_STRENGTH * (1 - mean) + np.array([e.negative for e in evidence])
    return alpha, beta


def use_part(prior: np.ndarray, evidence: Sequence[Evidence], rng: np.random.Generator | None) -> np.ndarray:
    """Return belief minus prior mean, in (-1, 1); with ``rng``, Thompson's draw in place of the mean.

    Only what was tried already is drawn at full width; the draw of an untried response is narrowed, so that a library
    without any use is ranked by fit and not by chance.
    """
    alpha, beta = belief(prior, evidence)
    mean = alpha / (alpha + beta)
    centre = np.clip(prior, 0.05, 0.95)
    if rng is None:
        return np.asarray(mean - centre)
    tried = np.array([min(1.0, (e.positive + e.negative) / 2) for e in evidence])
    draw = rng.beta(alpha, beta)
    return np.asarray(mean - centre + (0.1 + 0.4 * tried) * (draw - mean))
