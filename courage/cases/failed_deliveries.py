"""Deliveries that no channel accepted: seeing them, trying them again, giving them up."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.access import require_leader, worker
from courage.cases.deliveries import failed
from courage.cases.errors import CaseError, DeliveryNotFound, NotAllowed, NotPossible
from courage.cases.events import EventBus
from courage.cases.ledger import latest_draft, note, pending_reply
from courage.cases.machine import STEPS
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.db.models.people import Person
from courage.db.scope import scope_to

#: What can be listed: given up after all tries (``failed``), not accepted yet (``waiting``), or held after a restore until
#: an admin says that it may go (``held``).
STATES: Final = {"failed": "dead", "waiting": "pending", "held": "pending"}
_MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A row of the outbox, without any text.

    ``kind`` is card, card_update, reply, say or summary; ``state`` is failed, waiting or held; ``reason`` is what the channel
    said last, empty when it was never asked.
    """

    id: int
    channel: str
    kind: str
    state: str
    case_id: int | None
    reason: str
    attempts: int
    created_at: datetime


class FailedDeliveries:
    """Lists, retries and gives up deliveries of a moderator's or admin's organisation.

    A retry goes under the same idempotency key, so that what a channel did accept is never posted twice.
    """

    def __init__(
        self, sessions: sessionmaker[Session], *, bus: EventBus | None = None, clock: Clock = utcnow
    ) -> None:
        self._sessions = sessions
        self._bus = bus or EventBus()
        self._clock = clock

    def list(
        self, person_id: int, *, state: str = "failed", limit: int = 100, before: int | None = None
    ) -> builtins.list[DeliveryView]:
        """Return deliveries, newest first; ``before`` leaves out those with this number or a greater one.

        :raises CaseError: if the state is unknown.
        :raises NotAllowed: if the person is neither moderator nor admin.
        """
        if state not in STATES:
            raise CaseError(f"state {state!r} is not one of {', '.join(STATES)}")
        with self._sessions() as session:
            person = self._person(session, person_id)
            query = select(Outbox).where(
                Outbox.organisation_id == person.organisation_id, Outbox.state == STATES[state]
            )
            if state != "failed":
                query = query.where(
                    Outbox.held_at.is_(None) if state == "waiting" else Outbox.held_at.is_not(None)
                )
            if before is not None:
                query = query.where(Outbox.id < before)
            rows = session.scalars(query.order_by(Outbox.id.desc()).limit(max(1, min(limit, _MAX_PAGE))))
            return [_view(row) for row in rows]

    def retry(self, delivery_id: int, person_id: int) -> DeliveryView:
        """Hand a failed delivery to its channel again, under the same key.

        A reply is tried again only as long as it is what its person confirmed last and that person is still on the
        case; otherwise the person confirms anew.

        :raises DeliveryNotFound: if there is no such failed delivery in the person's organisation.
        :raises NotAllowed: if the person is neither moderator nor admin.
        :raises NotPossible: if it is a reply that may not be posted any more.
        """
        with writing(self._sessions) as session:
            person, row = self._row(session, delivery_id, person_id, ("dead",))
            case = session.get(Case, row.case_id) if row.case_id is not None else None
            if row.kind == "reply":
                self._revive_reply(session, row, case)
            row.state, row.attempts, row.next_at, row.leased_until = "pending", 0, self._clock(), None
            row.held_at = None
            if case is not None:
                note(session, case, "delivery_retried", self._clock(), person.id, delivery=row.kind)
            view = _view(row)
        self._announce(case)
        return view

    def give_up(self, delivery_id: int, person_id: int) -> DeliveryView:
        """Stop trying: a failed delivery leaves the list, a waiting one is not handed over any more.

        A reply that waited counts as not posted from then on, so that its case can be worked on.

        :raises DeliveryNotFound: if there is no such failed or waiting delivery in the person's organisation.
        :raises NotAllowed: if the person is neither moderator nor admin.
        :raises NotPossible: if it is being handed over just now.
        """
        with writing(self._sessions) as session:
            person, row = self._row(session, delivery_id, person_id, ("dead", "pending"))
            now = self._clock()
            if row.state == "pending":
                if row.leased_until is not None and row.leased_until > now:
                    raise NotPossible(
                        f"delivery {row.id} is being handed over just now; look again in a minute"
                    )
                failed(session, row, f"given up by {person.name}", now)
            view = _view(row)
            row.state = "cancelled"
            case = session.get(Case, row.case_id) if row.case_id is not None else None
            if case is not None:
                note(session, case, "delivery_given_up", now, person.id, delivery=row.kind)
        self._announce(case)
        return view

    def release(self, delivery_id: int, person_id: int) -> DeliveryView:
        """Let a delivery go that was held after a restore.

        :raises DeliveryNotFound: if there is no such held delivery in the person's organisation.
        :raises NotAllowed: if the person is no admin.
        """
        with writing(self._sessions) as session:
            person, row = self._row(session, delivery_id, person_id, ("pending",))
            if person.role != "admin":
                raise NotAllowed(f"{person.name} is a {person.role}; only an admin lets held deliveries go")
            if row.held_at is None:
                raise DeliveryNotFound(f"there is no held delivery {delivery_id}")
            row.held_at, row.next_at = None, self._clock()
            case = session.get(Case, row.case_id) if row.case_id is not None else None
            if case is not None:
                note(session, case, "delivery_released", self._clock(), person.id, delivery=row.kind)
            view = _view(row)
        self._announce(case)
        return view

    @staticmethod
    def _revive_reply(session: Session, row: Outbox, case: Case | None) -> None:
        reply = session.get(Reply, int(row.payload["reply_id"]))
        if case is None or reply is None:
            raise NotPossible(f"delivery {row.id} is a reply whose case is gone; give it up")
        draft = latest_draft(session, case.id)
        if (
            reply.state != "failed"
            or (case.status, "post") not in STEPS
            or case.claimed_by != reply.person_id
            or draft is None
            or draft.version != reply.draft_version
            or pending_reply(session, case.id) is not None
        ):
            raise NotPossible(
                f"delivery {row.id} is a reply that its person may not want any more: "
                f"whoever is on case {case.id} confirms it anew, or give it up"
            )
        reply.state, reply.failure = "pending", None

    def _row(
        self, session: Session, delivery_id: int, person_id: int, states: tuple[str, ...]
    ) -> tuple[Person, Outbox]:
        person = self._person(session, person_id)
        row = session.get(Outbox, delivery_id) if 0 < delivery_id < 2**31 else None
        if row is None or row.organisation_id != person.organisation_id or row.state not in states:
            wanted = "failed or waiting" if "pending" in states else "failed"
            raise DeliveryNotFound(f"there is no {wanted} delivery {delivery_id}")
        return person, row

    @staticmethod
    def _person(session: Session, person_id: int) -> Person:
        person = worker(session, person_id)
        require_leader(person, "look after deliveries")
        scope_to(session, person.organisation_id)
        return person

    def _announce(self, case: Case | None) -> None:
        self._bus.publish("outbox")
        if case is not None:
            self._bus.publish(
                "case",
                {"case_id": case.id, "organisation_id": case.organisation_id, "event": "delivery"},
            )


def _view(row: Outbox) -> DeliveryView:
    return DeliveryView(
        row.id,
        row.channel,
        row.kind,
        "failed" if row.state == "dead" else "waiting" if row.held_at is None else "held",
        row.case_id,
        row.last_error or "",
        row.attempts,
        row.created_at,
    )
