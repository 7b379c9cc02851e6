"""Ready for live cases, on the desk, in the API: who is not hears what is missing, and trainers decide."""

from __future__ import annotations

import html

import pytest

from tests.unit.web.conftest import Enter
from tests.unit.web.world import World

pytestmark = pytest.mark.usefixtures("gate")


async def test_the_queue_is_refused_with_what_is_missing_and_where_to_practise(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    refused = await volunteer.get("/cases")
    page = html.unescape(await refused.text())
    assert refused.status == 403
    assert "scenarios, level 1: 0 of 2" in page
    assert 'href="/academy/readiness"' in page
    home = await volunteer.page("/")
    assert 'href="/academy/readiness"' in home


async def test_the_api_refuses_too_and_says_the_same(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    refused = await volunteer.get("/api/cases")
    assert refused.status == 403
    assert "scenarios of level 1 0 of 2" in (await refused.json())["error"]


async def test_a_trainer_marks_somebody_ready_who_then_gets_cases(world: World, enter: Enter) -> None:
    trainer, volunteer = await enter("trainer"), await enter("volunteer")
    number = world.person["volunteer"].id
    page = await trainer.page(f"/academy/people/{number}")
    assert "60-second cards" in page
    said = await trainer.press(
        f"/academy/people/{number}/ready", {"ready": "yes", "note": "talked for an hour"}
    )
    assert "Marked ready for live cases." in await said.text()
    assert (await volunteer.get("/cases")).status == 200
    own = await volunteer.page("/academy/readiness")
    assert "talked for an hour" in own
    assert "trainer one" in own


async def test_a_note_that_is_too_long_is_not_lost(world: World, enter: Enter) -> None:
    trainer, number = await enter("trainer"), world.person["volunteer"].id
    refused = await trainer.press(f"/academy/people/{number}/ready", {"ready": "yes", "note": "x" * 1001})
    assert refused.status == 400
    page = await refused.text()
    assert "x" * 1001 in page
    assert "1001 characters are too many; 1000 fit" in page


@pytest.mark.parametrize("role", ["volunteer", "moderator"])
async def test_others_neither_see_nor_decide(world: World, enter: Enter, role: str) -> None:
    somebody = await enter(role)
    assert (await somebody.get("/academy/people")).status == 403
    number = world.person["volunteer"].id
    assert (await somebody.press(f"/academy/people/{number}/ready", {"ready": "yes"})).status == 403


async def test_the_gate_opens_only_knowingly_and_remembers_who_did(world: World, enter: Enter) -> None:
    admin, volunteer = await enter("admin"), await enter("volunteer")
    refused = await admin.press("/academy/gate", {"gate": "off", "note": "all trained"})
    assert refused.status == 400
    assert "nothing was changed" in await refused.text()
    assert (await volunteer.get("/cases")).status == 403
    await admin.press("/academy/gate", {"gate": "off", "sure": "yes", "note": "all trained"})
    assert (await volunteer.get("/cases")).status == 200
    page = await admin.page("/academy/gate")
    assert "admin one" in page
    assert "all trained" in page


@pytest.mark.parametrize("language", ["fr", "de", "ar"])
async def test_the_pages_are_in_the_readers_language(world: World, enter: Enter, language: str) -> None:
    admin = await enter("admin")
    world.people.change(world.person["admin"].id, languages=(language,))
    for address in ("/academy/people", "/academy/gate", "/academy/readiness", "/cases"):
        page = await (await admin.get(address)).text()
        assert f'lang="{language}"' in page
        assert "live cases" not in page


async def test_whoever_comes_by_an_invitation_chooses_a_password_and_reads_what_comes_next(
    world: World, enter: Enter
) -> None:
    new = world.people.add("Lea", "volunteer")
    world.person["volunteer"] = new
    volunteer = await enter("volunteer")
    assert 'href="/account">Choose a password' in await volunteer.page("/")
    same = {"password": "a garden full of plums", "again": "a garden full of plums"}
    after = await (await volunteer.press("/account/password", same)).text()
    assert "Your password is set." in after
    assert "Choose a password" not in after
    assert 'href="/academy/readiness"' in after


async def test_somebody_with_several_languages_reads_the_one_of_their_browser(
    world: World, enter: Enter
) -> None:
    volunteer = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=("en", "ar"))
    for asked, read in (("ar-SY,ar;q=0.9,en;q=0.5", "ar"), ("fr", "en"), ("", "en")):
        page = await (await volunteer.get("/", headers={"Accept-Language": asked})).text()
        assert f'<html lang="{read}"' in page


async def test_admins_set_when_to_practise_again_beside_the_gate(world: World, enter: Enter) -> None:
    admin, trainer = await enter("admin"), await enter("trainer")
    assert "Usual: 12" in await admin.page("/academy/gate")
    said = await admin.press("/academy/refresher", {"months": "6", "hard_cases": "", "days": "30"})
    page = await said.text()
    assert "It holds from now on." in page
    assert 'name="months" min="1" max="120" inputmode="numeric" dir="ltr" value="6"' in page
    assert "6 · – · 30" in page
    refused = await admin.press("/academy/refresher", {"months": "0", "hard_cases": "", "days": "many"})
    assert refused.status == 400
    assert 'value="many"' in await refused.text()
    assert world.advisor.refresher(1).months == 6
    assert (await trainer.press("/academy/refresher", {"months": "1"})).status == 403
