"""``not hate``: dismisses a case, because the message is not hate."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "not_hate",
    {
        "en": ("not hate", "no hate", "not hateful", "nh"),
        "fr": ("pas de haine",),
        "de": ("kein hass",),
        "ar": ("ليس كراهية",),
    },
    lambda casework, case_id, person_id: casework.dismiss(case_id, person_id),
    confirm="not hate",
    said="dismissed",
    place=110,
    recent=False,
    undoable=True,
)
