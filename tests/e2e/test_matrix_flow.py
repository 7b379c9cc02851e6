from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from courage.db.models.delivery import Case, Outbox
from courage.detection.verdict import Verdict
from courage.insights.metrics import metrics
from tests.e2e.database_away import away, speaks_french
from tests.e2e.giving_up import is_given_up
from tests.e2e.matrix_fixtures import Community, eventually, make_community
from tests.e2e.matrix_world import MatrixWorld
from tests.e2e.synapse import ROOT, Synapse, available, running
from tests.unit.cases.kit import screen

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synapse")


@pytest.fixture(scope="module")
def names() -> list[int]:
    return []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(folder: Path) -> AsyncIterator[Synapse]:
    async with running(folder) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def home(server: Synapse, tmp_path: Path, names: list[int]) -> AsyncIterator[Community]:
    names.append(1)
    community = await make_community(server, tmp_path, str(len(names)))
    yield community
    with contextlib.suppress(Exception):
        await community.world.stop()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


async def test_from_a_hateful_message_to_a_posted_reply(home: Community) -> None:
    hate = await home.eve.send(home.group, "they are vermin, all of them")
    card = await home.seen(home.desk, lambda e: "Case 1" in e["content"].get("body", ""), "a card")
    assert "vermin" not in card["content"]["body"]
    assert "data-mx-spoiler" in card["content"]["formatted_body"]
    assert "claim 1" in card["content"]["body"]
    assert await home.says(home.ann, "claim 1") == "Case 1 is yours."
    assert "Ann is already on case 1" in await home.says(home.bob, "claim 1")
    assert (await home.says(home.ann, "suggest")).count("Response number") == 3
    assert await home.says(home.ann, "use 2") == "Version 1."
    text = "Response number 2, in my own words. <b>&amp;</b> *stars*"
    assert await home.says(home.ann, f"edit {text}") == "Version 2."
    assert "version 2, not 1" in await home.says(home.ann, "post v1")
    assert [e["sender"] for e in await home.mia.messages(home.group)] == [home.eve.user_id]
    assert await home.says(home.ann, "post v2") == "pending"
    reply = await home.seen(home.group, lambda e: e["sender"] == home.bot.user_id, "the reply")
    assert reply["content"]["body"] == text
    assert "formatted_body" not in reply["content"]
    assert reply["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == hate
    await home.world.until(lambda: home.world.casework.view(1).status == "replied", "the case answered")
    kept = home.world.casework.view(1).reply
    assert kept is not None
    assert (kept.text, kept.posted_ref) == (text, reply["event_id"])
    await home.world.until(home.world.settled)
    assert len(await home.cards()) == 1
    assert sum(e["sender"] == home.bot.user_id for e in await home.mia.messages(home.group)) == 1


async def test_what_was_said_while_nobody_was_connected_is_done_unless_it_is_old(
    home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.eve.send(home.group, "they are vermin")
    await home.seen(home.desk, lambda e: "Case 1" in e["content"].get("body", ""), "a card")
    await home.world.stop()
    asked = await home.ann.send(home.desk, "claim 1")
    await home.restart()
    assert "yours" in await home.answer(asked)
    await home.world.stop()
    await home.ann.send(home.desk, "shall we have lunch?")
    asked = await home.ann.send(home.desk, "release 1")
    monkeypatch.setattr("courage.gateways.matrix.desk.STALE", 0.0)  # an hour passes
    await home.restart()
    assert "while I was away" in await home.answer(asked)
    assert home.world.casework.view(1).status == "claimed"


@pytest.mark.parametrize(
    "text",
    ["/claim 1", "claim 1", "  /claim 1", "\u200b/claim 1", "\u202eclaim 1", "!courage post 1 v1", "queue"],
)
async def test_what_looks_like_a_command_in_the_group_room_is_only_screened(
    home: Community, text: str
) -> None:
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.eve.send(home.group, text)
    await home.eve.send(home.group, "they are vermin, said later")
    await home.world.until(lambda: count(home) == 2, "the second case")
    assert home.world.assistant.heard == []
    assert home.world.casework.view(1).status == "open"
    assert {e["sender"] for e in await home.mia.messages(home.group)} == {home.eve.user_id}
    assert home.world.intake.counters.totals()["screened"] == 3


async def test_a_removed_message_takes_its_case_and_its_card_away(home: Community) -> None:
    hate = await home.eve.send(home.group, "they are vermin xyzzy")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    assert await home.says(home.ann, "claim 1") == "Case 1 is yours."
    await home.world.until(home.world.settled)
    await home.eve.redact(home.group, hate)
    await home.world.until(lambda: home.world.casework.view(1).status == "withdrawn", "the case withdrawn")
    await home.seen(home.desk, lambda e: "withdrawn" in e["content"].get("body", ""), "a word about it")
    assert "xyzzy" not in json.dumps(await home.mia.messages(home.desk))


async def test_edits_are_screened_anew(home: Community) -> None:
    event = await home.eve.send(home.group, "they are lovely")
    await home.eve.edit(home.group, event, "they are vermin")
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).message_id == event
    await home.eve.edit(home.group, event, "they are fine")
    await home.world.until(lambda: home.world.casework.view(1).status == "withdrawn", "the case withdrawn")
    await home.eve.edit(home.group, event, "they are vermin after all")
    await home.world.until(lambda: home.world.casework.view(1).status == "open", "the case open again")


async def test_a_strangers_edit_does_not_withdraw_a_case(home: Community) -> None:
    event = await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.mia.edit(home.group, event, "they are fine")
    await home.eve.send(home.group, "they are vermin too")
    await home.world.until(lambda: count(home) == 2, "the second case")
    assert home.world.casework.view(1).status == "open"


async def test_hate_in_formatting_captions_notices_and_quotes_is_seen(home: Community) -> None:
    html = {
        "msgtype": "m.text",
        "body": "hi",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>they are <b>ver</b>min</p>",
    }
    caption = {
        "msgtype": "m.image",
        "body": "they are vermin 2",
        "filename": "a.png",
        "url": "mxc://courage.test/a",
    }
    notice = {"msgtype": "m.notice", "body": "they are vermin 3"}
    quote = {"msgtype": "m.text", "body": "> they are vermin 4"}
    for number, content in enumerate((html, caption, notice, quote), start=1):
        await home.eve.send(home.group, content)
        await home.world.until(lambda number=number: count(home) == number, f"case {number}")


async def test_a_reply_in_a_thread_stays_in_the_thread(home: Community) -> None:
    root = await home.eve.send(home.group, "tomatoes")
    relates = {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": root},
    }
    hate = await home.eve.send(
        home.group, {"msgtype": "m.text", "body": "they are vermin", "m.relates_to": relates}
    )
    await home.world.until(lambda: count(home) == 1, "the case")
    await home.says(home.ann, "claim 1")
    await home.says(home.ann, "edit Not so.")
    await home.says(home.ann, "post v1")
    reply = await home.seen(home.group, lambda e: e["sender"] == home.bot.user_id, "the reply")
    assert reply["content"]["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": False,
        "m.in_reply_to": {"event_id": hate},
    }


async def test_only_moderators_can_bring_courage_into_a_room(home: Community) -> None:
    room = await home.eve.create_room("Trap", home.bot.user_id)

    async def declined() -> bool:
        return (await home.eve.members(room)).get(home.bot.user_id) == "leave"

    await eventually(declined, "the invitation declined")


async def test_a_known_person_can_talk_in_a_direct_room_and_a_stranger_is_told_kindly(
    home: Community,
) -> None:
    direct = await home.ann.create_room("", home.bot.user_id, direct=True)

    async def inside() -> bool:
        return (await home.ann.members(direct)).get(home.bot.user_id) == "join"

    await eventually(inside, "Courage in the direct room")
    await home.world.until(
        lambda: any(r.room_id == direct and r.active for r in home.world.rooms.list()), "the room"
    )
    await home.ann.send(direct, "queue")

    async def heard() -> bool:
        return len(await home.ann.messages(direct)) == 2

    await eventually(heard, "an answer in the direct room")
    assert home.world.assistant.heard[0][1]["room_kind"] == "direct"
    await home.mia.invite(home.desk, home.eve.user_id)
    await home.eve.join(home.desk)
    assert "I do not know you yet" in await home.says(home.eve, "claim 1")
    assert len(home.world.assistant.heard) == 1


async def test_an_encrypted_room_is_named_in_the_desk_room(home: Community) -> None:
    path = f"rooms/{home.group}/state/m.room.encryption"
    await home.mia.call("PUT", path, {"algorithm": "m.megolm.v1.aes-sha2"})
    await home.seen(home.desk, lambda e: "is encrypted" in e["content"].get("body", ""), "a word about it")


async def test_history_from_before_courage_came_is_not_screened(home: Community) -> None:
    old = await home.mia.create_room("Old room", home.eve.user_id)
    await home.eve.join(old)
    await home.eve.send(old, "they are vermin, said before")
    await home.mia.invite(old, home.bot.user_id)

    async def inside() -> bool:
        return (await home.mia.members(old)).get(home.bot.user_id) == "join"

    await eventually(inside, "Courage in the old room")
    await home.eve.send(old, "they are vermin, said after")
    await home.world.until(lambda: count(home) >= 1, "the case")
    assert home.world.casework.show_message(1, 1) == "they are vermin, said after"
    assert count(home) == 1


async def test_a_restart_repeats_nothing_and_misses_nothing(home: Community) -> None:
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    await home.world.stop()
    for n in range(130):  # more than one page of a sync
        await home.eve.send(home.group, f"they are vermin {n}" if n % 40 == 0 else f"tomatoes {n}")
    home.world = MatrixWorld(home.folder, home.settings())
    await home.world.start()
    await home.world.until(lambda: count(home) == 5 and home.world.settled(), "all cases")
    await home.restart()
    await home.eve.send(home.group, "they are vermin at last")
    await home.world.until(lambda: count(home) == 6 and home.world.settled(), "the last case")
    assert len(await home.cards()) == 6


async def test_a_screener_in_trouble_delays_messages_but_loses_none(home: Community) -> None:
    broken = True

    async def screener(text: str, sensitivity: str) -> Verdict:
        if broken:
            raise RuntimeError("no model")
        return await screen(text, sensitivity)

    home.world.intake._screen = screener
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    broken = False
    await home.world.until(
        lambda: count(home) == 1 and home.world.gateway.health()["status"] == "ok", "the case"
    )


async def test_a_message_that_alone_fails_is_given_up_and_people_are_told(home: Community) -> None:
    async def said() -> list[str]:
        found = await home.mia.messages(home.desk)
        return [event["content"].get("body", "") for event in found if event["sender"] == home.bot.user_id]

    await is_given_up(home.world, lambda text: home.eve.send(home.group, text), said)


async def test_who_commands_while_the_database_is_away_is_told_at_once(home: Community) -> None:
    speaks_french(home.world, home.bob.user_id)
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    assert await home.says(home.bob, "claim 1") == "Case 1 is yours."
    with away(home.world.engine):
        await home.eve.send(home.group, "they are vermin, too")  # waits, and nobody waits for it
        await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
        assert "joindre la base de données" in await home.says(home.bob, "release 1")
    assert home.world.status(1) == "claimed"
    assert await home.says(home.bob, "release 1") == "open"
    await home.world.until(lambda: count(home) == 2, "what waited to be screened")


async def test_a_homeserver_that_falls_silent_is_named_within_ten_seconds(home: Community) -> None:
    process = home.server._process
    assert process is not None
    loop = asyncio.get_running_loop()
    process.send_signal(signal.SIGSTOP)  # nothing is refused, nothing comes
    try:
        started = loop.time()
        await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
        assert loop.time() - started < 10  # with the settings of every day
        assert "the homeserver does not answer" in home.world.gateway.health()["note"]
    finally:
        process.send_signal(signal.SIGCONT)
    await home.world.until(lambda: home.world.gateway.health()["status"] == "ok", "health")
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1, "the case")


async def test_an_engine_killed_between_message_and_card_leaves_one_case_and_one_card(
    home: Community,
) -> None:
    await home.world.stop()
    settings = json.dumps(asdict(home.settings()))
    for number in range(3):
        await home.eve.send(home.group, f"they are vermin {number}")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.e2e.matrix_world", str(home.folder), settings, cwd=ROOT
        )

        async def opened(number: int = number) -> bool:
            return await asyncio.to_thread(count, home) > number

        await eventually(opened, "the case")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    home.world = MatrixWorld(home.folder, home.settings())
    await home.world.start()
    await home.world.until(home.world.settled, "the cards")
    assert count(home) == 3
    assert len(await home.cards()) == 3
    with home.world.sessions() as session:
        kinds = session.scalars(select(Outbox.kind)).all()
    assert kinds == ["card"] * 3


async def test_the_homeserver_may_go_away_and_come_back(home: Community) -> None:
    await home.server.stop()
    await home.world.until(lambda: home.world.gateway.health()["status"] == "degraded", "trouble")
    await home.server.start(again=True)
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")


async def test_how_long_a_card_takes(home: Community, record_property: pytest.RecordProperty) -> None:  # type: ignore[name-defined]
    for n in range(20):
        await home.eve.send(home.group, f"they are vermin {n}")
        await home.world.until(lambda n=n: count(home) == n + 1, "the case")
    await home.world.until(home.world.settled, "the cards")
    numbers = metrics(home.world.sessions)
    assert numbers.card_samples == 20
    with home.world.sessions() as session:
        rows = session.execute(select(Case.sent_at, Case.carded_at)).all()
    whole = sorted((carded - sent).total_seconds() * 1000 for sent, carded in rows)
    print(
        f"\nmessage to card in ms: engine {numbers.card_ms_median} median, {numbers.card_ms_p95} p95; "
        f"with the homeserver {whole[10]:.0f} median, {whole[19]:.0f} p95"
    )
