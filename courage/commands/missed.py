"""``missed 12``: says that a message is hate although screening or a person said otherwise."""

from __future__ import annotations

from courage.cases.casework import Casework
from courage.commands.core.closing import closing

COMMAND = closing(
    "missed",
    {
        "en": ("missed", "is hate", "hate"),
        "fr": ("c'est de la haine",),
        "de": ("ist hass",),
        "ar": ("كراهية",),
    },
    Casework.missed,
    confirm="missed",
    said="missed",
    place=150,
)
