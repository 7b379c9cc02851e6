"""Connecting a chat from the desk: five steps, each of which can fail with a sentence and be done again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.trial_cards import TrialCards
from courage.i18n.catalogue import default_voice
from courage.people.organisations import Organisations
from tests.unit.cases.kit import Clock, FakeChannel
from tests.unit.web.chats import GIVEN, Setup
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.test_cases_pages import text_of
from tests.unit.web.world import World


class Chat(FakeChannel):
    """A chat system in which a room becomes a desk a moment after people made it one."""

    refusals: int = 0

    async def say(self, room_id: str, text: str, buttons: Any, key: str) -> str:
        if self.refusals:
            self.refusals -= 1
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        return await super().say(room_id, text, buttons, key)


@pytest.fixture
def chat() -> Chat:
    return Chat("matrix")


@pytest.fixture
def world(world: World, chat: Chat) -> World:
    trials = TrialCards({"matrix": chat}, world.rooms, b"k" * 32, default_voice(), between=0.0)
    world.services = replace(world.services, chats=Setup(), trials=trials)
    return world


def state(page: str, step: int) -> str:
    """Return what a step's headline says."""
    return re.sub(
        r"<[^>]+>|\s+", " ", page[page.index(f'id="step-{step}"') :].split("</h2>")[0].split(">", 1)[1]
    ).strip()


async def at(visitor: Visitor) -> str:
    return await visitor.page("/rooms/connect/matrix")


async def test_the_whole_way(world: World, enter: Enter, chat: Chat) -> None:
    admin = await enter("admin")
    assert "Connect a chat" in await admin.page("/rooms")
    assert "/rooms/connect/matrix" in await admin.page("/rooms/connect")
    page = await at(admin)
    assert "done" not in page
    assert "First let Courage in" in page

    wrong = await text_of(admin, "/rooms/connect/matrix", {**GIVEN, "matrix_password": "wrong"}, 400)
    assert "does not let Courage in" in wrong
    assert "M_FORBIDDEN" in wrong
    assert "@courage:example.org" in wrong, "what was typed stays, but for the secret"
    assert 'value="wrong"' not in wrong
    connected = await text_of(admin, "/rooms/connect/matrix", GIVEN)
    assert "It is connected." in connected
    assert state(connected, 2).endswith("done")
    assert GIVEN["matrix_password"] not in connected
    assert "No room is known yet" in connected

    world.rooms.ensure("matrix", "!desk:x", name="Volunteers")
    world.rooms.ensure("matrix", "!garden:x", name="Garden talk")
    chosen = await text_of(admin, "/rooms/connect/matrix/desk", {"room_id": "!desk:x"})
    assert state(chosen, 3).endswith("done")
    assert world.rooms.get("matrix", "!desk:x").is_desk  # type: ignore[union-attr]

    chat.refusals = 3  # it has not noticed yet that this is a desk room
    await text_of(admin, "/rooms/connect/matrix/test", {"room_id": "!desk:x"})
    (card,) = chat.said.values()
    assert "admin one asked for it" in card
    number = re.findall(r"\b\d{4}\b", card)[0]
    other = await text_of(admin, "/rooms/connect/matrix/seen", {"room_id": "!desk:x", "number": "12"}, 400)
    assert "That is not the number" in other
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    saw = await text_of(admin, "/rooms/connect/matrix/seen", {"room_id": "!desk:x", "number": f" {arabic} "})
    assert state(saw, 4).endswith("done")

    assert "In this room we answer hate together." in saw
    assert "ask admin one" in saw
    noted = await text_of(admin, "/rooms/connect/matrix/notice", {"room_id": "!garden:x"})
    assert state(noted, 5).endswith("done")
    assert "notice posted" in await admin.page("/rooms")
    gone = await text_of(admin, "/rooms/connect/matrix/disconnect")
    assert "It is disconnected." in gone


async def test_a_test_card_that_fails_says_so_and_can_be_sent_again(
    world: World, enter: Enter, chat: Chat
) -> None:
    admin = await enter("admin")
    world.rooms.ensure("matrix", "!desk:x", name="Volunteers")
    none = await text_of(admin, "/rooms/connect/matrix/test", {"room_id": "!desk:x"}, 400)
    assert "This is no desk room." in none
    world.rooms.set_desk("matrix", "!desk:x", "")
    chat.refusals = 99
    assert "does not let the assistant write" in await text_of(
        admin, "/rooms/connect/matrix/test", {"room_id": "!desk:x"}, 400
    )
    chat.refusals = 0
    chat.failures = [ChannelError("down")]
    assert "not connected right now" in await text_of(
        admin, "/rooms/connect/matrix/test", {"room_id": "!desk:x"}, 400
    )
    assert "is on its way" in await text_of(admin, "/rooms/connect/matrix/test", {"room_id": "!desk:x"})


def test_a_number_counts_for_its_own_room_and_for_an_hour(world: World, chat: Chat) -> None:
    import asyncio

    clock = Clock()
    trials = TrialCards({"matrix": chat}, world.rooms, b"k" * 32, default_voice(), clock=clock, between=0.0)
    for room in ("!one:x", "!two:x"):
        world.rooms.ensure("matrix", room)
        world.rooms.set_desk("matrix", room, "de" if room == "!one:x" else "")
        asyncio.run(trials.send(1, "matrix", room, "Mia"))
    german, english = chat.said.values()
    assert german.startswith("Das ist eine Testkarte")
    first, second = (re.findall(r"\b\d{4}\b", text)[0] for text in (german, english))
    assert first != second
    with pytest.raises(Exception, match="not the number"):
        trials.seen(1, "matrix", "!one:x", second)
    clock.now += timedelta(hours=1)
    assert trials.seen(1, "matrix", "!one:x", first).card_seen_at == clock.now
    clock.now += timedelta(hours=2)
    with pytest.raises(Exception, match="not the number"):
        trials.seen(1, "matrix", "!one:x", first)
    # A room that stops being a desk room has to be tried anew.
    world.rooms.set_desk("matrix", "!one:x", None)
    assert world.rooms.set_desk("matrix", "!one:x", "").card_seen_at is None


async def test_other_organisations_use_the_rooms_that_are_theirs_and_do_not_connect(
    world: World, enter: Enter
) -> None:
    made = Organisations(world.rooms._sessions).create("Berlin", "berlin")
    other = world.people.add("Bea", "admin", organisation_id=made.id)
    world.person["other"] = other
    bea = await enter("other")
    world.rooms.ensure("matrix", "!first:x", name="Of the first")
    world.rooms.ensure("matrix", "!theirs:x", name="Theirs", organisation_id=made.id)
    page = await at(bea)
    assert "Whoever looks after the installation" in page
    assert "matrix_password" not in page
    assert "Of the first" not in page
    assert "Theirs" in page
    assert (await bea.press("/rooms/connect/matrix", GIVEN)).status == 403
    assert (await bea.press("/rooms/connect/matrix/disconnect")).status == 403
    assert (await bea.press("/rooms/connect/matrix/desk", {"room_id": "!first:x"})).status == 400
    assert (await bea.press("/rooms/connect/matrix/notice", {"room_id": "!first:x"})).status == 400
    assert (await bea.press("/rooms/connect/matrix/test", {"room_id": "!first:x"})).status == 400
    assert world.services.chats.origin == "off"  # type: ignore[union-attr]


async def test_only_admins_come_here_and_unknown_chats_are_not_found(world: World, enter: Enter) -> None:
    for role in ("volunteer", "trainer", "moderator"):
        visitor = await enter(role)
        assert (await visitor.get("/rooms/connect/matrix")).status == 403
        assert (await visitor.press("/rooms/connect/matrix", GIVEN)).status == 403
    admin = await enter("admin")
    assert (await admin.get("/rooms/connect/irc")).status == 404
    assert (await admin.press("/rooms/connect/irc", {})).status == 404
