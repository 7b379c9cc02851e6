"""Hands mails to a mail server, over an encrypted connection, and says what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from email.message import EmailMessage
from typing import Any, Final, NoReturn

import aiosmtplib

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.notices.letters import MAIL, Letter
from courage.cases.ports import Button, Card
from courage.gateways.mail.settings import MailSettings
from courage.gateways.mail.writing import Writer
from courage.people.errors import CannotUnseal

#: Seconds for one step of the talk with the server, and for all of it: less than the outbox waits for a channel.
_STEP: Final = 20.0
_ALL: Final = 45.0
#: Seconds that a mail which the server is taking just now may still have when the engine stops.
_LAST: Final = 5.0
_MOST_SAID: Final = 200


class MailSender:
    """Sends one mail a connection."""

    name = MAIL
    #: Each letter goes to a person of its own organisation.
    knows_organisations = True

    def __init__(
        self, settings: MailSettings, writer: Writer, *, context: ssl.SSLContext | None = None
    ) -> None:
        """Remember where to send.

        :param context: whom to believe; ``None``: the authorities that this machine believes.
        """
        self._settings = settings
        self._writer = writer
        self._context = context
        self._trouble = ""

    def health(self) -> dict[str, Any]:
        """Return how sending goes: degraded as long as the last try met a server that could not be used."""
        return {"status": "degraded", "note": self._trouble} if self._trouble else {"status": "ok"}

    async def send_letter(self, letter: Letter, key: str) -> str:
        """Hand a letter to the mail server and return its Message-ID.

        :raises ChannelError: if the server cannot be used just now, or puts the mail off.
        :raises ChannelRefused: if it will never take it.
        """
        try:
            mail = self._writer.write(letter, key)
        except CannotUnseal:
            raise ChannelRefused("the link was made with another secret; invite again") from None
        sending = asyncio.create_task(self._send(mail, letter.address))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            # The engine stops. What the server is taking now is noted as sent, or it would be sent again.
            with contextlib.suppress(ChannelError):
                done, _ = await asyncio.wait({sending}, timeout=_LAST)
                if done and not sending.cancelled():
                    sending.result()
                    return str(mail["Message-ID"])
            sending.cancel()
            raise
        return str(mail["Message-ID"])

    async def _send(self, mail: EmailMessage, address: str) -> None:
        try:
            async with asyncio.timeout(_ALL):
                await self._talk(mail, address)
        except ChannelRefused:
            self._trouble = ""  # the server works; it does not want this mail
            raise
        except ChannelError as error:
            self._trouble = str(error)
            raise
        except TimeoutError:
            self._trouble = f"no answer within {_ALL:g} s"
            raise ChannelError(self._trouble) from None
        self._trouble = ""

    async def _talk(self, mail: EmailMessage, address: str) -> None:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.password or None,
            timeout=_STEP,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=None if settings.tls == "none" else self._context or ssl.create_default_context(),
            local_hostname=settings.sender.rpartition("@")[2],
        )
        try:
            async with client:
                await client.sendmail(settings.sender, [address], mail.as_bytes())
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as error:
            codes = [found.code for found in getattr(error, "recipients", [])] or [
                getattr(error, "code", 400)
            ]
            kind = ChannelRefused if all(code >= 500 for code in codes) else ChannelError
            raise kind(f"the mail server refuses: {_said(error, address)}") from None
        except aiosmtplib.SMTPAuthenticationError as error:
            raise ChannelError(
                f"the mail server does not accept user and password: {_said(error, address)}"
            ) from None
        except aiosmtplib.SMTPNotSupported as error:
            raise ChannelError(f"the mail server cannot do what is asked: {_said(error, address)}") from None
        except ssl.SSLError as error:
            raise ChannelError(f"no encrypted connection: {error.reason or type(error).__name__}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelError(f"the mail server cannot be used: {_said(error, address)}") from None

    async def send_card(self, card: Card, key: str) -> str:
        """Refuse: cards hold texts, and no mail does."""
        self._letters_only()

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Refuse."""
        self._letters_only()

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Refuse."""
        self._letters_only()

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Refuse."""
        self._letters_only()

    @staticmethod
    def _letters_only() -> NoReturn:
        raise ChannelRefused("mail carries letters only")


def _said(error: Exception, address: str) -> str:
    """Return what a server said in one line, without the address of the person: it is in a log and on a page."""
    recipients = getattr(error, "recipients", None)
    if recipients:
        found = "; ".join(f"{one.code} {one.message}" for one in recipients)
    elif isinstance(error, aiosmtplib.SMTPResponseException):
        found = f"{error.code} {error.message}"
    else:
        found = str(error) or type(error).__name__
    found = re.sub(re.escape(address), "…", " ".join(found.split()), flags=re.IGNORECASE)
    return found[:_MOST_SAID]
