"""The webhooks of an organisation: added, listed, tried, switched off, given a new secret, removed. For admins."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.errors import CaseError, NotAllowed
from courage.cases.events import EventBus
from courage.cases.webhooks.events import CHANNEL, EVENTS, TEST, event_row
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.signing import new_secret
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.db.models.people import Person
from courage.db.models.webhooks import Webhook
from courage.db.scope import every, scope_to

_MOST: Final = 20


class WebhookNotFound(CaseError):
    """There is no such webhook in this organisation."""


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook without its secret; ``waiting`` and ``failed`` are deliveries, ``trouble`` what the last failed one met."""

    id: int
    url: str
    events: tuple[str, ...]
    with_text: bool
    active: bool
    created_at: datetime
    waiting: int = 0
    failed: int = 0
    trouble: str = ""


class Webhooks:
    """What admins do with webhooks. Everything is synchronous and may be called from any thread."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        guard: Guard | None = None,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._sessions = sessions
        self._guard = guard or Guard()
        self._bus = bus or EventBus()
        self._clock = clock

    def list(self, admin_id: int) -> builtins.list[WebhookView]:
        """Return the webhooks of an admin's organisation.

        :raises NotAllowed: if the person is no active admin; so with every method here.
        """
        with self._sessions() as session:
            admin = self._admin(session, admin_id)
            mine = Webhook.organisation_id == admin.organisation_id
            return [
                _view(session, hook)
                for hook in session.scalars(select(Webhook).where(mine).order_by(Webhook.id))
            ]

    def add(
        self, admin_id: int, url: str, events: Sequence[str] = EVENTS, *, with_text: bool = False
    ) -> tuple[WebhookView, str]:
        """Add a webhook; return it and its secret, which is told this once.

        :raises CaseError: if the address or an event is not allowed, or there are too many.
        """
        url, wanted = self._guard.check_url(url), _events(events)
        with writing(self._sessions) as session:
            admin = self._admin(session, admin_id)
            mine = Webhook.organisation_id == admin.organisation_id
            if (session.scalar(select(func.count(Webhook.id)).where(mine)) or 0) >= _MOST:
                raise CaseError(
                    f"an organisation has at most {_MOST} webhooks; remove one first",
                    say="webhooks.most",
                    most=_MOST,
                )
            hook = Webhook(
                organisation_id=admin.organisation_id,
                url=url,
                events=wanted,
                with_text=with_text,
                signing_secret=new_secret(),
                active=True,
                created_by=admin.id,
                created_at=self._clock(),
            )
            session.add(hook)
            session.flush()
            return _view(session, hook), hook.signing_secret

    def switch(self, admin_id: int, number: int, *, on: bool) -> WebhookView:
        """Switch a webhook on or off; what waits for one that is off is dropped.

        :raises WebhookNotFound: if there is no such webhook; so with the methods below.
        """
        with writing(self._sessions) as session:
            hook = self._find(session, admin_id, number)
            hook.active = on
            return _view(session, hook)

    def renew_secret(self, admin_id: int, number: int) -> str:
        """Give a webhook a new secret and return it, this once; the old one ends at once."""
        with writing(self._sessions) as session:
            hook = self._find(session, admin_id, number)
            hook.signing_secret = new_secret()
            return hook.signing_secret

    def remove(self, admin_id: int, number: int) -> None:
        """Remove a webhook; what waits for it is dropped."""
        with writing(self._sessions) as session:
            session.delete(self._find(session, admin_id, number))

    def test(self, admin_id: int, number: int) -> None:
        """Send a webhook an event that says nothing, so that its receiver can be tried.

        :raises CaseError: if it is switched off.
        """
        with writing(self._sessions) as session:
            hook = self._find(session, admin_id, number)
            if not hook.active:
                raise CaseError(
                    f"webhook {number} is switched off; switch it on first", say="webhooks.is_off"
                )
            session.add(event_row(hook, TEST, self._clock()))
        self._bus.publish("outbox")

    def _find(self, session: Session, admin_id: int, number: int) -> Webhook:
        admin = self._admin(session, admin_id)
        hook = session.get(Webhook, number) if 0 < number < 2**31 else None
        if hook is None or hook.organisation_id != admin.organisation_id:
            raise WebhookNotFound(f"there is no webhook {number}", say="problem.404")
        return hook

    @staticmethod
    def _admin(session: Session, person_id: int) -> Person:
        with every(session, "the person names their own organisation"):
            person = session.get(Person, person_id)
        if person is None or not person.active or person.role != "admin":
            raise NotAllowed("only an admin looks after webhooks")
        scope_to(session, person.organisation_id)
        return person


def _events(wanted: Sequence[str]) -> list[str]:
    for event in wanted:
        if event not in EVENTS:
            raise CaseError(
                f"event {event[:40]!r} is not one of {', '.join(EVENTS)}", say="webhooks.no_event"
            )
    if not wanted:
        raise CaseError(f"choose at least one event of {', '.join(EVENTS)}", say="webhooks.no_event")
    return [event for event in EVENTS if event in wanted]


def _view(session: Session, hook: Webhook) -> WebhookView:
    mine = (
        Outbox.organisation_id == hook.organisation_id,
        Outbox.kind == CHANNEL,
        Outbox.room_id == str(hook.id),
    )
    counted = select(Outbox.state, func.count(Outbox.id)).where(*mine).group_by(Outbox.state)
    states = {str(state): int(count) for state, count in session.execute(counted)}
    last = select(Outbox.last_error).where(*mine, Outbox.last_error.is_not(None))
    return WebhookView(
        hook.id,
        hook.url,
        tuple(hook.events),
        hook.with_text,
        hook.active,
        hook.created_at,
        states.get("pending", 0),
        states.get("dead", 0),
        session.scalar(last.order_by(Outbox.id.desc()).limit(1)) or "",
    )
