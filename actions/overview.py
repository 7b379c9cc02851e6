"""The queue, and cases in one line each; never a word of the message itself."""

from __future__ import annotations

import asyncio

from actions.base import CourageAction, Events
from actions.turn import Turn
from courage.cases.ports import Button
from courage.cases.views import CaseView

SHOWN = 8


def case_line(turn: Turn, case: CaseView) -> str:
    """Return a case in one line: number, kind, groups, gravity, language, where, who is on it."""
    targets = ", ".join(turn.named("target", target) for target in case.targets)
    line = turn.word(
        "case_line",
        case=case.id,
        category=turn.named("category", case.category),
        targets=targets or turn.word("no_target"),
        severity=turn.named("severity", str(case.severity)),
        room=case.room_name,
    )
    if case.lane == "escalate":
        line += " " + turn.word("in_escalation_lane")
    if case.holder is not None:
        line += " " + turn.word("held_by", holder=case.holder)
    return line


class ActionQueue(CourageAction):
    """Says which cases wait, gravest first."""

    action_name = "action_queue"

    async def answer(self, turn: Turn) -> Events:
        """List the first cases, with a button for each that is free."""
        cases = await asyncio.to_thread(
            turn.services.casework.queue, turn.speaker.organisation_id, limit=SHOWN + 1
        )
        if not cases:
            turn.say("queue_empty")
            return []
        shown = cases[:SHOWN]
        lines = [turn.word("queue_head"), *(case_line(turn, case) for case in shown)]
        if len(cases) > SHOWN:
            lines.append(turn.word("queue_more", shown=SHOWN))
        turn.tell("\n".join(lines), self._buttons(turn, shown))
        return []

    @staticmethod
    def _buttons(turn: Turn, cases: list[CaseView]) -> list[Button]:
        free = [case.id for case in cases if case.status == "open"]
        return [turn.button("claim", f"claim {number}", case=number) for number in free[:5]]
