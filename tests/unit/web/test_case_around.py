"""The conversation around a case on its page: what is kept, and what the chat shows to who asks."""

from __future__ import annotations

import html
import re

from courage.gateways.practice import GROUP
from courage.people.organisations import Organisations
from tests.unit.web.conftest import Enter
from tests.unit.web.test_cases_pages import flag, text_of
from tests.unit.web.world import HATE, World


async def talk(world: World) -> int:
    """Let members talk in the group room, one of them with hate; return that one's case."""
    room = f"{GROUP}-1"
    for number, (author, text) in enumerate(
        [
            ("Alex", "the tomatoes are ripe"),
            ("Robin", HATE),
            ("Sam", "vermin, all of those migrants, as Robin said"),
            ("Alex", "please stop, Robin"),
        ]
    ):
        world.practice.message(room, author, text, message_id=f"m{number}")
    return await flag(world, HATE, "m1", room=room)


async def test_what_was_said_around_is_on_the_page_of_who_asks_and_nowhere_else(
    world: World, enter: Enter
) -> None:
    volunteer, number = await enter("volunteer"), await talk(world)
    before = await volunteer.page(f"/cases/{number}")
    assert "Nothing else of this conversation is kept." in before
    assert "Show what was said around it" in before
    page = await text_of(volunteer, f"/cases/{number}/around")
    around = page[page.index('id="around"') : page.index("Hide it again")]
    assert "the tomatoes are ripe" in around
    assert "please stop, Robin" in around
    assert "Member 1" in around
    assert "Author of the message" not in around, "his own message is a line without its author"
    assert "all of those migrants" not in page
    assert "thrown out" not in page, "the case's own message stays hidden as well"
    shown = await text_of(volunteer, f"/cases/{number}/around", {"shown": "m2"})
    assert "all of those migrants" in shown
    assert "tomatoes" not in await volunteer.page(f"/cases/{number}")
    moderator = await (await enter("moderator")).page(f"/cases/{number}")
    assert "tomatoes" not in moderator
    assert re.search(
        r"what was said around it shown to <bdi[^>]*>volunteer one", moderator.replace("</span>", "")
    )
    assert world.services.exposure is not None
    assert world.services.exposure.today(world.person["volunteer"].id, 1) == 2
    assert (await (await enter("trainer")).press(f"/cases/{number}/around")).status == 403


async def test_flagged_words_stand_covered_for_who_wants_that(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await talk(world)
    await volunteer.press("/care", {"softened": "1"})
    page = await text_of(volunteer, f"/cases/{number}/around", {"shown": "m2"})
    assert 'class="covered"' in page
    assert "migrants, as Robin" not in page
    both = {"shown": "m2", "original": "m2"}
    assert "vermin, all of those migrants" in await text_of(volunteer, f"/cases/{number}/around", both)


async def test_what_is_kept_stands_there_without_asking(world: World, enter: Enter) -> None:
    moderator, first = await enter("moderator"), await flag(world, HATE, "m1")
    second = await flag(world, "They are vermin, the migrants", "m2")
    await moderator.press(f"/cases/{first}/dismiss")
    page = html.unescape(await moderator.page(f"/cases/{second}"))
    around = page[page.index('id="around"') : page.index('id="do"')]
    assert f'href="/cases/{first}"' in around
    assert "same author" in around
    assert "thrown out" not in around


async def test_a_chat_that_cannot_show_it_or_does_not_is_said_to_in_words(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await talk(world)
    world.practice.clear(f"{GROUP}-1")
    refused = await text_of(volunteer, f"/cases/{number}/around", status=409)
    assert "does not show the assistant what was said around it" in refused
    Organisations(world.rooms._sessions).create("Berlin", "berlin")
    room = world.rooms.ensure("practice", f"{GROUP}-1")
    world.rooms.give("practice", room.room_id, 2)
    given = await text_of(volunteer, f"/cases/{number}/around", status=409)
    assert "belongs to another organisation now" in given
