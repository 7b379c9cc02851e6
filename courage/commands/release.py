"""``release``: gives a case back to the queue."""

from __future__ import annotations

from courage.commands.core.closing import closing

COMMAND = closing(
    "release",
    {"en": ("release", "let go"), "fr": ("rendre", "libérer"), "de": ("freigeben",), "ar": ("أعد",)},
    lambda casework, case_id, person_id: casework.release(case_id, person_id),
    confirm="release",
    said="released",
    place=130,
    recent=False,
    undoable=True,
)
