"""``edit: my own text``: takes the person's own words as the draft."""

from __future__ import annotations

import asyncio

from courage.cases.views import DraftView
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.drafts import show_draft
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import CaseNumber, FreeText
from courage.commands.core.turn import Turn


async def edit(turn: Turn) -> DraftView:
    """Make what stands after ``edit:`` the draft.

    :raises CommandRefused: with what could be edited, if there is no text.
    """
    text = turn.argument("text")
    case_id = await turn.case()
    if isinstance(text, str) and text.strip():
        return await asyncio.to_thread(turn.services.casework.edit, case_id, turn.person.id, text)
    case = await asyncio.to_thread(
        turn.services.casework.view, case_id, turn.speaker.organisation_id, turn.person.id
    )
    if case.draft is not None and case.holder_id == turn.person.id:
        raise CommandRefused("edit_how_draft", text=case.draft.text)
    raise CommandRefused("edit_how")


COMMAND = Command(
    name="edit",
    words={"en": ("edit", "e"), "fr": ("modifier",), "de": ("ändern",), "ar": ("عدّل", "عدل")},
    parameters=(CaseNumber(), FreeText("text", optional=True)),
    roles=WORKERS,
    execute=edit,
    render=show_draft,
    place=90,
)
