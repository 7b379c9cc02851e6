"""Reports: a member, or anybody, hands over a message that should be looked at."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from actions.base import EVERYBODY, WORKERS, CourageAction, Events
from actions.turn import Sorry, Turn
from courage.cases.errors import NotPossible
from courage.cases.inbound import InboundMessage

_NOBODY = "unknown"  # who wrote the text is not known when somebody pastes it


class ActionReport(CourageAction):
    """Opens a case about a text that somebody reports, whatever screening says of it."""

    action_name = "action_report"
    roles = EVERYBODY

    async def answer(self, turn: Turn) -> Events:
        """Hand the text to intake, or say how to report."""
        text = turn.entity("text")
        if not isinstance(text, str) or not text.strip():
            raise Sorry("report_how")
        message_id = turn.tracker.latest_message.get("message_id") or datetime.now(UTC).isoformat()
        metadata = turn.tracker.latest_message.get("metadata") or {}
        message = InboundMessage(
            organisation_id=turn.speaker.organisation_id,
            channel=turn.speaker.channel,
            room_id=turn.speaker.room_id,
            message_id=f"report-{message_id}"[:255],
            author=_NOBODY,
            text=text.strip(),
            sent_at=datetime.now(UTC),
        )
        reporter = str(metadata.get("author") or turn.tracker.sender_id)
        receipt = await turn.services.intake.reported(message, reporter)
        person, verdict = turn.speaker.person, receipt.verdict
        passed = verdict is not None and not verdict.hateful
        if passed and person is not None and person.role in WORKERS and receipt.case_id is not None:
            # Members' reports are looked at first; one of the team says at once that screening missed something.
            with contextlib.suppress(NotPossible):  # its case is one that screening had opened
                await asyncio.to_thread(turn.services.casework.missed, receipt.case_id, person.id)
        turn.say("reported")
        return []
