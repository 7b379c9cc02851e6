"""``escalate``: hands a case to the moderators."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "escalate",
    {
        "en": ("escalate",),
        "fr": ("escalader", "escalade"),
        "de": ("eskalieren",),
        "ar": ("صعّد", "صعد"),
    },
    lambda casework, case_id, person_id: casework.escalate(case_id, person_id),
    confirm="escalate",
    said="escalated",
    place=120,
    recent=False,
    undoable=True,
)
