"""``release``: gives a case back to the queue."""

from __future__ import annotations

from courage.cases.casework import Casework
from courage.commands.core.closing import closing

COMMAND = closing(
    "release",
    {"en": ("release", "let go"), "fr": ("rendre", "libérer"), "de": ("freigeben",), "ar": ("أعد",)},
    Casework.release,
    confirm="release",
    said="released",
    place=130,
    recent=False,
    undoable=True,
)
