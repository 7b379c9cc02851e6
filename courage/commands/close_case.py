"""``close 12``: closes a case that was answered or dealt with."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "close_case",
    {"en": ("close",), "fr": ("fermer", "clore"), "de": ("schließen",), "ar": ("أغلق",)},
    lambda casework, case_id, person_id: casework.close(case_id, person_id),
    confirm="close",
    said="closed",
    place=140,
)
