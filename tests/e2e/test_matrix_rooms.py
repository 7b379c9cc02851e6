"""Rooms on a real homeserver that are replaced, desk rooms by language, small talk, and messages that change afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from courage.db.models.delivery import Case
from courage.detection.verdict import Verdict
from tests.e2e.matrix_fixtures import Community, eventually, make_community
from tests.e2e.matrix_world import MatrixWorld
from tests.e2e.synapse import Json, Member, Synapse, available, running
from tests.e2e.two_organisations import SLUG, Hands, Places, found, joins, keep_apart
from tests.unit.cases.kit import screen

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    async with running(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="module")
def names() -> list[int]:
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def home(server: Synapse, tmp_path: Path, names: list[int]) -> AsyncIterator[Community]:
    names.append(1)
    community = await make_community(server, tmp_path, f"r{len(names)}")
    yield community
    with contextlib.suppress(Exception):
        await community.close()


def count(home: Community) -> int:
    with home.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


async def upgrade(who: Member, room_id: str) -> str:
    answer = await who.call("POST", f"rooms/{room_id}/upgrade", {"new_version": "11"})
    return str(answer["replacement_room"])


async def open_to_all(who: Member, room_id: str) -> None:
    await who.call("PUT", f"rooms/{room_id}/state/m.room.join_rules", {"join_rule": "public"})


async def test_a_room_that_is_replaced_is_followed_with_its_settings(home: Community) -> None:
    home.world.rooms.set_sensitivity("matrix", home.group, "watchful")
    await open_to_all(home.mia, home.group)
    new = await upgrade(home.mia, home.group)
    await home.world.until(lambda: home.world.gateway._book._now(home.group) == new, "the new room followed")  # type: ignore[union-attr]
    rooms = {room.room_id: room for room in home.world.rooms.list()}
    assert (rooms[new].kind, rooms[new].sensitivity, rooms[new].active) == ("group", "watchful", True)
    assert not rooms[home.group].active
    await home.eve.join(new)
    await home.eve.send(new, "they are vermin, in the new room")
    await home.world.until(lambda: count(home) == 1, "the case")
    assert home.world.casework.view(1).room_id == new


async def test_where_it_cannot_follow_the_desk_is_told_and_the_invitation_is_accepted(
    home: Community,
) -> None:
    new = await upgrade(home.mia, home.group)
    told = await home.seen(
        home.desk, lambda e: "was replaced" in e["content"].get("body", ""), "a word about it"
    )
    assert new in told["content"]["body"]
    await home.restart()
    await home.mia.invite(new, home.bot.user_id)
    await home.world.until(lambda: home.world.gateway._book._now(home.group) == new, "the new room followed")  # type: ignore[union-attr]
    await home.mia.invite(new, home.eve.user_id)
    await home.eve.join(new)
    await home.eve.send(new, "they are vermin, in the new room")
    await home.world.until(lambda: count(home) == 1, "the case")
    words = [e for e in await home.mia.messages(home.desk) if "was replaced" in e["content"].get("body", "")]
    assert len(words) == 1


async def test_a_desk_room_that_is_replaced_gets_the_cards_even_after_a_restart(home: Community) -> None:
    await open_to_all(home.mia, home.desk)
    new = await upgrade(home.mia, home.desk)
    await home.ann.join(new)
    await home.world.until(lambda: home.world.gateway._desks.main == new, "the new desk")
    await home.restart()
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    await home.seen(new, lambda e: "Case 1" in e["content"].get("body", ""), "the card in the new room")
    home.desk = new
    assert await home.says(home.ann, "claim 1") == "Case 1 is yours."
    await home.world.until(home.world.settled, "the card brought up to date")
    await home.seen(new, lambda e: "Ann is on it" in e["content"].get("body", ""), "who is on it")


async def test_a_room_that_does_not_say_whom_it_replaces_is_not_followed(home: Community) -> None:
    trap = await home.mia.create_room("Trap", home.bot.user_id)
    await home.mia.call(
        "PUT", f"rooms/{home.desk}/state/m.room.tombstone", {"body": "moved", "replacement_room": trap}
    )
    await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    assert not [e for e in await home.mia.messages(trap) if e["sender"] == home.bot.user_id]
    assert home.world.gateway._desks.main == home.desk


async def test_a_room_that_is_closed_is_named_in_the_desk_room(home: Community) -> None:
    tombstone = {"body": "closed", "replacement_room": ""}
    await home.mia.call("PUT", f"rooms/{home.group}/state/m.room.tombstone", tombstone)
    await home.seen(home.desk, lambda e: "was closed" in e["content"].get("body", ""), "a word about it")
    await home.restart()
    assert home.world.gateway.health()["closed_rooms"] == [home.group]


async def test_cards_go_to_the_desk_room_of_their_language(
    server: Synapse, tmp_path: Path, names: list[int]
) -> None:
    names.append(1)
    home = await make_community(server, tmp_path, f"r{len(names)}")
    try:
        await home.world.stop()
        german = await home.mia.create_room("Schreibtisch", home.bot.user_id, home.bob.user_id)
        await home.bob.join(german)

        async def bilingual(text: str, sensitivity: str) -> Verdict:
            found = await screen(text, sensitivity)
            values = {name: getattr(found, name) for name in found.__dataclass_fields__}
            return Verdict(**{**values, "language": "de" if "sie sind" in text else "en"})

        home.world = MatrixWorld(tmp_path, home.settings(desk_rooms=(f"de {german}",)), screener=bilingual)
        await home.world.start()

        async def inside() -> bool:
            return (await home.mia.members(german)).get(home.bot.user_id) == "join"

        await eventually(inside, "Courage in the German desk room")
        await home.world.until(lambda: len(home.world.rooms.list(kind="desk")) == 2, "two desk rooms")
        await home.eve.send(home.group, "sie sind vermin")
        await home.eve.send(home.group, "they are vermin")
        await home.world.until(lambda: count(home) == 2 and home.world.settled(), "the cards")
        cards = [e["content"]["body"].splitlines()[0] for e in await home.cards()]
        assert [card.split(" · ")[0] for card in cards] == ["Case 2"]
        home.desk = german
        (card,) = await home.cards()
        assert card["content"]["body"].startswith("Fall 1 · Garden talk")
        assert await home.says(home.bob, "claim 1") == "Case 1 is yours."
        await home.seen(
            german, lambda e: "Bob" in e["content"].get("body", ""), "the card brought up to date"
        )
        await home.eve.redact(home.group, home.world.casework.view(1).message_id)
        await home.seen(
            german, lambda e: "zurückgezogen" in e["content"].get("body", ""), "the card withdrawn"
        )
    finally:
        await home.close()


async def test_two_organisations_on_one_gateway_are_kept_apart(
    home: Community, server: Synapse, names: list[int]
) -> None:
    zoe = await server.register(f"zoe-{len(names)}")
    rooms = [
        await home.mia.create_room(name, home.bot.user_id, home.eve.user_id, home.ann.user_id, zoe.user_id)
        for name in ("Garden 2", "Desk 2", "Spare")
    ]
    for room in rooms:
        for member in (home.eve, home.ann, zoe):
            await member.join(room)
    await home.mia.call("POST", f"rooms/{home.desk}/invite", {"user_id": zoe.user_id})
    await zoe.join(home.desk)
    places = Places(home.group, home.desk, *rooms)
    organisation = found(home.world)
    joins(home.world, organisation, zoe.user_id)
    home.given = {"desk_rooms": (f"{SLUG} {rooms[1]}",), "organisations": (f"{SLUG} {rooms[0]}",)}
    await home.restart()
    shown = dict.fromkeys((home.group, home.desk, *rooms), "")

    async def look() -> None:
        while True:
            for room in shown:
                events = await home.mia.messages(room)
                bodies = [e["content"].get("body", "") for e in events if e["sender"] == home.bot.user_id]
                shown[room] = "\n".join(bodies)
            await asyncio.sleep(0.1)

    async def says(room: str, who: str, text: str) -> None:
        member = {m.user_id: m for m in (home.eve, home.ann, zoe)}[who]
        await member.send(room, text)

    looking = asyncio.create_task(look())
    people = (home.eve.user_id, home.ann.user_id, zoe.user_id)
    await keep_apart(home.world, organisation, places, Hands(says, lambda room: shown[room]), people)
    looking.cancel()


async def test_small_talk_is_left_alone_and_what_is_addressed_is_answered(home: Community) -> None:
    talk = [
        await home.ann.send(home.desk, "good morning everybody"),
        await home.bob.send(home.desk, "morning! coffee?"),
    ]
    assert await home.says(home.ann, "courage: how are you?") == "Pardon?"
    mention = {
        "msgtype": "m.text",
        "body": "what do you think, Courage?",
        "m.mentions": {"user_ids": [home.bot.user_id]},
    }
    asked = await home.ann.send(home.desk, mention)

    async def answers() -> list[Json]:
        return [e for e in await home.mia.messages(home.desk) if e["sender"] == home.bot.user_id]

    def to(event: Json) -> str:
        return str(event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id"))

    async def answered() -> Json | None:
        return next((e for e in await answers() if to(e) == asked), None)

    first = await eventually(answered, "an answer to a mention")
    relates = {"m.in_reply_to": {"event_id": first["event_id"]}}
    asked = await home.ann.send(home.desk, {"msgtype": "m.text", "body": "really?", "m.relates_to": relates})
    await eventually(answered, "an answer to a reply")
    assert not {to(e) for e in await answers()} & set(talk)
    heard = [text for text, metadata in home.world.assistant.heard if metadata["addressed"]]
    assert heard == ["how are you?", "what do you think, Courage?", "really?"]


async def test_removing_an_edit_brings_back_what_stood_there_before(home: Community) -> None:
    event = await home.eve.send(home.group, "hello")
    await home.eve.edit(home.group, event, "they are vermin, one")
    await home.world.until(lambda: count(home) == 1, "the case")
    second = await home.eve.edit(home.group, event, "they are vermin, two")
    await home.world.until(
        lambda: home.world.casework.show_message(1, 3) == "they are vermin, two", "the second text"
    )
    await home.restart()
    await home.eve.redact(home.group, second)
    await home.world.until(
        lambda: home.world.casework.show_message(1, 3) == "they are vermin, one",
        "the first edit counts again",
    )
    (first,) = [
        e["event_id"] for e in await home.mia.messages(home.group) if e["content"].get("m.relates_to")
    ]
    await home.eve.redact(home.group, first)
    await home.world.until(lambda: home.world.casework.view(1).status == "withdrawn", "the case withdrawn")
    with home.world.sessions() as session:
        case = session.get(Case, 1)
        assert case is not None
        assert case.text is None


async def test_removing_an_edit_after_the_case_is_answered_takes_its_text(home: Community) -> None:
    event = await home.eve.send(home.group, "hello")
    edit = await home.eve.edit(home.group, event, "they are vermin")
    await home.world.until(lambda: count(home) == 1 and home.world.settled(), "the card")
    work = home.world.casework
    work.claim(1, 1)
    work.confirm_post(1, 1, work.edit(1, 1, "Not so.").version)
    await home.world.until(lambda: work.view(1).status == "replied" and home.world.settled(), "the reply")
    await home.eve.redact(home.group, edit)

    def gone() -> bool:
        with home.world.sessions() as session:
            case = session.get(Case, 1)
            return case is not None and case.text is None

    await home.world.until(gone, "the text gone")
    assert work.view(1).status == "replied"


async def test_who_edits_a_reply_is_not_charged_with_what_it_quotes(home: Community) -> None:
    hate = await home.eve.send(home.group, "they are vermin")
    await home.world.until(lambda: count(home) == 1, "the case")
    quoted = f"> <{home.eve.user_id}> they are vermin\n\n"
    relates = {"m.in_reply_to": {"event_id": hate}}
    reply = await home.mia.send(
        home.group, {"msgtype": "m.text", "body": f"{quoted}I disagree", "m.relates_to": relates}
    )
    await home.restart()
    await home.mia.edit(home.group, reply, f"{quoted}I disagree with that")
    await home.eve.send(home.group, "they are vermin, said later")
    await home.world.until(lambda: count(home) == 2, "the next case")
    assert {home.world.casework.view(number).author for number in (1, 2)} == {
        home.world.casework.view(1).author
    }


async def test_stickers_reactions_topics_and_names_are_screened(home: Community) -> None:
    first = await home.eve.send(home.group, "tomatoes")
    path = f"rooms/{home.group}/send"
    relates = {"rel_type": "m.annotation", "event_id": first, "key": "vermin, out with you"}
    await home.eve.call(
        "PUT", f"{path}/m.sticker/s1", {"body": "they are vermin", "url": "mxc://x/y", "info": {}}
    )
    await home.eve.call("PUT", f"{path}/m.reaction/r1", {"m.relates_to": relates})
    await home.mia.call("PUT", f"rooms/{home.group}/state/m.room.topic", {"topic": "vermin everywhere"})
    member = {"membership": "join", "displayname": "Vermin out"}
    await home.eve.call("PUT", f"rooms/{home.group}/state/m.room.member/{home.eve.user_id}", member)
    await home.world.until(lambda: count(home) == 4, "four cases")
    work = home.world.casework
    for number in range(1, 5):
        work.claim(number, 1)
        work.confirm_post(number, 1, work.edit(number, 1, f"Not so, {number}.").version)
        await home.world.until(lambda number=number: work.view(number).status == "replied", f"reply {number}")
