"""What a sentence may have meant that was not understood for sure: exact commands to press, nothing done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from courage.commands.core.command import WORKERS, Command
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.turn import Turn

_MOST: Final = 2


@dataclass(frozen=True, slots=True)
class Guess:
    """A command that may have been meant, and how it is written exactly."""

    command: Command
    exact: str


async def guesses(turn: Turn) -> list[Guess]:
    """Return the commands that the sentence may have meant and the speaker may use, the likeliest first.

    Where a command is about a case, the exact command names it: a press hours later must not mean another one.
    """
    case = await _case(turn)
    found = []
    for name in turn.request.guesses:
        if name not in turn.services.registry:
            continue
        command = turn.services.registry.get(name)
        if not command.words or not command.allows(turn.speaker.role):
            continue
        exact = (command.words.get(turn.speaker.language) or command.words["en"])[0]
        if command.confirm and any(isinstance(parameter, CaseNumber) for parameter in command.parameters):
            if case is None:
                continue
            exact += f" {case}"
        parsed = turn.services.registry.parser.parse(exact)
        if parsed is not None and parsed.name == name:
            found.append(Guess(command, exact))
    return found[:_MOST]


async def _case(turn: Turn) -> int | None:
    named = turn.argument("case")
    if isinstance(named, int):
        return named
    person = turn.speaker.person
    if person is None or person.role not in WORKERS:
        return None
    current = await asyncio.to_thread(
        turn.services.casework.current_case, person.id, turn.speaker.organisation_id
    )
    return current if current is not None else turn.memory.last_case
