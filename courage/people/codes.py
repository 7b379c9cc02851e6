"""One-time codes by which people say in a chat which account is theirs."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.people import ChannelIdentity, LinkCode
from courage.db.scope import scope_to_every
from courage.people.access import find_person, person_view
from courage.people.errors import PersonError
from courage.people.views import PersonView

MINUTES: Final = 15
_FIRST, _LAST = 100_000_000, 999_999_999
#: How many wrong codes an organisation bears in an hour: nine digits cannot be guessed at that pace.
_MOST_WRONG: Final = 50
_HOUR: Final = timedelta(hours=1)


def _hash(organisation_id: int, code: int) -> str:
    return sha256(f"link\0{organisation_id}\0{code}".encode()).hexdigest()


class LinkCodes:
    """Makes codes and uses them up. Everything is synchronous and may be called from any thread."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[int, deque[datetime]] = {}

    def make(self, person_id: int) -> int:
        """Return a new code of nine digits; earlier ones of the person stop working.

        :raises PersonError: if the person is missing or not active.
        """
        code = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
        with writing(self._sessions) as session:
            scope_to_every(session, "whose person it is, their row says")
            person = find_person(session, person_id)
            if not person.active:
                raise PersonError(
                    f"{person.name} is not active; activate the person first",
                    say="people.inactive", name=person.name,
                )  # fmt: skip
            session.execute(
                delete(LinkCode).where(LinkCode.person_id == person_id, LinkCode.used_at.is_(None))
            )
            session.add(
                LinkCode(
                    organisation_id=person.organisation_id,
                    person_id=person_id,
                    code_hash=_hash(person.organisation_id, code),
                    expires_at=self._clock() + timedelta(minutes=MINUTES),
                )
            )
        return code

    def use(self, code: int, channel: str, user_id: str, organisation_id: int = 1) -> PersonView:
        """Link an account to the person whose code this is and return them.

        :raises PersonError: if the code is wrong, used or too old, or too many wrong ones were tried lately.
        """
        now = self._clock()
        self._check_pace(organisation_id, now)
        with writing(self._sessions, organisation_id) as session:
            # One statement decides, so that two uses at the same moment cannot both win.
            owner = session.execute(
                update(LinkCode)
                .where(
                    LinkCode.code_hash == _hash(organisation_id, code),
                    LinkCode.used_at.is_(None),
                    LinkCode.expires_at > now,
                )
                .values(used_at=now)
                .returning(LinkCode.person_id)
            ).scalar_one_or_none()
            person = None if owner is None else find_person(session, owner)
            if person is not None and person.active:
                session.execute(
                    delete(ChannelIdentity).where(
                        ChannelIdentity.organisation_id == organisation_id,
                        ChannelIdentity.channel == channel,
                        ChannelIdentity.user_id == user_id,
                    )
                )
                session.add(
                    ChannelIdentity(
                        organisation_id=organisation_id,
                        person_id=person.id,
                        channel=channel,
                        user_id=user_id,
                    )
                )
                return person_view(person)
        with self._lock:
            self._wrong.setdefault(organisation_id, deque()).append(now)
        raise PersonError(f"this code is wrong, used or older than {MINUTES} minutes; ask for a new one")

    def _check_pace(self, organisation_id: int, now: datetime) -> None:
        with self._lock:
            wrong = self._wrong.setdefault(organisation_id, deque())
            while wrong and wrong[0] < now - _HOUR:
                wrong.popleft()
            if len(wrong) >= _MOST_WRONG:
                raise PersonError("too many wrong codes were tried; an admin can link the account instead")
