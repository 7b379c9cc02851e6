"""Lives the way of a message again and again, each time killed at another line, and prints what was left.

After each life (see ``tests.killing``) the next one starts on the same database and the same append-only channel file.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import courage.cases
from courage.cases.ports import Button, Card
from courage.db.models.delivery import Case, CaseEvent, Outbox
from tests.killing import life
from tests.unit.cases.kit import make_world

_TEXT = "they are vermin"


class FileChannel:
    """Appends what it accepts to a file, once for each key, as transaction ids make a real server do."""

    name = "test"

    def __init__(self, path: Path) -> None:
        self._path = path

    def _accept(self, key: str) -> str:
        with self._path.open("a+") as file:
            file.seek(0)
            if key not in file.read().split("\n"):
                file.write(f"{key}\n")
        return f"ref-{key}"

    async def send_card(self, card: Card, key: str) -> str:
        return self._accept(key)

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        self._accept(key)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        return self._accept(key)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        return self._accept(key)


async def _life(folder: Path) -> None:
    """Do what is left to do; the gateway delivers the message again as long as it does not know better."""
    world = make_world(folder)
    world.dispatcher._channels = {"test": FileChannel(folder / "channel.txt")}  # type: ignore[dict-item]
    await asyncio.to_thread(world.dispatcher._break_leases)
    for message_id in ("$1", "$2"):
        author = f"@eve{message_id[1]}:x"
        await world.intake.receive(world.message(_TEXT, message_id, author))
    await world.dispatcher.drain()
    view = world.casework.view(1)
    if view.status == "open":
        view = world.casework.claim(1, world.ann)
    if view.status == "claimed":
        draft = view.draft or world.casework.edit(1, world.ann, "A reply.")
        world.casework.confirm_post(1, world.ann, draft.version)
    await world.dispatcher.drain()
    await world.intake.close()


def _act(folder: Path) -> None:
    asyncio.run(_life(folder))


def _left(folder: Path) -> dict[str, Any]:
    world = make_world(folder)
    with world.sessions() as session:
        return {
            "cases": session.scalar(select(func.count()).select_from(Case)),
            "status": session.scalar(select(Case.status).where(Case.id == 1)),
            "opened": session.scalar(
                select(func.count()).select_from(CaseEvent).where(CaseEvent.kind == "opened")
            ),
            "pending": session.scalar(
                select(func.count()).select_from(Outbox).where(Outbox.state.in_(("pending", "dead")))
            ),
            "channel": (folder / "channel.txt").read_text().split(),
        }


def main(folder: Path, points: int) -> None:
    """Kill at ``points`` lines spread over one whole life; print one JSON line for each."""
    template = folder / "template"
    template.mkdir()
    make_world(template).sessions.kw["bind"].dispose()
    full = folder / "full"
    shutil.copytree(template, full)
    status, total = life(courage.cases, partial(_act, full))
    assert status == 0
    for point in range(points):
        line = 1 + point * total // points
        place = folder / f"life{point}"
        shutil.copytree(template, place)
        killed, _ = life(courage.cases, partial(_act, place), line)
        again, _ = life(courage.cases, partial(_act, place))
        print(
            json.dumps({"line": line, "of": total, "signal": killed, "again": again, **_left(place)}),
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
