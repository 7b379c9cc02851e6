"""Screens what members write in the channels of Mattermost: posts, edits and removals of each in order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from courage.cases.intake import InboundMessage, Intake
from courage.cases.kept import KeptMessage
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import since
from courage.gateways.mattermost.settings import CHANNEL, MattermostSettings
from courage.gateways.mattermost.text import moment, number, string, text_of

Json = Mapping[str, Any]
_REMEMBERED: Final = 20_000


class Reader:
    """Hands posts to the intake; a post that is heard twice, or in an older version than before, is dealt with once."""

    def __init__(self, settings: MattermostSettings, intake: Intake, in_turn: InTurn) -> None:
        self._settings = settings
        self._intake = intake
        self._in_turn = in_turn
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
            self._withdraw(room, post_id, at)
        else:
            self._screen(self._inbound(post, edit), at)

    def looked(self, post: Json | None, kept: KeptMessage) -> None:
        """Take a post that was looked up: ``None`` where it was removed; screened where it says something else now."""
        if post is None:
            self._withdraw(kept.room_id, kept.message_id, None)
        elif text_of(post) != kept.text:
            edit = _edited_at(post)
            at = since(kept, moment(edit) if edit else None)
            self._screen(replace(self._inbound(post, edit), sent_at=at, edited=True), None)

    def _screen(self, inbound: InboundMessage, at: int | None) -> None:
        async def step() -> bool:
            if inbound.text or inbound.edited:
                await self._intake.receive(inbound)
            return bool(inbound.text)

        self._in_turn.add(inbound.room_id, inbound.message_id, at, step)

    def _withdraw(self, room: str, post_id: str, at: int | None) -> None:
        async def step() -> bool:
            await self._intake.redacted(self._settings.organisation_id, CHANNEL, room, post_id)
            return False

        self._in_turn.add(room, post_id, at, step)

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
