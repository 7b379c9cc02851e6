"""Discord through and through: the gateway with discord.py against a stand-in that speaks its protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from courage.db.models.cases import Case
from tests.e2e.database_away import is_told_at_once, speaks_french
from tests.e2e.discord_server import (
    ANN,
    BOB,
    BOT,
    CAM,
    DESK,
    EVE,
    GROUP,
    GUILD,
    ROLE,
    Discord,
    payloads,
    serving,
)
from tests.e2e.discord_world import Community, make_world
from tests.e2e.giving_up import is_given_up
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart

HATE = "they are vermin"


pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Discord]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: Discord, tmp_path: Path) -> AsyncIterator[Community]:
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
    hate = await home.server.says(GROUP, EVE, "they are vermin || @everyone ||")
    shown = await card(home)
    assert "||they are vermin" in shown["content"]
    assert shown["content"].count("||") == 2, "nothing in the text ends the spoiler"
    assert shown["flags"] & 4
    assert [len(row["components"]) for row in shown["components"]] == [2, 2]
    assert "show" in " ".join(payloads(shown))
    assert "||" in (await home.press(ANN, shown, "show 1"))["content"]
    offered = await home.press(ANN, shown, "claim 1")
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    assert "Ann is already on case 1" in await home.says(BOB, "claim 1")
    await home.world.until(lambda: "use 2" in payloads(_latest(home)), "suggestions")
    assert "yours" in _all(home) or "yours" in offered["content"]
    drafted = await home.press(ANN, _latest(home), "use 2")
    assert "Response number 2." in drafted["content"]
    edit = next(p for p in payloads(drafted) if p.startswith("edit-form"))
    press = await home.server.presses(ANN, drafted, edit)
    await home.world.until(lambda: press in home.server.callbacks, "the form")
    form = home.server.callbacks[press]
    assert form["type"] == 9
    assert '"value": "Response number 2."' in _json(form)
    text = "Not so. *They* are our neighbours, @everyone."
    field = {"type": 4, "custom_id": "text", "value": text}
    data = {"custom_id": form["data"]["custom_id"], "components": [{"type": 1, "components": [field]}]}
    edited = await home.told(await home.server.interacts(ANN, drafted, data, kind=5))
    assert text in edited["content"]
    assert not home.server.of_bot(GROUP)
    post = next(p for p in payloads(edited) if p.startswith("post"))
    assert post == "post 1 v2"
    assert "on its way" in (await home.press(ANN, edited, post))["content"]
    reply = await home.seen(GROUP, lambda m: True, "the reply")
    assert reply["content"] == text
    assert reply["message_reference"]["message_id"] == str(hate)
    await home.world.until(
        lambda: home.world.status() == "replied" and home.world.settled(), "the case answered"
    )
    view = home.world.casework.view(1)
    assert view.reply is not None
    assert view.reply.posted_ref == reply["id"]
    (left,) = home.server.cards()
    assert "answered by Ann" in left["content"]
    assert payloads(left) == []
    assert len(home.server.of_bot(GROUP)) == 1
    nonces = [
        body for method, path, body in home.server.calls if method == "POST" and path.endswith("/messages")
    ]
    assert all(body["enforce_nonce"] and body["nonce"] for body in nonces)


def _latest(home: Community) -> Any:
    told = [message for answers in home.server.followups.values() for message in answers]
    return told[-1] if told else {}


def _all(home: Community) -> str:
    return " ".join(m["content"] for answers in home.server.followups.values() for m in answers)


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


async def test_small_talk_in_the_desk_channel_is_left_alone_and_the_role_makes_volunteers(
    home: Community,
) -> None:
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.server.says(DESK, ANN, "shall we have lunch?")
    assert "sentence: are you there" in await home.says(ANN, f"<@{BOT}> are you there")
    assert "link your account: discord:" in await home.says(EVE, f"<@{BOT}> hello")
    assert "link your account" in (await home.press(EVE, shown, "claim 1"))["content"]
    home.server.roles[CAM] = [ROLE]
    await home.press(CAM, shown, "claim 1")
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    assert home.world.people.by_identity("discord", str(CAM)) is not None
    assert [said for _, said in home.world.sentences.heard] == ["are you there"]


async def test_edits_and_removals_of_messages_that_nobody_remembers(home: Community) -> None:
    first = await home.server.says(GROUP, EVE, "a nice day")
    second = await home.server.says(GROUP, EVE, "they are vermin, too")
    third = await home.server.says(GROUP, EVE, "they are vermin, three")
    await home.world.until(lambda: count(home) == 2, "two cases")
    await home.restart()
    await home.server.edits(GROUP, first, content="they are vermin after all")
    await home.world.until(lambda: count(home) == 3, "the edit")
    await home.server.edits(GROUP, first, content="all is well")
    await home.world.until(lambda: home.world.status(3) == "withdrawn", "the case withdrawn")
    await home.server.deletes(GROUP, second, third)
    await home.world.until(
        lambda: (home.world.status(1), home.world.status(2)) == ("withdrawn", "withdrawn"), "the bulk removal"
    )
    # A card that was under way as its message went is brought up to date when it has arrived.
    await home.world.until(
        lambda: all("vermin" not in m["content"] for m in home.server.cards()), "the cards"
    )


SAYING: dict[str, dict[str, Any]] = {
    "forward": {
        "message_reference": {"type": 1, "message_id": "1", "channel_id": "2"},
        "message_snapshots": [
            {
                "message": {
                    "type": 0, "content": HATE, "embeds": [], "attachments": [], "timestamp": "2026-01-01T00:00:00+00:00",
                    "edited_timestamp": None, "flags": 0, "mentions": [], "mention_roles": [],
                }
            }
        ],
    },
    "poll": {
        "poll": {
            "question": {"text": "Which?"},
            "answers": [{"answer_id": 1, "poll_media": {"text": HATE}}],
            "expiry": "2027-01-01T00:00:00+00:00", "allow_multiselect": False, "layout_type": 1,
        }
    },
    "embed of a webhook": {"embeds": [{"type": "rich", "title": "x", "fields": [{"name": "a", "value": HATE}]}]},
    "file": {
        "attachments": [
            {"id": "1", "filename": "they_are_vermin.png", "size": 1, "url": "https://x", "proxy_url": "https://x"}
        ]
    },
    "sticker": {"sticker_items": [{"id": "1", "name": HATE, "format_type": 1}]},
    "emoji between letters": {"content": "they are <:ver:1>min vermin"},
    "button of another bot": {
        "components": [{"type": 1, "components": [{"type": 2, "style": 5, "label": HATE, "url": "https://x"}]}]
    },
}  # fmt: skip


@pytest.mark.parametrize("content", SAYING.values(), ids=SAYING.keys())
async def test_hate_is_read_wherever_members_can_write_it(home: Community, content: dict[str, Any]) -> None:
    await home.server.says(GROUP, EVE, **({"text": content["content"]} if "content" in content else content))
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_a_preview_that_comes_later_is_read(home: Community) -> None:
    number = await home.server.says(GROUP, EVE, "https://example.org")
    await home.server.edits(GROUP, number, typed=False, embeds=[{"type": "link", "title": HATE}])
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_was_missed_is_read_after_a_restart_and_after_a_lost_connection(home: Community) -> None:
    await home.server.says(GROUP, EVE, "hello")
    await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await home.world.stop()
    for number in range(120):  # more than one page
        await home.server.says(
            GROUP, EVE, f"they are vermin, no {number}" if number % 40 == 0 else f"tea {number}"
        )
    await home.restart_only()
    await home.world.until(lambda: count(home) == 4 and home.world.settled(), "all cases")
    await home.server.drop()
    await home.server.says(GROUP, EVE, "they are vermin at last")
    await home.world.until(lambda: count(home) == 5 and home.world.settled(), "the last case")
    assert len(home.server.cards()) == 5


async def test_more_than_is_read_of_what_was_missed_is_said(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the case")
    await misses(home, 3)
    await home.world.start()
    await home.world.until(lambda: count(home) == 4 and home.world.settled(), "all three")
    assert not home.world.gateway.health()["note"]
    await misses(home, 4)
    running = asyncio.create_task(home.world.gateway.run())
    said = "more than 3 messages were missed in 1 channels: the newest of them were not read"
    await home.world.until(lambda: home.world.gateway.health().get("note") == said, "what was not read")
    await home.world.until(lambda: count(home) == 7, "three of four")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def misses(home: Community, messages: int) -> None:
    """Let things be said while nobody reads; the engine that reads next reads three of a channel at most."""
    await home.world.stop()
    for number in range(messages):
        await home.server.says(GROUP, EVE, f"they are vermin, no {messages}.{number}")
    home.world = make_world(home.folder, home.server.url, gap=3)


async def test_edits_and_removals_of_that_time_are_noticed(home: Community) -> None:
    edited, removed, untouched = [
        await home.server.says(GROUP, EVE, f"they are vermin {number}") for number in range(3)
    ]
    await home.world.until(lambda: count(home) == 3 and home.world.settled(), "the cases")
    await home.world.stop()
    await home.server.edits(GROUP, edited, content="all is well")
    await home.server.deletes(GROUP, removed)
    await home.restart_only()
    await home.world.until(lambda: home.world.left(("open",)) == [str(untouched)], "both withdrawn")
    await home.world.until(
        lambda: sum("vermin" in card["content"] for card in home.server.cards()) == 1, "the cards"
    )


async def test_what_was_missed_is_read_though_it_cannot_be_read_at_once(home: Community) -> None:
    await home.server.says(GROUP, EVE, "hello")
    await home.world.until(lambda: home.world.gateway.health()["rooms"], "the room")
    await home.world.stop()
    await home.server.says(GROUP, EVE, "they are vermin 1")
    for _ in range(2):
        home.server.failures.append(("GET", f"channels/{GROUP}/messages", 503, {"message": "x", "code": 0}))
    home.world = make_world(home.folder, home.server.url)
    running = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "missed" in home.world.gateway.health()["note"], "the reason")
    await home.server.says(GROUP, EVE, "they are vermin 2")  # must not hide what came before it
    await home.world.until(lambda: count(home) == 2, "both cases")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_written_while_courage_is_still_connecting_is_read(
    server: Discord, tmp_path: Path
) -> None:
    home = Community(server, tmp_path)
    starting = asyncio.create_task(home.world.start())
    async with asyncio.timeout(20):
        while not server.connected:
            await asyncio.sleep(0.01)
    assert home.world.gateway.health()["status"] != "ok"
    await server.says(GROUP, EVE, HATE)
    await starting
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.stop()


async def test_other_servers_and_history_are_not_read(server: Discord, tmp_path: Path) -> None:
    server.guilds.append(GUILD + 50)
    await server.says(GROUP, EVE, "they are vermin, said before")
    home = Community(server, tmp_path)
    await home.world.start()
    await server.says(GUILD + 51, EVE, HATE, guild=GUILD + 50)
    await server.says(GROUP, EVE, "they are vermin, said after")
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: home.world.gateway.health().get("ignored_servers") == 1, "health")
    assert home.world.casework.view(1).room_id == str(GROUP)
    await home.world.stop()


async def test_a_message_that_is_gone_is_not_answered(home: Community) -> None:
    number = await home.server.says(GROUP, EVE, "they are vermin xyzzy")
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    del home.server.messages[GROUP][number]  # and the event about it was lost
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []


async def _ready_to_post(home: Community) -> int:
    hate = await home.server.says(GROUP, EVE, HATE)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    return hate


async def test_an_answer_that_is_lost_leads_to_one_message(home: Community) -> None:
    hate = await _ready_to_post(home)
    cut = True

    async def lose(method: str, path: str, body: dict[str, Any]) -> None:
        nonlocal cut
        if cut and method == "POST" and path == f"channels/{GROUP}/messages":
            cut = False
            raise ConnectionResetError

    home.server.after = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    assert reply["message_reference"]["message_id"] == str(hate)


async def test_a_reply_is_found_again_when_discord_has_forgotten_its_nonce(home: Community) -> None:
    await _ready_to_post(home)
    posted = asyncio.Event()

    async def hang(method: str, path: str, body: dict[str, Any]) -> None:
        if method == "POST" and path == f"channels/{GROUP}/messages":
            posted.set()
            await asyncio.sleep(60)

    home.server.after = hang
    await home.says(ANN, "post 1 v1")
    await posted.wait()
    await home.world.stop()
    home.server.after = None
    home.server.nonces.clear()  # minutes pass
    await home.server.says(GROUP, EVE, "chatter meanwhile")
    await home.restart_only()
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    view = home.world.casework.view(1).reply
    assert view is not None
    assert view.posted_ref == reply["id"]


async def test_discord_asking_to_slow_down_is_heeded(home: Community) -> None:
    answer = {"message": "You are being rate limited.", "retry_after": 1.0, "global": False}
    home.server.failures.append(("POST", f"channels/{DESK}", 429, answer))
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert loop.time() - started >= 1
    assert len(home.server.cards()) == 1


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    await is_given_up(
        home.world, lambda text: home.server.says(GROUP, EVE, text), lambda: home.server.of_bot(DESK)
    )


async def test_an_offline_gateway_is_named_within_ten_seconds(home: Community) -> None:
    async def hang(method: str, path: str, body: dict[str, Any]) -> None:
        await asyncio.sleep(30)

    home.server.before = hang  # the network falls silent: nothing is refused, nothing comes
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    # The test's gateway looks every second and waits one; one in use every 4 seconds and waits 4.
    assert loop.time() - started < 4
    home.server.before = None
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")


async def test_two_organisations_on_one_gateway_are_kept_apart(server: Discord, tmp_path: Path) -> None:
    places = Places(GROUP, DESK, 810000000000000002, 810000000000000003, 810000000000000004)
    guild = 810000000000000001
    server.guilds.append(guild)
    for channel in (places.group_2, places.desk_2, places.spare):
        server.messages[channel] = {}
        server.guild_of[channel] = guild
    # A whole server belongs to the second organisation.
    home = Community(
        server,
        tmp_path,
        desk_channels=(f"{SLUG} {places.desk_2}",),
        organisations=(f"{SLUG} {guild}",),
        volunteer_role="",
    )
    organisation = found(home.world)
    joins(home.world, organisation, CAM)
    await home.world.start()

    def shown(channel: int) -> str:
        return "\n".join(message["content"] for message in server.of_bot(channel))

    await keep_apart(home.world, organisation, places, Hands(server.says, shown), (EVE, ANN, CAM))
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, CAM)
    await is_told_at_once(
        home.world,
        lambda: home.server.says(GROUP, EVE, "they are vermin"),
        lambda text: home.server.says(DESK, CAM, text),
        lambda: "\n".join(m["content"] for m in home.server.of_bot(DESK)),
    )


async def test_trouble_that_needs_a_person_is_said(server: Discord, tmp_path: Path) -> None:
    server.intents_refused = True
    home = Community(server, tmp_path)
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: home.world.gateway.health()["status"] == "down", "the intent")
    assert "Message Content Intent" in home.world.gateway.health()["note"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    server.intents_refused = False
    home = Community(server, tmp_path, desk_channel="1", guilds=(str(GUILD),))
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(
        lambda: "Unknown Channel" in home.world.gateway.health()["note"], "the desk channel"
    )
    assert home.world.gateway.health()["status"] == "degraded"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    home = Community(server, tmp_path, token="a.b.c")
    task = asyncio.create_task(home.world.gateway.run())
    await home.world.until(lambda: "token" in home.world.gateway.health()["note"], "the token")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
