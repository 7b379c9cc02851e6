"""``undo``: takes back the last release, dismissal or escalation."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "undo",
    {"en": ("undo",), "fr": ("annuler",), "de": ("rückgängig",), "ar": ("تراجع",)},
    lambda casework, case_id, person_id: casework.undo(case_id, person_id),
    confirm="undo",
    said="undone",
    place=160,
)
