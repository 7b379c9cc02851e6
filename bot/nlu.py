"""Messages of group rooms go to the engine and no further: nothing else fires, nothing is answered."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine import EngineClient, EngineUnavailable
from bot.vectors import AWAY

log = logging.getLogger(__name__)

GROUP_INTENT = "group_message"
_FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class EngineScreening(GraphComponent):
    """Has the last word on the intent: a group room's message is ``group_message`` whatever it says.

    The room is told by the message's metadata, which only connectors set. Conversations in desk and direct
    rooms pass through; texts that people quote there are screened by the action that uses them.
    """

    def __init__(self, engine: EngineClient | None) -> None:
        self._engine = engine

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EngineScreening:
        """Return the component for the engine of the environment."""
        return cls(EngineClient.from_environment())

    def process(self, messages: list[Message]) -> list[Message]:
        """Settle the intent by the room, and hand group messages to the engine."""
        for message in messages:
            metadata = message.get("metadata") or {}
            if metadata.get("room_kind") == "group":
                self._hand_over(message, metadata)
                _settle(message, GROUP_INTENT)
            elif metadata.get("addressed") is False and not message.get("exact"):
                # People in the desk room talk to each other, too.
                _settle(message, GROUP_INTENT)
            elif message.get(AWAY) or (message.get("intent") or {}).get("name") == GROUP_INTENT:
                # Without its vector a sentence means nothing; nobody should be answered by chance.
                # Only a room makes a group message, never its words.
                message.set("intent", {"name": _FALLBACK, "confidence": 1.0}, add_to_output=True)
        return messages

    def _hand_over(self, message: Message, metadata: dict[str, Any]) -> None:
        text = message.get("text") or ""
        if self._engine is None or not text.strip() or metadata.get("screened") is True:
            return
        try:
            receipt = self._engine.receive(inbound(text, metadata, str(message.get("message_id") or "")))
        except EngineUnavailable as error:
            log.warning("a message of a group room was not screened: %s", error)
            return
        message.set("verdict", _without_text(receipt.get("verdict")), add_to_output=True)
        message.set("case_id", receipt.get("case_id"), add_to_output=True)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as it is: the engine is not asked in training."""
        return training_data


def inbound(text: str, metadata: dict[str, Any], message_id: str) -> dict[str, Any]:
    """Return the engine's ``InboundMessage`` for a message that one of Rasa's own connectors took in."""
    return {
        "organisation_id": metadata.get("organisation_id") or 1,
        "channel": str(metadata.get("channel") or "rasa"),
        "room_id": str(metadata.get("room_id") or "unknown"),
        "message_id": str(metadata.get("message_id") or message_id),
        "author": str(metadata.get("author") or metadata.get("display_name") or "unknown"),
        "text": text,
        "sent_at": str(metadata.get("sent_at") or datetime.now(UTC).isoformat()),
        "reply_to": metadata.get("reply_to"),
        "edited": metadata.get("edited") is True,
    }


def _without_text(verdict: Any) -> dict[str, Any] | None:
    if not isinstance(verdict, dict):
        return None
    return {
        key: verdict[key] for key in ("hateful", "score", "category", "severity", "route") if key in verdict
    }


def _settle(message: Message, intent: str) -> None:
    message.set("intent", {"name": intent, "confidence": 1.0}, add_to_output=True)
    message.set("intent_ranking", [{"name": intent, "confidence": 1.0}], add_to_output=True)
    message.set("entities", [], add_to_output=True)
