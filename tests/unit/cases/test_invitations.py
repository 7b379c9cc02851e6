"""Invitations by e-mail, through a real mail server: they arrive once, in the person's language, and failures are told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from courage.db.models.delivery import Outbox
from courage.errors import CourageError
from courage.gateways.mail.sender import MailSender
from courage.gateways.mail.settings import MailSettings
from courage.people.errors import PersonError
from tests.post_office import PostOffice, free_port, post_office
from tests.unit.cases.kit import World
from tests.unit.cases.notice_kit import Desk, html, link, make_desk, plain

pytestmark = pytest.mark.slow  # a mail server of its own

TO = "lea@example.org"


@pytest.fixture
async def office(tmp_path: Path) -> Any:
    with post_office(tmp_path) as found:
        yield found


@pytest.fixture
def desk(world: World) -> Desk:
    return make_desk(world)


def invite(desk: Desk, name: str = "Lea", language: str = "en", address: str = TO) -> int:
    """Add somebody with an invitation, as the page does: in one transaction."""
    person = desk.world.people.add(
        name, "volunteer", languages=(language,),
        also=lambda session, who: desk.invitations.order(session, who, desk.ada, address),
    )  # fmt: skip
    return person.id


def rows(desk: Desk) -> list[Outbox]:
    with desk.world.sessions() as session:
        return list(session.scalars(select(Outbox).where(Outbox.channel == "mail").order_by(Outbox.id)))


@pytest.mark.parametrize(
    ("language", "says", "direction"),
    [
        ("en", "Ada invites you", "ltr"),
        ("fr", "Ada vous invite", "ltr"),
        ("de", "Ada lädt dich ein", "ltr"),
        ("ar", "يدعوك", "rtl"),
    ],
)
async def test_an_invitation_arrives_in_the_persons_language_and_lets_them_in_once(
    desk: Desk, office: PostOffice, language: str, says: str, direction: str
) -> None:
    person = invite(desk, language=language)
    (row,) = rows(desk)
    await desk.dispatcher(desk.sender(office)).drain()
    (mail,) = office.mails
    assert office.to == [TO]
    assert office.encrypted == [True]
    assert says in plain(mail)
    assert says in html(mail)
    assert f'dir="{direction}"' in html(mail)
    assert mail["Content-Language"] == language
    assert mail["From"].addresses[0].display_name == "Garden, against hate"
    assert mail["From"].addresses[0].addr_spec == "desk@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None  # nobody subscribed to anything
    assert "<img" not in html(mail)  # nothing says to anybody that it was opened
    assert desk.access.use_login_link(link(mail)).person.id == person
    with pytest.raises(PersonError):
        desk.access.use_login_link(link(mail))
    assert desk.invitations.states(1)[person].state == "used"
    # While it waited its token was sealed, and now it is nowhere.
    assert link(mail) not in str(row.payload)
    assert "sealed" in row.payload
    assert "sealed" not in rows(desk)[0].payload


async def test_names_cannot_write_headers_and_are_read_as_they_are(desk: Desk, office: PostOffice) -> None:
    invite(desk, name='Zoë <b>\r\nBcc: all@example.org,\u202e "ليلى"')
    await desk.dispatcher(desk.sender(office)).drain()
    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert office.to == [TO]
    assert mail["To"].addresses[0].addr_spec == TO
    assert "Zoë <b>" in mail["To"].addresses[0].display_name
    assert "Zoë <b>" in plain(mail)
    assert "Zoë &lt;b&gt;" in html(mail)


@pytest.mark.parametrize(
    "address",
    [
        "lea", "lea@", "@example.org", "lea@example.org\r\nBcc: x@example.org", "lea@example.org, x@example.org",
        "<lea@example.org>", "lea@exam ple.org", "lea@-example.org", "l" * 65 + "@example.org", 'a"b@example.org',
        "lea@example.org>", "le\u0430@example.org",
    ],
)  # fmt: skip
async def test_an_address_that_is_none_adds_nobody(desk: Desk, address: str) -> None:
    with pytest.raises(PersonError) as error:
        invite(desk, address=address)
    assert error.value.say == "wrong.mail_address"
    assert desk.world.people.find("Lea") is None
    assert rows(desk) == []


async def test_an_address_in_other_letters_is_sent_to_as_mail_servers_know_it(
    desk: Desk, office: PostOffice
) -> None:
    invite(desk, address=" lea@bücher.example ")
    await desk.dispatcher(desk.sender(office)).drain()
    assert office.to == ["lea@xn--bcher-kva.example"]


async def test_who_invited_hears_that_it_failed_and_can_send_it_again(desk: Desk, office: PostOffice) -> None:
    office.refuses["lea@exmaple.org"] = "550 5.1.1 <lea@exmaple.org>: no such user here"
    person = invite(desk, address="lea@exmaple.org")
    dispatcher = desk.dispatcher(desk.sender(office))
    await dispatcher.drain()
    (failed,) = desk.invitations.failed(1, desk.ada)
    assert (failed.person_id, failed.name, failed.state) == (person, "Lea", "failed")
    assert "550 5.1.1" in failed.reason
    assert "no such user" in failed.reason
    assert "exmaple" not in failed.reason  # an address is nobody's business in a log
    assert desk.invitations.failed(1, desk.world.mia) == []
    desk.invitations.invite(person, 1, desk.ada, TO)
    assert desk.invitations.states(1)[person].state == "waiting"
    await dispatcher.drain()
    assert desk.invitations.failed(1, desk.ada) == []
    assert desk.invitations.states(1)[person].state == "sent"
    assert office.to == [TO]
    assert desk.access.use_login_link(link(office.mails[0])).person.id == person


async def test_an_invitation_to_somebody_elses_person_is_refused(desk: Desk, world: World) -> None:
    with pytest.raises(PersonError):
        desk.invitations.invite(world.ann, 2, desk.ada, TO)


async def test_a_server_that_is_away_or_busy_loses_and_doubles_nothing(desk: Desk, tmp_path: Path) -> None:
    invite(desk)
    port = free_port()
    with post_office(tmp_path, port=port) as office:
        sender = desk.sender(office)
    dispatcher = desk.dispatcher(sender)
    await dispatcher.drain()
    (row,) = rows(desk)
    assert row.state == "pending"
    assert sender.health()["status"] == "degraded"
    with post_office(tmp_path, port=port) as office:
        office.answers = ["451 4.7.1 greylisted, come again"]
        for _ in range(2):
            desk.world.clock.pass_(minutes=6)
            # Each time another process: the outbox is all that is left of the one before.
            await desk.dispatcher(sender).drain()
        assert len(office.mails) == 1
        assert sender.health() == {"status": "ok"}
        await desk.dispatcher(sender).drain()
        assert len(office.mails) == 1
    assert rows(desk)[0].state == "sent"


async def test_an_engine_that_is_stopped_while_the_server_takes_a_mail_notes_it_as_sent(
    desk: Desk, office: PostOffice
) -> None:
    invite(desk)
    office.slow = True
    running = asyncio.create_task(desk.dispatcher(desk.sender(office)).run())
    await asyncio.wait_for(office.taking.wait(), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    office.slow = False
    await desk.dispatcher(desk.sender(office)).drain()
    assert len(office.mails) == 1
    assert rows(desk)[0].state == "sent"


class Forgetful(MailSender):
    """Stands for an engine that is killed after the server took a mail, before anything was noted."""

    async def send_letter(self, letter: Any, key: str) -> str:
        await super().send_letter(letter, key)
        raise OSError("killed")


async def test_a_copy_after_a_kill_is_known_as_one_and_its_link_is_the_same(
    desk: Desk, office: PostOffice
) -> None:
    invite(desk)
    whole = desk.sender(office)
    killed = Forgetful(whole._settings, whole._writer, context=office.trust)
    await desk.dispatcher(killed).drain()
    desk.world.clock.pass_(minutes=6)
    await desk.dispatcher(whole).drain()
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"]  # by which mail servers and programs drop the second
    assert link(first) == link(second)


async def test_two_mails_have_two_ids(desk: Desk, office: PostOffice) -> None:
    invite(desk)
    invite(desk, "Kim", address="kim@example.org")
    await desk.dispatcher(desk.sender(office)).drain()
    first, second = office.mails
    assert first["Message-ID"] != second["Message-ID"]


async def test_what_is_moot_by_then_is_not_sent(desk: Desk, office: PostOffice) -> None:
    gone, twice, late = invite(desk), invite(desk, "Kim"), invite(desk, "Noor")
    desk.world.people.deactivate(gone)
    desk.invitations.invite(twice, 1, desk.ada, "kim@example.org")  # the first one is taken back
    desk.access.login_link(late)  # and this one's link ended with a newer one
    await desk.dispatcher(desk.sender(office)).drain()
    assert office.to == ["kim@example.org"]


async def test_an_invitation_that_was_too_old_when_it_could_be_sent_is_not_sent(
    desk: Desk, office: PostOffice
) -> None:
    invite(desk)
    desk.world.clock.pass_(days=8)
    await desk.dispatcher(desk.sender(office)).drain()
    assert office.mails == []


async def test_nothing_travels_in_the_clear_or_to_a_stranger(desk: Desk, tmp_path: Path) -> None:
    invite(desk)
    with post_office(tmp_path, encrypts=False, asks=False) as plain_one:
        stripped = desk.sender(plain_one)  # somebody on the way took STARTTLS out of the greeting
        await desk.dispatcher(stripped).drain()
        assert plain_one.raw == []
        assert "STARTTLS" in (rows(desk)[0].last_error or "")
    other = tmp_path / "other"
    other.mkdir()
    with post_office(tmp_path) as known, post_office(other) as stranger:
        desk.world.clock.pass_(minutes=6)
        sender = desk.sender(stranger)
        sender._context = known.trust
        await desk.dispatcher(sender).drain()
        assert stranger.raw == []
        assert "CERTIFICATE" in (rows(desk)[0].last_error or "")


async def test_a_wrong_password_is_tried_again_and_named_on_health(desk: Desk, office: PostOffice) -> None:
    invite(desk)
    sender = desk.sender(office, password="not this one")
    await desk.dispatcher(sender).drain()
    assert rows(desk)[0].state == "pending"
    assert "user and password" in str(sender.health()["note"])
    assert "not this one" not in str(sender.health())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sender": ""}, "COURAGE_MAIL_FROM"),
        ({"user": "x"}, "go together"),
        ({"tls": "none"}, "on this machine"),
        ({"tls": "ssl"}, "starttls"),
    ],
)
def test_settings_that_cannot_be_right_are_named(given: dict[str, str], says: str) -> None:
    with pytest.raises(CourageError, match=says):
        MailSettings(**{"host": "mail.example.org", "sender": "desk@example.org", **given})
