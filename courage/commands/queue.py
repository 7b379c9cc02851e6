"""``queue``: which cases wait, gravest first; never a word of a message itself."""

from __future__ import annotations

import asyncio

from courage.cases.views import CaseView
from courage.commands.core.case_lines import case_line
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.turn import Turn

SHOWN = 8
_BUTTONS = 5


async def waiting(turn: Turn) -> list[CaseView]:
    """Return the first cases that wait, one more than are shown if there are more."""
    return await asyncio.to_thread(
        turn.services.casework.queue,
        turn.speaker.organisation_id,
        limit=SHOWN + 1,
        person_id=turn.person.id,
    )


def show_waiting(turn: Turn, cases: list[CaseView]) -> None:
    """List cases, with a button for each of the first that are free."""
    if not cases:
        turn.say("queue_empty")
        return
    shown = cases[:SHOWN]
    lines = [turn.word("queue_head"), *(case_line(turn, case) for case in shown)]
    if len(cases) > SHOWN:
        lines.append(turn.word("queue_more", shown=SHOWN))
    free = [case.id for case in shown if case.status == "open"][:_BUTTONS]
    turn.tell("\n".join(lines), [turn.button("claim", f"claim {n}", case=n) for n in free])


COMMAND = Command(
    name="queue",
    words={
        "en": ("queue", "q", "cases", "open", "what is open"),
        "fr": ("file", "liste"),
        "de": ("liste",),
        "ar": ("القائمة",),
    },
    roles=WORKERS,
    execute=waiting,
    render=show_waiting,
    place=10,
)
