"""Working on a case in the browser, without scripts."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from courage.cases.errors import NotAllowed
from courage.cases.inbound import InboundMessage
from courage.library.drafts import ResponseDraft
from courage.library.views import SEED_AUTHORS, Actor
from courage.web.pages.practice import GROUP
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import HATE, World, until


async def flag(world: World, text: str = HATE, message_id: str = "m1", *, room: str = GROUP) -> int:
    """Let a pretend member write something hateful; return the case."""
    message = InboundMessage(1, "practice", room, message_id, "Robin", text, datetime.now(UTC))
    receipt = await world.intake.receive(message)
    assert receipt.case_id is not None
    return receipt.case_id


async def text_of(visitor: Visitor, path: str, data: dict[str, str] | None = None, status: int = 200) -> str:
    response = await visitor.press(path, data)
    assert response.status == status, await response.text()
    return html.unescape(await response.text())


async def test_the_message_is_on_no_page_until_somebody_asks(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    for path in ("/", "/cases", f"/cases/{number}", "/practice"):
        assert "thrown out" not in await volunteer.page(path), path
    shown = await text_of(volunteer, f"/cases/{number}/message")
    assert f'dir="auto" tabindex="-1" id="shown">{HATE}' in shown
    assert "message shown to" in shown
    assert "thrown out" not in await volunteer.page(f"/cases/{number}")


async def test_the_subgroup_that_is_named_stands_beside_the_group(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    number = await flag(world, "Syrian migrants are all criminals.")
    for path in ("/cases", f"/cases/{number}"):
        page = await volunteer.page(path)
        assert '<span class="chip">migrants</span><span class="chip">Syrians</span>' in page, path
    told = await volunteer.client.get(f"/api/cases/{number}")
    assert (await told.json())["subgroups"] == ["syrians"]
    assert ">Syrians<" not in await volunteer.page(f"/cases/{await flag(world, HATE, 'm2')}")


async def test_the_whole_way_from_claim_to_reply(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    at = f"/cases/{number}"
    assert "The case is yours" in await text_of(volunteer, f"{at}/claim")
    offered = await text_of(volunteer, f"{at}/suggest")
    assert offered.count('name="response"') == 3
    assert "answers the claim that migrants are criminals" in offered
    assert "Statistics office, 2023" in offered
    first = world.recommender.suggest(HATE, await _verdict(), organisation_id=1).suggestions[0]
    chosen = await text_of(volunteer, f"{at}/choose", {"number": "1", "response": first.id})
    assert f">{first.text}</textarea>" in chosen
    words = first.text + "\nLet us meet! <b>&</b>"
    confirming = await volunteer.press(f"{at}/draft", {"text": words})
    assert str(confirming.url.path) == f"{at}/post"
    page = await confirming.text()
    assert html.escape(words, quote=False).split("\n")[1] in page
    assert world.practice.lines(GROUP) == []  # nothing is posted before the confirmation
    async with until(world.bus, "practice", lambda: bool(world.practice.lines(GROUP))):
        await text_of(volunteer, f"{at}/post", {"version": "2"})
    assert [line.text for line in world.practice.lines(GROUP)] == [words]
    async with until(world.bus, "case", lambda: world.casework.view(number).status == "replied"):
        pass
    page = await volunteer.page(at)
    assert "Posted. Thank you." in page
    assert 'href="/cases/next"' in page
    assert "No other case waits" in await volunteer.page("/cases/next")


async def _verdict() -> object:
    from tests.unit.web.world import screen

    return await screen(HATE)


async def test_two_people_cannot_work_on_one_case(world: World, enter: Enter) -> None:
    volunteer, moderator, number = await enter("volunteer"), await enter("moderator"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/claim")
    refused = await text_of(moderator, f"/cases/{number}/claim", status=409)
    assert "volunteer one is already on case" in refused
    assert "with volunteer one" in await moderator.page("/cases")


async def test_a_moderator_takes_back_what_somebody_left_lying(world: World, enter: Enter) -> None:
    volunteer, moderator, number = await enter("volunteer"), await enter("moderator"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/claim")
    assert "Take back from volunteer one" in await moderator.page(f"/cases/{number}")
    assert "back in the queue" in await text_of(moderator, f"/cases/{number}/release")


async def test_a_stale_confirmation_is_refused_and_nothing_is_lost(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/claim")
    await volunteer.press(f"/cases/{number}/draft", {"text": "first"})
    await volunteer.press(f"/cases/{number}/draft", {"text": "second"})
    page = await text_of(volunteer, f"/cases/{number}/post", {"version": "1"}, status=409)
    assert "now version 2" in page
    assert ">second</textarea>" in page


async def test_what_the_chat_offered_meanwhile_is_not_put_in_unseen(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/claim")
    await text_of(volunteer, f"/cases/{number}/suggest")
    page = await text_of(volunteer, f"/cases/{number}/choose", {"number": "1", "response": "another-one"})
    assert "Other suggestions were asked for meanwhile" in page


async def test_threats_get_a_lane_of_their_own_and_no_suggestions(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world, "We should beat them up tonight")
    queue = await volunteer.page("/cases")
    assert queue.index("For moderators") < queue.index(f"/cases/{number}")
    page = await volunteer.page(f"/cases/{number}")
    assert "This is not answered" in page
    assert f"/cases/{number}/suggest" not in page
    assert (await volunteer.press(f"/cases/{number}/close")).status == 403
    assert "The case is closed" in await text_of(await enter("moderator"), f"/cases/{number}/close")


async def test_nobody_says_not_hate_of_what_they_have_not_read(world: World, enter: Enter) -> None:
    volunteer, moderator = await enter("volunteer"), await enter("moderator")
    number, threat = await flag(world), await flag(world, "We should beat them up tonight", "m2")
    await text_of(moderator, f"/cases/{number}/message")  # somebody else's reading does not count
    page = await volunteer.page(f"/cases/{number}")
    assert f"/cases/{number}/dismiss" not in page
    assert "show the message first" in page
    assert "read the message of case" in await text_of(volunteer, f"/cases/{number}/dismiss", status=409)
    page = await text_of(volunteer, f"/cases/{number}/message")
    assert f"/cases/{number}/dismiss" in page
    # A threat is settled by moderators alone, read or not.
    page = await text_of(volunteer, f"/cases/{threat}/message")
    assert f"/cases/{threat}/dismiss" not in page
    assert (await volunteer.press(f"/cases/{threat}/dismiss")).status == 403
    assert (await moderator.press(f"/cases/{threat}/dismiss")).status == 409
    await text_of(moderator, f"/cases/{threat}/message")
    assert "Noted as not hate" in await text_of(moderator, f"/cases/{threat}/dismiss")


async def test_not_hate_can_be_taken_back_by_the_one_who_said_it(world: World, enter: Enter) -> None:
    volunteer, moderator, number = await enter("volunteer"), await enter("moderator"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/message")
    page = await text_of(volunteer, f"/cases/{number}/dismiss")
    assert f'action="/cases/{number}/undo"' in page
    assert f'action="/cases/{number}/undo"' not in await moderator.page(f"/cases/{number}")
    page = await text_of(volunteer, f"/cases/{number}/undo")
    assert "Taken back" in page
    assert f'action="/cases/{number}/claim"' in page


async def test_filters_say_what_they_allow(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    await flag(world)
    assert "No case is waiting" in await volunteer.page("/cases?status=closed")
    assert "No case is waiting" in await volunteer.page("/cases?language=de")
    response = await volunteer.get("/cases?status=hidden")
    assert response.status == 400
    assert "Status: “hidden” is not one of the choices" in await response.text()


async def test_cases_that_are_not_there(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    for path in (
        "/cases/99",
        "/cases/0",
        "/cases/99999999999999999999",
        "/cases/abc",
        "/cases/-1",
        "/cases/٣",
    ):
        assert (await volunteer.get(path)).status == 404, path


async def test_news_tells_numbers_and_never_texts(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    async with volunteer.client.get("/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        await stream.content.readuntil(b"data: {}\n\n")
        number = await flag(world)
        told = b""
        async with asyncio.timeout(10):
            while b"event: case" not in told or f'"case_id": {number}'.encode() not in told:
                told += await stream.content.readuntil(b"\n\n")
        assert b"criminals" not in told


async def test_trainers_do_not_see_cases(enter: Enter) -> None:
    trainer = await enter("trainer")
    assert (await trainer.get("/cases")).status == 403
    assert 'href="/cases"' not in await trainer.page("/")


async def test_a_members_voice_is_offered_for_the_one_reply_in_which_it_is_ticked(
    world: World, enter: Enter
) -> None:
    made = world.library.add(
        ResponseDraft(
            "We migrants say it ourselves.",
            "en",
            "opinion",
            ("migrants",),
            voice="member",
            longer="And at length.",
        ),
        by=SEED_AUTHORS,
    )
    world.library.submit(made.id, by=SEED_AUTHORS)
    world.library.approve(made.id, by=Actor(world.people.list(role="admin")[0].id, "admin"))
    volunteer, number = await enter("volunteer"), await flag(world)
    at = f"/cases/{number}"
    await volunteer.press(f"{at}/claim")
    wish = {"strategy": "opinion"}
    assert made.text not in await text_of(volunteer, f"{at}/suggest", wish)
    ticked = await text_of(volunteer, f"{at}/suggest", {**wish, "member": "1", "situation": "workplace"})
    assert made.text in ticked
    assert "And at length." in ticked
    assert 'name="member" value="1"><' in ticked  # the box is empty again
    assert 'value="workplace" checked' in ticked
    assert made.text not in await text_of(volunteer, f"{at}/suggest", wish)


async def test_boundaries_are_offered_to_those_who_moderate(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    await volunteer.press(f"/cases/{number}/claim")
    page = await volunteer.page(f"/cases/{number}")
    assert 'value="support"' in page
    assert 'value="boundary"' not in page
    moderator, other = await enter("moderator"), await flag(world, "They are vermin and must go", "m2")
    await moderator.press(f"/cases/{other}/claim")
    assert 'value="boundary"' in await moderator.page(f"/cases/{other}")


async def test_this_is_too_much_hands_the_case_back_without_a_word_of_reproach(
    world: World, enter: Enter
) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    await text_of(volunteer, f"/cases/{number}/claim")
    await volunteer.press(f"/cases/{number}/draft", {"text": "half a sentence"})
    assert "This is too much for me" in await volunteer.page(f"/cases/{number}")
    page = await text_of(volunteer, f"/cases/{number}/too-much")
    assert "You need not give a reason" in page
    assert "Hello, volunteer one" in page  # away from the case
    assert world.casework.view(number).status == "open"
    assert "half a sentence" in await volunteer.page(f"/cases/{number}")
    assert (await volunteer.press(f"/cases/{number}/too-much")).status == 409


async def test_cases_in_ones_own_languages_come_first(world: World, enter: Enter) -> None:
    first, second = await flag(world), await flag(world, "they are vermin", "m2")
    world.people.change(world.person["volunteer"].id, languages=("en", "de"))
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET language = 'fr' WHERE id = :id"), {"id": first})
    volunteer = await enter("volunteer")
    page = await volunteer.page("/cases")
    assert page.index(f'data-row="{second}"') < page.index(f'data-row="{first}"')
    response = await volunteer.client.get("/cases/next", allow_redirects=False)
    assert response.headers["Location"] == f"/cases/{second}"


async def test_no_tile_shouts_zero(world: World, enter: Enter) -> None:
    for role in ("volunteer", "moderator", "trainer", "admin"):
        page = await (await enter(role)).page("/")
        assert "<b>0</b>" not in page, role
    assert "Nothing waits just now" in page


async def test_moderators_see_what_the_same_author_wrote_before_and_volunteers_do_not(
    world: World, enter: Enter
) -> None:
    first = await flag(world, HATE, "m1")
    world.casework.dismiss(first, world.person["moderator"].id)
    second = await flag(world, "They are vermin.", "m2")
    moderator, volunteer = await enter("moderator"), await enter("volunteer")
    page = await moderator.page(f"/cases/{second}")
    assert "1 earlier case." in page
    assert f'href="/cases/{first}"' in page
    assert "thrown out" not in page
    assert "Same author before" not in await moderator.page(f"/cases/{first}")
    assert "Same author before" not in await volunteer.page(f"/cases/{second}")
    with pytest.raises(NotAllowed):
        world.casework.author_history(second, world.person["volunteer"].id)
    # Somebody else who wrote the same is somebody else.
    message = InboundMessage(1, "practice", GROUP, "m3", "Kim", "They are vermin.", datetime.now(UTC))
    other = (await world.intake.receive(message)).case_id
    assert "Same author before" not in await moderator.page(f"/cases/{other}")


async def test_two_devices_without_scripts_are_shown_both_texts(world: World, enter: Enter) -> None:
    phone, computer, number = await enter("volunteer"), await enter("volunteer"), await flag(world)
    at = f"/cases/{number}"
    await phone.press(f"{at}/claim")
    await phone.press(f"{at}/draft", {"text": "Written on the phone.", "revision": "0"})
    refused = await computer.press(f"{at}/draft", {"text": "Written on the computer.", "revision": "0"})
    assert refused.status == 409
    page = await refused.text()
    assert "You wrote something else on another device meanwhile" in page
    assert ">Written on the phone.</blockquote>" in page
    assert ">Written on the computer.</textarea>" in page
    asked = {"take": "here", "text": "Written on the computer.", "revision": "1"}
    chosen = await text_of(computer, f"{at}/typed/settle", asked)
    assert ">Written on the computer.</textarea>" in chosen
    assert 'id="bring-back"' in chosen
    kept = await (
        await computer.press(f"{at}/typed", {"text": "More.", "revision": "1", "device": "z"})
    ).json()
    assert (kept["kept"], kept["other"]) == (False, "Written on the computer.")
