"""What Rasa asks of the engine; actions speak rasa-sdk's own contract, which stands in that library."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from courage.taxonomy import SENSITIVITIES
from courage.web.errors import BadInput
from courage.web.schemas.base import Answer, AnyText, OneOf, Request
from courage.web.schemas.screening import Verdict


class Served(Request):
    """A text, and who is served with what is said of it: a person, or the room in which it stands."""

    text: AnyText
    person_id: int | None = Field(None, description="whose; may be left out where there is one organisation")
    channel: AnyText | None = Field(None, description="with room_id, instead of a person")
    room_id: AnyText | None = None


class ScreenMessage(Served):
    """A message to screen, as it came from a chat."""

    sensitivity: Annotated[str, OneOf(SENSITIVITIES)] | None = Field(
        None, description="the engine's own setting if left out"
    )


class SuggestForMessage(Served):
    """A message to suggest responses to."""


class MemberMessage(Request):
    """A member's message that reached Rasa through one of its own connectors."""

    organisation_id: int
    channel: AnyText
    room_id: AnyText
    message_id: AnyText
    author: AnyText
    text: AnyText
    sent_at: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="ISO 8601 with time zone; now if left out"
    )
    reply_to: AnyText | None = None
    edited: bool | None = None

    def sent(self, now: datetime) -> datetime:
        """Return when the message was sent; ``now`` where nobody said so.

        :raises BadInput: if it is no time.
        """
        try:
            return datetime.fromisoformat(self.sent_at) if self.sent_at else now
        except ValueError:
            raise BadInput("field 'sent_at' must be an ISO 8601 time with time zone") from None


class VectorsWanted(Request):
    """Sentences whose vectors are asked for."""

    texts: Annotated[list[AnyText], Field(min_length=1, max_length=256)]


class Vectors(Answer):
    """One unit vector a text in the order asked, each float32 (little-endian) in Base64; ``encoder`` says what made them."""

    encoder: str
    vectors: list[str]


class Receipt(Answer):
    """What became of a member's message; no verdict where there was nothing to screen."""

    verdict: Verdict | None
    case_id: int | None
    created: bool
