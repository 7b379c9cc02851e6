"""What was said around a case's message on a real homeserver: threads, edits, removals, bans, encrypted rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from courage.cases.errors import CannotLookAround
from tests.e2e.looking_around import Says, is_shown, shows_threads, surroundings, texts
from tests.e2e.matrix_fixtures import Community, make_community
from tests.e2e.synapse import Json, Synapse, available, running

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
    community = await make_community(server, tmp_path, f"a{len(names)}")
    await community.mia.invite(community.group, community.bob.user_id)
    await community.bob.join(community.group)
    yield community
    with contextlib.suppress(Exception):
        await community.close()


def talking(home: Community) -> Says:
    async def says(name: str, text: str, thread: str | None) -> str:
        who = home.eve if name == "eve" else home.bob
        content: Json = {"msgtype": "m.text", "body": text}
        if thread is not None:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread}
        return await who.send(home.group, content)

    return says


def ann(home: Community) -> int:
    found = home.world.people.find("Ann")
    assert found is not None
    return found.id


async def test_what_was_said_around_a_message_is_shown_to_who_asks(home: Community) -> None:
    await is_shown(home.world, talking(home), ann(home))


async def test_edits_show_as_they_are_now_and_removals_and_bans_say_who_did_it(home: Community) -> None:
    says, group = talking(home), home.group
    first = await says("bob", "tomatos", None)
    await home.bob.edit(group, first, "tomatoes")
    taken = await says("bob", "something of mine", None)
    gone = await says("eve", "something rude", None)
    await says("eve", "they are vermin", None)
    await home.world.until(lambda: home.world.status(1) == "open", "the case")
    await home.bob.redact(group, taken)
    await home.mia.redact(group, gone)
    await home.mia.call("POST", f"rooms/{group}/ban", {"user_id": home.eve.user_id, "reason": "hate"})
    lines = [
        line
        for line in await surroundings(home.world).look(1, ann(home))
        if line.kind != "message" or line.text == "tomatoes"
    ]
    assert texts(tuple(lines)) == ["tomatoes", "(removed)", "(removed)", "(this)", "(sent_away)"]
    assert [line.by_author for line in lines] == [None, True, False, None, False]
    assert [line.member for line in lines] == [1, 1, 0, 0, 0]


async def test_a_removed_case_says_whether_a_moderator_or_the_author_did_it(home: Community) -> None:
    says = talking(home)
    one = await says("eve", "they are vermin, one", None)
    two = await says("eve", "they are vermin, two", None)
    await says("eve", "they are vermin, three", None)
    await home.world.until(lambda: home.world.status(3) == "open", "the cases")
    await home.mia.redact(home.group, one)
    await home.eve.redact(home.group, two)
    await home.world.until(lambda: home.world.status(2) == "withdrawn", "both withdrawn")
    kept = {
        (line.case_id, line.kind, line.by)
        for line in home.world.casework.thread(3, ann(home))
        if line.kind == "removed"
    }
    assert kept == {(1, "removed", "moderator"), (2, "removed", "author")}


async def test_of_an_answer_in_a_thread_the_thread_is_shown(home: Community) -> None:
    await shows_threads(home.world, talking(home), ann(home))


async def test_a_room_that_it_is_not_in_any_more_is_not_shown(home: Community) -> None:
    await talking(home)("eve", "they are vermin", None)
    await home.world.until(lambda: home.world.status(1) == "open", "the case")
    await home.mia.call("POST", f"rooms/{home.group}/kick", {"user_id": home.bot.user_id})
    # What was said while it was there it might still see; nothing of what came later.
    await home.bob.send(home.group, "between ourselves")
    look = surroundings(home.world)
    seen: list[str] = []
    with contextlib.suppress(CannotLookAround):
        seen = texts(await look.look(1, ann(home)))
    assert "between ourselves" not in seen


async def test_in_an_encrypted_room_what_we_have_keys_for_can_be_read(
    server: Synapse, tmp_path: Path, names: list[int]
) -> None:
    names.append(1)
    home = await make_community(server, tmp_path, f"a{len(names)}", encrypted=True)
    try:
        await home.eve.send(home.group, "have you seen the flats?")
        await home.eve.send(home.group, "they are vermin")
        await home.eve.send(home.group, "that is all")
        await home.world.until(lambda: home.world.status(1) == "open", "the case")
        shown = texts(await surroundings(home.world).look(1, ann(home)))
        assert shown[-3:] == ["have you seen the flats?", "(this)", "that is all"]
    finally:
        await home.close()
