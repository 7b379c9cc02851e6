"""What tests of mails and of notices to browsers share: a desk whose outbox reaches a mail server and a push service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from courage.cases.notices.digests import Digests
from courage.cases.notices.invitations import Invitations
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.db.engine import make_sessions, writing
from courage.db.models.notices import NoticeChoice
from courage.gateways.mail.sender import MailSender
from courage.gateways.mail.settings import MailSettings
from courage.gateways.mail.writing import Writer
from courage.i18n.catalogue import default_catalogue
from courage.people.access import Access
from courage.people.notice_tokens import NoticeTokens
from courage.people.notices import Notices, NoticeWish
from courage.people.sealing import Seal
from tests.post_office import PASSWORD, USER, PostOffice
from tests.unit.cases.kit import KEY, World

ADDRESS = "https://desk.example.org/courage"


@dataclass
class Desk:
    """The parts that tell people something, beside the world of cases."""

    world: World
    access: Access
    notices: Notices
    invitations: Invitations
    digests: Digests
    tokens: NoticeTokens
    ada: int

    def sender(self, office: PostOffice, **more: Any) -> MailSender:
        """Return what hands mails to a mail server."""
        settings = {
            "host": "localhost", "sender": "desk@example.org", "port": office.port, "user": USER,
            "password": PASSWORD, **more,
        }  # fmt: skip
        writer = Writer(
            default_catalogue(), self.tokens, Seal(KEY, "invitation"), sender="desk@example.org", address=ADDRESS,
            organisation="Garden, against hate", clock=self.world.clock,
        )  # fmt: skip
        return MailSender(MailSettings(**settings), writer, context=office.trust)

    def dispatcher(self, *channels: Any) -> Dispatcher:
        """Return an outbox that delivers to these, besides the chat; one made later is one after a restart."""
        world = self.world
        world.dispatcher = Dispatcher(
            strict(world),
            {**world.channels, **{channel.name: channel for channel in channels}},
            OutboxSettings(tries=3),
            bus=world.bus,
            recommender=world.recommender,  # type: ignore[arg-type]
            clock=world.clock,
            chance=lambda: 1.0,
        )
        return world.dispatcher

    def wants(self, person_id: int, address: str = "mia@example.org", **wish: Any) -> None:
        """Let somebody have a confirmed address and choose."""
        self.notices.choose(person_id, 1, NoticeWish(**wish))
        with writing(self.world.sessions) as session:
            row = session.query(NoticeChoice).filter_by(person_id=person_id).one()
            row.address, row.confirmed_at = address, self.world.clock()


def strict(world: World) -> Any:
    """Return sessions that refuse what says of no organisation, as the running program's do."""
    return make_sessions(world.sessions.kw["bind"], strict=True)


def make_desk(world: World) -> Desk:
    """Put everything together."""
    sessions, clock = strict(world), world.clock
    access, tokens = Access(sessions, clock=clock), NoticeTokens(KEY)
    return Desk(
        world,
        access,
        Notices(sessions, tokens, clock=clock),
        Invitations(sessions, access, Seal(KEY, "invitation"), bus=world.bus, clock=clock),
        Digests(sessions, bus=world.bus, clock=clock),
        tokens,
        world.people.add("Ada", "admin").id,
    )


def plain(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    """Return the HTML of a mail."""
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def link(mail: EmailMessage, part: str = "/login/") -> str:
    """Return the token of a mail's link, which both of its forms have."""
    found = re.findall(re.escape(ADDRESS + part) + r"([\w.=-]+)", plain(mail))
    assert len(found) == 1, plain(mail)
    assert f'href="{ADDRESS}{part}{found[0]}"' in html(mail)
    return str(found[0])
