"""Invitations by e-mail, and asking whether an address is read: ordered with the link in one transaction, sent by the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.events import EventBus
from courage.cases.notices.letters import MAIL, notice_row
from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.delivery import Outbox
from courage.db.models.people import LoginLink, Person
from courage.db.scope import scope_to
from courage.people.access import Access
from courage.people.errors import PersonError
from courage.people.notices import check_address, choice_of
from courage.people.sealing import Seal

#: How long an invitation works: it may lie in a mailbox over a weekend.
VALID: Final = timedelta(days=7)
#: Most mails a day that ask whether an address is read, to one person.
_MOST_ASKED: Final = 5
_STATES: Final = {"pending": "waiting", "sent": "sent", "dead": "failed"}


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What became of somebody's latest invitation: ``waiting``, ``sent``, ``failed`` or ``used``.

    ``reason`` is what the mail server said last, a line for whoever has to mend it.
    """

    person_id: int
    name: str
    state: str
    at: datetime
    by_id: int
    reason: str = ""


class Invitations:
    """Orders mails with one-time links. Everything is synchronous.

    :param seal: encrypts the token of a link for as long as its mail waits.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        access: Access,
        seal: Seal,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._access = access
        self._seal = seal
        self._bus = bus or EventBus()
        self._clock = clock

    def order(self, session: Session, person: Person, by_id: int, address: str) -> None:
        """Order an invitation in the session's transaction; links that the person had before stop working.

        An invitation that still waits is not sent any more.

        :raises PersonError: if the address is none, or the person is not active.
        """
        address = check_address(address)
        now = self._clock()
        link, token = self._access.new_link(session, person, VALID)
        choice = choice_of(session, person)
        if choice.address.casefold() != address.casefold():
            choice.address, choice.confirmed_at = address, None
        for row in session.scalars(_rows(person.organisation_id, person.id).where(Outbox.state != "sent")):
            row.state = "cancelled"
        session.add(
            notice_row(
                MAIL, "invitation", person.organisation_id, person.id, now,
                link=link.id, sealed=self._seal.close(token, link.id), by=by_id,
            )
        )  # fmt: skip

    def invite(self, person_id: int, organisation_id: int, by_id: int, address: str) -> None:
        """Order an invitation for somebody who is there already.

        :raises PersonError: if the address is none, or there is no such active person in the organisation.
        """
        with writing(self._sessions, organisation_id) as session:
            self.order(session, _person(session, person_id), by_id, address)
        self.wake()

    def wake(self) -> None:
        """Let the outbox look at once."""
        self._bus.publish("outbox")

    def ask(self, person_id: int, organisation_id: int, address: str) -> bool:
        """Keep a person's own address; where it is a new one, ask there by mail whether they read it. Return whether so.

        An empty address takes it away, and with it all mails.

        :raises PersonError: if it is none, or too many were asked today.
        """
        address = check_address(address) if address.strip() else ""
        with writing(self._sessions, organisation_id) as session:
            person = _person(session, person_id)
            choice = choice_of(session, person)
            if not address:
                choice.address, choice.confirmed_at = "", None
                choice.mail_digest = choice.mail_alarm = False
                return False
            if choice.address.casefold() == address.casefold() and choice.confirmed_at is not None:
                return False
            now = self._clock()
            asked = select(Outbox.id).where(
                Outbox.organisation_id == organisation_id,
                Outbox.key.startswith(f"{MAIL}:confirm:{person.id}:"),
                Outbox.created_at > now - timedelta(days=1),
            )
            if len(session.scalars(asked).all()) >= _MOST_ASKED:
                raise PersonError(
                    f"{_MOST_ASKED} addresses were asked today; try again tomorrow",
                    say="wrong.asked_too_often",
                )
            choice.address, choice.confirmed_at = address, None
            session.add(notice_row(MAIL, "confirm", organisation_id, person.id, now))
        self.wake()
        return True

    def states(self, organisation_id: int) -> dict[int, InvitationView]:
        """Return what became of the latest invitation of everybody who had one lately, by person."""
        with reading(self._sessions, organisation_id) as session:
            rows = session.scalars(_rows(organisation_id).order_by(Outbox.id)).all()
            names = {person.id: person for person in session.scalars(select(Person)) if person.active}
            numbers = [int(row.payload["link"]) for row in rows]
            links = {
                link.id: link for link in session.scalars(select(LoginLink).where(LoginLink.id.in_(numbers)))
            }
            found = {}
            for row in rows:
                payload = row.payload
                person = names.get(int(payload["person"]))
                if person is None or row.state not in _STATES:
                    continue
                link = links.get(int(payload["link"]))
                used = link is not None and link.used_at is not None
                found[person.id] = InvitationView(
                    person.id, person.name, "used" if used else _STATES[row.state], row.sent_at or row.created_at,
                    int(payload["by"]), "" if used else row.last_error or "",
                )  # fmt: skip
            return found

    def failed(self, organisation_id: int, by_id: int) -> list[InvitationView]:
        """Return the invitations of one person that did not arrive: who invited hears of it."""
        return [
            view
            for view in self.states(organisation_id).values()
            if view.by_id == by_id and view.state == "failed"
        ]


def _rows(organisation_id: int, person_id: int | None = None) -> Select[Outbox]:
    whose = "" if person_id is None else f"{person_id}:"
    return select(Outbox).where(
        Outbox.organisation_id == organisation_id, Outbox.key.startswith(f"{MAIL}:invitation:{whose}")
    )


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise PersonError(f"there is no person {person_id}", say="problem.404")
    scope_to(session, person.organisation_id)
    return person
