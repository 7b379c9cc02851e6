"""The conversation in desk and direct rooms, for gateways: people talk, the assistant answers, in order for each person."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from courage.cases.conversation import Answer, Assistant, conversation_key
from courage.cases.errors import AssistantUnavailable
from courage.commands.core.registry import LINK, default_registry
from courage.db.away import is_away
from courage.db.engine import DEFAULT_ORGANISATION
from courage.gateways.answers import Answers, Send
from courage.gateways.desks import Desks
from courage.i18n.catalogue import Voice
from courage.people.errors import PersonError
from courage.people.people import People
from courage.people.views import PersonView

_REMEMBERED: Final = 5000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that a person said in a desk or direct room.

    ``key`` tells it from everything else that was said; what has a known key is not heard twice. ``addressed`` says
    that it was said to the assistant (mention, reply, command, button); other sentences are people's own talk.
    ``volunteer`` says that the chat system knows its author as one: who is not known yet becomes one here.
    """

    key: str
    room_id: str
    kind: str
    author: str
    text: str
    addressed: bool
    volunteer: bool = False


def organisation_of(desks: Desks, people: People, channel: str, account: str, room_id: str) -> int:
    """Return in which organisation an account speaks in a desk or direct room."""
    found = desks.organisation(room_id)
    if found is None:
        found = next(iter(people.organisations_of(channel, account)), DEFAULT_ORGANISATION)
    return found


def is_wanted(heard: Heard) -> bool:
    """Return whether something was said to the assistant: to it by name, or as a command."""
    return heard.addressed or default_registry().parser.parse(heard.text.strip()) is not None


def not_done(error: Exception) -> str:
    """Return the text of the catalogue that says why something was not done."""
    return "database_away" if is_away(error) else "apology"


class Talk:
    """Hands what people say to the assistant and its answers to whoever can send them.

    Reading never waits for this: everything said is dealt with in a task of its own, one at a time for each person.
    ``desks`` says of which organisation a desk room is: what is said there is said in it. In a direct room people speak as
    members of the organisation that knows their account, of the oldest one where several do. ``admit`` makes volunteers of
    people in a desk room whom nobody knows yet, in its organisation.
    """

    def __init__(
        self,
        channel: str,
        people: People,
        assistant: Assistant,
        voice: Voice,
        desks: Desks,
        *,
        admit: bool = False,
    ) -> None:
        self._channel = channel
        self._people = people
        self._assistant = assistant
        self._voice = voice
        self._desks = desks
        self._admit = admit
        #: In which voice people were answered last: it is known while the database is away, too.
        self._voices: OrderedDict[str, Voice] = OrderedDict()
        self._answers = Answers()

    def hear(self, heard: Heard, send: Send) -> asyncio.Task[None] | None:
        """Take note of what was said; the answers follow by themselves, and what brings them is returned."""
        key = conversation_key(self._channel, heard.room_id, heard.author)
        return self._answers.later(heard.key, key, partial(self.think, heard), send)

    def knows(self, key: str) -> bool:
        """Return whether what has this key was heard."""
        return self._answers.knows(key)

    async def settled(self, seconds: float) -> None:
        """Wait until everything said so far is answered, but not longer than some seconds."""
        await self._answers.settled(seconds)

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._answers.close()

    async def think(self, heard: Heard) -> tuple[list[Answer], Voice]:
        """Return the answers to what was said, and the voice of who said it; none to people's own talk.

        Where the database is away, or something else fails, who said it hears at once that nothing was done.
        """
        try:
            return await self._think(heard)
        except Exception as error:
            _log.error("what was said in a %s room was not done: %s", heard.kind, type(error).__name__)
            voice = self.voice_of(heard.author, heard.room_id)
            return [{"text": voice.say(not_done(error))}] if is_wanted(heard) else [], voice

    def voice_of(self, account: str, room_id: str) -> Voice:
        """Return the voice in which somebody was answered last, or that of the room; nothing is looked up."""
        return self._voices.get(account) or self._desks.voice(room_id)

    async def voice_for(self, heard: Heard) -> Voice:
        """Return the voice of who said something: in their language, where that is known."""
        try:
            _, person = await asyncio.to_thread(self.person, heard.author, heard.room_id, "direct")
        except Exception as error:  # who waits for an answer gets it all the same
            _log.info("the language of who spoke cannot be looked up: %s", type(error).__name__)
            person = None
        return (
            self.voice_of(heard.author, heard.room_id) if person is None else self._voice.to(person.languages)
        )

    async def _think(self, heard: Heard) -> tuple[list[Answer], Voice]:
        voice = self._voice
        try:
            organisation_id, person = await asyncio.to_thread(
                self.person, heard.author, heard.room_id, heard.kind, heard.volunteer
            )
        except PersonError as error:
            return [{"text": str(error)}] if heard.addressed else [], voice
        metadata: dict[str, Any] = {
            "organisation_id": organisation_id,
            "channel": self._channel,
            "room_id": heard.room_id,
            "room_kind": heard.kind,
            "author": heard.author,
            "message_id": heard.key,
            "addressed": heard.addressed,
        }
        if person is not None:
            voice = self._voices[heard.author] = voice.to(person.languages)
            if len(self._voices) > _REMEMBERED:
                self._voices.popitem(last=False)
            metadata |= {"person_id": person.id, "display_name": person.name}
        elif not self._links(heard.text):
            account = f"{self._channel}:{heard.author}"
            stranger: list[Answer] = [{"text": voice.say("stranger_account", account=account)}]
            return stranger if heard.addressed else [], voice
        metadata["language"] = voice.language
        key = conversation_key(self._channel, heard.room_id, heard.author)
        try:
            return await self._assistant.talk(key, heard.text, metadata), voice
        except AssistantUnavailable as error:
            _log.warning("%s", error)
            return [{"text": voice.say("away")}] if heard.addressed else [], voice

    @staticmethod
    def _links(text: str) -> bool:
        """Tell whether somebody says whose account this is: the one thing that strangers may say."""
        command = default_registry().parser.parse(text.strip())
        return command is not None and command.name == LINK

    def person(
        self, account: str, room_id: str, kind: str, volunteer: bool = False
    ) -> tuple[int, PersonView | None]:
        """Return in which organisation an account speaks, and who it is there.

        In a desk room a new one becomes a volunteer where that is wanted.

        :raises PersonError: if a volunteer cannot be added.
        """
        organisation_id = organisation_of(self._desks, self._people, self._channel, account, room_id)
        person = self._people.by_identity(self._channel, account, organisation_id)
        if person is not None or kind != "desk" or not (self._admit or volunteer):
            return organisation_id, person
        if self._people.knows_identity(self._channel, account, organisation_id):
            return (
                organisation_id,
                None,
            )  # known, but not active any more: being in the room does not change that
        # Ids are unique, display names are anybody's choice: nobody may pass for somebody else.
        name = f"{self._channel}:{account}"[:80]
        added = self._people.add(name, "volunteer", organisation_id, (self._voice.language,))
        self._people.link_identity(added.id, self._channel, account)
        _log.info("person %d was admitted as a volunteer from the desk room", added.id)
        return organisation_id, added
