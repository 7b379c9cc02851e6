"""A conversation as a gateway has it, with a stand-in for Rasa."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from courage.cases.conversation import Answer, Assistant
from courage.cases.errors import AssistantUnavailable
from courage.commands.core.conversation import Conversation
from courage.commands.core.registry import Registry, default_registry
from courage.commands.core.services import CommandServices
from tests.unit.cases.kit import World, screen


@dataclass
class Sentences:
    """Says that it understood a sentence, or is away."""

    away: bool = False
    heard: list[tuple[str, str]] = field(default_factory=list)

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        """Answer as Rasa would."""
        if self.away:
            raise AssistantUnavailable("the assistant does not answer just now")
        self.heard.append((sender, text))
        return [{"text": f"sentence: {text}"}]


class Talk:
    """One conversation object and the people who use it."""

    def __init__(
        self, world: World, sentences: Assistant | None = None, registry: Registry | None = None
    ) -> None:
        self.sentences = sentences
        self.services = CommandServices(
            casework=world.casework,
            recommender=world.recommender,  # type: ignore[arg-type]
            people=world.people,
            intake=world.intake,
            screen=screen,
            rooms=world.rooms,
            registry=registry or default_registry(),
        )
        self.conversation = Conversation(self.services, sentences)

    async def say(self, person_id: int | None, text: str, **metadata: Any) -> list[Answer]:
        """Say something and return the answers."""
        given = {
            "organisation_id": 1, "channel": "test", "room_id": "!desk", "room_kind": "desk", "person_id": person_id,
            "display_name": "Somebody", "language": "en", **metadata,
        }  # fmt: skip
        return await self.conversation.talk(f"key-{person_id}", text, given)

    async def hear(self, person_id: int | None, text: str, **metadata: Any) -> str:
        """Say something and return the texts of the answers."""
        return "\n".join(answer["text"] for answer in await self.say(person_id, text, **metadata))
