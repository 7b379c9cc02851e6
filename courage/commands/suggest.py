"""``suggest``: shows suggestions for a case; forgets what was wished for before."""

from __future__ import annotations

from courage.commands.core.command import WORKERS, Command
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.offers import Offer, offer, show_offer
from courage.commands.core.turn import Turn


async def suggest(turn: Turn) -> Offer:
    """Return suggestions for the case that was named or the current one."""
    return await offer(turn, await turn.case())


COMMAND = Command(
    name="suggest",
    words={
        "en": ("suggest", "suggestions", "suggestion"),
        "fr": ("proposer", "propositions"),
        "de": ("vorschläge", "vorschlag"),
        "ar": ("اقتراحات",),
    },
    parameters=(CaseNumber(),),
    roles=WORKERS,
    execute=suggest,
    render=show_offer,
    place=50,
)
