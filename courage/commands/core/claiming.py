"""Taking a case: claimed, and replies offered at once, so that nobody has to ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from courage.cases.views import CaseView
from courage.commands.core.case_lines import case_buttons, case_line
from courage.commands.core.execution import sentence
from courage.commands.core.offers import Offer, offer, show_offer
from courage.commands.core.turn import Turn
from courage.errors import CourageError


@dataclass(frozen=True, slots=True)
class Taken:
    """A case that the speaker holds now, with suggestions, or why there are none."""

    case: CaseView
    offer: Offer | None = None
    trouble: str = ""


async def take(turn: Turn, case_id: int) -> Taken:
    """Claim a case for the speaker and get suggestions for it.

    :raises CourageError: what casework says if it cannot be claimed.
    """
    case = await asyncio.to_thread(turn.services.casework.claim, case_id, turn.person.id)
    turn.memory.last_case = case.id
    if case.lane == "escalate":
        return Taken(case)
    try:
        return Taken(case, await offer(turn, case.id))
    except CourageError as error:
        # The claim stands whatever the library says.
        return Taken(case, trouble=sentence(str(error)))


def show_taken(turn: Turn, taken: Taken) -> None:
    """Say that the case is the speaker's, and show the suggestions."""
    case = taken.case
    text = turn.word("claimed", case=case.id) + "\n" + case_line(turn, case)
    if case.lane == "escalate":
        turn.tell(f"{text}\n{turn.word('no_suggestions_escalated')}", case_buttons(turn, case))
        return
    turn.tell(text, case_buttons(turn, case))
    if taken.offer is not None:
        show_offer(turn, taken.offer)
    else:
        turn.say("error", message=taken.trouble)
