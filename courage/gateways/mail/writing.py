"""Puts a letter into words: plain text and the same as simple HTML, in the language of its reader.

There is nothing here that could quote a message: a letter holds numbers, names of people of the desk and links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Final

from courage.cases.notices.letters import Letter
from courage.clock import Clock, utcnow
from courage.i18n.catalogue import Catalogue, Voice
from courage.people.notice_tokens import STOPPABLE, NoticeTokens
from courage.people.sealing import Seal

_RIGHT_TO_LEFT: Final = frozenset({"ar"})


@dataclass(frozen=True, slots=True)
class _Page:
    """What a mail says: lines before and after its one link, and what stands small beneath."""

    subject: str
    before: Sequence[str]
    link: str
    address: str
    after: Sequence[str] = ()
    foot: Sequence[str] = ()
    stop: str = ""
    stop_address: str = ""


class Writer:
    """Writes mails.

    :param sender: the address that they are from.
    :param address: where people open the desk.
    :param language: of those who chose none.
    :param organisation: the name of the installation's first organisation.
    """

    def __init__(
        self,
        words: Catalogue,
        tokens: NoticeTokens,
        seal: Seal,
        *,
        sender: str,
        address: str,
        language: str = "en",
        organisation: str = "Courage",
        clock: Clock = utcnow,
    ) -> None:
        self._words = words
        self._tokens = tokens
        self._seal = seal
        self._sender = sender
        self._address = address.rstrip("/")
        self._language = language
        self._organisation = organisation
        self._clock = clock

    def write(self, letter: Letter, key: str) -> EmailMessage:
        """Return a letter as a mail; the same key gives the same Message-ID, so that a second copy is known as one.

        :raises CannotUnseal: if its link was made with another secret.
        """
        language = letter.language or self._language
        voice = Voice(self._words, self._words.choose([language]))
        organisation = _line(letter.organisation or self._organisation)
        page = self._page(letter, voice, organisation)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(display_name=organisation, addr_spec=self._sender)
        mail["To"] = Address(display_name=_line(letter.name), addr_spec=letter.address)
        mail["Subject"] = _line(page.subject)
        mail["Date"] = format_datetime(self._clock())
        domain = self._sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
        if page.stop_address:
            # RFC 8058: a mail program shows a button of its own, and presses it without opening a page.
            mail["List-Unsubscribe"] = f"<{page.stop_address}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(_plain(page), cte="quoted-printable")
        mail.add_alternative(
            _html(page, voice.language, organisation), subtype="html", cte="quoted-printable"
        )
        mail["Content-Language"] = voice.language  # after the content, which takes such headers away
        return mail

    def _page(self, letter: Letter, voice: Voice, organisation: str) -> _Page:
        hello = voice.say("mail.hello", name=letter.name)
        if letter.kind == "invitation":
            token = self._seal.open(letter.sealed, letter.link)
            invites = (
                voice.say("mail.invitation.by", by=letter.by, organisation=organisation)
                if letter.by
                else voice.say("mail.invitation.plain", organisation=organisation)
            )
            return _Page(
                voice.say("mail.invitation.subject", organisation=organisation),
                (hello, invites, voice.say("mail.invitation.about")),
                voice.say("mail.invitation.link"),
                f"{self._address}/login/{token}",
                (voice.say("mail.invitation.once", until=_moment(letter.until)),),
                (voice.say("mail.invitation.not_you"),),
            )
        if letter.kind == "confirm":
            return _Page(
                voice.say("mail.confirm.subject", organisation=organisation),
                (hello, voice.say("mail.confirm.about", organisation=organisation)),
                voice.say("mail.confirm.link"),
                f"{self._address}/notices/confirm/{self._tokens.confirm(letter.choice, letter.address)}",
                foot=(voice.say("mail.confirm.not_you"),),
            )
        assert letter.kind in STOPPABLE, letter.kind
        waiting = []
        if letter.escalated:
            waiting.append(voice.say("mail.escalated", count=letter.escalated))
        if letter.open and letter.kind == "digest":
            waiting.append(voice.say("mail.waiting", count=letter.open))
        alarm = letter.kind == "alarm"
        stop = f"{self._address}/notices/stop/{self._tokens.stop(letter.choice, letter.kind)}"
        return _Page(
            voice.say("mail.alarm.subject", organisation=organisation)
            if alarm
            else voice.say("mail.digest.subject", organisation=organisation),
            (hello, *waiting),
            voice.say("mail.queue"),
            f"{self._address}/cases",
            foot=(voice.say("mail.chosen"),),
            stop=voice.say("mail.stop_alarm") if alarm else voice.say("mail.stop_digest"),
            stop_address=stop,
        )


def _plain(page: _Page) -> str:
    parts = [*page.before, f"{page.link}:\n{page.address}", *page.after]
    foot = [*page.foot]
    if page.stop:
        foot.append(f"{page.stop}:\n{page.stop_address}")
    return "\n\n".join(parts) + "\n\n-- \n" + "\n".join(foot) + "\n"


def _html(page: _Page, language: str, organisation: str) -> str:
    direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"

    def lines(found: Sequence[str]) -> str:
        return "".join(f'<p dir="auto">{escape(line)}</p>\n' for line in found)

    stop = (
        f'<p><a href="{escape(page.stop_address)}" style="color:inherit">{escape(page.stop)}</a></p>\n'
        if page.stop
        else ""
    )
    return (
        f'<!doctype html>\n<html lang="{escape(language)}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{escape(page.subject)}</title></head>\n"
        '<body style="margin:0;padding:1.5rem;font:1rem/1.5 sans-serif;color:#1a1a1a;background:#ffffff">\n'
        f'<div style="max-width:34rem">\n{lines(page.before)}'
        f'<p><a href="{escape(page.address)}" style="display:inline-block;padding:.6rem 1rem;background:#1f5f5b;'
        f'color:#ffffff;text-decoration:none;border-radius:.4rem">{escape(page.link)}</a></p>\n'
        f'{lines(page.after)}<div style="margin-top:2rem;font-size:.875rem;color:#555555">\n'
        f'{lines(page.foot)}{stop}<p dir="auto">{escape(organisation)}</p>\n</div>\n</div>\n</body></html>\n'
    )


def _line(text: str) -> str:
    """Return a text that fits into a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _moment(moment: datetime | None) -> str:
    assert moment is not None
    return moment.strftime("%Y-%m-%d %H:%M UTC")
