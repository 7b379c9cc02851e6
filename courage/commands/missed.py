"""``missed 12``: says that a message is hate although screening or a person said otherwise."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "missed",
    {
        "en": ("missed", "is hate", "hate"),
        "fr": ("c'est de la haine",),
        "de": ("ist hass",),
        "ar": ("كراهية",),
    },
    lambda casework, case_id, person_id: casework.missed(case_id, person_id),
    confirm="missed",
    said="missed",
    place=150,
)
