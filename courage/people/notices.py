"""How people hear of the desk when it is closed: their address, what they want to hear, and when not.

All of it is a person's own choice and off until they make it. What they are told are numbers and a link, never a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.erasures import digest, remember
from courage.db.models.notices import NoticeChoice, PushSubscription
from courage.db.models.people import Person
from courage.db.scope import scope_to, scope_to_every
from courage.people.access import find_active
from courage.people.errors import PersonError
from courage.people.notice_tokens import NoticeTokens

#: Least and most minutes between two digests.
EVERY: Final = (15, 1440)
MOST_BROWSERS: Final = 10
_LONGEST: Final = 254
_WHOSE: Final = "a signed link says whose choices are meant"
#: What mail servers take in practice; anything that could end a header or hide a second address is out.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """What holds for a person; ``browsers`` is how many of theirs may be told. Quiet hours are ``HH:MM``, or empty."""

    address: str = ""
    confirmed: bool = False
    mail_digest: bool = False
    mail_alarm: bool = False
    push_digest: bool = False
    push_alarm: bool = False
    every_minutes: int = 60
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = "UTC"
    browsers: int = 0


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """What a person chooses on the page, besides the address."""

    mail_digest: bool = False
    mail_alarm: bool = False
    push_digest: bool = False
    push_alarm: bool = False
    every_minutes: int = 60
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = "UTC"


def check_address(address: str) -> str:
    """Return an e-mail address in the form that it is kept in; its domain in the letters that mail servers know.

    :raises PersonError: if it is none.
    """
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            domain = ""
    address = f"{local}@{domain}"
    if len(address) > _LONGEST or len(local) > 64 or not _ADDRESS.fullmatch(address):
        raise PersonError("this is no e-mail address; write it as name@example.org", say="wrong.mail_address")
    return address


def is_quiet(choice: NoticeChoice, now: datetime) -> bool:
    """Say whether it is in somebody's quiet hours now, where they are; those may go over midnight."""
    begin, end = choice.quiet_from, choice.quiet_to
    if begin is None or end is None or begin == end:
        return False
    here = now.astimezone(_zone(choice.zone))
    minute = here.hour * 60 + here.minute
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def choice_of(session: Session, person: Person) -> NoticeChoice:
    """Return a person's row of choices; who has none gets one that is all off."""
    row = session.scalar(select(NoticeChoice).where(NoticeChoice.person_id == person.id))
    if row is None:
        row = NoticeChoice(organisation_id=person.organisation_id, person_id=person.id, zone="UTC")
        session.add(row)
        session.flush()
    return row


class Notices:
    """Keeps what people chose. Everything is synchronous."""

    def __init__(
        self, sessions: sessionmaker[Session], tokens: NoticeTokens, *, clock: Clock = utcnow
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._clock = clock

    def of(self, person_id: int, organisation_id: int) -> NoticeView:
        """Return what holds for a person.

        :raises PersonError: if there is no such person in the organisation.
        """
        with reading(self._sessions, organisation_id) as session:
            person = find_active(session, person_id)
            row = session.scalar(select(NoticeChoice).where(NoticeChoice.person_id == person.id))
            browsers = session.scalar(
                select(func.count())
                .select_from(PushSubscription)
                .where(PushSubscription.person_id == person.id)
            )
            if row is None:
                return NoticeView(browsers=browsers or 0)
            return NoticeView(
                row.address, row.confirmed_at is not None, row.mail_digest, row.mail_alarm, row.push_digest,
                row.push_alarm, row.every_minutes, _clock_of(row.quiet_from), _clock_of(row.quiet_to), row.zone,
                browsers or 0,
            )  # fmt: skip

    def addresses(self, organisation_id: int) -> dict[int, str]:
        """Return the address of everybody of an organisation who has one, by person."""
        query = select(NoticeChoice.person_id, NoticeChoice.address).where(NoticeChoice.address != "")
        with reading(self._sessions, organisation_id) as session:
            return {row.person_id: row.address for row in session.execute(query)}

    def choose(self, person_id: int, organisation_id: int, wish: NoticeWish) -> None:
        """Keep a person's choices.

        :raises PersonError: if a time, the zone or the minutes cannot be, or there is no such person.
        """
        if not EVERY[0] <= wish.every_minutes <= EVERY[1]:
            raise PersonError(
                f"digests come every {EVERY[0]} to {EVERY[1]} minutes, not {wish.every_minutes}",
                say="wrong.every", least=EVERY[0], most=EVERY[1],
            )  # fmt: skip
        begin, end = _minute_of(wish.quiet_from), _minute_of(wish.quiet_to)
        if (begin is None) != (end is None):
            raise PersonError("quiet hours have a beginning and an end, or neither", say="wrong.quiet")
        if wish.zone not in zones():
            raise PersonError(f"there is no time zone {wish.zone[:40]!r}", say="wrong.zone")
        with writing(self._sessions, organisation_id) as session:
            person = find_active(session, person_id)
            row = choice_of(session, person)
            if (row.mail_digest, row.mail_alarm) != (False, False) and not (
                wish.mail_digest or wish.mail_alarm
            ):
                _remember_off(session, person)
            row.mail_digest, row.mail_alarm = wish.mail_digest, wish.mail_alarm
            row.push_digest, row.push_alarm = wish.push_digest, wish.push_alarm
            row.every_minutes, row.zone = wish.every_minutes, wish.zone
            row.quiet_from, row.quiet_to = begin, end

    def stopped_by(self, token: str) -> str | None:
        """Return which mails a token would stop, without stopping them; ``None`` where it is none of ours."""
        found = self._tokens.read_stop(token)
        return None if found is None else found[1]

    def stop(self, token: str) -> str | None:
        """Stop the mails that a token is for and return which; ``None`` where it is none of ours. Twice is no mistake."""
        found = self._tokens.read_stop(token)
        if found is None:
            return None
        number, kind = found
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(NoticeChoice, number)
            if row is not None:
                scope_to(session, row.organisation_id)
                setattr(row, f"mail_{kind}", False)
                person = session.get(Person, row.person_id)
                if person is not None:
                    _remember_off(session, person)
        return kind

    def confirm(self, token: str) -> bool:
        """Note that somebody reads the address that a token was sent to; ``False`` where it is another one by now."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(NoticeChoice, self._tokens.read_confirm(token))
            if row is None or not row.address or not self._tokens.confirms(token, row.id, row.address):
                return False
            scope_to(session, row.organisation_id)
            row.confirmed_at = row.confirmed_at or self._clock()
        return True

    def subscribe(
        self, person_id: int, organisation_id: int, endpoint: str, public_key: str, auth_secret: str
    ) -> None:
        """Keep a browser that may be told; one that was somebody else's is this person's from now on.

        :raises PersonError: if the person has too many, or is missing.
        """
        found = _hash(endpoint)
        with writing(self._sessions) as session:
            scope_to_every(session, "a browser may have been somebody else's before")
            session.execute(delete(PushSubscription).where(PushSubscription.endpoint_hash == found))
            scope_to(session, organisation_id)
            person = find_active(session, person_id)
            mine = PushSubscription.person_id == person.id
            have = session.scalar(select(func.count()).select_from(PushSubscription).where(mine)) or 0
            if have >= MOST_BROWSERS:
                raise PersonError(
                    f"at most {MOST_BROWSERS} browsers of a person are told; forget the others first",
                    say="wrong.browsers", most=MOST_BROWSERS,
                )  # fmt: skip
            session.add(
                PushSubscription(
                    organisation_id=organisation_id, person_id=person.id, endpoint=endpoint, endpoint_hash=found,
                    public_key=public_key, auth_secret=auth_secret, created_at=self._clock(),
                )
            )  # fmt: skip

    def unsubscribe(self, person_id: int, organisation_id: int, endpoint: str | None) -> None:
        """Forget one browser of a person, or (``None``) all of them."""
        query = delete(PushSubscription).where(PushSubscription.person_id == person_id)
        if endpoint is not None:
            query = query.where(PushSubscription.endpoint_hash == _hash(endpoint))
        with writing(self._sessions, organisation_id) as session:
            session.execute(query)

    def gone(self, subscription_id: int) -> None:
        """Forget a browser whose push service says that it is gone."""
        with writing(self._sessions) as session:
            scope_to_every(session, "a push service says it of whosever browser it is")
            session.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Return the names of the time zones, UTC first."""
    return (
        "UTC",
        *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc")),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # a name that the system knew once
        return ZoneInfo("UTC")


def _remember_off(session: Session, person: Person) -> None:
    remember(session, "mail_off", digest("mail", person.id, person.created_at))


def _minute_of(value: str) -> int | None:
    """Return the minute of the day of ``HH:MM``; browsers add seconds sometimes."""
    if not value.strip():
        return None
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(?::\d\d)?", value.strip())
    if found is None:
        raise PersonError(f"{value[:20]!r} is no time; write it as 22:00", say="wrong.time")
    return int(found[1]) * 60 + int(found[2])


def _clock_of(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _hash(endpoint: str) -> str:
    return sha256(endpoint.encode("utf-8", "surrogatepass")).hexdigest()
