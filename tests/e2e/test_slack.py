"""Slack through and through: the gateway with slack-bolt against a stand-in that speaks its protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from courage.db.models.cases import Case
from courage.detection.verdict import Verdict
from tests.e2e.database_away import is_told_at_once, speaks_french
from tests.e2e.giving_up import is_given_up
from tests.e2e.slack_server import (
    ANN,
    BOB,
    BOT,
    BOT_ID,
    DESK,
    DESK_DE,
    EVE,
    GROUP,
    SECRET,
    Channel,
    Slack,
    payloads,
    serving,
    words,
)
from tests.e2e.slack_world import Community
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart
from tests.unit.cases.kit import screen

HATE = "they are vermin"
pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Slack]:
    async with serving() as server:
        yield server


@pytest_asyncio.fixture
async def home(server: Slack, tmp_path: Path) -> AsyncIterator[Community]:
    community = Community(server, tmp_path)
    await community.world.start()
    yield community
    await community.world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def texts(home: Community) -> list[str]:
    with home.world.sessions() as session:
        return [text for text in session.scalars(select(Case.text)) if text]


async def card(home: Community, number: int = 1) -> Any:
    await home.world.until(lambda: len(home.server.cards()) >= number, "a card")
    return home.server.cards()[number - 1]


async def test_from_a_hateful_message_to_a_posted_reply(home: Community) -> None:
    await home.server.says(GROUP, EVE, "tomatoes need sun")
    hate = await home.server.says(GROUP, EVE, "they are vermin &amp; so on <!channel>")
    shown = await card(home)
    assert "vermin" not in str(shown), "neither card nor notification shows the message"
    told = await home.press(ANN, shown, "show 1")
    assert "> they are vermin & so on @channel" in words(told)
    assert "vermin" not in told["text"]
    await home.press(ANN, shown, "claim 1")
    await home.world.until(lambda: home.world.status() == "claimed", "the claim")
    assert "Ann is already on case 1" in await home.says(BOB, "claim 1")
    await home.world.until(lambda: "use 2" in payloads(home.server.whispers[-1]), "suggestions")
    drafted = await home.press(ANN, home.server.whispers[-1], "use 2")
    assert "Response number 2." in words(drafted)
    edit = next(p for p in payloads(drafted) if p.startswith("edit-form"))
    await home.server.presses(DESK, ANN, drafted["blocks"], edit)
    await home.world.until(lambda: home.server.forms, "the form")
    (form,) = home.server.forms
    assert form["view"]["blocks"][0]["element"]["initial_value"] == "Response number 2."
    text = "Not so. *They* are our <neighbours> & friends, <@U0EVE> @channel <!here>."
    before = len(home.server.whispers)
    find = home.world.people.by_identity
    home.world.people.by_identity = _away  # type: ignore[method-assign]
    refused = await home.server.fills_in(ANN, form, text)
    await home.world.until(lambda: refused in home.server.acknowledged, "the form stays open")
    assert "stays here" in home.server.acknowledged[refused]["errors"]["draft"]
    home.world.people.by_identity = find  # type: ignore[method-assign]
    await home.server.fills_in(ANN, form, text)
    await home.world.until(lambda: len(home.server.whispers) > before, "the new draft")
    edited = home.server.whispers[-1]
    assert text in words(edited)
    assert not home.server.of_bot(GROUP)
    post = next(p for p in payloads(edited) if p.startswith("post"))
    assert post == "post 1 v2"
    assert "on its way" in words(await home.press(ANN, edited, post))
    reply = await home.seen(lambda: home.server.of_bot(GROUP), "the reply")
    assert (
        reply["text"]
        == "Not so. *They* are our &lt;neighbours&gt; &amp; friends, &lt;@U0EVE&gt; @channel &lt;!here&gt;."
    )
    assert reply["thread_ts"] == hate
    await home.world.until(
        lambda: home.world.status() == "replied" and home.world.settled(), "the case answered"
    )
    view = home.world.casework.view(1)
    assert view.reply is not None
    assert view.reply.posted_ref == reply["ts"]
    (left,) = home.server.cards()
    assert "answered by Ann" in words(left)
    assert payloads(left) == []
    assert len(home.server.of_bot(GROUP)) == 1
    assert count(home) == 1, "its own messages are not screened"
    assert home.world.sentences.heard == []


def _away(*_: object) -> Any:
    raise OperationalError("select", {}, Exception("database is away"))


async def test_small_talk_in_the_desk_channel_is_left_alone(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE)
    shown = await card(home)
    await home.server.says(DESK, ANN, "shall we have lunch?")
    talk = await home.server.says(
        DESK, ANN, "about case 1", thread_ts=(await home.server.says(DESK, BOB, "hm"))
    )
    assert "sentence: are you there" in await home.says(ANN, f"<@{BOT}> are you there")
    replied = await home.server.says(DESK, ANN, "and you?", thread_ts=shown["ts"])
    await home.world.until(lambda: len(home.world.sentences.heard) == 2, "what was said in the card's thread")
    answer = await home.seen(
        lambda: [m for m in home.server.of_bot(DESK) if m.get("thread_ts") == shown["ts"]], "an answer"
    )
    assert "and you?" in words(answer)
    assert "link your account: slack:U0EVE" in await home.says(EVE, f"<@{BOT}> hello")
    assert "link your account" in words(await home.press(EVE, shown, "claim 1"))
    await home.server.says(DESK, EVE, "claim 1")
    assert "yours" in await home.says(ANN, "claim 1")
    assert [said for _, said in home.world.sentences.heard] == ["are you there", "and you?"]
    assert talk != replied


async def test_in_direct_messages_everything_is_said_to_the_assistant(home: Community) -> None:
    assert "sentence: what now?" in await home.says(ANN, "what now?", channel="D0ANN")
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert "> they are vermin" in await home.says(ANN, "show 1", channel="D0ANN")
    assert home.server.whispers == []


async def test_a_stranger_with_a_code_says_whose_account_it_is(home: Community) -> None:
    ann = home.world.people.by_identity("slack", ANN, 1)
    assert ann is not None
    code = home.world.people.link_code(ann.id)
    assert ann.name in await home.says(EVE, f"link me {code}", channel="D0EVE")
    linked = home.world.people.by_identity("slack", EVE, 1)
    assert linked is not None
    assert linked.id == ann.id


async def test_edits_and_removals(home: Community) -> None:
    first = await home.server.says(GROUP, EVE, "a nice day")
    await home.server.edits(GROUP, first, text="they are vermin after all")
    await home.world.until(lambda: home.world.status() == "open", "the case")
    # Twice in one second: Slack tells when a message was edited in whole seconds.
    await home.server.edits(GROUP, first, text="all are welcome")
    await home.world.until(lambda: home.world.status() == "withdrawn", "the second edit")
    second = await home.server.says(GROUP, EVE, "they are vermin, too")
    await home.world.until(lambda: home.world.status(2) == "open", "the second case")
    await home.server.deletes(GROUP, second)
    await home.world.until(lambda: home.world.status(2) == "withdrawn", "the removal")
    third = await home.server.says(GROUP, EVE, "they are vermin, three")
    await home.server.says(GROUP, BOB, "what?", thread_ts=third)
    await home.world.until(lambda: home.world.status(3) == "open", "the third case")
    await home.server.deletes(GROUP, third)  # it leaves its place, which looks like an edit
    await home.world.until(
        lambda: home.world.status(3) == "withdrawn" and home.world.settled(), "the second removal"
    )
    # A card that was under way as its message went is brought up to date when it has arrived.
    await home.world.until(lambda: all(payloads(shown) == [] for shown in home.server.cards()), "the cards")


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a formatted text as Slack writes it."""
    section = {"type": "rich_text_section", "elements": list(elements)}
    return [{"type": "rich_text", "elements": [section]}]


SAYING: dict[str, dict[str, Any]] = {
    "letters formatted differently": {
        "text": "they are ver *min*",
        "blocks": rich({"type": "text", "text": "they are ver"}, {"type": "text", "text": "min", "style": {"bold": True}}),
    },
    "another bot": {"subtype": "bot_message", "bot_id": "B0OTHER", "username": "x", "text": HATE},
    "a bot without a text": {"subtype": "bot_message", "bot_id": "B0OTHER", "attachments": [{"pretext": HATE}]},
    "a bot with another text in its blocks": {
        "text": "news", "bot_id": "B0OTHER",
        "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": f"*{HATE}*"}]}],
    },
    "me": {"subtype": "me_message", "text": "says they are vermin"},
    "a file with a comment": {"subtype": "file_share", "text": HATE, "files": [{"name": "a.png", "title": "a.png"}]},
    "a file's name": {"subtype": "file_share", "files": [{"name": "they_are_vermin.png", "title": "they_are_vermin.png"}]},
    "a file's title": {"files": [{"name": "a.png", "title": HATE}]},
    "a snippet": {"files": [{"name": "a.txt", "title": "a.txt", "preview": HATE}]},
    "an answer in a thread that is shown in the channel, too": {
        "subtype": "thread_broadcast", "thread_ts": "1700000000.000100", "text": HATE,
    },
    "a preview": {"text": "<https://x.example>", "attachments": [{"title": HATE, "title_link": "https://x.example"}]},
    "the label of a link": {"text": "<https://x.example|they are vermin>"},
    "forwarded": {
        "attachments": [{"is_share": True, "message_blocks": [{"message": {"blocks": rich({"type": "text", "text": HATE})}}]}]
    },
    "topic": {"subtype": "channel_topic", "topic": HATE, "text": "set the channel topic: x"},
    "a button": {"bot_id": "B0OTHER", "blocks": [
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": HATE}}]}
    ]},
    "something new": {"subtype": "something_new", "text": HATE},
}  # fmt: skip


@pytest.mark.parametrize("content", SAYING.values(), ids=SAYING.keys())
async def test_hate_is_read_wherever_members_can_write_it(home: Community, content: dict[str, Any]) -> None:
    await home.server.says(GROUP, EVE, **content)
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_what_slack_itself_says_and_what_nobody_can_read_stops_nothing(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin has joined", subtype="channel_join")
    await home.server.says(GROUP, EVE, "pinned", subtype="pinned_item", attachments=[{"text": HATE}])
    await home.server.event({"type": "message", "channel": GROUP, "ts": 7, "text": ["x"], "blocks": {"a": 1}})
    await home.server.event({"type": "message", "subtype": "message_changed", "channel": GROUP})
    await home.server.event({"type": "something_new", "x": [1]})
    await home.server.says(GROUP, EVE, "they are vermin at last")
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: home.server.pending == 0, "everything acknowledged")
    assert home.world.casework.show_message(1, home.world.people.find("Ann").id) == "they are vermin at last"  # type: ignore[union-attr]


async def test_an_event_is_acknowledged_only_when_it_is_in_the_database(home: Community) -> None:
    waiting, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(text: str, sensitivity: str) -> Verdict:
        waiting.set()
        await goes_on.wait()
        return await screen(text, sensitivity)

    home.world.intake._screen = slow
    home.server.patience = 0.3
    await home.server.says(GROUP, EVE, HATE)
    await waiting.wait()
    await home.world.until(
        lambda: any(e["retry_attempt"] >= 2 for e in home.server._pending.values()), "sent again twice"
    )
    assert home.server.pending == 1
    goes_on.set()
    await home.world.until(lambda: home.server.pending == 0, "acknowledged")
    assert count(home) == 1
    assert home.world.casework.view(1).repeats == 1
    await card(home)
    await home.world.until(home.world.settled)
    assert len(home.server.cards()) == 1


async def test_a_message_that_comes_again_under_another_name_is_one(home: Community) -> None:
    """As Slack did on a day of trouble: eleven events for one message, each with an id of its own."""
    ts = await home.server.says(GROUP, EVE, HATE)
    for number in range(5):
        again = {**home.server.channels[GROUP].messages[ts], "channel": GROUP, "channel_type": "channel"}
        await home.server.event(again, event_id=f"EvOther{number}")
    await home.world.until(lambda: home.server.pending == 0 and home.world.settled(), "all dealt with")
    assert count(home) == 1
    assert home.world.casework.view(1).repeats == 1


async def test_what_was_missed_is_read_after_a_restart(home: Community) -> None:
    thread = await home.server.says(GROUP, EVE, "hello")
    nice = await home.server.says(GROUP, EVE, "a nice day")
    await home.world.until(lambda: home.server.pending == 0, "read")
    await home.world.stop()
    home.server.page, home.server.lossy = (
        15,
        True,
    )  # as Slack pages for some apps, and forgets what was not taken
    for number in range(40):
        await home.server.says(
            GROUP, EVE, f"they are vermin, no {number}" if number % 20 == 0 else f"tea {number}"
        )
    await home.server.says(GROUP, EVE, "they are vermin, in a thread", thread_ts=thread)
    await home.server.edits(GROUP, nice, text="they are vermin, edited")
    home.server.channels[GROUP].messages[nice]["edited"]["ts"] = home.server.ts()  # a second passes
    await home.server.says(SECRET, EVE, "they are vermin, in private")
    home.server.failures.append(("conversations.history", 429, {"ok": False}, {"Retry-After": "1"}))
    await home.restart()
    await home.world.until(lambda: count(home) == 5 and home.world.settled(), "all cases")
    await home.world.stop()
    await home.restart()
    await home.server.says(GROUP, EVE, "they are vermin at last")
    await home.world.until(lambda: count(home) == 6 and home.world.settled(), "the last case")
    assert len(home.server.cards()) == 6


async def test_edits_and_removals_of_that_time_are_noticed_however_old_the_message_is(
    server: Slack, tmp_path: Path
) -> None:
    screened: list[str] = []

    async def screener(text: str, sensitivity: str) -> Verdict:
        screened.append(text)
        return await screen(text, sensitivity)

    # Nothing from before the interruption is read again.
    home = Community(server, tmp_path, threads=0.0, screener=screener)
    await home.world.start()
    thread = await server.says(GROUP, BOB, "hello")
    written = [await server.says(GROUP, EVE, f"they are vermin {number}") for number in range(5)]
    written.append(await server.says(GROUP, EVE, "they are vermin, in a thread", thread_ts=thread))
    edited, changed, removed, answered, untouched, in_thread = written
    await server.says(GROUP, BOB, "please not", thread_ts=answered)
    await home.world.until(lambda: count(home) == 6 and home.world.settled(), "the cases")
    await home.world.stop()
    server.lossy = True
    await server.edits(GROUP, edited, text="all is well")
    await server.edits(GROUP, changed, text="they are vermin, all of them")
    for gone in (removed, answered, in_thread):
        await server.deletes(GROUP, gone)
    server.failures.append(("conversations.replies", 429, {"ok": False}, {"Retry-After": "1"}))
    await home.restart()
    await home.world.until(lambda: home.world.left(("open",)) == [changed, untouched], "what is gone")
    await home.world.until(lambda: "they are vermin, all of them" in texts(home), "the new text")
    heard = [name for name, _ in server.calls].count("conversations.replies")
    times = screened.count("they are vermin 4")
    await server.drop()
    await home.world.until(
        lambda: [name for name, _ in server.calls].count("conversations.replies") == heard + 2,
        "only the two that are left looked up",
    )
    assert screened.count("they are vermin 4") == times, "what says the same is not screened again"
    await home.world.stop()


async def test_a_lost_connection_heals_and_nothing_is_lost(home: Community) -> None:
    await home.server.says(GROUP, EVE, "they are vermin 1")
    await home.world.until(lambda: count(home) == 1 and home.server.pending == 0, "the case")
    home.server.lossy = True
    await home.server.drop()
    await home.server.says(GROUP, EVE, "they are vermin 2")
    await home.world.until(lambda: count(home) == 2, "the second case")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
    await home.server.drop(silently=True)
    await home.server.says(GROUP, EVE, "they are vermin, unheard")
    await home.world.until(lambda: count(home) == 3 and home.server.connected == 1, "the unheard case")
    home.server.lossy = False
    await home.server.asks_to_reconnect()
    await home.world.until(lambda: home.server.connected == 1, "another connection")
    await home.server.says(GROUP, EVE, "they are vermin 3")
    await home.world.until(lambda: count(home) == 4 and home.world.settled(), "the last case")
    assert len(home.server.cards()) == 4


async def test_what_slack_never_announced_is_found_and_said(server: Slack, tmp_path: Path) -> None:
    home = Community(server, tmp_path, sweep=1.0)
    await home.world.start()
    await server.says(GROUP, EVE, HATE, told=False)
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: "message.channels" in home.world.gateway.health()["note"], "the reason")
    await home.world.stop()


async def test_history_is_not_read_and_an_invitation_begins_a_channel(server: Slack, tmp_path: Path) -> None:
    before = f"{float(server.ts()) - 60:.6f}"
    server.channels[GROUP].messages[before] = {
        "user": EVE,
        "text": "they are vermin, said before",
        "ts": before,
    }
    home = Community(server, tmp_path)
    await home.world.start()
    await server.invites("C0NEW", "new")
    await server.says("C0NEW", EVE, "they are vermin, said after")
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).room_id == "C0NEW"
    rooms = {room.room_id: room.name for room in home.world.rooms.list(kind="group")}
    assert rooms["C0NEW"] == "new"
    await server.event({"type": "channel_left", "channel": "C0NEW"})
    await home.world.until(
        lambda: [r.active for r in home.world.rooms.list() if r.room_id == "C0NEW"] == [False], "leaving"
    )
    await home.world.stop()


async def test_only_channels_that_are_named_are_read_and_never_those_of_a_few(
    server: Slack, tmp_path: Path
) -> None:
    home = Community(server, tmp_path, channels=(SECRET,))
    await home.world.start()
    await server.says(GROUP, EVE, HATE)
    await server.event(
        {
            "type": "message",
            "channel": "G0FEW",
            "channel_type": "mpim",
            "user": EVE,
            "text": HATE,
            "ts": "1.2",
        }
    )
    await server.says(SECRET, EVE, HATE)
    await home.world.until(lambda: count(home) == 1 and server.pending == 0, "the case")
    assert home.world.casework.view(1).room_id == SECRET
    await home.world.stop()


async def _ready_to_post(home: Community, **more: Any) -> str:
    hate = await home.server.says(GROUP, EVE, HATE, **more)
    await card(home)
    await home.says(ANN, "claim 1")
    await home.says(ANN, "edit: Not so.")
    return hate


async def test_a_message_that_is_gone_is_not_answered(home: Community) -> None:
    hate = await _ready_to_post(home)
    del home.server.channels[GROUP].messages[hate]  # and the event about it was lost
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []


async def test_a_message_that_goes_while_it_is_answered_leaves_no_reply_in_the_channel(
    home: Community,
) -> None:
    hate = await _ready_to_post(home)

    async def remove(method: str, given: dict[str, Any]) -> None:
        if method == "chat.postMessage" and given["channel"] == GROUP:
            home.server.before = None
            del home.server.channels[GROUP].messages[hate]

    home.server.before = remove
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "withdrawn" and home.world.settled(), "withdrawn")
    assert home.server.of_bot(GROUP) == []


async def test_a_reply_to_a_message_in_a_thread_stays_there(home: Community) -> None:
    thread = await home.server.says(GROUP, BOB, "hello")
    await _ready_to_post(home, thread_ts=thread)
    await home.says(ANN, "post 1 v1")
    reply = await home.seen(lambda: home.server.of_bot(GROUP), "the reply")
    assert reply["thread_ts"] == thread


async def test_an_answer_that_is_lost_leads_to_one_message(home: Community) -> None:
    hate = await _ready_to_post(home)
    cut = True

    async def lose(method: str, given: dict[str, Any]) -> None:
        nonlocal cut
        if cut and method == "chat.postMessage" and given["channel"] == GROUP:
            cut = False
            for number in range(30):
                await home.server.says(GROUP, EVE, f"chatter {number}", thread_ts=hate)
            raise ConnectionResetError

    home.server.page = 15
    home.server.after = lose
    await home.says(ANN, "post 1 v1")
    await home.world.until(lambda: home.world.status() == "replied" and home.world.settled(), "the reply")
    (reply,) = home.server.of_bot(GROUP)
    assert reply["thread_ts"] == hate
    view = home.world.casework.view(1).reply
    assert view is not None
    assert view.posted_ref == reply["ts"]


async def test_slack_asking_to_slow_down_is_heeded(home: Community) -> None:
    home.server.failures.append(
        ("chat.postMessage", 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
    )
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.server.says(GROUP, EVE, HATE)
    await card(home)
    assert loop.time() - started >= 1
    assert len(home.server.cards()) == 1


async def test_desk_channels_by_language(server: Slack, tmp_path: Path) -> None:
    async def german(text: str, sensitivity: str) -> Verdict:
        verdict = await screen(text, sensitivity)
        return verdict if "vermin" not in text or "english" in text else _german(verdict)

    home = Community(server, tmp_path, desk_channels=(f"de {DESK_DE}",), screener=german)
    await home.world.start()
    await server.says(GROUP, EVE, "they are vermin")
    await server.says(GROUP, EVE, "they are vermin, in english")
    await home.world.until(lambda: len(server.cards(DESK_DE)) == len(server.cards(DESK)) == 1, "both cards")
    head = words(server.cards(DESK_DE)[0])
    assert head.startswith("Fall ")
    assert "yours" in await home.says(ANN, f"claim {head.split()[1]}", channel=DESK_DE)
    await home.world.until(lambda: "Ann" in words(server.cards(DESK_DE)[0]), "the card brought up to date")
    await home.world.stop()


def _german(verdict: Verdict) -> Verdict:
    from dataclasses import replace

    return replace(verdict, language="de")


async def test_two_organisations_on_one_gateway_are_kept_apart(server: Slack, tmp_path: Path) -> None:
    places = Places(GROUP, DESK, "C0GARDEN2", "C0DESK2", "C0SPARE")
    for channel in (places.group_2, places.desk_2, places.spare):
        server.channels[channel] = Channel(channel, channel.lower())
    home = Community(
        server,
        tmp_path,
        desk_channels=(f"{SLUG} {places.desk_2}",),
        organisations=(f"{SLUG} {places.group_2}", f"{SLUG} {places.spare}"),
    )
    organisation = found(home.world)
    joins(home.world, organisation, "U0ZOE")
    await home.world.start()

    def shown(channel: str) -> str:
        whispers = [w for w in server.whispers if w["channel"] == channel]
        return "\n".join(words(m) for m in [*server.of_bot(channel), *whispers])

    await keep_apart(home.world, organisation, places, Hands(server.says, shown), (EVE, ANN, "U0ZOE"))
    await home.world.stop()


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, "U0CLAIRE")
    await is_told_at_once(
        home.world,
        lambda: home.server.says(GROUP, EVE, "they are vermin"),
        lambda text: home.server.says(DESK, "U0CLAIRE", text),
        lambda: "\n".join(words(m) for m in [*home.server.of_bot(DESK), *home.server.whispers]),
    )


async def test_a_long_message_is_shown_whole_to_who_asks(home: Community) -> None:
    text = "they are vermin " + "and so on " * 900
    await home.server.says(GROUP, EVE, text)
    shown = words(await home.press(ANN, await card(home), "show 1"))
    quoted = [line[2:] for line in shown.split("\n") if line.startswith("> ")]
    assert "".join("".join(quoted).split()) == "".join(text.split())


async def test_a_database_that_is_away_delays_messages_but_loses_none(home: Community) -> None:
    broken, receive, tries = True, home.world.intake.receive, 0

    async def away(message: Any) -> Any:
        nonlocal tries
        if broken and "vermin" in message.text:
            tries += 1
            raise OperationalError("insert", {}, Exception("database is away"))
        return await receive(message)

    home.world.intake.receive = away  # type: ignore[method-assign]
    await home.server.says(GROUP, EVE, HATE)
    for number in range(8):  # other messages need no database, and go well
        await home.server.says(GROUP, EVE, f"tea {number}")
    await home.world.until(lambda: tries >= 6, "tried again and again")
    health = home.world.gateway.health()
    assert health["status"] == "degraded"
    assert "OperationalError" in health["note"]
    broken = False
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")


@pytest.mark.slow  # the gate does it on Matrix and Telegram
async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    await is_given_up(
        home.world, lambda text: home.server.says(GROUP, EVE, text), lambda: home.server.of_bot(DESK)
    )
    await home.world.until(lambda: home.server.pending == 0, "acknowledged")


async def test_an_offline_gateway_is_named_within_ten_seconds(home: Community) -> None:
    async def hang(method: str, given: dict[str, Any]) -> None:
        await asyncio.sleep(30)

    home.server.before = hang
    for ws in home.server._sockets:
        ws._writer.transport.pause_reading()  # type: ignore[union-attr]  # packets vanish: no answer to any ping
    loop = asyncio.get_running_loop()
    started = loop.time()
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    # The test's gateway gives a sign of life every second, one in use every 3.
    assert loop.time() - started < 4
    home.server.before = None
    await home.server.says(GROUP, EVE, HATE)
    await card(home)


async def test_trouble_that_needs_a_person_is_said(server: Slack, tmp_path: Path) -> None:
    server.scopes = "channels:history,chat:write"
    server.channels[DESK].member = False
    server.channels[DESK].sort = "channel"
    home = Community(server, tmp_path)
    world = home.world
    task = asyncio.create_task(world.gateway.run())
    await world.until(lambda: "groups:history" in world.gateway.health()["note"], "the scopes")
    await world.until(lambda: "invite it" in world.gateway.health()["note"], "the desk channel")
    assert world.gateway.health()["status"] == "degraded"
    server.scopes += ",channels:read,groups:history,groups:read,im:history"
    server.channels[DESK].member = True
    await world.until(lambda: world.gateway.health()["status"] == "ok", "health")
    server.tokens.clear()  # somebody takes the app away
    await world.until(lambda: world.gateway.health()["status"] == "down", "the token")
    assert "token" in world.gateway.health()["note"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_bot_is_recognised_by_either_of_its_names(home: Community) -> None:
    await home.server.says(GROUP, EVE, HATE, bot_id=BOT_ID, subtype="bot_message")
    await home.server.says(GROUP, BOT, HATE)
    await home.server.says(GROUP, EVE, "they are vermin, says Eve")
    await home.world.until(lambda: count(home) == 1 and home.server.pending == 0, "the case")
