"""Looking around the message of a case on a chat system: the same people, the same conversation, whatever the system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from courage.cases.access import CaseAccess
from courage.cases.around import AroundLine, Surroundings
from courage.cases.learnt import Learnt
from courage.db.engine import make_sessions
from tests.unit.cases.kit import KEY, screen

#: Lets somebody (``eve`` or ``bob``) write in the group room, as an answer in the thread of a message where one is named.
Says = Callable[[str, str, str | None], Awaitable[str]]


def surroundings(world: Any) -> Surroundings:
    """Return what looks around the messages of a world's gateway."""
    strict = make_sessions(world.sessions.kw["bind"], strict=True)
    return Surroundings(
        CaseAccess(strict),
        {world.channel: world.gateway},
        screen,
        Learnt(strict, KEY),
        world.rooms,
        KEY,
    )


def texts(lines: tuple[AroundLine, ...]) -> list[str]:
    """Return what a person sees, a line each."""
    return [
        "(this)"
        if line.kind == "this"
        else f"(case {line.case_id})"
        if line.case_id
        else line.text or "(hidden)"
        if line.kind in ("message", "own")
        else f"({line.kind})"
        for line in lines
    ]


async def is_shown(world: Any, says: Says, person: int, *, benign: int = 15) -> list[AroundLine]:
    """Talk, hate, talk on; look around: what is nearest is shown in its order, what is flagged is hidden until asked for."""
    for number in range(benign):
        await says("bob" if number % 2 else "eve", f"before {number}", None)
    await says("eve", "they are vermin", None)
    for number in range(benign):
        await says("bob", f"after {number}", None)
    await world.until(lambda: world.status(1) == "open", "the case")
    look = surroundings(world)
    assert look.possible(world.channel) is True
    lines = await look.look(1, person)
    assert texts(lines) == [
        *(f"before {number}" for number in range(benign - 12, benign)),
        "(this)",
        *(f"after {number}" for number in range(8)),
    ]
    assert [line.sent_at for line in lines] == sorted(line.sent_at for line in lines)
    by = {line.text: line.member for line in lines}
    assert (by["after 0"], by["after 1"]) == (1, 1)
    assert all(line.member in (0, 1) for line in lines), (
        "Eve is the author, Bob is member 1, and no more is said"
    )
    assert sum(line.member == 0 for line in lines) == 7
    return list(lines)


async def shows_threads(world: Any, says: Says, person: int) -> None:
    """Answer in a thread with hate, while others talk in the room: the thread is shown, and not the room."""
    root = await says("bob", "what about the garden?", None)
    await says("eve", "not in the thread", None)
    await says("bob", "in the thread, first", root)
    await says("eve", "vermin, in the thread", root)
    await says("bob", "in the thread, last", root)
    await world.until(lambda: world.status(1) == "open", "the case")
    lines = await surroundings(world).look(1, person)
    assert texts(lines) == ["what about the garden?", "in the thread, first", "(this)", "in the thread, last"]
