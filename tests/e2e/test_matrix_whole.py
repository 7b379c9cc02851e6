"""Matrix through and through: a real homeserver, and Courage as `courage run` starts it, with the real screening and Rasa."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from courage.wiring import open_people
from tests.benchmarks.servers import Running, courage
from tests.e2e.matrix_fixtures import eventually
from tests.e2e.synapse import Json, Member, Synapse, available, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)"),
]

HATE = "Muslims are vermin and should never have been let into this country"
OWN_WORDS = "They are our neighbours, and I am glad they are here."


class Town:
    """A group room, a desk room and everybody in them."""

    server: Synapse
    bot: Member
    eve: Member
    ann: Member
    bob: Member
    mia: Member
    group: str
    desk: str
    courage: Running

    async def answer(self, who: Member, text: str) -> str:
        """Let somebody talk to the assistant in the desk room and return its whole answer."""
        asked = await who.send(self.desk, text)

        def answers(event: Json) -> bool:
            relates = event["content"].get("m.relates_to", {})
            reply = relates.get("m.in_reply_to", {}).get("event_id") == asked
            return bool(event["sender"] == self.bot.user_id and reply)

        async def look() -> list[Json]:
            return [event for event in await self.mia.messages(self.desk) if answers(event)]

        return "\n".join(
            event["content"]["body"] for event in await eventually(look, f"an answer to {text!r}")
        )

    async def cards(self) -> list[Json]:
        """Return the cards in the desk room, without their edits."""
        return [
            event
            for event in await self.mia.messages(self.desk)
            if event["sender"] == self.bot.user_id
            and "m.relates_to" not in event["content"]
            and "claim " in event["content"].get("body", "")
        ]

    async def health(self) -> Json:
        """Return what the engine says of itself."""
        settings = self.courage.settings
        url = f"{settings.internal_address}/internal/health"
        secret = {"Authorization": f"Bearer {settings.internal_secret.get_secret_value()}"}
        async with aiohttp.ClientSession() as session, session.get(url, headers=secret) as answer:
            found: Json = await answer.json()
            return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    async with running(_made(folder / "synapse")) as server:
        town = Town()
        town.server = server
        names = ("courage-w", "eve-w", "ann-w", "bob-w", "mia-w")
        town.bot, town.eve, town.ann, town.bob, town.mia = [await server.register(name) for name in names]
        town.group = await town.mia.create_room("Garden talk", town.bot.user_id, town.eve.user_id)
        town.desk = await town.mia.create_room("Desk", town.bot.user_id, town.ann.user_id, town.bob.user_id)
        await town.eve.join(town.group)
        await town.ann.join(town.desk)
        await town.bob.join(town.desk)
        settings = {
            "COURAGE_MATRIX_HOMESERVER": server.url,
            "COURAGE_MATRIX_USER": town.bot.user_id,
            "COURAGE_MATRIX_ACCESS_TOKEN": town.bot.token,
            "COURAGE_MATRIX_MODERATORS": json.dumps([town.mia.user_id]),
            "COURAGE_MATRIX_DESK_ROOM": town.desk,
            "COURAGE_CARDS_PER_MINUTE": "600",
        }
        async with courage(folder / "home", extra=settings) as whole:
            town.courage = whole
            people = open_people(whole.settings)
            for name, member in (("Ann", town.ann), ("Bob", town.bob)):
                people.link_identity(people.add(name, "volunteer").id, "matrix", member.user_id)

            async def inside() -> bool:
                rooms = (town.group, town.desk)
                return all([(await town.mia.members(room)).get(town.bot.user_id) == "join" for room in rooms])

            await eventually(inside, "Courage in both rooms")
            yield town


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


async def test_from_a_hateful_message_to_a_reply_in_the_group_room(town: Town) -> None:
    await town.eve.send(town.group, "Shall we meet at seven for the football match?")
    await town.eve.send(town.group, HATE)
    (card,) = await eventually(town.cards, "a card")
    assert HATE not in card["content"]["body"]

    assert "yours" in await town.answer(town.ann, "claim 1")
    refused = await town.answer(town.bob, "claim 1")
    assert "Ann" in refused
    assert "Thank you" in refused

    offered = await town.answer(town.ann, "suggest")
    assert all(f"{number}." in offered for number in (1, 2, 3))
    assert "exactly what would be posted" in await town.answer(town.ann, "use 2")
    drafted = await town.answer(town.ann, f"edit: {OWN_WORDS}")
    assert OWN_WORDS in drafted
    before = [
        e["content"].get("body")
        for e in await town.eve.messages(town.group)
        if e["sender"] == town.bot.user_id
    ]
    assert before == [], "nothing may be posted in the group room before a person confirmed it"
    assert "on its way" in await town.answer(town.ann, "post")

    async def posted() -> list[Json]:
        return [e for e in await town.eve.messages(town.group) if e["sender"] == town.bot.user_id]

    (reply,) = await eventually(posted, "the reply in the group room")
    assert OWN_WORDS in reply["content"]["body"]

    async def replied() -> bool:
        return (await town.health())["cases"]["cases"].get("replied") == 1

    await eventually(replied, "the case closed")


async def test_how_long_a_card_takes(town: Town) -> None:
    known = len(await town.cards())
    for number in range(1, 21):
        await town.eve.send(town.group, f"{HATE}, and number {number} of them too")

        async def there(wanted: int = known + number) -> bool:
            return len(await town.cards()) == wanted

        await eventually(there, f"card {number}")

    async def settled() -> bool:
        return bool((await town.health())["cases"]["card_samples"] >= known + 20)

    await eventually(settled, "the times")
    figures = (await town.health())["cases"]
    print(
        f"\nmessage to card, ms: {figures['card_ms_median']} median, {figures['card_ms_p95']} 95th percentile"
    )
