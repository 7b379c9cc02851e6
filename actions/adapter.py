"""From what Rasa understood to a command, and from its answers to what Rasa says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from courage.commands.core.away import AWAY
from courage.commands.core.command import Command
from courage.commands.core.execution import carry_out
from courage.commands.core.registry import FALLBACK
from courage.commands.core.services import CommandServices
from courage.commands.core.turn import Request

#: Less likely than this is no guess.
_LEAST: Final = 0.15


def _guesses(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what Rasa thought likely, best first, where it was not sure enough."""
    ranking = [ranked for ranked in message.get("intent_ranking") or [] if isinstance(ranked, Mapping)]
    if not ranking or ranking[0].get("name") != FALLBACK:
        return ()
    return tuple(
        str(ranked.get("name")) for ranked in ranking[1:] if float(ranked.get("confidence") or 0) >= _LEAST
    )


class CommandAction(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Rasa's action of one command."""

    def __init__(self, command: Command, services: CommandServices) -> None:
        self._command = command
        self._services = services

    def name(self) -> str:
        """Return the name that domain and rules use."""
        return self._command.action

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Carry the command out and hand its answers to Rasa. Nothing is kept in Rasa's slots."""
        message = tracker.latest_message
        request = Request(
            command=self._command.name,
            sender=tracker.sender_id,
            metadata=message.get("metadata") or {},
            arguments=tuple(
                (str(entity.get("entity")), entity.get("value")) for entity in message.get("entities") or []
            ),
            # Set by bot.commands for exact commands that came through connectors of Rasa's own.
            exact=message.get("exact") is True,
            message_id=message.get("message_id"),
            guesses=_guesses(message),
        )
        # Set by bot.vectors where the engine could not be asked what the sentence is near to.
        command = AWAY if message.get("away") is True else self._command
        for answer in await carry_out(self._services, request, command):
            dispatcher.utter_message(text=answer["text"], buttons=list(answer.get("buttons", [])))
        return []
