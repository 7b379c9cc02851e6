"""The pages around mails: choosing, inviting, and the links of mails, which are opened by people and by programs."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from courage.cases.outbox import Dispatcher
from courage.db.engine import make_sessions, writing
from courage.db.models.delivery import Outbox
from courage.db.models.notices import NoticeChoice
from courage.gateways.mail.sender import MailSender
from courage.gateways.mail.settings import MailSettings
from courage.gateways.mail.writing import Writer
from courage.i18n.catalogue import default_catalogue
from courage.people.notices import NoticeWish
from courage.people.sealing import Seal
from tests.post_office import PASSWORD, USER, PostOffice, post_office
from tests.push_service import push_service
from tests.unit.cases.notice_kit import plain
from tests.unit.web.conftest import Enter, token_in
from tests.unit.web.world import World


@pytest.fixture
async def office(tmp_path: Path) -> Any:
    with post_office(tmp_path) as found:
        yield found


async def deliver(world: World, office: PostOffice) -> None:
    """Let the outbox hand over its mails."""
    writer = Writer(
        default_catalogue(), world.tokens, Seal(b"k" * 32, "invitation"), sender="desk@example.org",
        address="http://desk.example.org", organisation="Test community",
    )  # fmt: skip
    settings = MailSettings("localhost", "desk@example.org", office.port, "starttls", USER, PASSWORD)
    sender = MailSender(settings, writer, context=office.trust)
    await Dispatcher(make_sessions(world.engine, strict=True), {"mail": sender}, bus=world.bus).drain()


def chosen(world: World, role: str, **wish: bool) -> int:
    """Let the person of a role have a confirmed address and choose; return the number of their row."""
    world.notices.choose(world.person[role].id, 1, NoticeWish(**wish))  # type: ignore[arg-type]
    with writing(make_sessions(world.engine)) as session:
        row = session.scalars(
            select(NoticeChoice).where(NoticeChoice.person_id == world.person[role].id)
        ).one()
        row.address, row.confirmed_at = "me@example.org", row.alarm_at or world.invitations._clock()
        return row.id


async def test_an_admin_invites_by_mail_and_reads_what_became_of_it(
    world: World, enter: Enter, office: PostOffice
) -> None:
    admin = await enter("admin")
    given = {"name": "Lea", "role": "volunteer", "language": "en", "address": "lea@example.org"}
    page = await (await admin.press("/people", given)).text()
    assert "The invitation is on its way" in page
    assert "/login/" not in page  # the link is the invited person's alone
    await deliver(world, office)
    assert "The mail server took the invitation" in await admin.page("/people")
    (mail,) = office.mails
    found = re.search(r"http://desk\.example\.org(/login/\S+)", plain(mail))
    assert found
    guest = await enter(None)
    door = await guest.page(found[1])
    entered = await guest.client.post(found[1], data={"csrf": token_in(door)})
    assert "Hello, Lea" in await entered.text()
    assert "The invitation was used" in await admin.page("/people")


async def test_a_failed_invitation_is_told_to_who_invited_and_to_nobody_else(
    world: World, enter: Enter, office: PostOffice
) -> None:
    office.refuses["lea@exmaple.org"] = "550 5.1.2 no such host"
    admin = await enter("admin")
    await admin.press("/people", {"name": "Lea", "role": "volunteer", "address": "lea@exmaple.org"})
    await deliver(world, office)
    home = html.unescape(await admin.page("/"))
    assert "1 invitation that you sent could not be delivered:" in home
    assert "Lea" in home
    people = await admin.page("/people")
    assert "Check the address and send it again" in people
    assert "550 5.1.2" in people
    other = world.people.add("Another admin", "admin")
    login = world.people.open_session(other.id)
    second = await enter("admin")
    second.client.session.cookie_jar.clear()
    second.client.session.cookie_jar.update_cookies(
        {"courage_session": login.token}, second.client.make_url("/")
    )
    assert "could not be delivered:" not in await second.page("/")
    lea = world.people.find("Lea")
    assert lea is not None
    await admin.press(f"/people/{lea.id}/invite", {"address": "lea@example.org"})
    await deliver(world, office)
    assert office.to == ["lea@example.org"]
    assert "could not be delivered:" not in await admin.page("/")


async def test_a_wrong_address_adds_nobody_and_keeps_what_was_typed(world: World, enter: Enter) -> None:
    admin = await enter("admin")
    given = {"name": "Lea", "role": "trainer", "language": "ar", "address": "lea at example.org"}
    response = await admin.press("/people", given)
    page = await response.text()
    assert response.status == 400
    assert "This is no e-mail address" in page
    for kept in ('value="Lea"', 'value="lea at example.org"', '<option value="trainer" selected'):
        assert kept in page
    assert world.people.find("Lea") is None


async def test_without_a_mail_server_nothing_of_it_is_offered(tmp_path: Path, aiohttp_client: Any) -> None:
    world = World(tmp_path, hearing=None)
    client = await aiohttp_client(world.app())
    login = world.people.open_session(world.person["admin"].id)
    client.session.cookie_jar.update_cookies({"courage_session": login.token}, client.make_url("/"))
    assert "e-mail" not in (await (await client.get("/people")).text()).casefold()
    assert "/account/notices" not in await (await client.get("/account")).text()
    assert (await client.get("/account/notices")).status == 404


async def test_people_choose_and_each_sees_what_is_for_their_role(world: World, enter: Enter) -> None:
    volunteer, moderator = await enter("volunteer"), await enter("moderator")
    page = await volunteer.page("/account/notices")
    assert "mail_digest" in page
    assert "mail_alarm" not in page
    assert "mail_alarm" in await moderator.page("/account/notices")
    given = {
        "mail_digest": "1", "push_digest": "1", "every_minutes": "90", "quiet_from": "22:00", "quiet_to": "07:30",
        "zone": "Africa/Cairo",
    }  # fmt: skip
    kept = await (await volunteer.press("/account/notices", given)).text()
    assert "Kept." in kept
    mine = world.notices.of(world.person["volunteer"].id, 1)
    assert (mine.mail_digest, mine.push_digest, mine.mail_alarm) == (True, True, False)
    assert (mine.every_minutes, mine.quiet_from, mine.quiet_to, mine.zone) == (
        90,
        "22:00",
        "07:30",
        "Africa/Cairo",
    )
    for field, value in (("quiet_to", "7"), ("every_minutes", "1"), ("zone", "Nowhere/At all")):
        wrong = await volunteer.press("/account/notices", {**given, field: value})
        assert wrong.status == 400
        assert 'id="problem"' in await wrong.text()
    assert world.notices.of(world.person["volunteer"].id, 1) == mine


async def test_an_address_is_confirmed_by_a_press_not_by_a_look(
    world: World, enter: Enter, office: PostOffice
) -> None:
    volunteer = await enter("volunteer")
    page = await (await volunteer.press("/account/notices/address", {"address": "ann@example.org"})).text()
    assert "This address is not confirmed yet" in page
    await deliver(world, office)
    found = re.search(r"http://desk\.example\.org(/notices/confirm/\S+)", plain(office.mails[0]))
    assert found
    stranger = await enter(None)  # on a phone, where nobody is logged in
    door = await stranger.page(found[1])
    assert not world.notices.of(world.person["volunteer"].id, 1).confirmed
    done = await stranger.client.post(found[1], data={"csrf": token_in(door)})
    assert "Confirmed." in await done.text()
    assert world.notices.of(world.person["volunteer"].id, 1).confirmed
    wrong = await stranger.client.post("/notices/confirm/1.read.zz", data={"csrf": token_in(door)})
    assert wrong.status == 404


async def test_a_mail_program_stops_mails_as_the_standard_says(world: World, enter: Enter) -> None:
    """RFC 8058: a POST with that body, no cookie, no token of a form, no redirect."""
    number = chosen(world, "moderator", mail_digest=True, mail_alarm=True)
    address = f"/notices/stop/{world.tokens.stop(number, 'digest')}"
    program = await enter(None)
    for method in ("GET", "HEAD"):  # what looks through mails follows links, and stops nothing
        assert (await program.client.request(method, address)).status == 200
    assert world.notices.of(world.person["moderator"].id, 1).mail_digest
    assert (await program.client.post(address, data={"something": "else"})).status == 400
    assert world.notices.of(world.person["moderator"].id, 1).mail_digest
    said = await program.client.post(
        address,
        data="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://mail.example.net"},
        allow_redirects=False,
    )
    assert said.status == 200
    mine = world.notices.of(world.person["moderator"].id, 1)
    assert (mine.mail_digest, mine.mail_alarm) == (False, True)
    wrong = await program.client.post(
        "/notices/stop/1.digest.zz", data={"List-Unsubscribe": "One-Click"}, allow_redirects=False
    )
    assert wrong.status == 404


async def test_a_person_stops_mails_with_a_button(world: World, enter: Enter) -> None:
    number = chosen(world, "moderator", mail_digest=True, mail_alarm=True)
    address = f"/notices/stop/{world.tokens.stop(number, 'alarm')}"
    stranger = await enter(None)
    door = await stranger.page(address)
    assert "that a case was escalated" in door
    done = await stranger.client.post(f"{address}/now", data={"csrf": token_in(door)})
    assert "Done: you are no longer told" in await done.text()
    mine = world.notices.of(world.person["moderator"].id, 1)
    assert (mine.mail_digest, mine.mail_alarm) == (True, False)
    assert (await stranger.client.post(f"{address}/now", data={})).status == 403


async def test_a_browser_is_kept_and_forgotten(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert world.push.public_key in await volunteer.page("/account/notices")
    async with push_service() as service:
        given = {"endpoint": service.endpoint, "p256dh": service.public_key, "auth": service.auth_secret}
        page = await (await volunteer.press("/account/notices/browser", given)).text()
        assert "1 browser of yours is told." in page
        inside = await volunteer.press(
            "/account/notices/browser", {**given, "endpoint": "https://169.254.169.254/"}
        )
        assert inside.status == 400
        page = await (await volunteer.press("/account/notices/forget", {"endpoint": service.endpoint})).text()
        assert "0 browsers of yours are told." in page


async def test_invitations_are_for_admins_and_their_own_people(world: World, enter: Enter) -> None:
    other = world.organisations.create("Elsewhere", "elsewhere")
    theirs = world.people.add("Theirs", "volunteer", other.id)
    trainer, admin = await enter("trainer"), await enter("admin")
    mine = world.person["volunteer"].id
    assert (await trainer.press(f"/people/{mine}/invite", {"address": "x@example.org"})).status == 403
    assert (await admin.press(f"/people/{theirs.id}/invite", {"address": "x@example.org"})).status == 404
    with make_sessions(world.engine)() as session:
        assert session.scalars(select(Outbox).where(Outbox.channel == "mail")).all() == []
