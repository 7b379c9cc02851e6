"""A case in one line, and the buttons that make sense on it."""

from __future__ import annotations

from courage.cases.ports import Button
from courage.cases.views import CaseView
from courage.commands.core.turn import Turn


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
