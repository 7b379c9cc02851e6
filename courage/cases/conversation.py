"""What a gateway needs of the conversation server."""

from __future__ import annotations

from typing import Any, NotRequired, Protocol, TypedDict


class AnswerButton(TypedDict):
    """A short command that an answer offers."""

    title: str
    payload: str


class Answer(TypedDict):
    """One answer of the conversation."""

    text: str
    buttons: NotRequired[list[AnswerButton]]


class Assistant(Protocol):
    """The conversation with volunteers, trainers and members."""

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        """Say ``text`` in the conversation ``sender`` and return the answers.

        :raises AssistantUnavailable: if the conversation server does not answer.
        """
        ...


def conversation_key(channel: str, room_id: str, author: str) -> str:
    """Return the key of a conversation: one for each author in each room, so that locks do not contend."""
    from hashlib import blake2b

    digest = blake2b(f"{channel}\0{room_id}\0{author}".encode(), digest_size=16)
    return f"{channel}-{digest.hexdigest()}"
