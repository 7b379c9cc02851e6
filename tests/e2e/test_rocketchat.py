"""Rocket.Chat through and through: the gateway against a stand-in that speaks its REST API and DDP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rocketchat_API.rocketchat import RocketChat as Client
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from courage.db.models.cases import Case
from courage.detection.verdict import Verdict
from courage.gateways.markdown import as_seen
from tests.e2e.database_away import is_told_at_once, speaks_french
from tests.e2e.giving_up import is_given_up
from tests.e2e.rocketchat_server import (
    ANN,
    BOB,
    BOT,
    CAM,
    DESK,
    EVE,
    GROUP,
    SIDE,
    Refusal,
    RocketChat,
    Room,
    actions,
    serving,
)
from tests.e2e.rocketchat_world import Community, make_world
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart
from tests.unit.cases.kit import screen

pytestmark = pytest.mark.e2e
HATE = "they are vermin"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[RocketChat]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: RocketChat, tmp_path: Path) -> AsyncIterator[Community]:
    community = Community(server, tmp_path)
    await community.world.start()
    yield community
    await community.world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def text_of_case(home: Community, case_id: int = 1) -> str:
    with home.world.sessions() as session:
        return session.scalar(select(Case.text).where(Case.id == case_id)) or ""


def pressable(message: Any) -> list[str]:
    return [action["msg"] for action in actions(message)]


async def card(home: Community, number: int = 1) -> Any:
    await home.world.until(lambda: len(home.server.cards()) >= number, "a card")
    return home.server.cards()[number - 1]


async def test_from_a_hateful_message_to_a_posted_reply(home: Community) -> None:
    await home.server.says(GROUP, EVE, "tomatoes need sun")
    hate = await home.server.says(GROUP, EVE, "vermin, all of them :rat: http://bad.example/x *now* @all")
    shown = await card(home)
    assert "vermin" not in shown["msg"], "nobody reads it by accident"
    assert "`show 1`" in shown["msg"]
    assert "direct message" in await home.says(ANN, "show 1", tmid=shown["_id"])
    (text,) = home.alone(ANN)
    assert "vermin, all of them" in text, "its first word is there"
    assert "http:/" not in text
    assert r"\*now\*" in text
    assert all("vermin" not in message["msg"] for message in home.server.of_bot(DESK))
    assert "yours" in await home.press(ANN, shown, "claim 1")
    assert "Ann is already on case 1" in await home.says(BOB, "claim 1")
    await home.world.until(lambda: "suggest 1" in pressable(shown), "the other buttons")
    assert "claim 1" not in pressable(shown)
    await home.press(ANN, shown, "suggest 1")
    offered = await home.seen(DESK, lambda m: "use 2" in pressable(m), "the suggestions")
    assert "Response number 2." in await home.press(ANN, offered, "use 2")
    text = "Not so. *They* are our neighbours, @all, @eve and friends@example.org."
    assert text in as_seen(await home.says(ANN, f"edit: {text}", tmid=shown["_id"]))
    assert not home.server.of_bot(GROUP)
    assert "on its way" in await home.says(ANN, "post 1 v2")
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    assert as_seen(reply["msg"]) == text
    assert "friends@example.org" in reply["msg"]
    assert reply["tmid"] == hate
    await home.world.until(
        lambda: home.world.status() == "replied" and home.world.settled(), "the case answered"
    )
    view = home.world.casework.view(1)
    assert view.reply is not None
    assert view.reply.posted_ref == reply["_id"]
    (left,) = home.server.cards()
    assert "answered by Ann" in left["msg"]
    assert "`claim 1`" not in left["msg"]
    assert pressable(left) == []
    assert len(home.server.of_bot(GROUP)) == 1
    bots = {m["_id"] for m in home.server.messages.values() if m["u"]["_id"] == BOT}
    assert [who for message, who in home.server.mentioned if message in bots] == [], "nobody is notified"
    assert home.server.methods.count("login") == 1, "one login for the whole connection"
    assert sum(path == "me" for _, path, _ in home.server.calls) == 1


async def test_where_buttons_cannot_be_changed_cards_still_are(home: Community) -> None:
    home.server.editable = ()
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.press(ANN, shown, "claim 1")
    await home.world.until(lambda: "Ann is on it" in shown["msg"], "the card brought up to date")
    assert "Ann is already on case 1" in await home.press(BOB, shown, "claim 1")
    assert "given back" in (await home.says(ANN, "release 1")).lower() or home.world.status() == "open"
    await home.world.until(lambda: "Ann is on it" not in shown["msg"], "the card brought up to date again")
    assert home.server.methods.count("updateMessage") == 1


async def test_small_talk_in_the_desk_room_is_left_alone(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.server.says(DESK, ANN, "shall we have lunch?")
    await home.server.says(DESK, ANN, "that one is nasty", tmid=shown["_id"])
    await home.server.says(DESK, ANN, "ask @courage-admin or ann@courage.example")
    await home.server.says(DESK, CAM, "claim 1", bot={"i": "integration"})
    assert "sentence: are you there" in await home.says(ANN, "@courage are you there")
    assert "link your account: rocketchat:" in await home.says(EVE, "@courage hello")
    await home.server.says(DESK, EVE, "claim 1")
    assert "yours" in await home.says(ANN, "claim 1")
    assert [said for _, said in home.world.sentences.heard] == ["are you there"]


async def test_direct_messages_are_answered_and_strangers_can_say_whose_account_it_is(
    home: Community,
) -> None:
    direct = await home.server.opens_direct(CAM, BOT)
    await home.server.says(direct, CAM, "hello")
    await home.seen(direct, lambda m: f"rocketchat:{CAM}" in m["msg"], "an answer")
    ann = home.world.people.by_identity("rocketchat", ANN, 1)
    assert ann is not None
    await home.server.says(direct, CAM, f"link me {home.world.people.link_code(ann.id)}")
    await home.seen(direct, lambda m: ann.name in m["msg"], "the link")
    linked = home.world.people.by_identity("rocketchat", CAM, 1)
    assert linked is not None
    assert linked.id == ann.id


async def test_people_in_the_desk_room_become_volunteers_where_that_is_wanted(
    server: RocketChat, tmp_path: Path
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
    await home.world.until(lambda: count(home) == 1, "the first case")
    third = await home.server.says(GROUP, EVE, "they are vermin, three")
    await home.world.until(lambda: count(home) == 2 and home.world.settled(), "the cases")
    await home.restart()
    await home.server.edits(first, "they are vermin after all")
    await home.world.until(lambda: count(home) == 3, "the edit")
    await home.server.edits(first, "all is well")
    await home.world.until(lambda: home.world.status(3) == "withdrawn", "the case withdrawn")
    await home.server.removes(second)
    await home.world.until(lambda: home.world.status(1) == "withdrawn", "the removal")
    await home.server.removes(third, bulk=True)
    await home.world.until(
        lambda: home.world.status(2) == "withdrawn" and home.world.settled(), "the bulk removal"
    )
    assert all("`show" not in m["msg"] for m in home.server.cards())


async def test_a_message_that_is_marked_as_removed_is_removed(home: Community) -> None:
    hate = await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.server.changes(hate, t="rm", msg="", attachments=[])
    await home.world.until(lambda: home.world.status() == "withdrawn", "the removal")


async def test_reactions_are_no_edits_and_history_is_not_read_because_of_one(tmp_path: Path) -> None:
    async with serving(ago=3600) as server:
        old = await server.says(GROUP, EVE, "they are vermin, said long before")
        server.ago = 0.0
        home = Community(server, tmp_path)
        await home.world.start()
        screened: list[str] = []

        async def screener(text: str, sensitivity: str) -> Verdict:
            screened.append(text)
            return await screen(text, sensitivity)

        home.world.intake._screen = screener
        hate = await server.says(GROUP, EVE, HATE)
        await card(home)
        for message in (old, hate):
            await server.changes(message, reactions={":heart:": {"usernames": ["ann"]}})
        await server.says(GROUP, EVE, "they are vermin, next")
        await home.world.until(lambda: count(home) == 2, "the next case")
        assert screened == [HATE, "they are vermin, next"]
        await home.world.stop()


async def test_a_preview_that_comes_later_is_read(home: Community) -> None:
    link = await home.server.says(GROUP, EVE, "https://example.org/x")
    await home.server.changes(link, urls=[{"url": "https://example.org/x", "meta": {"ogTitle": HATE}}])
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_a_reply_to_an_answer_in_a_thread_stands_in_that_thread(home: Community) -> None:
    root = await home.server.says(GROUP, BOB, "who comes?")
    await home.server.says(GROUP, EVE, HATE, tmid=root)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    await home.says(ANN, "post 1 v1")
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    assert reply["tmid"] == root


SAYING: dict[str, dict[str, Any]] = {
    "attachment": {"attachments": [{"title": "x", "text": HATE}]},
    "field": {"attachments": [{"fields": [{"title": "a", "value": HATE, "short": True}]}]},
    "description of a file": {"attachments": [{"title": "a.png", "description": HATE}]},
    "within": {"attachments": [{"attachments": [{"text": HATE}]}]},
    "button": {"attachments": [{"text": "x", "actions": [{"type": "button", "text": HATE}]}]},
    "file": {"file": {"_id": "f", "name": "they_are_vermin.png"}},
    "quotation": {"attachments": [{"text": HATE, "message_link": "https://x/channel/other?msg=1"}]},
    "block of an app": {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": HATE}}]},
    "name of an integration": {"alias": HATE, "bot": {"i": "x"}},
    "topic": {"msg": HATE, "t": "room_changed_topic"},
    "name": {"msg": HATE, "t": "r"},
    "discussion": {"msg": HATE, "t": "discussion-created"},
}


@pytest.mark.parametrize("content", SAYING.values(), ids=SAYING.keys())
async def test_hate_is_read_wherever_members_can_write_it(home: Community, content: dict[str, Any]) -> None:
    fields = {k: v for k, v in content.items() if k != "msg"}
    await home.server.says(GROUP, EVE, content.get("msg", ""), **fields)
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_rocketchat_itself_says_and_garbage_open_no_case(home: Community) -> None:
    await home.server.says(GROUP, EVE, "vermin", t="uj")
    await home.server.tell("stream-room-messages", GROUP, [])
    await home.server.tell("stream-room-messages", GROUP, [{"_id": 7, "rid": GROUP, "msg": ["x"]}])
    await home.server.tell("stream-notify-room", f"{GROUP}/deleteMessage", ["x"])
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_was_missed_is_read_after_a_restart_and_after_a_lost_connection(home: Community) -> None:
    edited = await home.server.says(GROUP, EVE, "hello")
    removed = await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await home.world.stop()
    for number in range(300):
        hate = number % 100 == 0
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
    assert home.server.methods.count("login") == 3


async def test_edits_and_removals_that_no_answer_of_the_server_tells_are_noticed(home: Community) -> None:
    edited, removed, untouched = [
        await home.server.says(GROUP, EVE, f"they are vermin {number}") for number in range(3)
    ]
    await home.world.until(lambda: count(home) == 3 and home.world.settled(), "the cases")
    await home.world.stop()
    home.server.messages[edited] |= {"msg": "all is well", "editedAt": home.server.now()}
    del home.server.messages[removed]  # without a trace, as a retention policy does
    await home.restart_only()
    await home.world.until(lambda: home.world.left(("open",)) == [untouched], "both withdrawn")


async def test_what_was_missed_is_read_though_it_cannot_be_read_at_once(home: Community) -> None:
    await home.server.says(GROUP, EVE, "hello")
    await home.world.stop()
    await home.server.says(GROUP, EVE, "they are vermin 1")
    home.server.ago = -20.0  # it takes a while
    home.server.failures += [("GET", "chat.syncMessages", Refusal(500, "x"))] * 2
    home.world = make_world(home.folder, home.server.url)
    running = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "missed" in home.world.gateway.health()["note"], "the reason")
    await home.server.says(GROUP, EVE, "they are vermin 2")  # must not hide what came before it
    await home.world.until(lambda: count(home) == 2, "both cases")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_commands_that_were_missed_are_carried_out_once_unless_they_are_old(tmp_path: Path) -> None:
    async with serving(ago=7200.0) as server:
        home = Community(server, tmp_path)
        await home.world.start()
        await server.says(GROUP, EVE, HATE)
        await card(home)
        await home.says(ANN, "help")
        await home.world.stop()
        old = await server.says(DESK, BOB, "claim 1")
        server.ago = 0.0
        claim = await server.says(DESK, ANN, "claim 1")
        await server.says(DESK, BOB, "lunch?")
        await home.restart_only()
        await home.seen(DESK, lambda m: m.get("tmid") == claim and "yours" in m["msg"], "an answer")
        await home.seen(DESK, lambda m: m.get("tmid") == old and "while I was away" in m["msg"], "a word")
        await home.restart()
        await server.says(GROUP, EVE, "they are vermin 2")
        await card(home, 2)
        yours = [m for m in server.of_bot(DESK) if m.get("tmid") == claim and "yours" in m["msg"]]
        assert len(yours) == 1
        await home.world.stop()


async def test_a_new_room_is_read_from_then_on_and_the_desk_is_told(home: Community) -> None:
    async with asyncio.timeout(30):
        home.server.rooms[SIDE] = Room(SIDE, "p", "side-talk", {EVE, ANN})
        home.server.ago = 30.0
        home.server.clock = 0
        await home.server.says(SIDE, EVE, "they are vermin, said before")
        home.server.ago = 0.0
        await home.server.adds(SIDE)
        await home.seen(DESK, lambda m: "side-talk" in m["msg"] and "notice" in m["msg"], "a word")
        await home.world.until(
            lambda: any(
                ("stream-notify-room", f"{SIDE}/deleteMessage") in p.subscriptions for p in home.server.peers
            )
        )
        await home.server.says(SIDE, EVE, "they are vermin, said after")
        await home.world.until(lambda: count(home) == 1, "the case")
        assert home.world.casework.view(1).room_id == SIDE
        await home.server.renames(SIDE, "compost")
        await home.world.until(
            lambda: "compost" in [r.name for r in home.world.rooms.list() if r.room_id == SIDE], "the name"
        )
        await home.server.sends_away(SIDE)
        await home.world.until(
            lambda: [r.active for r in home.world.rooms.list() if r.room_id == SIDE] == [False], "leaving"
        )


async def test_a_server_that_starts_later_and_again_is_waited_for(tmp_path: Path) -> None:
    async with serving() as server:
        port = int(server.url.rpartition(":")[2])
    home = Community(server, tmp_path)
    starting = asyncio.create_task(home.world.start())
    await home.world.until(lambda: "cannot be reached" in home.world.gateway.health()["note"], "trouble")
    async with serving(port=port) as server:
        await starting
        await server.says(GROUP, EVE, HATE)
        await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    async with serving(port=port) as server:
        server.number = 100  # it goes on where it was
        await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
        await server.says(GROUP, EVE, "they are vermin, again")
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
    del home.server.messages[hate]  # and the event about it was lost
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []


async def test_an_answer_that_is_lost_leads_to_one_message(home: Community) -> None:
    hate = await _ready_to_post(home)
    cut = True

    async def lose(method: str, where: str, body: Any) -> None:
        nonlocal cut
        if cut and where == f"chat.sendMessage {GROUP}":
            cut = False
            raise ConnectionResetError

    home.server.after = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    assert reply["tmid"] == hate


@pytest.mark.parametrize("how", ["header", "text"])
async def test_rocketchat_asking_to_slow_down_is_heeded(home: Community, how: str) -> None:
    text = "Error, too many requests. Please slow down. You must wait 1 seconds before trying this endpoint again. [error-too-many-requests]"
    if how == "header":
        refusal = Refusal(429, "slow", headers={"X-RateLimit-Reset": str(int((time.time() + 1) * 1000))})
    else:
        refusal = Refusal(400, text, "error-too-many-requests")
    home.server.failures.append(("POST", f"chat.sendMessage {DESK}", refusal))
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert loop.time() - started >= 0.9
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
    server: RocketChat, tmp_path: Path, broken: str
) -> None:
    home = Community(server, tmp_path)
    await home.world.start()
    tries = [0]

    async def screener(text: str, sensitivity: str) -> Verdict:
        tries[0] += 1
        if broken == "screening":
            raise RuntimeError("no model")
        raise OperationalError("select", {}, Exception("database is locked"))

    home.world.intake._screen = screener
    for number in range(40):
        await server.says(GROUP, EVE, f"they are vermin {number}" if number % 20 == 0 else f"tea {number}")
    await home.world.until(lambda: tries[0] > 300, "many tries")
    assert "cannot be screened" in home.world.gateway.health()["note"]
    await home.restart()  # its position has not moved on
    await home.world.until(lambda: count(home) == 2, "the cases")
    assert "not_screened" not in home.world.gateway.health()
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    await is_given_up(
        home.world, lambda text: home.server.says(GROUP, EVE, text), lambda: home.server.of_bot(DESK)
    )


async def test_two_organisations_on_one_gateway_are_kept_apart(server: RocketChat, tmp_path: Path) -> None:
    places = Places(GROUP, DESK, "gardenTwoInTests", "deskTwoInTests", "spareRoomInTests")
    for room in (places.group_2, places.desk_2, places.spare):
        server.rooms[room] = Room(room, "p", room[:6], {BOT, ANN, BOB, EVE, CAM})
    home = Community(
        server,
        tmp_path,
        desk_rooms=(f"{SLUG} {places.desk_2}",),
        organisations=(f"{SLUG} {places.group_2}",),
    )
    organisation = found(home.world)
    joins(home.world, organisation, CAM)
    await home.world.start()

    def shown(room: str) -> str:
        return "\n".join(message["msg"] for message in server.of_bot(room))

    await keep_apart(home.world, organisation, places, Hands(server.says, shown), (EVE, ANN, CAM))
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, CAM)
    await is_told_at_once(
        home.world,
        lambda: home.server.says(GROUP, EVE, "they are vermin"),
        lambda text: home.server.says(DESK, CAM, text),
        lambda: "\n".join(m["msg"] for m in home.server.of_bot(DESK)),
    )


@pytest.mark.parametrize("before", [True, False], ids=["from the start", "from a message on"])
async def test_a_room_that_is_encrypted_is_named(server: RocketChat, tmp_path: Path, before: bool) -> None:
    server.rooms[GROUP].encrypted = before
    home = Community(server, tmp_path)
    world = home.world
    tasks = [asyncio.create_task(world.gateway.run())]
    if not before:
        await world.until(lambda: world.gateway.health()["status"] == "ok", "reading")
    for number in range(3):
        await server.says(GROUP, EVE, f"c2VjcmV0{number}", t="e2e")
    await world.until(lambda: "1 rooms are encrypted" in world.gateway.health()["note"], "health")
    await home.seen(DESK, lambda m: "is encrypted" in m["msg"], "a word in the desk room")
    assert sum("is encrypted" in m["msg"] for m in server.of_bot(DESK)) == 1
    assert count(home) == 0
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    world.engine.dispose()


async def test_trouble_that_needs_a_person_is_said(server: RocketChat, tmp_path: Path) -> None:
    server.rooms[DESK].members.discard(BOT)
    home = Community(server, tmp_path)
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "not a member" in home.world.gateway.health()["note"], "the desk")
    assert home.world.gateway.health()["status"] == "degraded"
    await home.world.until(
        lambda: any(("stream-room-messages", GROUP) in p.subscriptions for p in server.peers), "listening"
    )
    await server.adds(DESK)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "the desk")
    server.may_write = False
    dispatching = asyncio.create_task(home.world.dispatcher.run())
    await server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: "may not write" in home.world.gateway.health()["note"], "the right")
    server.may_write = True
    await card(home)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
    for running in (task, dispatching):
        running.cancel()
    await asyncio.gather(task, dispatching, return_exceptions=True)
    home = Community(server, tmp_path, token="another-token")
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: home.world.gateway.health()["status"] == "down", "the token")
    assert "token" in home.world.gateway.health()["note"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_long_message_is_split(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin " + "and @all so on " * 330)
    await card(home)
    await home.says(ANN, "show 1")
    parts = home.alone(ANN)
    assert len(parts) > 1
    assert all(len(part) <= 5000 for part in parts)
    assert as_seen(" ".join(parts)).count("so on") == 330


async def test_a_client_that_is_not_ours_writes_edits_removes_and_reads(home: Community) -> None:
    """Drives the members' side with a library of others, which knows the REST API from its own tests with real servers."""

    def of(user: str, token: str) -> Client:
        return Client(user_id=user, auth_token=token, server_url=home.server.url)

    eve, ann = of(EVE, "eve-token-for-tests"), of(ANN, "ann-token-for-tests")
    sent = await asyncio.to_thread(eve.chat_post_message, HATE, GROUP)
    hate = sent["message"]["_id"]
    shown = await card(home)
    changed = await asyncio.to_thread(eve.chat_update, GROUP, hate, "they are vermin, I say")
    assert changed["success"]
    await home.world.until(lambda: text_of_case(home).endswith("I say"), "the edit")
    claim = {"rid": DESK, "msg": "claim 1", "tmid": shown["_id"]}
    assert (await asyncio.to_thread(ann.chat_send_message, claim))["success"]
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    await home.says(ANN, "edit: Not so.")
    await home.says(ANN, "post 1 v1")
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    read = await asyncio.to_thread(eve.chat_get_message, reply["_id"])
    assert (read["message"]["msg"], read["message"]["tmid"]) == ("Not so.", hate)
    other = await asyncio.to_thread(eve.chat_post_message, "they are vermin, again", GROUP)
    await home.world.until(lambda: count(home) == 2, "another case")
    assert (await asyncio.to_thread(eve.chat_delete, GROUP, other["message"]["_id"]))["success"]
    await home.world.until(lambda: home.world.status(2) == "withdrawn", "the removal")
