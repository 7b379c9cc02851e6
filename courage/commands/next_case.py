"""``next``: takes the gravest case that is free."""

from __future__ import annotations

import asyncio

from courage.cases.errors import AlreadyClaimed
from courage.commands.core.claiming import Taken, show_taken, take
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.turn import Turn


async def take_next(turn: Turn) -> Taken | None:
    """Claim the first open case; when somebody is faster, the one after it; ``None`` if there is none."""
    cases = await asyncio.to_thread(
        turn.services.casework.queue,
        turn.speaker.organisation_id,
        statuses=("open",),
        limit=5,
        person_id=turn.person.id,
    )
    for case in cases:
        try:
            return await take(turn, case.id)
        except AlreadyClaimed:
            continue
    return None


def show(turn: Turn, taken: Taken | None) -> None:
    """Show the case that was taken, or say that none waits."""
    if taken is None:
        turn.say("queue_empty")
    else:
        show_taken(turn, taken)


COMMAND = Command(
    name="next_case",
    words={"en": ("next", "n"), "fr": ("suivant",), "de": ("weiter", "nächster"), "ar": ("التالي",)},
    roles=WORKERS,
    execute=take_next,
    render=show,
    place=20,
)
