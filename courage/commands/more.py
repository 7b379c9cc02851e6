"""``more``: shows suggestions that were not shown yet; wishes still hold."""

from __future__ import annotations

from courage.commands.core.command import WORKERS, Command
from courage.commands.core.offers import Offer, offer, show_offer
from courage.commands.core.turn import Turn


async def more(turn: Turn) -> Offer:
    """Return other suggestions for the current case."""
    case_id = await turn.case()
    return await offer(turn, case_id, turn.memory.wishes_for(case_id), others=True)


COMMAND = Command(
    name="more",
    words={
        "en": ("more", "m", "other", "others", "other suggestions"),
        "fr": ("autres", "plus"),
        "de": ("mehr", "andere"),
        "ar": ("المزيد",),
    },
    roles=WORKERS,
    execute=more,
    render=show_offer,
    place=60,
)
