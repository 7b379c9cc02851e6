"""The states of a case and the steps between them: a table without side effects."""

from __future__ import annotations

from typing import Final

from courage.cases.errors import NotPossible

STATUSES: Final = ("open", "claimed", "replied", "dismissed", "escalated", "withdrawn", "closed")
ACTIVE: Final = frozenset({"open", "claimed", "escalated"})
UNDOABLE: Final = frozenset({"release", "dismiss", "escalate"})

# What people say a step leads to, for messages of errors.
_WORDS: Final = {
    "open": "open",
    "claimed": "claimed by a person",
    "replied": "answered already",
    "dismissed": "dismissed as not hate",
    "escalated": "in the escalation lane",
    "withdrawn": "withdrawn because its message is gone",
    "closed": "closed",
}

STEPS: Final[dict[tuple[str, str], str]] = {
    ("open", "claim"): "claimed",
    ("open", "dismiss"): "dismissed",
    ("open", "escalate"): "escalated",
    ("open", "withdraw"): "withdrawn",
    ("claimed", "release"): "open",
    ("claimed", "expire"): "open",
    ("claimed", "post"): "replied",
    ("claimed", "dismiss"): "dismissed",
    ("claimed", "escalate"): "escalated",
    ("claimed", "withdraw"): "withdrawn",
    ("open", "post"): "replied",  # the claim ran out while the channel was accepting the reply
    ("withdrawn", "reopen"): "open",  # an edit made the message hateful again
    ("dismissed", "reopen"): "open",  # an edit, or a person who says it was hate after all
    ("dismissed", "reopen_escalated"): "escalated",  # the same, of what was in the escalation lane
    ("escalated", "dismiss"): "dismissed",
    ("escalated", "close"): "closed",
    ("escalated", "withdraw"): "withdrawn",
    ("replied", "close"): "closed",
    # Undo goes back to where the step came from; the caller knows which of the two it was.
    ("open", "undo_to_claimed"): "claimed",
    ("dismissed", "undo_to_claimed"): "claimed",
    ("escalated", "undo_to_claimed"): "claimed",
    ("dismissed", "undo_to_open"): "open",
    ("escalated", "undo_to_open"): "open",
    ("dismissed", "undo_to_escalated"): "escalated",
}

ACTIONS: Final = tuple(sorted({action for _, action in STEPS}))


def next_status(case_id: int, status: str, action: str) -> str:
    """Return the status that ``action`` leads to.

    :raises NotPossible: if the case's status does not allow the action.
    """
    try:
        return STEPS[status, action]
    except KeyError:
        step = action.partition("_")[0]  # undo_to_open is an undo, reopen_escalated a reopening
        raise NotPossible(f"cannot {step} case {case_id}: it is {_WORDS.get(status, status)}") from None


def allowed(status: str) -> tuple[str, ...]:
    """Return the actions that a status allows, in a stable order."""
    return tuple(sorted(action for before, action in STEPS if before == status))
