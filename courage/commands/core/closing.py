"""Commands that need nothing but a case: one step of casework, and a button that takes it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from courage.cases.casework import Casework
from courage.cases.views import CaseView
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.turn import Turn

Step = Callable[[Casework, int, int], CaseView]


def closing(
    name: str,
    words: Mapping[str, tuple[str, ...]],
    step: Step,
    *,
    confirm: str,
    said: str,
    place: int,
    recent: bool = True,
    undoable: bool = False,
) -> Command:
    """Return a command that takes a ``step`` with a case and says the text of the key ``said``.

    Without a number it is about the case that the conversation dealt with last, or with ``recent=False`` about the
    one that the speaker is on.
    """

    async def take_step(turn: Turn) -> CaseView:
        case_id = await turn.case(recent=recent)
        case = await asyncio.to_thread(step, turn.services.casework, case_id, turn.person.id)
        turn.memory.last_case = case_id
        return case

    def say(turn: Turn, case: CaseView) -> None:
        buttons = [turn.button("undo", f"undo {case.id}")] if undoable else []
        turn.say(said, buttons, case=case.id, status=turn.named("status", case.status))

    execute: Callable[[Turn], Awaitable[CaseView]] = take_step
    return Command(
        name=name,
        words=words,
        parameters=(CaseNumber(),),
        roles=WORKERS,
        execute=execute,
        render=say,
        confirm=confirm,
        place=place,
    )
