"""The pages on which people look after themselves, and how the desk speaks when it is enough."""

from __future__ import annotations

import html

from courage.detection.verdict import Reason
from tests.unit.web.conftest import Enter
from tests.unit.web.test_cases_pages import flag, text_of
from tests.unit.web.world import HATE, World


async def test_at_the_limit_a_kind_page_offers_to_hand_the_case_back(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    first, second = await flag(world, HATE, "m1"), await flag(world, "They are vermin.", "m2")
    assert "Kept." in await text_of(volunteer, "/care", {"daily_cap": "1", "country": "FR"})
    await volunteer.press(f"/cases/{first}/claim")
    assert "thrown out" in await text_of(volunteer, f"/cases/{first}/message")
    page = await text_of(volunteer, f"/cases/{second}/message")
    assert "That is enough for now" in page
    assert "You have read 1 harmful message today." in page
    assert "vermin" not in page
    assert "SOS Amitié" in page
    assert "That is enough for now" in await text_of(volunteer, f"/cases/{second}/claim")
    assert f'action="/cases/{first}/too-much"' in page
    await volunteer.press(f"/cases/{first}/too-much")
    assert world.casework.view(first).status == "open"
    assert "too-much" not in await volunteer.page("/rest")
    refused = await volunteer.api("POST", f"/api/cases/{second}/message", {})
    assert refused.status == 403
    assert "enough for today" in (await refused.json())["error"]


async def test_a_break_begins_and_ends_at_a_press(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    assert "You are on a break until" in await text_of(volunteer, "/care/break", {"how_long": "hour"})
    assert "That is enough for now" in await text_of(volunteer, f"/cases/{number}/claim")
    assert "Welcome back" in await text_of(volunteer, "/care/break/end")
    assert "The case is yours" in await text_of(volunteer, f"/cases/{number}/claim")


async def test_a_softened_message_covers_words_and_the_original_is_one_press_away(
    world: World, enter: Enter
) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    at = HATE.index("criminals")
    _reasons(
        world,
        number,
        [
            Reason("word", "word", 0.8, at, at + 9, {"word": "criminals"}),
            Reason("target", "mention", 0.4, 0, 8),
        ],
    )
    assert "criminals" in await text_of(volunteer, f"/cases/{number}/message")
    await volunteer.press("/care", {"softened": "1"})
    page = await text_of(volunteer, f"/cases/{number}/message")
    shown = page[page.index('id="shown"') : page.index("</blockquote>")]
    assert "criminals" not in page
    assert "Migrants" not in shown
    assert shown.count('class="covered"') == 2
    assert "should be thrown out" in shown
    assert HATE in html.unescape(await text_of(volunteer, f"/cases/{number}/message", {"original": "1"}))


async def test_muted_cases_are_counted_and_one_press_away(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    await volunteer.press("/care", {"muted": "migrants"})
    page = await volunteer.page("/cases")
    assert f"/cases/{number}" not in page
    assert "1 case is not offered to you" in page
    assert f"/cases/{number}" in await volunteer.page("/cases?muted=show")
    assert (await volunteer.get("/cases/next")).url.query_string == "said=none_left"
    assert f"/cases/{number}" in await (await enter("moderator")).page("/cases")


async def test_a_trainer_sets_the_limit_for_all_and_sees_nobodys_choices(world: World, enter: Enter) -> None:
    trainer, volunteer = await enter("trainer"), await enter("volunteer")
    await volunteer.press("/care", {"daily_cap": "7"})
    assert "Kept." in await text_of(trainer, "/care/group", {"daily_cap": "5"})
    assert "For everybody it is 5; the lower one counts." in await volunteer.page("/care")
    assert (await volunteer.press("/care/group", {"daily_cap": "500"})).status == 403
    assert (await trainer.press("/care/group", {"daily_cap": "0"})).status == 400
    assert world.services.care is not None
    assert world.services.care.of(world.person["volunteer"].id, 1).cap == 5


def _reasons(world: World, number: int, reasons: list[Reason]) -> None:
    from courage.db.engine import writing
    from courage.db.models.cases import Case

    with writing(world.practice_spaces._sessions, 1) as session:
        session.get_one(Case, number).reasons = [reason.stored() for reason in reasons]
