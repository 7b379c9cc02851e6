"""``show``: shows the message of a case, because somebody asked to see it."""

from __future__ import annotations

import asyncio

from courage.cases.views import CaseView
from courage.commands.core.case_lines import case_buttons
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.turn import Turn


async def read(turn: Turn) -> tuple[CaseView, str]:
    """Return the case that is meant and its message."""
    case_id = await turn.case(recent=True)
    text = await asyncio.to_thread(turn.services.casework.show_message, case_id, turn.person.id)
    case = await asyncio.to_thread(
        turn.services.casework.view, case_id, turn.speaker.organisation_id, turn.person.id
    )
    turn.memory.last_case = case_id
    return case, text


def show(turn: Turn, found: tuple[CaseView, str]) -> None:
    """Show the text line by line as a quotation, and why it was flagged."""
    case, text = found
    quoted = "\n".join(f"> {line}" for line in text.splitlines() or [""])
    parts = [turn.word("message_of", case=case.id), quoted]
    if case.reasons:
        parts.append(turn.word("why_flagged", reasons=turn.why(case.reasons)))
    mine = case.status == "claimed" and case.holder_id == turn.person.id
    free = [turn.button("claim", f"claim {case.id}", case=case.id)] if case.status == "open" else []
    turn.tell("\n".join(parts), case_buttons(turn, case)[1:] if mine else free)


COMMAND = Command(
    name="show_message",
    words={
        "en": ("show", "show message", "s"),
        "fr": ("montrer", "afficher"),
        "de": ("zeigen", "zeig"),
        "ar": ("اعرض",),
    },
    parameters=(CaseNumber(),),
    roles=WORKERS,
    execute=read,
    render=show,
    place=40,
)
