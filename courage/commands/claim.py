"""``claim 12``: makes the speaker the one who is on a case."""

from __future__ import annotations

from courage.cases.views import CaseView
from courage.commands.core.claiming import Taken, show_taken, take
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.turn import Turn
from courage.commands.queue import show_waiting, waiting


async def claim(turn: Turn) -> Taken | list[CaseView]:
    """Claim the case that was named; without a number, return which there are."""
    number = turn.argument("case")
    return await take(turn, number) if isinstance(number, int) else await waiting(turn)


def show(turn: Turn, found: Taken | list[CaseView]) -> None:
    """Show the case that was taken, or the queue."""
    if isinstance(found, Taken):
        show_taken(turn, found)
    else:
        show_waiting(turn, found)


COMMAND = Command(
    name="claim",
    words={
        "en": ("claim", "c", "take"),
        "fr": ("prendre",),
        "de": ("nehmen", "übernehmen"),
        "ar": ("استلم",),
    },
    parameters=(CaseNumber(),),
    roles=WORKERS,
    execute=claim,
    render=show,
    place=30,
)
