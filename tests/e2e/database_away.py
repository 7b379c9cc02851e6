"""A database that is away for a moment, for tests of every gateway: who commands meanwhile hears at once that nothing was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError


@contextmanager
def away(engine: Any) -> Iterator[None]:
    """Let every statement fail as it does while the database is away."""

    def fail(*_: object) -> None:
        raise OperationalError("statement", {}, Exception("could not connect to server"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def speaks_french(world: Any, account: Any) -> None:
    """Make an account that of Claire, a volunteer who reads French."""
    claire = world.people.add("Claire", "volunteer", languages=("fr",))
    world.people.link_identity(claire.id, world.channel, str(account))


async def is_told_at_once(
    world: Any,
    hate: Callable[[], Awaitable[Any]],
    says: Callable[[str], Awaitable[Any]],
    shown: Callable[[], str],
) -> None:
    """Let Claire command while the database is away and afterwards.

    :param hate: lets somebody write a hateful message.
    :param says: lets Claire say something in the desk room.
    :param shown: all that the bot shows there, to whomever.
    """
    await hate()
    await world.until(lambda: world.status(1) == "open" and "1" in shown(), "the card")
    await says("claim 1")
    await world.until(lambda: world.status(1) == "claimed", "the case claimed")
    await world.until(lambda: world.settled(), "the card brought up to date")
    with away(world.engine):
        await hate()
        await world.until(
            lambda: world.gateway.health()["status"] == "degraded", "a message that waits to be screened"
        )
        await says("release 1")
        await world.until(
            lambda: "n'arrive pas à joindre la base de données" in shown(), "a word in her language"
        )
    assert world.status(1) == "claimed", "nothing was done"
    await says("release 1")
    await world.until(lambda: world.status(1) == "open", "the same command once more")
    await world.until(lambda: world.casework.view(1).repeats, "what waited to be screened")
