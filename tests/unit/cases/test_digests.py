"""Digests and alarms by e-mail: numbers and a link, only as people chose, and stopped by one press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from courage.cases.notices.digests import Digests
from courage.cases.person_data.service import PersonData
from courage.people.access import Access
from courage.people.care import Care
from courage.people.errors import PersonError
from courage.people.notices import NoticeWish
from tests.post_office import PostOffice, post_office
from tests.unit.cases.kit import KEY, World
from tests.unit.cases.notice_kit import ADDRESS, Desk, html, link, make_desk, plain, strict

pytestmark = pytest.mark.slow  # a mail server of its own

HATE = "they are vermin"
THREAT = "I will kill these vermin"


@pytest.fixture
async def office(tmp_path: Path) -> Any:
    with post_office(tmp_path) as found:
        yield found


@pytest.fixture
def desk(world: World) -> Desk:
    return make_desk(world)


async def sent(desk: Desk, office: PostOffice) -> int:
    """Look whether digests are due, deliver, and return how many mails there are in all."""
    desk.digests.look()
    await desk.dispatcher(desk.sender(office)).drain()
    return len(office.raw)


async def test_who_chose_it_hears_how_many_cases_wait_and_nothing_of_them(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, "ann@example.org", mail_digest=True)
    assert await sent(desk, office) == 0  # nothing waits
    await world.case(HATE, author="@eve:x")
    await world.case(HATE + " all of them", "$2", author="@mallory:x")
    await world.case(THREAT, "$3")
    assert await sent(desk, office) == 1
    (mail,) = office.mails
    assert office.to == ["ann@example.org"]
    assert "2 cases wait for an answer" in plain(mail)
    assert "escalated" not in plain(mail)  # Ann settles none
    assert f"{ADDRESS}/cases" in plain(mail)
    everything = office.raw[0].decode("utf-8", "replace") + plain(mail) + html(mail)
    for hidden in ("vermin", "kill", "@eve", "mallory", "Garden talk", "dehumanisation", "migrants"):
        assert hidden not in everything, hidden


async def test_moderators_hear_of_escalated_cases_too(desk: Desk, office: PostOffice, world: World) -> None:
    desk.wants(world.mia, mail_digest=True)
    await world.case(HATE)
    await world.case(THREAT, "$2")
    assert await sent(desk, office) == 1
    assert "1 case waits for an answer" in plain(office.mails[0])
    assert "1 escalated case waits for the moderators" in plain(office.mails[0])


async def test_the_count_is_that_of_the_moment_it_leaves(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, mail_digest=True)
    first, second = await world.case(HATE), await world.case(HATE, "$2", author="@b:x")
    desk.digests.look()
    world.casework.claim(first, world.bob)
    await desk.dispatcher(desk.sender(office)).drain()
    assert "1 case waits" in plain(office.mails[0])
    world.clock.pass_(hours=2)
    await world.case(HATE, "$3", author="@c:x")
    desk.digests.look()
    for case in world.casework.queue():
        world.casework.claim(case.id, world.bob)
    await desk.dispatcher(desk.sender(office)).drain()
    assert len(office.raw) == 1
    assert second


async def test_at_most_every_so_many_minutes_and_only_with_something_new(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, mail_digest=True, every_minutes=30)
    await world.case(HATE)
    assert await sent(desk, office) == 1
    world.clock.pass_(minutes=10)
    await world.case(HATE, "$2", author="@b:x")
    assert await sent(desk, office) == 1
    world.clock.pass_(minutes=20)
    assert await sent(desk, office) == 2
    world.clock.pass_(hours=5)
    assert await sent(desk, office) == 2  # the same two wait: that was said
    world.clock.pass_(hours=20)
    assert await sent(desk, office) == 3  # once more after a day


async def test_an_open_desk_a_break_and_quiet_hours_keep_still(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, mail_digest=True, quiet_from="22:00", quiet_to="07:30", zone="Europe/Berlin")
    await world.case(HATE)
    Access(world.sessions, clock=world.clock).open_session(world.ann)  # it is 12:00 UTC
    assert await sent(desk, office) == 0
    world.clock.pass_(minutes=20)
    care = Care(world.sessions, clock=world.clock)
    care.rest(world.ann, 1, timedelta(hours=1))
    assert await sent(desk, office) == 0
    care.rest(world.ann, 1, None)
    world.clock.now = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)  # 22:30 in Berlin
    assert await sent(desk, office) == 0
    world.clock.now = datetime(2026, 3, 2, 6, 29, tzinfo=UTC)  # 07:29 there
    assert await sent(desk, office) == 0
    world.clock.now = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert await sent(desk, office) == 1


async def test_quiet_hours_follow_the_summer_time_of_the_place(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, mail_digest=True, quiet_from="00:00", quiet_to="08:00", zone="Europe/Berlin")
    world.clock.now = datetime(2026, 7, 1, 5, 59, tzinfo=UTC)  # 07:59 there, in summer
    await world.case(HATE)
    assert await sent(desk, office) == 0
    world.clock.pass_(minutes=1)
    assert await sent(desk, office) == 1


async def test_nobody_is_told_who_did_not_choose_it_or_whose_address_nobody_confirmed(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.invitations.ask(world.ann, 1, "ann@example.org")
    desk.notices.choose(world.ann, 1, NoticeWish(mail_digest=True))
    desk.wants(world.bob, "bob@example.org")
    desk.wants(world.tom, "tom@example.org", mail_digest=True)  # a trainer works on no cases
    desk.wants(world.mia, "mia@example.org", mail_digest=True)
    world.people.deactivate(world.mia)
    await world.case(HATE)
    assert await sent(desk, office) == 1
    (asks,) = office.mails
    assert office.to == ["ann@example.org"]
    assert "confirm" in plain(asks)
    token = link(asks, "/notices/confirm/")
    assert desk.notices.confirm(token)
    assert desk.notices.of(world.ann, 1).confirmed
    assert await sent(desk, office) == 2
    assert "1 case waits" in plain(office.mails[1])


async def test_a_link_confirms_only_the_address_that_it_was_sent_to(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.invitations.ask(world.ann, 1, "ann@example.org")
    await desk.dispatcher(desk.sender(office)).drain()
    token = link(office.mails[0], "/notices/confirm/")
    desk.invitations.ask(world.ann, 1, "victim@example.org")
    assert not desk.notices.confirm(token)
    assert not desk.notices.of(world.ann, 1).confirmed
    for wrong in (
        "",
        "1",
        "1.read.",
        token[:-1],
        token.replace("1.", "2.", 1),
        "9" * 40,
        "1.read." + "é" * 40,
    ):
        assert not desk.notices.confirm(wrong)


async def test_nobody_can_flood_a_stranger_with_questions(desk: Desk, world: World) -> None:
    for number in range(5):
        desk.invitations.ask(world.ann, 1, f"victim{number}@example.org")
    with pytest.raises(PersonError, match="tomorrow"):
        desk.invitations.ask(world.ann, 1, "victim@example.org")
    world.clock.pass_(days=1, minutes=1)
    assert desk.invitations.ask(world.ann, 1, "victim@example.org")


async def test_one_press_in_the_mail_program_stops_that_kind_of_mail(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.mia, mail_digest=True, mail_alarm=True)
    await world.case(HATE)
    await sent(desk, office)
    (mail,) = office.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert address in plain(mail)
    token = address.rpartition("/")[2]
    assert desk.notices.stop(token) == "digest"
    assert desk.notices.stop(token) == "digest"  # twice is no mistake
    view = desk.notices.of(world.mia, 1)
    assert (view.mail_digest, view.mail_alarm) == (False, True)
    for wrong in (
        "",
        token[:-1],
        token.replace("digest", "alarm"),
        "1.digest.",
        token.replace("1.", "2.", 1),
    ):
        assert desk.notices.stop(wrong) is None
    world.clock.pass_(days=2)
    assert await sent(desk, office) == 1


async def test_an_escalation_is_told_at_once_and_a_flood_of_them_in_one_mail(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.mia, mail_alarm=True, quiet_from="00:00", quiet_to="23:59")
    desk.wants(world.bob, "bob@example.org", mail_alarm=True)  # a volunteer settles none
    dispatcher = desk.dispatcher(desk.sender(office))
    await world.case(HATE)
    await dispatcher.drain()
    assert office.raw == []
    await world.case(THREAT, "$2")
    await dispatcher.drain()
    (mail,) = office.mails
    assert office.to == ["mia@example.org"]
    assert "1 escalated case waits" in plain(mail)
    assert "kill" not in office.raw[0].decode()
    for number in range(3, 9):
        await world.case(THREAT, f"${number}", author=f"@{number}:x")
    await dispatcher.drain()
    assert len(office.raw) == 1
    world.clock.pass_(minutes=5)
    await dispatcher.drain()
    assert len(office.raw) == 2
    assert "7 escalated cases wait" in plain(office.mails[1])


async def test_a_volunteer_who_escalates_wakes_the_moderators(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.mia, mail_alarm=True)
    world.casework.escalate(await world.case(HATE), world.ann)
    await desk.dispatcher(desk.sender(office)).drain()
    assert "1 escalated case waits" in plain(office.mails[0])


async def test_an_alarm_that_was_settled_before_it_left_is_not_sent(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.mia, mail_alarm=True)
    case = await world.case(THREAT)
    world.casework.close(case, world.mia)
    await desk.dispatcher(desk.sender(office)).drain()
    assert office.raw == []


async def test_muted_groups_are_not_counted(desk: Desk, office: PostOffice, world: World) -> None:
    desk.wants(world.ann, mail_digest=True)
    Care(world.sessions, clock=world.clock).choose(world.ann, 1, daily_cap=None, muted=("migrants",))
    await world.case(HATE)
    assert await sent(desk, office) == 0


@pytest.mark.parametrize(
    "wish",
    [
        {"every_minutes": 5}, {"quiet_from": "22:00"}, {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"zone": "Middle/Earth"}, {"zone": "../../etc/passwd"}, {"quiet_from": "8", "quiet_to": "9"},
    ],
)  # fmt: skip
def test_choices_that_cannot_be_are_refused_in_words(desk: Desk, world: World, wish: dict[str, Any]) -> None:
    with pytest.raises(PersonError) as error:
        desk.notices.choose(world.ann, 1, NoticeWish(**wish))
    assert error.value.say.startswith("wrong.")


async def test_two_engines_order_one_digest(desk: Desk, world: World) -> None:
    desk.wants(world.ann, mail_digest=True)
    await world.case(HATE)
    assert desk.digests.look() == 1
    assert Digests(strict(world), bus=world.bus, clock=world.clock).look() == 0


async def test_who_is_erased_is_told_nothing_and_leaves_no_address(
    desk: Desk, office: PostOffice, world: World
) -> None:
    desk.wants(world.ann, "ann@example.org", mail_digest=True)
    await world.case(HATE)
    desk.digests.look()
    PersonData(strict(world), KEY).erase_staff(1, world.ann, None)
    await desk.dispatcher(desk.sender(office)).drain()
    assert office.raw == []
    database = Path(world.sessions.kw["bind"].url.database)
    held = b"".join(p.read_bytes() for p in database.parent.glob(database.name + "*"))
    assert b"ann@example.org" not in held
