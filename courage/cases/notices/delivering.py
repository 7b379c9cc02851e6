"""Which call of a channel a notice is, built from how things are when it leaves; moot ones are not sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.notices.counting import waiting_for
from courage.cases.notices.letters import MAIL, PUSH, Browser, Letter
from courage.cases.ports import Channel
from courage.db.engine import DEFAULT_ORGANISATION, Organisation
from courage.db.models.delivery import Outbox
from courage.db.models.notices import NoticeChoice, PushSubscription
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import LoginLink, Person

Call = Callable[[Channel], Awaitable[str]]


@runtime_checkable
class CarriesMail(Protocol):
    """What mail is handed to."""

    async def send_letter(self, letter: Letter, key: str) -> str:
        """Hand a letter to the mail server and return its id."""
        ...


@runtime_checkable
class CarriesPush(Protocol):
    """What notices to browsers are handed to."""

    async def tell(self, browser: Browser, letter: Letter, key: str) -> str:
        """Hand a notice to a browser's push service and return its id."""
        ...


def notice_call(session: Session, row: Outbox, now: datetime, key: str) -> Call | None:
    """Return the call that a notice stands for; ``None`` when it is moot: nothing waits any more, or nobody wants it."""
    person = session.get(Person, int(row.payload["person"]))
    if person is None or not person.active or person.erased_at is not None:
        return None
    choice = session.scalar(
        select(NoticeChoice).where(
            NoticeChoice.organisation_id == person.organisation_id, NoticeChoice.person_id == person.id
        )
    )
    if choice is None:
        return None
    letter = _letter(session, row, person, choice, now)
    if letter is None:
        return None
    if row.channel == MAIL:
        return _mail(letter, key) if letter.address else None
    browser = session.get(PushSubscription, int(row.room_id))
    if row.channel != PUSH or browser is None or browser.person_id != person.id:
        return None
    where = Browser(browser.id, browser.endpoint, browser.public_key, browser.auth_secret)
    return _push(where, letter, key)


def forget_link(row: Outbox) -> None:
    """Take the token of a link out of a delivery that has left: nobody needs it any more."""
    if "sealed" in row.payload:
        row.payload = {name: value for name, value in row.payload.items() if name != "sealed"}


def _letter(
    session: Session, row: Outbox, person: Person, choice: NoticeChoice, now: datetime
) -> Letter | None:
    kind = str(row.payload["notice"])
    said: dict[str, Any] = {
        "kind": kind,
        "name": person.name,
        "language": _language(session, person),
        # The installation's first organisation calls itself as its settings say, which the channel knows.
        "organisation": ""
        if person.organisation_id == DEFAULT_ORGANISATION
        else session.get_one(Organisation, person.organisation_id).name,
        "address": choice.address,
        "choice": choice.id,
    }
    if kind == "invitation":
        link = session.get(LoginLink, int(row.payload["link"]))
        if link is None or link.used_at is not None or link.expires_at <= now or "sealed" not in row.payload:
            return None
        by = session.get(Person, int(row.payload["by"]))
        name = by.name if by is not None and by.erased_at is None else ""
        return Letter(**said, by=name, link=link.id, sealed=row.payload["sealed"], until=link.expires_at)
    if kind == "confirm":
        return None if choice.confirmed_at is not None else Letter(**said)
    if not getattr(choice, f"{row.channel}_{kind}", False):
        return None
    if row.channel == MAIL and choice.confirmed_at is None:
        return None
    waiting = waiting_for(session, person)
    if not (waiting.escalated if kind == "alarm" else waiting):
        return None
    return Letter(**said, open=waiting.open, escalated=waiting.escalated)


def _language(session: Session, person: Person) -> str:
    if person.languages:
        return str(person.languages[0])
    settings = session.get(OrganisationSettings, person.organisation_id)
    return "" if settings is None or settings.language is None else settings.language


def _mail(letter: Letter, key: str) -> Call:
    async def send(channel: Channel) -> str:
        assert isinstance(channel, CarriesMail)
        return await channel.send_letter(letter, key)

    return send


def _push(browser: Browser, letter: Letter, key: str) -> Call:
    async def tell(channel: Channel) -> str:
        assert isinstance(channel, CarriesPush)
        return await channel.tell(browser, letter, key)

    return tell
