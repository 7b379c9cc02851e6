"""Screens what members write in the rooms of Rocket.Chat: messages, edits and removals of each in order."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final

from courage.cases.intake import InboundMessage, Intake
from courage.cases.kept import KeptMessage
from courage.gateways.in_turn import InTurn
from courage.gateways.look_back import since
from courage.gateways.rocketchat.settings import CHANNEL, RocketChatSettings
from courage.gateways.rocketchat.text import author, has_preview, is_removed, stamp, text_of
from courage.gateways.steps import Steps
from courage.gateways.values import Json, moment, string

_REMEMBERED: Final = 20_000


class Reader:
    """Hands messages to the intake; what is heard twice, or in an older version than before, is dealt with once.

    Rocket.Chat sends a message anew for every reaction, pin and answer in its thread: only an edit and a preview of a
    link, which comes a moment later, change what it says.
    """

    def __init__(self, settings: RocketChatSettings, intake: Intake, in_turn: InTurn) -> None:
        self._settings = settings
        self._steps = Steps(settings.organisation_id, CHANNEL, intake, in_turn)
        self._seen: OrderedDict[str, tuple[bool, int, bool]] = OrderedDict()

    def read(self, message: Json, *, new: bool) -> None:
        """Screen a message as it is now; ``new`` says that it cannot have been read before."""
        message_id, room = string(message.get("_id")), string(message.get("rid"))
        if not message_id or not room:
            return
        edit = stamp(message.get("editedAt"))
        version = (is_removed(message), edit, has_preview(message))
        before = self._seen.get(message_id)
        if before is not None and before >= version:
            return
        self._remember(message_id, version)
        sent = stamp(message.get("ts"))
        at = max(sent, stamp(message.get("_updatedAt")))
        if version[0]:
            self._steps.withdraw(room, message_id, at)
            return
        changed = edit > 0 or before is not None or not new
        # A preview counts as a moment after the message.
        when = moment(edit or (sent + 1 if changed else sent))
        self._screen(message, when, at, edited=changed)

    def looked(self, message: Json | None, kept: KeptMessage) -> None:
        """Take a message that was looked up: ``None`` where it was removed; screened where it says something else now."""
        if message is None:
            self._steps.withdraw(kept.room_id, kept.message_id, None)
        elif text_of(message) != kept.text:
            edit = stamp(message.get("editedAt"))
            self._screen(message, since(kept, moment(edit) if edit else None), None, edited=True)

    def _screen(self, message: Json, when: datetime, at: int | None, *, edited: bool) -> None:
        inbound = InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            string(message.get("rid")),
            string(message.get("_id")),
            author(message),
            text_of(message),
            when,
            reply_to=string(message.get("tmid")) or None,
            edited=edited,
        )

        self._steps.screen(inbound, at)

    def removed(self, room: str, message_id: str, at: int) -> None:
        """Withdraw the case of a removed message."""
        if message_id and not self._seen.get(message_id, (False, 0, False))[0]:
            self._remember(message_id, (True, 0, False))
            self._steps.withdraw(room, message_id, at)

    def _remember(self, message_id: str, version: tuple[bool, int, bool]) -> None:
        self._seen[message_id] = version
        self._seen.move_to_end(message_id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
