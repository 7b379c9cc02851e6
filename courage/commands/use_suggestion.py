"""``use 2``: makes a suggestion the draft."""

from __future__ import annotations

import asyncio
from typing import Final

from courage.cases.views import DraftView
from courage.commands.core.command import WORKERS, Command
from courage.commands.core.drafts import show_draft
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import Choice
from courage.commands.core.turn import Turn

NUMBER_WORDS: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("one", "first", "1st", "un", "eins", "premier", "première", "erste", "واحد", "الأول"), 1
    ),
    **dict.fromkeys(("two", "second", "2nd", "deux", "zwei", "deuxième", "zweite", "اثنان", "الثاني"), 2),
    **dict.fromkeys(("three", "third", "3rd", "trois", "drei", "troisième", "dritte", "ثلاثة", "الثالث"), 3),
}


async def use(turn: Turn) -> DraftView:
    """Make suggestion 1, 2 or 3 of the current case the draft.

    :raises CommandRefused: if no number was given.
    """
    number = turn.argument("number")
    if not isinstance(number, int):
        raise CommandRefused("use_which")
    case_id = await turn.case()
    return await asyncio.to_thread(turn.services.casework.choose, case_id, turn.person.id, number)


COMMAND = Command(
    name="use_suggestion",
    words={
        "en": ("use", "u", "number", "no"),
        "fr": ("choisir", "utiliser"),
        "de": ("nimm", "nehme", "nummer"),
        "ar": ("استخدم",),
    },
    parameters=(Choice(NUMBER_WORDS, marks=("number", "no.", "no", "#")),),
    roles=WORKERS,
    execute=use,
    render=show_draft,
    place=80,
)
