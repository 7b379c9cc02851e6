"""``report: a text``: a member, or anybody, hands over a message that should be looked at."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from courage.cases.errors import NotPossible, NotReady
from courage.cases.inbound import InboundMessage
from courage.commands.core.command import EVERYBODY, WORKERS, Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import FreeText
from courage.commands.core.parser import either
from courage.commands.core.turn import Turn

_NOBODY = "unknown"  # who wrote the text is not known when somebody pastes it
_WORDS = {"en": ("report",), "fr": ("signaler",), "de": ("melden",), "ar": ("بلّغ", "بلغ")}
#: What makes a text in quotation marks a report.
REPORTING = rf"\b(?:{either(word for words in _WORDS.values() for word in words)}|reporting|flag)\b"


async def report(turn: Turn) -> None:
    """Open a case about the text, whatever screening says of it.

    :raises CommandRefused: with how to report, if there is no text.
    """
    text = turn.argument("text")
    if not isinstance(text, str) or not text.strip():
        raise CommandRefused("report_how")
    message_id = turn.request.message_id or datetime.now(UTC).isoformat()
    message = InboundMessage(
        organisation_id=turn.speaker.organisation_id,
        channel=turn.speaker.channel,
        room_id=turn.speaker.room_id,
        message_id=f"report-{message_id}"[:255],
        author=_NOBODY,
        text=text.strip(),
        sent_at=datetime.now(UTC),
    )
    reporter = str(turn.request.metadata.get("author") or turn.request.sender)
    receipt = await turn.services.intake.reported(message, reporter)
    person, verdict = turn.speaker.person, receipt.verdict
    passed = verdict is not None and not verdict.hateful
    if passed and person is not None and person.role in WORKERS and receipt.case_id is not None:
        # Members' reports are looked at first; one of the team says at once that screening missed something.
        # Its case is one that screening had opened; or they get no live cases yet, and report as members do.
        with contextlib.suppress(NotPossible, NotReady):
            await asyncio.to_thread(turn.services.casework.missed, receipt.case_id, person.id)


def thank(turn: Turn, _: None) -> None:
    """Say that volunteers will look at it."""
    turn.say("reported")


COMMAND = Command(
    name="report",
    words=_WORDS,
    parameters=(FreeText("text", optional=True, requests=REPORTING),),
    roles=EVERYBODY,
    execute=report,
    render=thank,
    place=180,
)
