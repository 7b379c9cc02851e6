"""``undo``: takes back the last release, dismissal or escalation."""

from __future__ import annotations

from courage.cases.casework import Casework
from courage.commands.core.closing import closing

COMMAND = closing(
    "undo",
    {"en": ("undo",), "fr": ("annuler",), "de": ("rückgängig",), "ar": ("تراجع",)},
    Casework.undo,
    confirm="undo",
    said="undone",
    place=160,
)
