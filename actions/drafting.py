"""From a suggestion to a reply: nothing is posted but the very text that a person saw and confirmed."""

from __future__ import annotations

import asyncio

from rasa_sdk.events import SlotSet

from actions.base import CourageAction, Events, remember_case
from actions.turn import Sorry, Turn
from courage.cases.views import DraftView


def show_draft(turn: Turn, draft: DraftView, key: str = "draft") -> Events:
    """Show exactly what would be posted, with the command that posts exactly this version."""
    command = f"post {draft.case_id} v{draft.version}"
    turn.say(
        key,
        [turn.button("post", command), turn.button("more", "more")],
        case=draft.case_id,
        version=draft.version,
        text=draft.text,
        command=command,
    )
    shown = {"case": draft.case_id, "version": draft.version}
    return [remember_case(draft.case_id), SlotSet("shown_draft", shown)]


class ActionUse(CourageAction):
    """Makes a suggestion the draft."""

    action_name = "action_use"

    async def answer(self, turn: Turn) -> Events:
        """Take suggestion 1, 2 or 3 and show it for confirmation."""
        number = turn.entity("number")
        if not isinstance(number, int):
            raise Sorry("use_which")
        case_id = await turn.case()
        draft = await asyncio.to_thread(turn.services.casework.choose, case_id, turn.person.id, number)
        return show_draft(turn, draft)


class ActionEdit(CourageAction):
    """Takes the person's own words as the draft."""

    action_name = "action_edit"

    async def answer(self, turn: Turn) -> Events:
        """Make what stands after ``edit:`` the draft; without it, show what could be edited."""
        text = turn.entity("text")
        case_id = await turn.case()
        if not isinstance(text, str) or not text.strip():
            case = await asyncio.to_thread(turn.services.casework.view, case_id, turn.speaker.organisation_id)
            if case.draft is not None and case.holder_id == turn.person.id:
                turn.say("edit_how_draft", text=case.draft.text)
            else:
                turn.say("edit_how")
            return []
        draft = await asyncio.to_thread(turn.services.casework.edit, case_id, turn.person.id, text)
        return show_draft(turn, draft)


class ActionPost(CourageAction):
    """Posts a draft that the person has seen, when told so by an exact command."""

    action_name = "action_post"

    async def answer(self, turn: Turn) -> Events:
        """Post the version that was named or, for plain ``post``, the one just shown; else show it first."""
        shown = turn.slot("shown_draft")
        if turn.intent == "affirm" and not shown:
            turn.say("affirm")
            return []
        case_id = await turn.case()
        version = turn.entity("version")
        if version is None and shown.get("case") == case_id:
            version = shown.get("version")
        if not turn.exact or not isinstance(version, int):
            return await self._show_first(turn, case_id)
        case = await asyncio.to_thread(turn.services.casework.view, case_id, turn.speaker.organisation_id)
        newest = case.draft
        if newest is not None and newest.version != version and case.holder_id == turn.person.id:
            return show_draft(turn, newest, "draft_changed")
        await asyncio.to_thread(turn.services.casework.confirm_post, case_id, turn.person.id, version)
        turn.say("posting", [turn.button("queue", "queue")], case=case_id, room=case.room_name)
        return [remember_case(case_id), SlotSet("shown_draft", None)]

    @staticmethod
    async def _show_first(turn: Turn, case_id: int) -> Events:
        case = await asyncio.to_thread(turn.services.casework.view, case_id, turn.speaker.organisation_id)
        if case.status != "claimed" or case.holder_id != turn.person.id:
            raise Sorry("not_yours", case=case_id)
        if case.draft is None:
            raise Sorry("no_draft", [turn.button("suggest", f"suggest {case_id}")], case=case_id)
        return show_draft(turn, case.draft)
