"""Taking a case, reading it, giving it back."""

from __future__ import annotations

import asyncio

from actions.base import CourageAction, Events, remember_case
from actions.overview import ActionQueue, case_line
from actions.suggesting import offer
from actions.turn import Turn
from courage.cases.errors import AlreadyClaimed
from courage.cases.ports import Button
from courage.cases.views import CaseView
from courage.errors import CourageError


def case_buttons(turn: Turn, case: CaseView) -> list[Button]:
    """Return what makes sense to do with a case one has just taken or read."""
    buttons = [turn.button("show", f"show {case.id}")] if case.text_kept else []
    if case.lane == "counter":
        buttons.append(turn.button("suggest", f"suggest {case.id}"))
    return [
        *buttons,
        turn.button("not_hate", f"not hate {case.id}"),
        turn.button("escalate", f"escalate {case.id}"),
        turn.button("release", f"release {case.id}"),
    ]


async def take(turn: Turn, case_id: int) -> Events:
    """Claim a case for the speaker; offer replies at once, so that nobody has to ask."""
    case = await asyncio.to_thread(turn.services.casework.claim, case_id, turn.person.id)
    text = turn.word("claimed", case=case.id) + "\n" + case_line(turn, case)
    if case.lane == "escalate":
        turn.tell(f"{text}\n{turn.word('no_suggestions_escalated')}", case_buttons(turn, case))
        return [remember_case(case.id)]
    turn.tell(text, case_buttons(turn, case))
    try:
        events = await offer(turn, case.id)
    except CourageError as error:
        # The claim stands whatever the library says.
        turn.say("error", message=str(error))
        events = []
    return [remember_case(case.id), *events]


class ActionClaim(CourageAction):
    """Makes the speaker the one who is on a case."""

    action_name = "action_claim"

    async def answer(self, turn: Turn) -> Events:
        """Claim the case that was named; without a number, show which there are."""
        number = turn.entity("case")
        if not isinstance(number, int):
            return await ActionQueue(turn.services).answer(turn)
        return await take(turn, number)


class ActionNext(CourageAction):
    """Takes the gravest case that is free."""

    action_name = "action_next"

    async def answer(self, turn: Turn) -> Events:
        """Claim the first open case; when somebody is faster, the one after it."""
        cases = await asyncio.to_thread(
            turn.services.casework.queue, turn.speaker.organisation_id, statuses=("open",), limit=5
        )
        for case in cases:
            try:
                return await take(turn, case.id)
            except AlreadyClaimed:
                continue
        turn.say("queue_empty")
        return []


class ActionShowMessage(CourageAction):
    """Shows the message of a case, because somebody asked to see it."""

    action_name = "action_show_message"

    async def answer(self, turn: Turn) -> Events:
        """Show the text line by line as a quotation, and why it was flagged."""
        case_id = await turn.case(recent=True)
        text = await asyncio.to_thread(turn.services.casework.show_message, case_id, turn.person.id)
        case = await asyncio.to_thread(turn.services.casework.view, case_id, turn.speaker.organisation_id)
        quoted = "\n".join(f"> {line}" for line in text.splitlines() or [""])
        parts = [turn.word("message_of", case=case_id), quoted]
        if case.reasons:
            parts.append(turn.word("why_flagged", reasons=turn.why(case.reasons)))
        mine = case.status == "claimed" and case.holder_id == turn.person.id
        free = [turn.button("claim", f"claim {case_id}", case=case_id)] if case.status == "open" else []
        turn.tell("\n".join(parts), case_buttons(turn, case)[1:] if mine else free)
        return [remember_case(case_id)]


class ActionRelease(CourageAction):
    """Gives a case back to the queue."""

    action_name = "action_release"
    confirm = "release"

    async def answer(self, turn: Turn) -> Events:
        """Release the case that was named, or the current one."""
        case_id = await turn.case()
        await asyncio.to_thread(turn.services.casework.release, case_id, turn.person.id)
        turn.say("released", [turn.button("undo", f"undo {case_id}")], case=case_id)
        return [remember_case(case_id)]
