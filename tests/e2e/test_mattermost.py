"""Mattermost through and through: the gateway against a stand-in that speaks its REST API and its websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from mattermostautodriver import AsyncTypedDriver
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from courage.db.models.cases import Case
from courage.detection.verdict import Verdict
from courage.gateways.markdown import as_seen
from tests.e2e.database_away import is_told_at_once, speaks_french
from tests.e2e.giving_up import is_given_up
from tests.e2e.mattermost_server import (
    ANN,
    BOB,
    BOT,
    CAM,
    DESK,
    EVE,
    GROUP,
    SIDE,
    Channel,
    Mattermost,
    Refusal,
    identity,
    serving,
)
from tests.e2e.mattermost_world import Community, make_world, payloads
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart
from tests.unit.cases.kit import screen

pytestmark = pytest.mark.e2e
HATE = "they are vermin"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Mattermost]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: Mattermost, tmp_path: Path) -> AsyncIterator[Community]:
    community = Community(server, tmp_path)
    await community.world.start()
    yield community
    await community.world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def text_of(home: Community, case_id: int = 1) -> str:
    with home.world.sessions() as session:
        return session.scalar(select(Case.text).where(Case.id == case_id)) or ""


async def card(home: Community, number: int = 1) -> Any:
    await home.world.until(lambda: len(home.server.cards()) >= number, "a card")
    return home.server.cards()[number - 1]


async def test_from_a_hateful_message_to_a_posted_reply(home: Community) -> None:
    await home.server.says(GROUP, EVE, "tomatoes need sun")
    hate = await home.server.says(GROUP, EVE, "vermin, all of them :rat: http://bad.example/x **now** @all")
    shown = await card(home)
    assert "vermin" not in shown["message"], "nobody reads it by accident"
    assert "show 1" in payloads(shown)
    assert f"`{payloads(shown)[0]}`" in shown["message"]
    await home.press(ANN, shown, "show 1")
    (text,) = home.alone(ANN)
    assert "vermin, all of them" in text, "its first word is there"
    assert "http:/" not in text, "no preview is fetched, no link is followed by accident"
    assert r"\*\*now\*\*" in text
    assert all("vermin" not in post["message"] for post in home.server.of_bot(DESK))
    assert "yours" in (await home.press(ANN, shown, "claim 1"))["message"]
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    assert "Ann is already on case 1" in await home.says(BOB, "claim 1")
    offered = await home.says(ANN, "suggest 1", root_id=shown["id"])
    assert "Response number" in offered or any("Response number" in said for said in home.alone(ANN))
    assert "Response number 2." in await home.says(ANN, "use 2")
    text = "Not so. *They* are our neighbours, @all, @eve and friends@example.org."
    edited = await home.says(ANN, f"edit: {text}", root_id=shown["id"])
    assert text in as_seen(edited)
    assert not home.server.of_bot(GROUP)
    assert "on its way" in await home.says(ANN, "post 1 v2")
    reply = await home.seen(GROUP, lambda p: True, "the reply")
    assert as_seen(reply["message"]) == text
    assert "friends@example.org" in reply["message"]
    assert reply["root_id"] == hate
    await home.world.until(
        lambda: home.world.status() == "replied" and home.world.settled(), "the case answered"
    )
    view = home.world.casework.view(1)
    assert view.reply is not None
    assert view.reply.posted_ref == reply["id"]
    (left,) = home.server.cards()
    assert "answered by Ann" in left["message"]
    assert payloads(left) == []
    assert [key for key in home.server.reactions if key[:2] == (left["id"], BOT)] == []
    assert len(home.server.of_bot(GROUP)) == 1
    bots = {post["id"] for post in home.server.posts.values() if post["user_id"] == BOT}
    assert [who for post, who in home.server.mentioned if post in bots] == [], "nobody is notified"
    assert not any(path.startswith("users/login") for _, path, _ in home.server.calls), "no login at all"
    assert sum(path == "users/me" for _, path, _ in home.server.calls) == 1


async def test_what_quotes_a_message_is_whispered_where_the_bot_may(home: Community) -> None:
    home.server.may_whisper = True
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    number = await home.server.says(DESK, ANN, "show 1", root_id=shown["id"])
    await home.world.until(lambda: home.server.ephemeral, "the whisper")
    ((who, post),) = home.server.ephemeral
    assert (who, post["root_id"], HATE in post["message"]) == (ANN, shown["id"], True)
    assert home.server.posts[number]["root_id"] == shown["id"]
    assert home.server.of_bot(home.server.direct(BOT, ANN).id) == []


async def test_small_talk_in_the_desk_channel_is_left_alone(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.server.says(DESK, ANN, "shall we have lunch?")
    await home.server.says(DESK, ANN, "that one is nasty", root_id=shown["id"])
    await home.server.says(DESK, ANN, "ask @courage-admin or ann@courage.example")
    await home.server.says(DESK, CAM, "claim 1", props={"from_bot": "true"})
    assert "sentence: are you there" in await home.says(ANN, "@courage are you there")
    assert "sentence: and you" in await home.says(ANN, "and you @Courage", root_id=shown["id"])
    assert "link your account: mattermost:" in await home.says(EVE, "@courage hello")
    await home.server.says(DESK, EVE, "claim 1")
    assert "yours" in await home.says(ANN, "claim 1")
    assert [said for _, said in home.world.sentences.heard] == ["are you there", "and you"]


async def test_direct_messages_are_answered_and_strangers_can_say_whose_account_it_is(
    home: Community,
) -> None:
    direct = home.server.direct(BOT, CAM).id
    await home.server.says(direct, CAM, "hello")
    await home.seen(direct, lambda p: f"mattermost:{CAM}" in p["message"], "an answer")
    ann = home.world.people.by_identity("mattermost", ANN, 1)
    assert ann is not None
    await home.server.says(direct, CAM, f"link me {home.world.people.link_code(ann.id)}")
    await home.seen(direct, lambda p: ann.name in p["message"], "the link")
    linked = home.world.people.by_identity("mattermost", CAM, 1)
    assert linked is not None
    assert linked.id == ann.id


async def test_people_in_the_desk_channel_become_volunteers_where_that_is_wanted(
    server: Mattermost, tmp_path: Path
) -> None:
    home = Community(server, tmp_path, admit_volunteers=True)
    await home.world.start()
    await server.says(GROUP, EVE, HATE)
    await card(home)
    assert "yours" in await home.says(CAM, "claim 1")
    await home.world.stop()


async def test_edits_and_removals_of_messages_that_nobody_remembers(home: Community) -> None:
    first = await home.server.says(GROUP, EVE, "a nice day")
    second = await home.server.says(GROUP, EVE, "they are vermin, too")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await home.restart()
    await home.server.edits(first, "they are vermin after all")
    await home.world.until(lambda: count(home) == 2, "the edit")
    await home.server.edits(first, "all is well")
    await home.world.until(lambda: home.world.status(2) == "withdrawn", "the case withdrawn")
    await home.server.removes(second)
    await home.world.until(
        lambda: home.world.status(1) == "withdrawn" and home.world.settled(), "the removal"
    )
    assert all("Show" not in p["message"] for p in home.server.cards())
    assert home.server.reactions == {}


async def test_reactions_and_pins_are_no_edits(home: Community) -> None:
    post = await home.server.says(GROUP, EVE, HATE)
    await card(home)
    screened: list[str] = []

    async def screener(text: str, sensitivity: str) -> Verdict:
        screened.append(text)
        return await screen(text, sensitivity)

    home.world.intake._screen = screener
    await home.server.presses(post, ANN, "heart")
    await home.server.says(GROUP, EVE, "they are vermin, next")
    await home.world.until(lambda: count(home) == 2, "the next case")
    assert screened == ["they are vermin, next"]


async def test_with_the_first_post_of_a_thread_the_answers_go_too(home: Community) -> None:
    root = await home.server.says(GROUP, BOB, "who comes?")
    await home.server.says(GROUP, EVE, HATE, root_id=root)
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.server.removes(root)  # the server tells of the first post only
    await home.world.until(lambda: home.world.status(1) == "withdrawn", "the answer withdrawn")


async def test_a_reply_to_an_answer_in_a_thread_stands_in_that_thread(home: Community) -> None:
    root = await home.server.says(GROUP, BOB, "who comes?")
    await home.server.says(GROUP, EVE, HATE, root_id=root)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    await home.says(ANN, "post 1 v1")
    reply = await home.seen(GROUP, lambda p: True, "the reply")
    assert reply["root_id"] == root


SAYING: dict[str, dict[str, Any]] = {
    "attachment": {"props": {"attachments": [{"title": "x", "text": HATE}]}, "type": "slack_attachment"},
    "field": {"props": {"attachments": [{"fields": [{"title": "a", "value": HATE, "short": True}]}]}},
    "fallback": {"props": {"attachments": [{"fallback": HATE}]}},
    "button": {"props": {"attachments": [{"text": "x", "actions": [{"id": "a", "name": HATE}]}]}},
    "file": {"metadata": {"files": [{"id": "f", "name": "they_are_vermin.png"}]}},
    "preview": {"metadata": {"embeds": [{"type": "opengraph", "data": {"title": "x", "description": HATE}}]}},
    "post from elsewhere": {
        "metadata": {"embeds": [{"type": "permalink", "data": {"post": {"message": HATE}}}]}
    },
    "name of a webhook": {"message": "hi", "props": {"from_webhook": "true", "override_username": HATE}},
    "header": {"type": "system_header_change", "props": {"new_header": HATE, "old_header": ""}},
    "name": {"type": "system_displayname_change", "props": {"new_displayname": HATE}},
    "purpose": {"type": "system_purpose_change", "props": {"new_purpose": HATE}},
    "me": {"message": f"*{HATE}*", "type": "me"},
}


@pytest.mark.parametrize("content", SAYING.values(), ids=SAYING.keys())
async def test_hate_is_read_wherever_members_can_write_it(home: Community, content: dict[str, Any]) -> None:
    message = content.get("message", "")
    await home.server.says(GROUP, EVE, message, **{k: v for k, v in content.items() if k != "message"})
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_mattermost_itself_says_and_garbage_open_no_case(home: Community) -> None:
    await home.server.says(GROUP, EVE, "vermin joined the channel.", type="system_join_channel")
    await home.server.says(GROUP, EVE, 'header from "vermin"', type="system_header_change")
    await home.server.tell("posted", {"post": "no json"}, channel=GROUP)
    await home.server.tell("posted", {"post": '{"id": 7, "channel_id": ["x"]}'}, channel=GROUP)
    await home.server.tell("something_new", {"x": [1]}, channel=GROUP)
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_was_missed_is_read_after_a_restart_and_after_a_lost_connection(home: Community) -> None:
    edited = await home.server.says(GROUP, EVE, "hello")
    removed = await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await home.world.stop()
    for number in range(60):
        hate = number % 20 == 0
        await home.server.says(GROUP, EVE, f"they are vermin, no {number}" if hate else f"tea {number}")
    await home.server.edits(edited, "they are vermin, edited")
    await home.server.removes(removed)
    await home.restart_only()
    await home.world.until(lambda: count(home) == 5 and home.world.settled(), "all cases")
    await home.world.until(lambda: home.world.status(1) == "withdrawn", "the removal")
    await home.server.drop()
    await home.server.says(GROUP, EVE, "they are vermin at last")
    await home.world.until(lambda: count(home) == 6 and home.world.settled(), "the last case")
    assert len(home.server.cards()) == 6


async def test_edits_and_removals_that_no_answer_of_the_server_tells_are_noticed(home: Community) -> None:
    edited, removed, untouched = [
        await home.server.says(GROUP, EVE, f"they are vermin {number}") for number in range(3)
    ]
    await home.world.until(lambda: count(home) == 3 and home.world.settled(), "the cases")
    await home.world.stop()
    post = home.server.posts[edited]
    post |= {"message": "all is well", "edit_at": home.server.now()}
    del home.server.posts[removed]  # for good, as a retention policy does
    await home.restart_only()
    await home.world.until(lambda: home.world.left(("open",)) == [untouched], "both withdrawn")


async def test_what_was_missed_is_read_though_it_cannot_be_read_at_once(home: Community) -> None:
    await home.server.says(GROUP, EVE, "hello")
    await home.world.stop()
    await home.server.says(GROUP, EVE, "they are vermin 1")
    home.server.ago = -20.0  # it takes a while
    home.server.failures += [("GET", f"channels/{GROUP}/posts", Refusal(500, "x"))] * 2
    home.world = make_world(home.folder, home.server.url)
    running = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "missed" in home.world.gateway.health()["note"], "the reason")
    await home.server.says(GROUP, EVE, "they are vermin 2")  # must not hide what came before it
    await home.world.until(lambda: count(home) == 2, "both cases")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_more_than_the_server_gives_in_one_answer_is_read_page_by_page(home: Community) -> None:
    edited = await home.server.says(GROUP, EVE, "hello")
    await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await home.world.stop()
    for number in range(1100):
        hate = number % 400 == 0
        await home.server.says(GROUP, EVE, f"they are vermin, no {number}" if hate else f"tea {number}")
    await home.server.edits(edited, "they are vermin, edited")
    await home.restart_only()
    await home.world.until(lambda: count(home) == 5 and home.world.settled(), "all cases")


async def test_events_that_the_server_left_out_are_asked_for(home: Community) -> None:
    await home.server.says(GROUP, EVE, "hello")
    await home.world.until(lambda: home.server.peers, "the connection")
    home.server.silent = True
    await home.server.says(GROUP, EVE, HATE)  # its event has a number, and is never sent
    home.server.silent = False
    await home.server.says(GROUP, EVE, "and tea")
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_commands_that_were_missed_are_carried_out_once_unless_they_are_old(tmp_path: Path) -> None:
    async with serving(ago=7200.0) as server:
        home = Community(server, tmp_path)
        await home.world.start()
        await _miss_commands(home)
        await home.world.stop()


async def _miss_commands(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.says(ANN, "help")
    await home.world.stop()
    old = await home.server.says(DESK, BOB, "claim 1")
    home.server.ago = 0.0
    claim = await home.server.says(DESK, ANN, "claim 1")
    await home.server.says(DESK, BOB, "lunch?")
    await home.restart_only()
    await home.seen(DESK, lambda p: p["root_id"] == claim and "yours" in p["message"], "an answer")
    await home.seen(DESK, lambda p: p["root_id"] == old and "while I was away" in p["message"], "a word")
    await home.restart()
    await home.server.says(GROUP, EVE, "they are vermin 2")
    await card(home, 2)
    yours = [p for p in home.server.of_bot(DESK) if p["root_id"] == claim and "yours" in p["message"]]
    assert len(yours) == 1


async def test_numbers_that_were_pressed_meanwhile_mean_what_stood_beside_them(tmp_path: Path) -> None:
    async with serving(ago=7200.0) as server:
        home = Community(server, tmp_path)
        await home.world.start()
        await _miss_presses(home)
        await home.world.stop()


async def _miss_presses(home: Community) -> None:
    hates = [await home.server.says(GROUP, EVE, f"they are vermin {number}") for number in range(4)]
    await card(home, 4)
    await home.world.until(lambda: len(home.server.reactions) == 16, "their numbers")
    by_case = {home.world.casework.view(n).message_id: n for n in range(1, 5)}
    busy, free, gone, old = [by_case[hate] for hate in hates]
    cards = {n: next(c for c in home.server.cards() if f"show {n}" in payloads(c)) for n in by_case.values()}
    await home.says(ANN, "help")
    await home.world.stop()
    await home.server.presses(cards[old]["id"], ANN, "one")
    home.server.ago = 0.0
    await home.server.presses(cards[free]["id"], ANN, "one")  # claim
    await home.server.presses(cards[busy]["id"], ANN, "three")  # not hate; when somebody is on it: give back
    await home.server.presses(cards[gone]["id"], ANN, "one")
    await home.server.removes(hates[2])
    home.world = make_world(home.folder, home.server.url)
    bob = home.world.people.by_identity("mattermost", BOB, 1)
    assert bob is not None
    home.world.casework.claim(busy, bob.id)
    # The card is brought up to date before what was pressed is read.
    home.server.failures.append(("GET", f"channels/{DESK}/posts", Refusal(500, "x")))
    await home.world.start()

    def answered(number: int) -> str:
        return "\n".join(
            p["message"] for p in home.server.of_bot(DESK) if p["root_id"] == cards[number]["id"]
        )

    await home.world.until(lambda: "yours" in answered(free), "the claim")
    await home.world.until(lambda: "Bob is already on case" in answered(busy), "a word about the busy one")
    await home.world.until(lambda: "withdrawn" in answered(gone), "a word about what is gone")
    await home.world.until(lambda: "while I was away" in answered(old), "a word about what is old")
    await home.world.until(lambda: home.world.settled(), "the cards")
    assert home.world.casework.view(busy).holder == "Bob"
    assert home.world.status(old) == "open"
    told = len(home.server.of_bot(DESK))
    await home.server.drop()
    await home.server.presses(cards[old]["id"], ANN, "three")  # while nobody is connected
    await home.world.until(lambda: home.world.status(old) == "dismissed", "what was pressed")
    await home.world.until(lambda: len(home.server.of_bot(DESK)) > told, "an answer to it")
    await home.restart()
    await home.says(ANN, "help")
    await home.world.until(lambda: home.world.settled(), "the cards")
    assert len(home.server.of_bot(DESK)) - told == 2, "nothing is answered twice"


async def test_a_number_whose_card_cannot_be_looked_up_is_not_lost(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.world.until(lambda: home.world.settled() and len(home.server.reactions) == 4, "the card")
    home.server.failures.append(("GET", f"posts/{shown['id']}", Refusal(500, "x")))
    await home.server.presses(shown["id"], ANN, "one")
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")


async def test_a_new_channel_is_read_from_then_on_and_the_desk_is_told(home: Community) -> None:
    home.server.channels[SIDE] = Channel(SIDE, "P", "Side talk", {EVE, ANN}, home.server.now())
    await home.server.says(SIDE, EVE, "they are vermin, said before")
    await home.server.adds(SIDE)
    await home.seen(DESK, lambda p: "Side talk" in p["message"] and "notice" in p["message"], "a word")
    await home.server.says(SIDE, EVE, "they are vermin, said after")
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).room_id == SIDE
    await home.server.renames(SIDE, "Compost")
    await home.world.until(
        lambda: "Compost" in [r.name for r in home.world.rooms.list() if r.room_id == SIDE], "the name"
    )
    await home.server.sends_away(SIDE)
    await home.world.until(
        lambda: [r.active for r in home.world.rooms.list() if r.room_id == SIDE] == [False], "leaving"
    )
    people = identity("grouptalk")
    home.server.channels[people] = Channel(people, "G", "ann, bob", {EVE, ANN, BOT}, home.server.now())
    await home.server.says(people, EVE, "they are vermin, among friends")
    await home.server.says(GROUP, EVE, "they are vermin, in public")
    await home.world.until(lambda: count(home) == 2, "the next case")
    assert home.world.casework.view(2).room_id == GROUP


async def test_a_channel_that_the_bot_came_to_while_we_were_away_is_read(home: Community) -> None:
    home.server.channels[SIDE] = Channel(SIDE, "O", "Side talk", {EVE}, home.server.now())
    await home.server.says(SIDE, EVE, "they are vermin, said before")
    await home.server.says(GROUP, EVE, "tea")
    await home.world.until(lambda: home.world.gateway._marks.after(GROUP), "reading")
    await home.world.stop()
    await home.server.adds(SIDE)
    await home.server.says(SIDE, EVE, "they are vermin, said meanwhile")
    await home.restart_only()
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.seen(DESK, lambda p: "Side talk" in p["message"], "a word")
    assert home.world.casework.view(1).room_id == SIDE


async def test_history_is_not_read(server: Mattermost, tmp_path: Path) -> None:
    await server.says(GROUP, EVE, "they are vermin, said before")
    home = Community(server, tmp_path)
    await home.world.start()
    await server.says(GROUP, EVE, "they are vermin, said after")
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.restart()
    await server.says(GROUP, EVE, "they are vermin, said last")
    await home.world.until(lambda: count(home) == 2, "the next case")
    await home.world.stop()


async def _ready_to_post(home: Community, text: str = "Not so.") -> str:
    hate = await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, f"edit: {text}")
    return hate


async def test_a_message_that_is_gone_is_not_answered(home: Community) -> None:
    hate = await _ready_to_post(home)
    home.server.posts[hate]["delete_at"] = home.server.now()  # and the event about it was lost
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []


async def test_an_answer_that_is_lost_leads_to_one_message(home: Community) -> None:
    hate = await _ready_to_post(home)
    cut = True

    async def lose(method: str, where: str, body: Any) -> None:
        nonlocal cut
        if cut and (method, where) == ("POST", f"posts {GROUP}"):
            cut = False
            raise ConnectionResetError

    home.server.after = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    assert reply["root_id"] == hate


async def test_a_reply_is_found_again_when_mattermost_has_forgotten_its_key(home: Community) -> None:
    hate = await _ready_to_post(home)
    posted = asyncio.Event()

    async def hang(method: str, where: str, body: Any) -> None:
        if (method, where) == ("POST", f"posts {GROUP}"):
            posted.set()
            await asyncio.sleep(60)

    home.server.after = hang
    await home.says(ANN, "post 1 v1")
    await posted.wait()
    await home.world.stop()
    home.server.after = None
    home.server.pending.clear()  # half a minute passes
    await home.server.says(GROUP, EVE, "chatter meanwhile", root_id=hate)
    await home.restart_only()
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    view = home.world.casework.view(1).reply
    assert view is not None
    assert view.posted_ref == reply["id"]


async def test_mattermost_asking_to_slow_down_is_heeded(home: Community) -> None:
    wait = {"X-Ratelimit-Limit": "10", "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1"}
    home.server.failures.append(("POST", f"posts {DESK}", Refusal(429, "", headers=wait)))
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert loop.time() - started >= 1
    assert len(home.server.cards()) == 1


async def test_a_network_that_falls_silent_is_named_within_ten_seconds_and_heals(home: Community) -> None:
    home.server.silent = True  # nothing is refused, nothing comes
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    # The test's gateway asks every second and waits half of one; one in use every 5 seconds and waits 2.5.
    assert loop.time() - started < 4
    home.server.silent = False
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
    await home.world.until(lambda: count(home) == 1, "the case")


@pytest.mark.parametrize("broken", ["screening", "database"])
async def test_trouble_of_our_own_is_waited_for_and_no_message_is_blamed(
    server: Mattermost, tmp_path: Path, broken: str
) -> None:
    home = Community(server, tmp_path)
    await home.world.start()
    tries, away = [0], [True]

    async def screener(text: str, sensitivity: str) -> Verdict:
        tries[0] += 1
        if away[0] and broken == "screening":
            raise RuntimeError("no model")
        if away[0]:
            raise OperationalError("select", {}, Exception("database is locked"))
        return await screen(text, sensitivity)

    home.world.intake._screen = screener
    for number in range(40):
        await server.says(GROUP, EVE, f"they are vermin {number}" if number % 20 == 0 else f"tea {number}")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    await home.world.until(lambda: tries[0] > 300, "many tries")
    assert "cannot be screened" in home.world.gateway.health()["note"]
    await home.restart()  # its position has not moved on
    await home.world.until(lambda: count(home) == 2, "the cases")
    assert "not_screened" not in home.world.gateway.health()
    away[0] = False
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    await is_given_up(
        home.world, lambda text: home.server.says(GROUP, EVE, text), lambda: home.server.of_bot(DESK)
    )


async def test_two_organisations_on_one_gateway_are_kept_apart(server: Mattermost, tmp_path: Path) -> None:
    places = Places(GROUP, DESK, identity("garden2"), identity("desk2"), identity("spare"))
    for channel in (places.group_2, places.desk_2, places.spare):
        server.channels[channel] = Channel(channel, "P", channel[:6], {BOT, ANN, BOB, EVE, CAM}, server.now())
    home = Community(
        server,
        tmp_path,
        desk_channels=(f"{SLUG} {places.desk_2}",),
        organisations=(f"{SLUG} {places.group_2}",),
    )
    organisation = found(home.world)
    joins(home.world, organisation, CAM)
    await home.world.start()

    def shown(channel: str) -> str:
        return "\n".join(post["message"] for post in server.of_bot(channel))

    await keep_apart(home.world, organisation, places, Hands(server.says, shown), (EVE, ANN, CAM))
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, CAM)
    await is_told_at_once(
        home.world,
        lambda: home.server.says(GROUP, EVE, "they are vermin"),
        lambda text: home.server.says(DESK, CAM, text),
        lambda: "\n".join(m["message"] for m in home.server.of_bot(DESK)),
    )


async def test_trouble_that_needs_a_person_is_said(server: Mattermost, tmp_path: Path) -> None:
    server.channels[DESK].members.discard(BOT)
    home = Community(server, tmp_path)
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "not a member" in home.world.gateway.health()["note"], "the desk")
    assert home.world.gateway.health()["status"] == "degraded"
    await server.adds(DESK)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "the desk")
    server.may_write = False
    dispatching = asyncio.create_task(home.world.dispatcher.run())
    await server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: "may not write" in home.world.gateway.health()["note"], "the right")
    server.may_write = True
    await home.world.gateway._book.find_desks()
    await card(home)
    for running in (task, dispatching):
        running.cancel()
    await asyncio.gather(task, dispatching, return_exceptions=True)
    home = Community(server, tmp_path, token="another-token")
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: home.world.gateway.health()["status"] == "down", "the token")
    assert "token" in home.world.gateway.health()["note"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_long_reply_and_a_long_message_are_split(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin " + "and @all so on " * 1090)
    shown = await card(home)
    await home.press(ANN, shown, "show 1")
    parts = home.alone(ANN)
    assert len(parts) > 1
    assert all(len(part) <= 16383 for part in parts)
    assert as_seen(" ".join(parts)).count("so on") == 1090


async def test_a_client_that_is_not_ours_writes_edits_removes_presses_and_hears(home: Community) -> None:
    """Drives the members' side with the library that is generated from Mattermost's own description of its API."""
    address = home.server.url.removeprefix("http://").split(":")
    options = {"scheme": "http", "url": address[0], "port": int(address[1])}
    eve = AsyncTypedDriver({**options, "token": "eve-token-for-tests"})
    ann = AsyncTypedDriver({**options, "token": "ann-token-for-tests"})
    await eve.login()
    await ann.login()
    heard: list[Any] = []

    async def hear(message: str) -> None:
        heard.append(json.loads(message))

    listening = asyncio.create_task(ann.init_websocket(hear))
    hate = await eve.posts.create_post(channel_id=GROUP, message=HATE)
    shown = await card(home)
    await eve.posts.patch_post(hate["id"], message="they are vermin, I say")
    await home.world.until(lambda: text_of(home).endswith("I say"), "the edit")
    one = {"user_id": ANN, "post_id": shown["id"], "emoji_name": "one"}
    await ann.reactions.save_reaction(one)
    await home.seen(DESK, lambda p: p["root_id"] == shown["id"], "an answer to the press")
    await ann.posts.create_post(channel_id=DESK, message="claim 1", root_id=shown["id"])
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    await home.says(ANN, "edit: Not so.")
    await home.says(ANN, "post 1 v1")
    await home.seen(GROUP, lambda p: True, "the reply")
    thread = await eve.posts.get_post_thread(hate["id"])
    assert [p["message"] for p in thread["posts"].values() if p["user_id"] == BOT] == ["Not so."]
    told = [json.loads(event["data"]["post"])["message"] for event in heard if event.get("event") == "posted"]
    assert "Not so." in told
    other = await eve.posts.create_post(channel_id=GROUP, message="they are vermin, again")
    await home.world.until(lambda: count(home) == 2, "another case")
    await eve.posts.delete_post(other["id"])
    await home.world.until(lambda: home.world.status(2) == "withdrawn", "the removal")
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await eve.client.close()
    await ann.client.close()
