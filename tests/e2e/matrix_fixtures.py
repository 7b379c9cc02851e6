"""A community on a real homeserver: Eve writes, Ann and Bob volunteer, Mia moderates, Courage listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courage.gateways.matrix.gateway import MatrixSettings
from tests.e2e.encrypting import Encrypting
from tests.e2e.matrix_world import MatrixWorld
from tests.e2e.synapse import Json, Member, Synapse


@dataclass
class Community:
    """Everybody and their two rooms."""

    server: Synapse
    folder: Path
    bot: Member
    eve: Member
    ann: Member
    bob: Member
    mia: Member
    group: str
    desk: str
    world: MatrixWorld
    given: dict[str, Any]

    def settings(self, **more: Any) -> MatrixSettings:
        """Return the gateway's settings."""
        return settings_for(self.server, self.bot, self.mia, self.desk, **{**self.given, **more})

    async def close(self) -> None:
        """Stop the engine and everybody's clients."""
        await self.world.stop()
        for member in (self.eve, self.ann, self.bob, self.mia):
            if isinstance(member, Encrypting):
                await member.stop()

    async def restart(self) -> None:
        """Stop the engine and start it again on the same database."""
        await self.world.stop()
        self.world = MatrixWorld(self.folder, self.settings())
        await self.world.start()

    async def seen(self, room: str, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a message in a room and return it."""

        async def look() -> Json | None:
            return next((event for event in await self.mia.messages(room) if wanted(event)), None)

        return await eventually(look, what)

    async def says(self, who: Member, text: str) -> str:
        """Let somebody say something in the desk room and return the assistant's answer."""
        return await self.answer(await who.send(self.desk, text))

    async def answer(self, asked: str) -> str:
        """Return what the assistant answers to something that was said in the desk room."""

        def answers(event: Json) -> bool:
            relates = event["content"].get("m.relates_to", {})
            return (
                event["sender"] == self.bot.user_id
                and relates.get("m.in_reply_to", {}).get("event_id") == asked
            )

        return str((await self.seen(self.desk, answers, "an answer"))["content"]["body"])

    async def cards(self) -> list[Json]:
        """Return the cards in the desk room, without their edits."""
        return [
            event
            for event in await self.mia.messages(self.desk)
            if event["sender"] == self.bot.user_id
            and event["content"].get("msgtype") == "m.text"
            and "m.relates_to" not in event["content"]
        ]


def settings_for(server: Synapse, bot: Member, mia: Member, desk: str, **more: Any) -> MatrixSettings:
    """Return settings for a gateway that uses the bot's access token."""
    values: dict[str, Any] = {
        "homeserver": server.url,
        "user_id": bot.user_id,
        "access_token": bot.token,
        "moderators": (mia.user_id,),
        "desk_room": desk,
        "sync_timeout": 5000,
    }
    return MatrixSettings(**{**values, **more})


async def eventually(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Ask a real server again and again until it has an answer."""
    try:
        async with asyncio.timeout(60):
            while True:
                if found := await look():
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not come about") from None


ENCRYPTED: Json = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


async def make_community(
    server: Synapse, folder: Path, names: str, *, encrypted: bool = False, **settings: Any
) -> Community:
    """Register everybody (``names`` keeps the accounts of tests apart), make the rooms, start the engine.

    Everybody has a client of their own that can encrypt where the rooms are ``encrypted``.
    """
    bot, eve, ann, bob, mia = [
        await server.register(f"{name}-{names}") for name in ("courage", "eve", "ann", "bob", "mia")
    ]
    more: dict[str, Any] = {}
    if encrypted:
        eve, ann, bob, mia = [await Encrypting.of(member, folder) for member in (eve, ann, bob, mia)]
        more["initial_state"] = [ENCRYPTED]
        settings = {"keys": str(folder / "keys"), **settings}
    group = await mia.create_room("Garden talk", bot.user_id, eve.user_id, **more)
    desk = await mia.create_room("Desk", bot.user_id, ann.user_id, bob.user_id, **more)
    await eve.join(group)
    await ann.join(desk)
    await bob.join(desk)
    world = MatrixWorld(folder, settings_for(server, bot, mia, desk, **settings))
    for name, role, member in (
        ("Ann", "volunteer", ann),
        ("Bob", "volunteer", bob),
        ("Mia", "moderator", mia),
    ):
        world.people.link_identity(world.people.add(name, role).id, "matrix", member.user_id)
    await world.start()
    community = Community(server, folder, bot, eve, ann, bob, mia, group, desk, world, settings)

    async def both() -> bool:
        inside = [(await mia.members(room)).get(bot.user_id) == "join" for room in (group, desk)]
        return all(inside) and {room.room_id for room in world.rooms.list()} >= {group, desk}

    await eventually(both, "Courage in both rooms")
    return community
