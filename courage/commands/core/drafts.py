"""Drafts in conversation: nothing is posted but the very text that a person saw and confirmed."""

from __future__ import annotations

from courage.cases.views import DraftView
from courage.commands.core.memory import ShownDraft
from courage.commands.core.turn import Turn


def show_draft(turn: Turn, draft: DraftView, key: str = "draft") -> None:
    """Show exactly what would be posted, with the command that posts exactly this version; remember it as shown."""
    command = f"post {draft.case_id} v{draft.version}"
    turn.say(
        key,
        [turn.button("post", command), turn.button("more", "more")],
        case=draft.case_id,
        version=draft.version,
        text=draft.text,
        command=command,
    )
    turn.memory.last_case = draft.case_id
    turn.memory.shown_draft = ShownDraft(draft.case_id, draft.version)
