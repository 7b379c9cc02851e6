"""What intake is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from courage.cases.errors import CaseError
from courage.detection.verdict import Verdict
from courage.taxonomy import NARRATIVES_OPEN

_MAX_ID = 255


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message of a member as a channel delivers it.

    ``author`` is the channel's user id (only a pseudonym of it is kept), ``sent_at`` the channel's time,
    ``reply_to`` the id of the message it answers. For an edit, ``message_id`` is the id of the message that
    was edited, ``text`` the new text and ``sent_at`` the time of the edit; ``taken_back`` says that it is an earlier text
    which shows again because an edit was removed.
    """

    organisation_id: int
    channel: str
    room_id: str
    message_id: str
    author: str
    text: str
    sent_at: datetime
    reply_to: str | None = None
    edited: bool = False
    received_at: datetime | None = None
    taken_back: bool = False

    def checked(self) -> InboundMessage:
        """Return the message, fit for the database.

        :raises CaseError: if an id is empty or too long, or a time has no time zone.
        """
        for what in ("channel", "room_id", "message_id", "author"):
            value = getattr(self, what)
            if not value or len(value) > _MAX_ID:
                raise CaseError(f"{what} of a message has 1 to {_MAX_ID} characters, this one {len(value)}")
        if self.sent_at.tzinfo is None:
            raise CaseError("sent_at of a message has no time zone; give it in UTC")
        # PostgreSQL refuses NUL and lone surrogates; neither carries meaning.
        text = self.text.replace("\0", "").encode("utf-8", "replace").decode()
        return self if text == self.text else replace(self, text=text)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message; ``verdict`` is ``None`` when there was nothing to screen."""

    verdict: Verdict | None
    case_id: int | None = None
    created: bool = False


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How intake works.

    ``key`` is the secret behind pseudonyms (16 bytes or more), ``retain`` how long a flagged text is kept,
    ``desk_channel`` the channel whose desk room gets all cards (``None``: the channel of the message), ``narratives``
    the sensitivities at which a narrative opens a case, where a room's own choice says nothing else.
    """

    key: bytes
    retain: timedelta = timedelta(days=30)
    repeat_window: timedelta = timedelta(hours=24)
    cards_per_minute: int = 10
    flush_seconds: float = 5.0
    desk_channel: str | None = None
    narratives: frozenset[str] = NARRATIVES_OPEN
