"""API keys: how other programs prove that they may ask, what they may ask for, and how often."""

from __future__ import annotations

import builtins
import math
import re
import secrets
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.allowances import DAY, MINUTE, Allowances
from courage.db.engine import writing
from courage.db.erasures import remember
from courage.db.models.access import ApiKey
from courage.db.scope import scope_to_every
from courage.people.errors import ApiKeyError, ApiKeyInvalid, ApiKeyScopeMissing, QuotaExceeded
from courage.people.organisations import suspended

SCOPES: Final = ("screen", "suggest", "cases", "library")
PER_MINUTE: Final = 600
PER_DAY: Final = 100_000
MOST_PER_MINUTE: Final = 60_000
MOST_PER_DAY: Final = 10_000_000
#: Every secret begins so, by which an API key is told from a person's token.
PREFIX: Final = "ck_"
_HINT: Final = 8
_NAME: Final = re.compile(r"[\w.-][\w .-]{0,79}")


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key without its secret; ``hint`` is the secret's beginning, quotas count requests."""

    id: int
    organisation_id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    per_minute: int
    per_day: int
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(slots=True)
class _Use:
    """What was counted for one key; ``lately`` are the times of the last minute, oldest first."""

    lately: deque[datetime] = field(default_factory=deque)
    day: date = date.min
    today: int = 0
    noted: datetime | None = None


class ApiKeys:
    """Makes, lists, revokes and checks API keys. Everything is synchronous and may be called from any thread.

    Quotas hold for all engines on one database together and over restarts (:mod:`courage.db.allowances`, by minutes and
    days of the clock). Memory is asked first, where the minute slides: a flood of requests never reaches the database.
    """

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock
        self._allowances = Allowances(sessions)
        self._lock = threading.Lock()
        self._uses: dict[int, _Use] = {}

    def add(
        self,
        name: str,
        scopes: Iterable[str],
        *,
        per_minute: int = PER_MINUTE,
        per_day: int = PER_DAY,
        organisation_id: int = 1,
    ) -> tuple[str, ApiKeyView]:
        """Make a key and return its secret, which is shown this once and kept only as a hash, and the key.

        :raises ApiKeyError: if the name is malformed or taken, a scope unknown or none given, or a quota out of range.
        """
        wanted = tuple(scope for scope in SCOPES if scope in set(scopes))
        strange = sorted(set(scopes) - set(SCOPES))
        if not _NAME.fullmatch(name):
            raise ApiKeyError(
                f"key name {name[:80]!r} is not allowed; a name has 1 to 80 letters, digits, blanks, '.', '_' or '-'"
            )
        if strange or not wanted:
            said = f"scope {strange[0]!r} is unknown" if strange else "a key needs a scope"
            raise ApiKeyError(f"{said}; allowed: {', '.join(SCOPES)}")
        for unit, given, most in (("minute", per_minute, MOST_PER_MINUTE), ("day", per_day, MOST_PER_DAY)):
            if not 1 <= given <= most:
                raise ApiKeyError(
                    f"a quota of {given} requests a {unit} is not allowed; allowed: 1 to {most}"
                )
        secret = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            organisation_id=organisation_id,
            name=name,
            token_hash=_hash(secret),
            hint=secret[:_HINT],
            scopes=list(wanted),
            per_minute=per_minute,
            per_day=per_day,
            created_at=self._clock(),
        )
        try:
            with writing(self._sessions) as session:
                session.add(key)
                session.flush()
                view = _view(key)
        except IntegrityError:
            raise ApiKeyError(
                f"there is a key named {name!r} already; revoke it or choose another name"
            ) from None
        return secret, view

    def list(self, organisation_id: int = 1, *, all_: bool = False) -> builtins.list[ApiKeyView]:
        """Return the keys of an organisation by name; ``all_`` with those that were revoked."""
        query = select(ApiKey).where(ApiKey.organisation_id == organisation_id)
        if not all_:
            query = query.where(ApiKey.revoked_at.is_(None))
        with self._sessions() as session:
            return [_view(key) for key in session.scalars(query.order_by(ApiKey.name, ApiKey.id))]

    def revoke(self, name: str, organisation_id: int = 1) -> ApiKeyView:
        """Take a key back; the very next request with it is refused.

        :raises ApiKeyError: if no working key has this name.
        """
        with writing(self._sessions) as session:
            key = session.scalar(
                select(ApiKey).where(
                    ApiKey.organisation_id == organisation_id,
                    ApiKey.name == name,
                    ApiKey.revoked_at.is_(None),
                )
            )
            if key is None:
                raise ApiKeyError(f"there is no working key named {name[:80]!r}")
            key.revoked_at = self._clock()
            remember(session, "key", key.token_hash)
            return _view(key)

    def use(self, secret: str, scope: str) -> ApiKeyView:
        """Return the key of a secret after counting this use of it, before any work is done.

        A use that is refused does not count.

        :raises ApiKeyInvalid: if the secret is missing, unknown or revoked.
        :raises ApiKeyScopeMissing: if the key is not for ``scope``.
        :raises QuotaExceeded: with the seconds to wait.
        """
        if not secret:
            raise ApiKeyInvalid(missing=True)
        with self._sessions() as session:
            scope_to_every(session, "a secret says whose key it is")
            found = session.scalar(
                select(ApiKey).where(
                    ApiKey.token_hash == _hash(secret),
                    ApiKey.revoked_at.is_(None),
                    ApiKey.organisation_id.not_in(suspended()),
                )
            )
            if found is None:
                raise ApiKeyInvalid
            key = _view(found)
        if scope not in key.scopes:
            raise ApiKeyScopeMissing(
                f"API key {key.name!r} is for {', '.join(key.scopes)}; this needs {scope}"
            )
        now = self._clock()
        note = self._count(key, now)
        self._count_for_all(key, now)
        if note:
            with writing(self._sessions, key.organisation_id) as session:
                session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
        return key

    def _count_for_all(self, key: ApiKeyView, now: datetime) -> None:
        """Count a use for every engine; one that is refused does not count here either."""
        for unit, most, stretch in (("minute", key.per_minute, MINUTE), ("day", key.per_day, DAY)):
            until = self._allowances.spend(key.organisation_id, f"key:{key.id}:{unit}", most, stretch, now)
            if until is not None:
                with self._lock:
                    use = self._uses[key.id]
                    use.today -= 1
                    if now in use.lately:
                        use.lately.remove(now)
                raise QuotaExceeded(key.name, most, unit, math.ceil((until - now).total_seconds()))

    def _count(self, key: ApiKeyView, now: datetime) -> bool:
        """Count a use; return whether the database should hear of it, which it does once a minute."""
        with self._lock:
            use = self._uses.setdefault(key.id, _Use())
            while use.lately and use.lately[0] <= now - MINUTE:
                use.lately.popleft()
            if len(use.lately) >= key.per_minute:
                wait = use.lately[-key.per_minute] + MINUTE - now
                raise QuotaExceeded(key.name, key.per_minute, "minute", math.ceil(wait.total_seconds()))
            if use.day != now.date():
                use.day, use.today = now.date(), 0
            if use.today >= key.per_day:
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
                raise QuotaExceeded(key.name, key.per_day, "day", math.ceil((midnight - now).total_seconds()))
            use.lately.append(now)
            use.today += 1
            if use.noted is not None and now - use.noted < MINUTE:
                return False
            use.noted = now
            return True


def _hash(secret: str) -> str:
    # Secrets have 256 random bits, so a plain hash cannot be guessed backwards.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=key.id,
        organisation_id=key.organisation_id,
        name=key.name,
        hint=key.hint,
        scopes=tuple(key.scopes),
        per_minute=key.per_minute,
        per_day=key.per_day,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
