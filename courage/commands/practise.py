"""``practise``: offers scenarios of the academy by number; what follows goes to the drill until ``stop``."""

from __future__ import annotations

from courage.commands.core.command import STAFF, Command
from courage.commands.core.drilling import offer, show_offer

COMMAND = Command(
    name="practise",
    words={
        "en": ("practise", "practice"),
        "fr": ("s'entraîner", "s'entrainer", "entraînement", "entrainement"),
        "de": ("üben",),
        "ar": ("تدريب",),
    },
    roles=STAFF,
    execute=offer,
    render=show_offer,
    exact_only=True,
    place=180,
)
