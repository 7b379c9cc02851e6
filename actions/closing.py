"""How a case ends without a reply, and how that is taken back."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from actions.base import CourageAction, Events, remember_case
from actions.turn import Turn


class _Closing(CourageAction):
    """A step that needs nothing but a case; ``method`` is casework's, ``said`` the catalogue's key."""

    method: ClassVar[str]
    said: ClassVar[str]
    undoable: ClassVar[bool] = True
    recent: ClassVar[bool] = True

    async def answer(self, turn: Turn) -> Events:
        """Take the step and offer to undo it."""
        # What a person is on comes before what the conversation dealt with last.
        case_id = await turn.case(recent=self.recent)
        step = getattr(turn.services.casework, self.method)
        case = await asyncio.to_thread(step, case_id, turn.person.id)
        buttons = [turn.button("undo", f"undo {case_id}")] if self.undoable else []
        turn.say(self.said, buttons, case=case_id, status=turn.named("status", case.status))
        return [remember_case(case_id)]


class ActionNotHate(_Closing):
    """Dismisses a case: the message is not hate."""

    action_name = "action_not_hate"
    confirm = "not hate"
    method = "dismiss"
    said = "dismissed"
    recent = False


class ActionEscalate(_Closing):
    """Hands a case to the moderators."""

    action_name = "action_escalate"
    confirm = "escalate"
    method = "escalate"
    said = "escalated"
    recent = False


class ActionClose(_Closing):
    """Closes a case that was answered or dealt with."""

    action_name = "action_close"
    confirm = "close"
    method = "close"
    said = "closed"
    undoable = False


class ActionMissed(_Closing):
    """Says that a message is hate although screening or a person said otherwise."""

    action_name = "action_missed"
    confirm = "missed"
    method = "missed"
    said = "missed"
    undoable = False


class ActionUndo(_Closing):
    """Takes back the last release, dismissal or escalation."""

    action_name = "action_undo"
    confirm = "undo"
    method = "undo"
    said = "undone"
    undoable = False
