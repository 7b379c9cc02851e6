"""Exact commands that reach Rasa through connectors of its own; those of the engine's gateways never come here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from courage.commands.core.grammar import from_json
from courage.commands.core.parser import Argument, Parser

#: The engine's own parser, over the words that ``python -m courage.commands`` wrote.
PARSER = Parser(from_json(json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))))
parse = PARSER.parse
in_prose = PARSER.in_prose


def entity(argument: Argument) -> dict[str, Any]:
    """Return an argument of a command as Rasa's entity."""
    return {
        "entity": argument.name,
        "value": argument.value,
        "start": argument.start,
        "end": argument.end,
        "confidence_entity": 1.0,
        "extractor": "ShortCommands",
    }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ShortCommands(GraphComponent):
    """Overrules the learned intent where a message is exactly a command, and marks it as exact.

    Actions that cannot be taken back ask for the exact command when a sentence only seemed to mean them.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShortCommands:
        """Return the component; it has nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and entities of each message that is a command."""
        for message in messages:
            text = message.get("text") or ""
            command = parse(text)
            if command is None:
                intent = (message.get("intent") or {}).get("name") or ""
                found = [entity(argument) for argument in in_prose(intent, text)]
                message.set("entities", (message.get("entities") or []) + found, add_to_output=True)
                continue
            message.set("intent", {"name": command.name, "confidence": 1.0}, add_to_output=True)
            message.set("intent_ranking", [{"name": command.name, "confidence": 1.0}], add_to_output=True)
            message.set("entities", [entity(a) for a in command.arguments], add_to_output=True)
            message.set("exact", True, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as it is."""
        return training_data
