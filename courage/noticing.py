"""Puts together how people hear of the desk when it is closed: mail where there is a server, browsers where it is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from courage.cases.events import EventBus
from courage.cases.notices.digests import Digests
from courage.cases.notices.invitations import Invitations
from courage.cases.ports import Channel
from courage.cases.webhooks.guard import Guard
from courage.gateways.mail.sender import MailSender
from courage.gateways.mail.writing import Writer
from courage.gateways.push.sender import PushSender
from courage.gateways.push.vapid import Vapid
from courage.i18n.catalogue import default_catalogue
from courage.people.access import Access
from courage.people.notice_tokens import NoticeTokens
from courage.people.notices import Notices
from courage.people.sealing import Seal
from courage.settings import Settings, mail_settings
from courage.web.services import Hearing


class Noticing:
    """The parts of an installation that tell people something outside the desk; what is not set up is ``None``.

    :raises CourageError: if what is set of the mail server cannot be right.
    """

    def __init__(
        self, settings: Settings, sessions: sessionmaker[Session], access: Access, bus: EventBus, guard: Guard
    ) -> None:
        self._settings = settings
        self._secret = settings.pseudonym_key.get_secret_value().encode()
        self._guard = guard
        self._tokens = NoticeTokens(self._secret)
        self._seal = Seal(self._secret, "invitation")
        self.notices = Notices(sessions, self._tokens)
        self.digests = Digests(sessions, bus=bus)
        self._invitations = Invitations(sessions, access, self._seal, bus=bus)

    @property
    def hearing(self) -> Hearing:
        """What the desk is given; invitations only where there is a mail server."""
        return Hearing(self.notices, None if self.mail is None else self._invitations, self.push)

    @cached_property
    def mail(self) -> MailSender | None:
        """What hands mails to the mail server."""
        settings = self._settings
        if (known := mail_settings(settings)) is None:
            return None
        writer = Writer(
            default_catalogue(), self._tokens, self._seal, sender=settings.mail_from, address=settings.address,
            language=settings.language, organisation=settings.organisation,
        )  # fmt: skip
        return MailSender(known, writer)

    @cached_property
    def push(self) -> PushSender | None:
        """What tells browsers."""
        settings = self._settings
        if not settings.push:
            return None
        public = settings.address if settings.address.startswith("https:") else ""
        contact = public or (f"mailto:{settings.mail_from}" if settings.mail_from else settings.address)
        return PushSender(
            Vapid(self._secret, contact), self._guard, default_catalogue(), self.notices.gone,
            address=settings.address, language=settings.language, organisation=settings.organisation,
        )  # fmt: skip

    @property
    def receivers(self) -> dict[str, Channel]:
        """What the outbox delivers to here."""
        return {sender.name: sender for sender in (self.mail, self.push) if sender is not None}

    def health(self) -> Mapping[str, dict[str, Any]]:
        """Return the parts of ``/health``; mail that is not set up is off."""
        off = {"status": "off"}
        return {
            "mail": off if self.mail is None else self.mail.health(),
            "push": off if self.push is None else self.push.health(),
        }

    async def run(self) -> None:
        """Order digests until cancelled; where nothing could carry them, do nothing."""
        if self.receivers:
            await self.digests.run()

    async def close(self) -> None:
        """Close the connections."""
        if self.push is not None:
            await self.push.close()
