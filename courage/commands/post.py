"""``post``: posts a draft that the person has seen, when told so by an exact command. A mere yes shows it again."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from courage.cases.views import CaseView, DraftView
from courage.clock import utcnow
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.drafts import show_draft
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import CaseNumber, DraftVersion
from courage.commands.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Changed:
    """A draft that is not the one the person saw, so that nothing was posted."""

    draft: DraftView


@dataclass(frozen=True, slots=True)
class Leaving:
    """A reply that leaves in some seconds, until which it can be taken back."""

    case: CaseView
    seconds: int


Outcome = CaseView | DraftView | Changed | Leaving


async def post(turn: Turn) -> Outcome:
    """Post the version that was named or, for plain ``post``, the one just shown.

    Returns the case whose reply is on its way, else the draft that has to be seen first.
    """
    case_id = await turn.case()
    shown, version = turn.memory.shown_draft, turn.argument("version")
    if version is None and shown is not None and shown.case_id == case_id:
        version = shown.version
    if not turn.exact or not isinstance(version, int):
        return await _draft(turn, case_id)
    case = await asyncio.to_thread(
        turn.services.casework.view, case_id, turn.speaker.organisation_id, turn.person.id
    )
    newest = case.draft
    if newest is not None and newest.version != version and case.holder_id == turn.person.id:
        return Changed(newest)
    await asyncio.to_thread(turn.services.casework.confirm_post, case_id, turn.person.id, version)
    turn.memory.last_case, turn.memory.shown_draft = case_id, None
    leaves = await asyncio.to_thread(turn.services.casework.leaves_at, case_id, turn.person.id)
    if leaves is not None and (seconds := math.ceil((leaves - utcnow()).total_seconds())) > 0:
        return Leaving(case, seconds)
    return case


async def agree(turn: Turn) -> Outcome:
    """Return the draft that a yes seems to be about.

    :raises CommandRefused: if none was shown.
    """
    if turn.memory.shown_draft is None:
        raise CommandRefused("affirm")
    return await _draft(turn, await turn.case())


async def _draft(turn: Turn, case_id: int) -> DraftView:
    case = await asyncio.to_thread(
        turn.services.casework.view, case_id, turn.speaker.organisation_id, turn.person.id
    )
    if case.status != "claimed" or case.holder_id != turn.person.id:
        raise CommandRefused("not_yours", case=case_id)
    if case.draft is None:
        raise CommandRefused("no_draft", [turn.button("suggest", f"suggest {case_id}")], case=case_id)
    return case.draft


def show(turn: Turn, outcome: Outcome) -> None:
    """Say where the reply goes, or show the draft with the command that posts exactly it."""
    match outcome:
        case Leaving():
            turn.say(
                "posting_soon",
                [turn.button("undo", f"undo {outcome.case.id}"), turn.button("queue", "queue")],
                case=outcome.case.id,
                room=outcome.case.room_name,
                count=outcome.seconds,
            )
        case CaseView():
            turn.say("posting", [turn.button("queue", "queue")], case=outcome.id, room=outcome.room_name)
        case Changed():
            show_draft(turn, outcome.draft, "draft_changed")
        case DraftView():
            show_draft(turn, outcome)


COMMANDS = (
    Command(
        name="post",
        words={"en": ("post",), "fr": ("publier",), "de": ("posten", "veröffentlichen"), "ar": ("انشر",)},
        parameters=(CaseNumber(), DraftVersion()),
        roles=WORKERS,
        execute=post,
        render=show,
        place=100,
        usage={"en": "post", "fr": "publier", "de": "posten", "ar": "انشر"},
    ),
    Command(name="affirm", roles=WORKERS, execute=agree, render=show),
)
