"""A conversation with the actions, without Rasa: what Rasa would have understood is given by the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk.executor import ActionExecutor

import actions
from courage.commands.core.services import CommandServices
from tests.unit.cases.kit import World, screen


@dataclass
class Answer:
    """Everything that was said to one message."""

    texts: list[str]
    payloads: list[str]

    @property
    def text(self) -> str:
        """All texts together."""
        return "\n".join(self.texts)


@dataclass
class Chat:
    """One person in one room."""

    world: World
    person_id: int | None
    room_kind: str = "desk"
    language: str = "en"
    organisation_id: int = 1
    services: CommandServices = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.services = self.services or CommandServices(
            casework=self.world.casework,
            recommender=self.world.recommender,  # type: ignore[arg-type]
            people=self.world.people,
            intake=self.world.intake,
            screen=screen,
            rooms=self.world.rooms,
        )
        self.executor = ActionExecutor()
        for action in actions.build(self.services):
            self.executor.register_action(action)

    async def do(self, action: str, intent: str = "", exact: bool = True, **entities: Any) -> Answer:
        """Run an action as Rasa would after a message of this intent and these entities."""
        metadata = {
            "organisation_id": self.organisation_id,
            "channel": "test",
            "room_id": "!desk",
            "room_kind": self.room_kind,
            "person_id": self.person_id,
            "display_name": "Somebody",
            "language": self.language,
        }
        found = [
            {"entity": name, "value": value}
            for name, values in entities.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        latest = {
            "intent": {"name": intent or action.removeprefix("action_"), "confidence": 1.0},
            "entities": found,
            "text": "",
            "message_id": "m1",
            "metadata": metadata,
        }
        if exact:
            latest["exact"] = True
        tracker = {
            "sender_id": f"key-{self.person_id}",
            "slots": {},
            "latest_message": latest,
            "events": [],
            "paused": False,
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": None,
        }
        result = await self.executor.run(
            {"next_action": action, "tracker": tracker, "domain": {}, "version": "3.6.21"}
        )
        assert result is not None
        assert result.events == [], "what a conversation remembers is in the engine, not in Rasa's slots"
        buttons = [button["payload"] for said in result.responses for button in said["buttons"]]
        return Answer([said["text"] for said in result.responses], buttons)
