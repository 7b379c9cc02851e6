"""One-time codes by which people say in a chat which account is theirs."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import DEFAULT_ORGANISATION, writing
from courage.db.models.people import ChannelIdentity, LinkCode
from courage.db.scope import scope_to_every
from courage.people.access import find_person, person_view
from courage.people.errors import PersonError
from courage.people.organisations import suspended
from courage.people.views import PersonView

MINUTES: Final = 15
_FIRST, _LAST = 100_000_000, 999_999_999
#: How many wrong codes are borne in an hour, in the rooms of an organisation and in direct messages to all: nine digits
#: cannot be guessed at that pace. One account alone must not use that up.
_MOST_WRONG: Final = 50
_MOST_WRONG_OF_ONE: Final = 10
_HOUR: Final = timedelta(hours=1)


def _hash(code: int) -> str:
    return sha256(f"link\0{code}".encode()).hexdigest()


class LinkCodes:
    """Makes codes and uses them up. Everything is synchronous and may be called from any thread."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[object, deque[datetime]] = {}

    def make(self, person_id: int) -> int:
        """Return a new code of nine digits; earlier ones of the person stop working.

        :raises PersonError: if the person is missing or not active.
        """
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
            code = self._new(session)
            session.add(
                LinkCode(
                    organisation_id=person.organisation_id,
                    person_id=person_id,
                    code_hash=_hash(code),
                    expires_at=self._clock() + timedelta(minutes=MINUTES),
                )
            )
        return code

    @staticmethod
    def _new(session: Session) -> int:
        """Return a code that was never given to anybody, in any organisation: it alone says whose it is."""
        while True:
            code = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
            if session.scalar(select(LinkCode.id).where(LinkCode.code_hash == _hash(code))) is None:
                return code

    def use(
        self, code: int, channel: str, user_id: str, organisation_id: int | None = DEFAULT_ORGANISATION
    ) -> PersonView:
        """Link an account to the person whose code this is and return them.

        :param organisation_id: the organisation that the code has to be of; ``None``: of any, the code itself says of which.
        :raises PersonError: if the code is wrong, used, too old or of another organisation, which it does not tell, or too
            many wrong ones were tried lately.
        """
        now = self._clock()
        tried = ((organisation_id, _MOST_WRONG), ((channel, user_id), _MOST_WRONG_OF_ONE))
        self._check_pace(tried, now)
        with writing(self._sessions) as session:
            scope_to_every(session, "whose code it is, its row says")
            # One statement decides, so that two uses at the same moment cannot both win.
            used = (
                update(LinkCode)
                .where(
                    LinkCode.code_hash == _hash(code),
                    LinkCode.used_at.is_(None),
                    LinkCode.expires_at > now,
                    LinkCode.organisation_id.not_in(suspended()),
                )
                .values(used_at=now)
            )
            if organisation_id is not None:
                used = used.where(LinkCode.organisation_id == organisation_id)
            owner = session.execute(used.returning(LinkCode.person_id)).scalar_one_or_none()
            person = None if owner is None else find_person(session, owner)
            if person is not None and person.active:
                session.execute(
                    delete(ChannelIdentity).where(
                        ChannelIdentity.organisation_id == person.organisation_id,
                        ChannelIdentity.channel == channel,
                        ChannelIdentity.user_id == user_id,
                    )
                )
                session.add(
                    ChannelIdentity(
                        organisation_id=person.organisation_id,
                        person_id=person.id,
                        channel=channel,
                        user_id=user_id,
                    )
                )
                return person_view(person)
        with self._lock:
            for who, _ in tried:
                self._wrong.setdefault(who, deque()).append(now)
        raise PersonError(f"this code is wrong, used or older than {MINUTES} minutes; ask for a new one")

    def _check_pace(self, tried: Sequence[tuple[object, int]], now: datetime) -> None:
        with self._lock:
            for who in [who for who, wrong in self._wrong.items() if wrong[-1] < now - _HOUR]:
                del self._wrong[who]
            for who, most in tried:
                wrong = self._wrong.get(who, deque())
                while wrong and wrong[0] < now - _HOUR:
                    wrong.popleft()
                if len(wrong) >= most:
                    raise PersonError(
                        "too many wrong codes were tried; an admin can link the account instead"
                    )
