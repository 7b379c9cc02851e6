"""Screens what members write in the channels of Mattermost: posts, edits and removals of each in order."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from courage.cases.intake import InboundMessage, Intake
from courage.cases.kept import KeptMessage
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import since
from courage.gateways.mattermost.settings import CHANNEL, MattermostSettings
from courage.gateways.mattermost.text import text_of
from courage.gateways.steps import Steps
from courage.gateways.values import Json, moment, number, string

_REMEMBERED: Final = 20_000


class Reader:
    """Hands posts to the intake; a post that is heard twice, or in an older version than before, is dealt with once."""

    def __init__(self, settings: MattermostSettings, intake: Intake, in_turn: InTurn) -> None:
        self._settings = settings
        self._steps = Steps(settings.organisation_id, CHANNEL, intake, in_turn)
        self._seen: OrderedDict[str, tuple[bool, int]] = OrderedDict()

    def read(self, post: Json) -> None:
        """Screen a post as it is now: new, edited or removed."""
        post_id, removed, edit = string(post.get("id")), bool(number(post.get("delete_at"))), _edited_at(post)
        if not post_id or string(post.get("original_id")):
            return  # an earlier text of an edited post, which Mattermost keeps as a removed one
        version = (removed, edit)
        if self._seen.get(post_id, (False, -1)) >= version:
            return
        self._seen[post_id] = version
        self._seen.move_to_end(post_id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        room = string(post.get("channel_id"))
        at = max(number(post.get("update_at")), number(post.get("create_at")))
        if removed:
            self._steps.withdraw(room, post_id, at)
        else:
            self._steps.screen(self._inbound(post, edit), at)

    def looked(self, post: Json | None, kept: KeptMessage) -> None:
        """Take a post that was looked up: ``None`` where it was removed; screened where it says something else now."""
        if post is None:
            self._steps.withdraw(kept.room_id, kept.message_id, None)
        elif text_of(post) != kept.text:
            edit = _edited_at(post)
            at = since(kept, moment(edit) if edit else None)
            self._steps.screen(replace(self._inbound(post, edit), sent_at=at, edited=True), None)

    def _inbound(self, post: Json, edit: int) -> InboundMessage:
        return InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            string(post.get("channel_id")),
            string(post.get("id")),
            string(post.get("user_id")),
            text_of(post),
            moment(edit or number(post.get("create_at"))),
            reply_to=string(post.get("root_id")) or None,
            edited=edit > 0,
        )


def _edited_at(post: Json) -> int:
    """Return when a member changed a post, or 0: reactions, pins and answers change its ``update_at`` too."""
    return number(post.get("edit_at"))
