"""One message that is being answered: who speaks, what was understood, how to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.services import ActionServices
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words
from courage.db.engine import DEFAULT_ORGANISATION
from courage.i18n.catalogue import Voice
from courage.library.suggest.sayings import Saying
from courage.people.errors import PersonError
from courage.people.views import PersonView


class Sorry(Exception):
    """An answer instead of the one that was asked for: a key of the catalogue, its values and buttons."""

    def __init__(self, key: str, buttons: Sequence[Button] = (), **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.buttons = buttons
        self.values = values


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks and where. All of it comes from the message's metadata, which only connectors can set."""

    organisation_id: int
    person: PersonView | None
    channel: str
    room_id: str
    room_kind: str
    language: str


async def speaker_of(tracker: Tracker, services: ActionServices) -> Speaker:
    """Return who wrote the latest message; ``person`` is ``None`` for members and people nobody knows."""
    metadata = tracker.latest_message.get("metadata") or {}
    organisation_id = metadata.get("organisation_id")
    if not isinstance(organisation_id, int):
        organisation_id = DEFAULT_ORGANISATION
    channel = str(metadata.get("channel") or "unknown")
    person: PersonView | None = None
    person_id, author = metadata.get("person_id"), metadata.get("author")
    if isinstance(person_id, int):
        try:
            person = await asyncio.to_thread(services.people.get, person_id)
        except PersonError:
            person = None
    elif isinstance(author, str) and author:
        # Rasa's own connectors know accounts, not people.
        person = await asyncio.to_thread(services.people.by_identity, channel, author, organisation_id)
    if person is not None and (not person.active or person.organisation_id != organisation_id):
        person = None
    own = person.languages[0] if person is not None and person.languages else services.language
    return Speaker(
        organisation_id=organisation_id,
        person=person,
        channel=channel,
        room_id=str(metadata.get("room_id") or tracker.sender_id),
        room_kind=str(metadata.get("room_kind") or "direct"),
        language=str(metadata.get("language") or own),
    )


class Turn:
    """The latest message of a conversation and the ways to answer it."""

    def __init__(
        self, services: ActionServices, dispatcher: CollectingDispatcher, tracker: Tracker, speaker: Speaker
    ) -> None:
        self.services = services
        self.tracker = tracker
        self.speaker = speaker
        self._dispatcher = dispatcher

    @property
    def person(self) -> PersonView:
        """The person; only for actions that want a role, which have checked that there is one."""
        assert self.speaker.person is not None
        return self.speaker.person

    @property
    def intent(self) -> str:
        """The intent of the message."""
        return str((self.tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def exact(self) -> bool:
        """Whether the message was a short command and not a sentence that only seemed to mean it."""
        return self.tracker.latest_message.get("exact") is True

    def entity(self, name: str) -> Any:
        """Return the first value of an entity of the message, or ``None``."""
        for entity in self.tracker.latest_message.get("entities") or []:
            if entity.get("entity") == name:
                return entity.get("value")
        return None

    def entities(self, name: str) -> list[Any]:
        """Return all values of an entity of the message."""
        found = self.tracker.latest_message.get("entities") or []
        return [entity.get("value") for entity in found if entity.get("entity") == name]

    def slot(self, name: str) -> dict[str, Any]:
        """Return what the conversation remembers under a name; an empty mapping if nothing."""
        value = self.tracker.get_slot(name)
        return value if isinstance(value, dict) else {}

    def word(self, key: str, **values: object) -> str:
        """Return a text of the catalogue in the conversation's language."""
        return self.services.catalogue.say(key, self.speaker.language, **values)

    def named(self, kind: str, value: str) -> str:
        """Return the spoken name of a code, such as a category or a strategy; unknown ones as they are."""
        return self.services.catalogue.named(kind, value, self.speaker.language)

    def why(self, reasons: Sequence[CaseReason]) -> str:
        """Return why there is a case, in one line of the conversation's language."""
        return in_words(reasons, lambda code, **values: self.word(f"why.{code}", **values), self.named)

    def saying(self, said: Saying) -> str:
        """Return what the recommender says in the conversation's language."""
        return said.in_words(Voice(self.services.catalogue, self.speaker.language))

    def button(self, name: str, payload: str, **values: object) -> Button:
        """Return a button titled by the catalogue that sends ``payload`` as if it were typed.

        A title with values has their names in its key: ``button.claim_case``.
        """
        return Button(self.word("_".join([f"button.{name}", *values]), **values), payload)

    def say(self, key: str, buttons: Sequence[Button] = (), **values: object) -> None:
        """Answer with a text of the catalogue."""
        self.tell(self.word(key, **values), buttons)

    def tell(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Answer with a text that is put together already."""
        shown = [{"title": button.title, "payload": button.payload} for button in buttons]
        self._dispatcher.utter_message(text=text, buttons=shown)

    async def case(self, *, recent: bool = False) -> int:
        """Return the case that is meant: the one named, else the person's current one.

        ``recent`` also takes the one that this conversation dealt with last, which may be done already.

        :raises Sorry: if there is none.
        """
        named = self.entity("case")
        if isinstance(named, int):
            return named
        last = self.slot("last_case").get("case")
        if recent and isinstance(last, int):
            return last
        current = await asyncio.to_thread(self.services.casework.current_case, self.person.id)
        if current is None:
            raise Sorry("no_current_case", [self.button("queue", "queue")])
        return current
