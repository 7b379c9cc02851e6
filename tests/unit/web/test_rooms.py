"""The page of rooms: how readily screening flags in each, and what every sensitivity would have flagged."""

from __future__ import annotations

import re

from courage.clock import utcnow
from courage.people.rooms import Choices
from tests.unit.web.conftest import Enter
from tests.unit.web.world import World


def _rows(page: str) -> dict[str, list[int]]:
    return {
        name: [int(n) for n in re.findall(r"<td>(\d+)</td>", cells)]
        for name, cells in re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', page)
    }


async def test_a_moderator_sees_what_each_sensitivity_would_have_flagged_and_sets_one(
    world: World, enter: Enter
) -> None:
    world.rooms.ensure("matrix", "!a:x", name="Garden <talk>")
    world.rooms.ensure("matrix", "!d:x", kind="desk", name="Desk")
    for name, count in {"screened": 9, "unread": 2, "balanced_hateful": 1, "balanced_escalated": 1,
                        "watchful_hateful": 4, "watchful_narrative": 3}.items():  # fmt: skip
        for _ in range(count):
            world.intake.counters.add(1, utcnow().date(), "matrix", "!a:x", name)
    world.intake.counters.flush()
    moderator = await enter("moderator")
    page = await moderator.page("/rooms")
    assert "Garden &lt;talk&gt;" in page
    assert "!d:x" not in page
    assert "Of 9 messages in the last 7 days; 2 of them in a language that is not read" in page
    assert _rows(page) == {"quiet": [0, 0, 0], "balanced": [2, 1, 0], "watchful": [4, 0, 3]}
    room = {"channel": "matrix", "room_id": "!a:x"}
    room["narratives"] = "open"
    assert "Changed." in await (await moderator.press("/rooms", {**room, "sensitivity": "quiet"})).text()
    assert world.rooms.choices("matrix", "!a:x") == Choices("quiet", True)
    assert '<option value="open" selected>' in await moderator.page("/rooms")
    refused = await moderator.press("/rooms", {**room, "sensitivity": "loud"})
    assert refused.status == 400
    unknown = await moderator.press("/rooms", {**room, "room_id": "!z:x", "sensitivity": "quiet"})
    assert unknown.status == 400
    assert "It is not there" in await unknown.text()


async def test_volunteers_do_not_set_up_rooms_and_nobody_those_of_others(world: World, enter: Enter) -> None:
    other = world.organisations.create("Other", "other").id
    world.rooms.ensure("matrix", "!o:x", name="Elsewhere", organisation_id=other)
    volunteer, admin = await enter("volunteer"), await enter("admin")
    assert (await volunteer.get("/rooms")).status == 403
    assert 'href="/rooms"' not in await volunteer.page("/")
    assert "Elsewhere" not in await admin.page("/rooms")
    asked = {"channel": "matrix", "room_id": "!o:x", "sensitivity": "quiet", "narratives": "default"}
    assert (await admin.press("/rooms", asked)).status == 400
    assert world.rooms.sensitivity("matrix", "!o:x", other) == "balanced"


async def test_an_admin_makes_a_room_a_desk_and_nobody_else_does(world: World, enter: Enter) -> None:
    world.rooms.ensure("matrix", "!v:x", name="Volunteers & friends")
    asked = {"channel": "matrix", "room_id": "!v:x", "duty": "de"}
    moderator, admin = await enter("moderator"), await enter("admin")
    assert "Make it a desk room" not in await moderator.page("/rooms")
    assert (await moderator.press("/rooms/desk", asked)).status == 403
    assert "Changed." in await (await admin.press("/rooms/desk", asked)).text()
    page = await admin.page("/rooms")
    assert '<option value="de" selected>a desk room for cases in German' in page
    assert "a desk room for cases in German" in await moderator.page("/rooms")
    (desk,) = world.rooms.of_channel("matrix", kind="desk")
    assert (desk.room_id, desk.desk_language) == ("!v:x", "de")
    await admin.press("/rooms/desk", {**asked, "duty": "group"})
    assert world.rooms.of_channel("matrix", kind="desk") == []
    assert (await admin.press("/rooms/desk", {**asked, "duty": "xx"})).status == 400


async def test_nobody_makes_a_desk_of_a_room_of_others_or_of_one_that_we_left(
    world: World, enter: Enter
) -> None:
    other = world.organisations.create("Other", "other").id
    world.rooms.ensure("matrix", "!o:x", name="Elsewhere", organisation_id=other)
    world.rooms.ensure("matrix", "!gone:x", name="Gone", active=False)
    admin = await enter("admin")
    for room in ("!o:x", "!gone:x"):
        asked = {"channel": "matrix", "room_id": room, "duty": "all"}
        assert (await admin.press("/rooms/desk", asked)).status == 400
    assert world.rooms.of_channel("matrix", kind="desk") == []


async def test_messages_that_could_not_be_screened_are_counted_by_room(world: World, enter: Enter) -> None:
    world.rooms.ensure("matrix", "!a:x", name="Garden")
    await world.intake.given_up("matrix", "!a:x")
    await world.intake.given_up("matrix", "!a:x")
    world.intake.counters.flush()
    moderator = await enter("moderator")
    assert "2 messages of the last 7 days could not be screened" in await moderator.page("/rooms")
