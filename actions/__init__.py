"""What the assistant does in conversation: words and buttons only, everything else is the engine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actions.base import CourageAction
    from actions.services import ActionServices

__all__ = ["build"]


def build(services: ActionServices) -> list[CourageAction]:
    """Return an instance of every action, ready for ``ActionExecutor.register_action``."""
    from actions.claiming import ActionClaim, ActionNext, ActionRelease, ActionShowMessage
    from actions.closing import ActionClose, ActionEscalate, ActionMissed, ActionNotHate, ActionUndo
    from actions.drafting import ActionEdit, ActionPost, ActionUse
    from actions.overview import ActionQueue
    from actions.reporting import ActionReport
    from actions.suggesting import ActionSuggest, ActionSuggestForText
    from actions.talk import ActionTalk

    kinds: tuple[type[CourageAction], ...] = (
        ActionClaim,
        ActionClose,
        ActionEdit,
        ActionEscalate,
        ActionMissed,
        ActionNext,
        ActionNotHate,
        ActionPost,
        ActionQueue,
        ActionRelease,
        ActionReport,
        ActionShowMessage,
        ActionSuggest,
        ActionSuggestForText,
        ActionTalk,
        ActionUndo,
        ActionUse,
    )
    return [kind(services) for kind in kinds]
