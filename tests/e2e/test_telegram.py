"""Telegram through and through: the gateway with aiogram against a stand-in that speaks the Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from courage.db.models.cases import Case
from courage.detection.verdict import Verdict
from tests.e2e.database_away import is_told_at_once, speaks_french
from tests.e2e.giving_up import is_given_up
from tests.e2e.telegram_server import ANN, BOB, BOT, DESK, EVE, GROUP, MIA, Chat, Refusal, Telegram, serving
from tests.e2e.telegram_world import Community, hidden, payloads
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart
from tests.unit.cases.kit import screen

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Telegram]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: Telegram, tmp_path: Path) -> AsyncIterator[Community]:
    community = Community(server, tmp_path)
    await community.world.start()
    yield community
    await community.world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


async def card(home: Community, number: int = 1) -> Any:
    await home.world.until(lambda: len(home.server.cards()) >= number, "a card")
    return home.server.cards()[number - 1]


async def test_from_a_hateful_message_to_a_posted_reply(home: Community) -> None:
    await home.server.says(GROUP, EVE, "tomatoes need sun")
    hate = await home.server.says(GROUP, EVE, "they are vermin, all of them 🐀")
    shown = await card(home)
    assert hidden(shown) == "they are vermin, all of them 🐀"
    assert "vermin" not in shown["text"].replace(hidden(shown), "")
    assert [len(row) for row in shown["reply_markup"]["inline_keyboard"]] == [2, 2]
    first = await home.press(ANN, shown, "claim 1")
    assert "yours" in first[0]["text"]
    assert "Ann is already on case 1" in await home.says(BOB, "claim 1")
    answer = await home.says(ANN, "show 1")
    assert "they are vermin" in answer
    (told,) = [m for m in home.server.of_bot(DESK) if m["text"] == answer]
    assert "vermin" in hidden(told)
    assert "Response number" in await home.says(ANN, "suggest 1")
    assert "Response number 2." in await home.says(ANN, "use 2")
    text = "Not so. *They* are <b>our</b> neighbours & friends."
    assert text in await home.says(ANN, f"edit: {text}")
    assert not home.server.of_bot(GROUP)
    assert "on its way" in await home.says(ANN, "post 1 v2")
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    assert (reply["text"], reply["entities"]) == (text, [])
    assert reply["reply_to_message"]["message_id"] == hate
    await home.world.until(
        lambda: home.world.status() == "replied" and home.world.settled(), "the case answered"
    )
    view = home.world.casework.view(1)
    assert view.reply is not None
    assert view.reply.posted_ref == str(reply["message_id"])
    (left,) = home.server.cards()
    assert "answered by Ann" in left["text"]
    assert payloads(left) == []
    assert len(home.server.of_bot(GROUP)) == 1
    assert home.world.sentences.heard == []


async def test_small_talk_in_the_desk_room_is_left_alone(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin")
    shown = await card(home)
    for text in ("shall we have lunch?", "I was there yesterday", "/claim@other_bot 1"):
        await home.server.says(DESK, ANN, text)
    assert "sentence: are you there" in await home.says(ANN, "@courage_bot are you there")
    replied = await home.server.says(
        DESK, ANN, "and you?", reply_to_message={"message_id": shown["message_id"], "from": BOT}
    )
    await home.seen(DESK, lambda m: m.get("reply_to_message", {}).get("message_id") == replied, "an answer")
    assert "yours" in await home.says(ANN, "/claim@courage_bot 1")
    assert [said for _, said in home.world.sentences.heard] == ["are you there", "and you?"]
    assert "link your account: telegram:501" in await home.says(EVE, "@courage_bot hello")
    await home.server.says(DESK, EVE, "claim 1")
    assert "Ann" in await home.says(BOB, "claim 1")


async def test_a_stranger_with_a_code_says_whose_account_it_is(home: Community) -> None:
    ann = home.world.people.by_identity("telegram", str(ANN), 1)
    assert ann is not None
    code = home.world.people.link_code(ann.id)
    assert ann.name in await home.says(EVE, f"@courage_bot link me {code}")
    linked = home.world.people.by_identity("telegram", str(EVE), 1)
    assert linked is not None
    assert linked.id == ann.id


async def test_a_stranger_who_presses_is_told_so_alone(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin")
    shown = await card(home)
    press = await home.server.presses(DESK, shown["message_id"], EVE, "claim 1")
    await home.world.until(lambda: home.server.pressed[press], "the press answered")
    assert "telegram:501" in home.server.pressed[press]["text"]
    assert home.world.status() == "open"


async def test_edits_are_screened_anew_and_a_removed_caption_withdraws(home: Community) -> None:
    photo = {"photo": [{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}]}
    number = await home.server.says(GROUP, EVE, caption="a nice day", **photo)
    await home.server.edits(GROUP, number, caption="they are vermin")
    await home.world.until(lambda: home.world.status() == "open", "the case")
    assert home.world.casework.view(1).message_id == str(number)
    shown = await card(home)
    await home.server.edits(GROUP, number, caption="")
    await home.world.until(
        lambda: home.world.status() == "withdrawn" and home.world.settled(), "the case withdrawn"
    )
    (left,) = home.server.cards()
    assert left["message_id"] == shown["message_id"]
    assert "vermin" not in left["text"]
    assert payloads(left) == []


HATE = "they are vermin"
SAYING: dict[str, dict[str, Any]] = {
    "caption": {"caption": HATE, "video": {"file_id": "v"}},
    "poll": {"poll": {"question": "Which?", "options": [{"text": "tea"}, {"text": HATE}]}},
    "poll explanation": {"poll": {"question": "?", "options": [], "explanation": HATE}},
    "checklist": {"checklist": {"title": "to do", "tasks": [{"id": 1, "text": HATE}]}},
    "file name": {"document": {"file_id": "d", "file_name": "they_are_vermin.pdf"}},
    "venue": {"venue": {"title": HATE, "address": "", "location": {"latitude": 0, "longitude": 0}}},
    "buttons of an inline bot": {
        "text": "look",
        "via_bot": {"id": 9},
        "reply_markup": {"inline_keyboard": [[{"text": HATE, "url": "https://example.org"}]]},
    },
    "quotation from another chat": {
        "text": "true",
        "external_reply": {"origin": {"type": "user"}},
        "quote": {"text": HATE, "position": 0},
    },
    "formatted message": {
        "rich_message": {
            "blocks": [{"type": "paragraph", "text": ["they are ver", {"type": "bold", "text": "min"}]}]
        }
    },
    "title of the group": {"new_chat_title": HATE},
    "forward without a sender": {"text": HATE, "forward_origin": {"type": "hidden_user", "date": 1422450181}},
    "reply to a story that is gone": {"text": HATE, "external_reply": {"story": {}}},
}


@pytest.mark.parametrize("content", SAYING.values(), ids=SAYING.keys())
async def test_hate_is_read_wherever_members_can_write_it(home: Community, content: dict[str, Any]) -> None:
    await home.server.says(GROUP, EVE, **content)
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_updates_that_nobody_asked_for_or_can_read_stop_nothing(home: Community) -> None:
    await home.server.update("message_reaction", {"chat": {"id": GROUP}, "message_id": 1})
    await home.server.update("something_new", {"x": [1]})
    await home.server.update("message", {"message_id": "x", "chat": [], "text": {"a": 1}})
    await home.server.update("message", {"message_id": 9, "chat": {"id": GROUP}, "date": -1, "text": ["x"]})
    await home.server.update("callback_query", {"id": "press", "from": {"id": ANN}})
    await home.server.membership(GROUP, MIA, "member", "administrator")
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: count(home) == 1, "the case")
    asked = next(given["allowed_updates"] for method, given in home.server.calls if method == "getUpdates")
    assert sorted(asked) == [
        "callback_query",
        "channel_post",
        "edited_channel_post",
        "edited_message",
        "message",
        "my_chat_member",
    ]


async def test_a_channel_is_read_once_though_its_posts_are_forwarded_to_the_discussion(
    home: Community,
) -> None:
    channel = -1003333333333
    home.server.chats[channel] = Chat(channel, "channel", "News")
    await home.server.membership(channel, MIA, "left", "administrator")
    post = await home.server.says(channel, EVE, HATE, sender_chat={"id": channel, "type": "channel"})
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).room_id == str(channel)
    sender = {"id": channel, "type": "channel"}
    await home.server.says(GROUP, 777000, HATE, sender_chat=sender, is_automatic_forward=True)
    await home.server.edits(channel, post, text="all are welcome")
    await home.world.until(lambda: home.world.status() == "withdrawn", "the edit")
    assert count(home) == 1


async def test_anonymous_admins_are_screened_in_groups_and_told_why_they_cannot_command(
    home: Community,
) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    sender = {"id": GROUP, "type": "supergroup"}
    await home.server.says(GROUP, anonymous, HATE, sender_chat=sender)
    await home.world.until(lambda: count(home) == 1, "the case")
    await card(home)
    await home.server.says(DESK, anonymous, "/claim 1", sender_chat={"id": DESK, "type": "supergroup"})
    await home.seen(DESK, lambda m: "Remain anonymous" in m["text"], "a word about it")
    assert home.world.status() == "open"


async def test_only_those_who_may_bring_the_bot_into_a_group(home: Community) -> None:
    trap, garden = -1004444444444, -1005555555555
    await home.server.membership(trap, EVE, "left", "member")
    await home.world.until(lambda: ("leaveChat", {"chat_id": trap}) in home.server.calls, "leaving")
    assert "only when a moderator" in home.server.of_bot(trap)[0]["text"]
    await home.server.membership(garden, MIA, "left", "member")
    await home.server.says(garden, EVE, HATE)
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.server.membership(garden, MIA, "member", "kicked")
    await home.world.until(
        lambda: [r.active for r in home.world.rooms.list() if r.room_id == str(garden)] == [False], "leaving"
    )


async def test_a_group_from_before_is_read_where_an_administrator_is_known_and_else_named_by_health(
    home: Community,
) -> None:
    known, unknown = -1006666666666, -1007777777777
    home.server.chats[known] = Chat(known, title="Old", admins=[MIA])
    home.server.chats[unknown] = Chat(unknown, title="Else", admins=[EVE])
    await home.server.says(unknown, EVE, HATE)
    await home.server.says(known, EVE, HATE)
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).room_id == str(known)
    assert home.world.gateway.health()["ignored_rooms"] == 1


async def test_a_reply_in_a_topic_stays_in_its_topic_even_after_a_restart(home: Community) -> None:
    number = await home.server.says(GROUP, EVE, HATE, message_thread_id=17, is_topic_message=True)
    await card(home)
    await home.restart()
    await home.says(ANN, "/claim 1")
    await home.says(ANN, "/edit: Not so.")
    await home.says(ANN, "/post 1 v1")
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    assert (reply["message_thread_id"], reply["reply_to_message"]["message_id"]) == (17, number)


async def test_a_message_that_was_deleted_is_noticed_when_it_would_be_answered(home: Community) -> None:
    number = await home.server.says(GROUP, EVE, "they are vermin xyzzy")
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    del home.server.chats[GROUP].messages[number]
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []
    assert all("xyzzy" not in m["text"] for m in home.server.cards())


async def test_a_group_that_becomes_a_supergroup_stays_read_and_the_desk_follows(
    server: Telegram, tmp_path: Path
) -> None:
    old, new, old_desk = -600, -1008888888888, -601
    server.chats[old], server.chats[old_desk] = Chat(old, "group", "Small"), Chat(old_desk, "group", "Desk")
    home = Community(server, tmp_path, desk_room=str(old_desk), rooms=(str(old),))
    await home.world.start()
    await server.says(old, EVE, "they are vermin 1")
    await home.world.until(lambda: len(server.of_bot(old_desk)) == 2, "hello and the card")
    home.world.rooms.set_sensitivity("telegram", str(old), "watchful")
    server.chats[new] = Chat(new, title="Small")
    server.chats[old].moved_to = new
    await server.says(old, EVE, migrate_to_chat_id=new)
    await server.says(new, EVE, migrate_from_chat_id=old)
    server.chats[old_desk].moved_to = DESK  # nobody tells: only the next card shows it
    await server.says(new, EVE, "they are vermin 2")
    await home.world.until(lambda: len(server.of_bot(DESK)) == 1, "the card in the new desk room")
    assert home.world.rooms.sensitivity("telegram", str(new)) == "watchful"
    assert {r.room_id for r in home.world.rooms.list() if r.active and r.kind == "group"} == {str(new)}
    await home.restart()
    await server.says(new, EVE, "they are vermin 3")
    await home.world.until(lambda: len(server.of_bot(DESK)) == 2, "the next card")
    await home.world.stop()


async def test_a_long_message_is_shown_whole_in_parts_and_every_part_is_hidden(home: Community) -> None:
    text = "they are vermin " + "and so on " * 410
    await home.server.says(GROUP, EVE, text[:4096])
    shown = await card(home)
    assert shown["text"].endswith("…")
    before = home.server.chats[DESK].newest
    number = await home.server.says(DESK, ANN, "show 1")
    await home.world.until(
        lambda: sum(m["message_id"] > number for m in home.server.of_bot(DESK)) == 2, "the parts"
    )
    parts = [m for m in home.server.of_bot(DESK) if m["message_id"] > before]
    assert all(hidden(part) for part in parts)
    assert "".join("".join(map(hidden, parts)).split()) == "".join(text[:4096].split())


async def test_telegram_asking_to_slow_down_is_heeded(home: Community) -> None:
    home.server.failures.append(
        ("sendMessage", Refusal(429, "Too Many Requests: retry after 1", retry_after=1))
    )
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert loop.time() - started >= 1
    assert len(home.server.cards()) == 1


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
async def test_an_answer_that_is_lost_leads_to_one_message_whether_it_arrived_or_not(
    home: Community, arrived: bool
) -> None:
    hate = await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    cut = True

    async def lose(method: str, given: dict[str, Any]) -> None:
        nonlocal cut
        if cut and method == "sendMessage" and given["chat_id"] == GROUP:
            cut = False
            await home.server.says(GROUP, EVE, "chatter meanwhile")
            raise ConnectionResetError

    if arrived:
        home.server.after = lose
    else:
        home.server.before = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    assert reply["reply_to_message"]["message_id"] == hate
    view = home.world.casework.view(1).reply
    assert view is not None
    assert view.posted_ref == str(reply["message_id"])


async def test_where_nobody_can_know_a_person_is_asked_and_nothing_is_posted_twice(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    crash = True

    async def lose(method: str, given: dict[str, Any]) -> None:
        nonlocal crash
        if crash and method == "sendMessage" and given["chat_id"] == GROUP:
            crash = False
            home.server.chats[GROUP].newest += 200  # a busy group, and nobody saw its messages
            await home.server.says(GROUP, EVE, "chatter meanwhile")
            raise ConnectionResetError

    home.server.after = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(
        lambda: (reply := home.world.casework.view(1).reply) and reply.state == "failed", "the question"
    )
    assert "look in the room" in str(home.world.casework.view(1).reply.failure)  # type: ignore[union-attr]
    await home.world.until(home.world.settled)
    assert len(home.server.of_bot(GROUP)) == 1
    assert "look in the room" in home.server.cards()[0]["text"]


async def test_a_screener_in_trouble_delays_messages_but_loses_none(home: Community) -> None:
    broken = True

    async def screener(text: str, sensitivity: str) -> Verdict:
        if broken:
            raise RuntimeError("no model")
        return await screen(text, sensitivity)

    home.world.intake._screen = screener
    await home.server.says(GROUP, EVE, HATE)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    broken = False
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")


async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    await is_given_up(
        home.world, lambda text: home.server.says(GROUP, EVE, text), lambda: home.server.of_bot(DESK)
    )


async def test_an_offline_gateway_is_named_within_ten_seconds(home: Community) -> None:
    gone = asyncio.Event()

    async def hang(method: str, given: dict[str, Any]) -> None:
        gone.set()
        await asyncio.sleep(30)

    home.server.before = hang  # packets vanish: nothing is refused, nothing comes
    await gone.wait()
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    # The test's gateway waits 1 s for news and 1 s for the network; one in use 5 s and 4 s.
    assert loop.time() - started < 4
    assert "cannot be reached" in home.world.gateway.health()["note"]
    home.server.before = None
    await home.server.says(GROUP, EVE, HATE)
    await card(home)


async def test_numbers_that_begin_anew_are_read(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1, "the case")
    calls = len(home.server.calls)
    await home.world.until(
        lambda: any(m == "getUpdates" and "offset" not in g for m, g in home.server.calls[calls:]),
        "a quiet poll",
    )
    home.server.next_update = 5  # as Telegram does after a week without updates
    await home.server.says(GROUP, EVE, "they are vermin 2")
    await home.world.until(lambda: count(home) == 2, "the second case")


async def test_two_organisations_on_one_gateway_are_kept_apart(server: Telegram, tmp_path: Path) -> None:
    zoe = 505
    places = Places(GROUP, DESK, -1003333333333, -1004444444444, -1005555555555)
    for chat in (places.group_2, places.desk_2, places.spare):
        server.chats[chat] = Chat(chat, title=f"chat {chat}")
    home = Community(
        server,
        tmp_path,
        desk_rooms=(f"{SLUG} {places.desk_2}",),
        organisations=(f"{SLUG} {places.group_2}", f"{SLUG} {places.spare}"),
    )
    organisation = found(home.world)
    joins(home.world, organisation, zoe)
    await home.world.start()

    def shown(chat: int) -> str:
        return "\n".join(message["text"] for message in server.of_bot(chat))

    await keep_apart(home.world, organisation, places, Hands(server.says, shown), (EVE, ANN, zoe))
    await home.world.stop()


async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, 506)
    await is_told_at_once(
        home.world,
        lambda: home.server.says(GROUP, EVE, "they are vermin"),
        lambda text: home.server.says(DESK, 506, text),
        lambda: "\n".join(m["text"] for m in home.server.of_bot(DESK)),
    )


async def test_trouble_that_needs_a_person_is_said(server: Telegram, tmp_path: Path) -> None:
    server.webhook = "https://old.example/webhook"  # as Rasa's connector has set it
    server.reads_all = False
    server.chats[-1009999999999] = Chat(-1009999999999, title="Seen", bot_is_admin=True)
    home = Community(server, tmp_path, desk_room="-1000000000001")
    for room in (GROUP, -1009999999999):
        home.world.rooms.ensure("telegram", str(room), kind="group", name="x")
    world = home.world
    tasks = [asyncio.create_task(world.gateway.run())]
    await world.until(lambda: "desk room" in world.gateway.health()["note"], "the desk room")
    health = world.gateway.health()
    assert health["status"] == "degraded"
    assert "chat not found" in health["note"]
    assert "privacy mode hides the messages of 1 groups" in health["note"]
    assert server.webhook == ""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    bad = Community(server, tmp_path, token="7000001:AAAnotherTokenThatNobodyKnowsOfAtAll")
    task = asyncio.create_task(bad.world.gateway.run())
    await bad.world.until(lambda: bad.world.gateway.health()["status"] == "down", "the token")
    assert "token" in bad.world.gateway.health()["note"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
