"""``pause``: somebody cannot go on. The case may go back at one press, and there are people to talk to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from courage.commands.core.audience import audience
from courage.commands.core.command import EVERYBODY, WORKERS, Command
from courage.commands.core.turn import Turn

_MOST = 5  # names


@dataclass(frozen=True, slots=True)
class Support:
    """The case that the speaker holds, if any, and the people of the team to talk to, by name."""

    case: int | None = None
    people: tuple[str, ...] = ()


async def find(turn: Turn) -> Support:
    """Return what can be taken off the speaker and whom they can ask; members hear no names."""
    person = turn.speaker.person
    if person is None:
        return Support()
    case = None
    if person.role in WORKERS:
        case = await asyncio.to_thread(
            turn.services.casework.current_case, person.id, turn.speaker.organisation_id
        )
    for role in ("moderator", "admin"):
        found = await asyncio.to_thread(turn.services.people.list, person.organisation_id, role=role)
        if names := [one.name for one in found if one.id != person.id]:
            return Support(case, tuple(names[:_MOST]))
    return Support(case)


def show(turn: Turn, support: Support) -> None:
    """Say that stopping is right, how the case goes back, and whom to ask. Nothing is done unasked."""
    if audience(turn) == "member":
        turn.say("distress_member")
        return
    lines = [turn.word("distress")]
    buttons = []
    if support.case is not None:
        lines.append(turn.word("distress_case", case=support.case))
        buttons.append(turn.button("release", f"release {support.case}"))
    if support.people:
        lines.append(turn.word("distress_ask", people=", ".join(support.people)))
    lines.append(turn.word("distress_break"))
    lines.append(turn.word("distress_emergency"))
    turn.tell("\n".join(lines), buttons)


COMMAND = Command(
    name="distress",
    words={"en": ("pause",), "fr": ("pause",), "de": ("pause",), "ar": ("استراحة",)},
    roles=EVERYBODY,
    execute=find,
    render=show,
    place=135,
)
