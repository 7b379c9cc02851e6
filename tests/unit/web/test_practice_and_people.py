"""Practice rooms, people, the first page, and health."""

from __future__ import annotations

import html
import re

from tests.unit.web.conftest import Enter
from tests.unit.web.world import HATE, World, until


def space_of(world: World, role: str = "volunteer") -> int:
    """Return the organisation that is the practice of a role's person."""
    return world.practice_spaces.ensure(world.person[role].id)


def cards(world: World, role: str = "volunteer") -> list[int]:
    room = world.practice.desk_of(space_of(world, role))
    return [line.card.case_id for line in world.practice.lines(room) if line.card is not None]


async def test_a_hateful_message_becomes_a_card_and_a_harmless_one_is_forgotten(
    world: World, enter: Enter
) -> None:
    volunteer = await enter("volunteer")
    fine = await volunteer.press("/practice/message", {"text": "Who has a recipe?", "member": "Kim"})
    assert "Nothing was stored" in await fine.text()
    assert world.casework.queue() == []
    async with until(world.bus, "practice", lambda: bool(cards(world))):
        flagged = await volunteer.press("/practice/message", {"text": HATE, "member": "Noor"})
        assert "Flagged" in await flagged.text()
    (number,) = cards(world)
    page = await volunteer.page("/practice")
    assert f'value="claim {number}"' in page
    assert f'href="/cases/{number}"' in page


async def test_the_same_example_tried_again_is_a_new_case(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    for _ in range(2):
        await volunteer.press("/practice/message", {"text": HATE, "member": "Noor"})
    assert [case.repeats for case in world.casework.queue(space_of(world))] == [1, 1]


async def test_buttons_talk_with_the_assistant_all_the_way(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    async with until(world.bus, "practice", lambda: bool(cards(world))):
        await volunteer.press("/practice/message", {"text": HATE, "member": "Noor"})
    number = cards(world)[0]

    def posted() -> bool:
        return any(
            line.kind == "reply" for line in world.practice.lines(world.practice.group_of(space_of(world)))
        )

    async with until(world.bus, "practice", posted):
        for say in (f"claim {number}", f"suggest {number}", "use 1", f"post {number} v1"):
            response = await volunteer.press("/practice/say", {"say": say})
            assert response.status == 200, await response.text()
    page = await volunteer.page("/practice")
    assert page.count('<li class="done">') == 3
    sender, text, metadata = world.assistant.heard[0]
    assert text == f"claim {number}"
    assert metadata["person_id"] == world.person["volunteer"].id
    assert metadata["room_kind"] == "desk"
    assert sender.startswith("practice-")


async def test_when_the_assistant_is_away_the_page_says_so_and_the_desk_still_works(
    world: World, enter: Enter
) -> None:
    volunteer = await enter("volunteer")
    async with until(world.bus, "practice", lambda: bool(cards(world))):
        await volunteer.press("/practice/message", {"text": HATE})
    world.assistant.away = True
    response = await volunteer.press("/practice/say", {"say": "claim 1"})
    page = html.unescape(await response.text())
    assert response.status == 503
    assert "The assistant is away" in page
    assert 'id="problem"' not in page
    assert 'value="claim 1"' in page  # what was typed is kept
    world.assistant.away, world.assistant.silent = False, True
    assert "did not answer" in await (await volunteer.press("/practice/say", {"say": "claim 1"})).text()
    claimed = await volunteer.press(f"/cases/{cards(world)[0]}/claim")
    assert "The case is yours" in await claimed.text()


async def test_nothing_empty_nothing_huge_and_both_rooms_can_be_emptied(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert (await volunteer.press("/practice/message", {"text": "   "})).status == 400
    assert (await volunteer.press("/practice/message", {"text": "x" * 5000})).status == 400
    assert (await volunteer.press("/practice/message", {"text": "x", "member": "Eve"})).status == 400
    await volunteer.press("/practice/message", {"text": "<img src=x onerror=1> \u202eabc 😀"})
    page = await volunteer.page("/practice")
    assert "<img src=x" not in page
    assert "<img src=x onerror=1> \u202eabc 😀" in html.unescape(page)
    asked = await (await volunteer.press("/practice/clear")).text()
    assert "Only your own practice goes" in asked
    assert "<img src=x onerror=1> \u202eabc 😀" in html.unescape(asked)  # nothing has gone yet
    await volunteer.press("/practice/clear", {"sure": "yes"})
    assert "Nobody has said anything yet" in await volunteer.page("/practice")


async def test_an_admin_adds_somebody_who_can_then_log_in_once(world: World, enter: Enter) -> None:
    admin = await enter("admin")
    data = {"name": "نور <b>", "role": "volunteer", "language": "ar"}
    page = await (await admin.press("/people", data)).text()
    link = re.search(r'value="http://[^"]+/login/([\w-]+)"', page)
    assert link
    assert "<b>" not in page.replace("&lt;b&gt;", "")
    assert world.people.use_login_link(link[1]).person.name == "نور <b>"
    again = await admin.press("/people", data)
    assert again.status == 400
    assert "taken" in await again.text()


async def test_admins_change_roles_but_cannot_lock_themselves_out(world: World, enter: Enter) -> None:
    admin, volunteer, own = await enter("admin"), world.person["volunteer"], world.person["admin"]
    await admin.press(f"/people/{volunteer.id}", {"role": "trainer", "language": "de"})
    changed = world.people.get(volunteer.id)
    assert (changed.role, changed.languages) == ("trainer", ("de",))
    for path, data in ((f"/people/{own.id}", {"role": "volunteer"}), (f"/people/{own.id}/deactivate", {})):
        response = await admin.press(path, data)
        assert response.status == 400
        assert "another admin" in await response.text()
    await admin.press(f"/people/{volunteer.id}/deactivate")
    assert not world.people.get(volunteer.id).active
    await admin.press(f"/people/{volunteer.id}/activate")
    assert world.people.get(volunteer.id).active
    assert (await admin.press("/people/999/link")).status == 404


async def test_health_is_honest_and_open(world: World, enter: Enter) -> None:
    stranger, volunteer = await enter(None), await enter("volunteer")
    response = await stranger.get("/health")
    assert (response.status, (await response.json())["status"]) == (200, "ok")
    world.health["parts"]["rasa"] = {"status": "down", "note": "it does not answer"}
    del world.health["status"]
    response = await stranger.get("/health")
    assert (response.status, (await response.json())["status"]) == (200, "degraded")
    assert "The assistant in the chat is away" in await volunteer.page("/")
    world.health["parts"]["engine"] = {"status": "down"}
    response = await stranger.get("/health")
    assert (response.status, (await response.json())["status"]) == (503, "down")
    world.health["cases"] = {"open": 7}
    said = await (await stranger.get("/health")).json()
    assert said["parts"]["rasa"] == {"status": "down"}
    assert set(said) <= {"status", "version", "parts"}
    assert (await (await volunteer.get("/health")).json())["cases"] == {"open": 7}


async def test_the_first_page_fits_the_role(enter: Enter) -> None:
    for role, word in (("volunteer", "claim it"), ("moderator", "escalation lane"), ("trainer", "coverage"),
                       ("admin", "login link")):  # fmt: skip
        assert word in await (await enter(role)).page("/"), role
