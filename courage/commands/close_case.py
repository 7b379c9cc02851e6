"""``close 12``: closes a case that was answered or dealt with."""

from __future__ import annotations

from courage.cases.casework import Casework
from courage.commands.core.closing import closing

COMMAND = closing(
    "close_case",
    {"en": ("close",), "fr": ("fermer", "clore"), "de": ("schließen",), "ar": ("أغلق",)},
    Casework.close,
    confirm="close",
    said="closed",
    place=140,
)
