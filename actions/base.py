"""What all actions share: who may use them, and that errors are said kindly."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.services import ActionServices
from actions.turn import Sorry, Turn, speaker_of
from courage.cases.errors import AlreadyClaimed
from courage.errors import CourageError

log = logging.getLogger(__name__)

WORKERS = frozenset({"volunteer", "moderator", "admin"})
EVERYBODY: frozenset[str] = frozenset()

Events = list[dict[str, Any]]


class CourageAction(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """An action of the assistant.

    ``roles`` may use it; ``EVERYBODY`` includes members, who have no role. ``confirm`` is the command that is
    asked for when a sentence only seemed to mean it, ``""`` for actions that do no harm.
    """

    action_name: ClassVar[str]
    roles: ClassVar[frozenset[str]] = WORKERS
    confirm: ClassVar[str] = ""

    def __init__(self, services: ActionServices) -> None:
        self.services = services

    def name(self) -> str:
        """Return the name that domain and rules use."""
        return self.action_name

    @abstractmethod
    async def answer(self, turn: Turn) -> Events:
        """Do the work and answer; raise ``Sorry`` or ``CourageError`` for what the person should know."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Answer one message. Nothing is ever said in a group room, and no error leaves this method."""
        metadata = tracker.latest_message.get("metadata") or {}
        if metadata.get("room_kind") == "group":
            return []
        turn: Turn | None = None
        try:
            turn = Turn(self.services, dispatcher, tracker, await speaker_of(tracker, self.services))
            self._check_role(turn)
            if self.confirm and not turn.exact:
                return await self._ask(turn)
            return await self.answer(turn)
        except Sorry as sorry:
            assert turn is not None
            turn.say(sorry.key, sorry.buttons, **sorry.values)
        except AlreadyClaimed as error:
            assert turn is not None
            turn.say(
                "already_claimed", [turn.button("queue", "queue")], holder=error.holder, case=error.case_id
            )
        except CourageError as error:
            self._say(dispatcher, metadata, "error", message=sentence(str(error)))
        except Exception as error:
            # Its words may hold text of people, so only its kind is logged.
            self.services.failures += 1
            log.error("%s failed: %s", self.action_name, type(error).__name__)
            self._say(dispatcher, metadata, "apology")
        return []

    def _say(
        self, dispatcher: CollectingDispatcher, metadata: dict[str, Any], key: str, **values: object
    ) -> None:
        language = str(metadata.get("language") or self.services.language)
        dispatcher.utter_message(text=self.services.catalogue.say(key, language, **values))

    def _check_role(self, turn: Turn) -> None:
        if not self.roles:
            return
        person = turn.speaker.person
        if person is None:
            raise Sorry("not_known" if turn.speaker.room_kind == "desk" else "members")
        if person.role not in self.roles:
            raise Sorry("wrong_role", role=turn.named("role", person.role))

    async def _ask(self, turn: Turn) -> Events:
        case_id = await turn.case(recent=True)
        command = f"{self.confirm} {case_id}"
        turn.say("did_you_mean", [turn.button("do", command, command=command)], command=command)
        return []


def sentence(text: str) -> str:
    """Return an error's line as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def remember_case(case_id: int) -> dict[str, Any]:
    """Return the event that makes ``undo`` and the like know which case was dealt with last."""
    return dict(SlotSet("last_case", {"case": case_id}))
