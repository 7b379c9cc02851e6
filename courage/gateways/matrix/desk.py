"""The conversation in desk and direct rooms: people talk, the assistant answers, in order for each person."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from courage.cases.conversation import Answer, Assistant, conversation_key
from courage.cases.errors import AssistantUnavailable
from courage.cases.ports import Button
from courage.commands.core.parser import Parsed
from courage.commands.core.registry import LINK, default_registry
from courage.gateways.answers import Answers, Think
from courage.gateways.desks import Desks
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.cards import answering, say_content
from courage.gateways.matrix.rooms import CHANNEL
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.state import transaction_id
from courage.gateways.said import STALE, Answering
from courage.gateways.talk import not_done, organisation_of
from courage.i18n.catalogue import Voice
from courage.people.errors import PersonError
from courage.people.people import People
from courage.people.views import PersonView

_REMEMBERED: Final = 5000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Something that was said in a desk or direct room."""

    room_id: str
    kind: str
    event_id: str
    sender: str
    text: str
    thread: str | None
    addressed: bool = True


class DeskTalk:
    """Hands what people say to the assistant and its answers back to the room.

    Screening never waits for this: every message is dealt with in a task of its own, one at a time for each person.
    """

    def __init__(
        self,
        settings: MatrixSettings,
        api: MatrixApi,
        people: People,
        assistant: Assistant,
        salt: str,
        voice: Voice,
        desks: Desks,
    ) -> None:
        self._settings = settings
        self._api = api
        self._people = people
        self._assistant = assistant
        self._salt = salt
        self._desks = desks
        #: In which voice people were answered last: it is known while the database is away, too.
        self._voices: OrderedDict[str, Voice] = OrderedDict()
        self._voice = voice
        self._answers = Answers()

    def hear(
        self,
        room_id: str,
        kind: str,
        event_id: str,
        sender: str,
        text: str,
        thread: str | None,
        *,
        at: datetime,
        addressed: bool = True,
    ) -> Answering:
        """Take note of a message in a desk or direct room; the answer follows by itself, and what brings it is returned.

        What is not ``addressed`` to the assistant is answered only if it is a command. A command from too long before is
        not carried out, and who said it is told.
        """
        what = _Heard(room_id, kind, event_id, sender, text, thread, addressed)
        if time.time() - at.timestamp() <= STALE:
            return self._later(what, partial(self._think, what))
        if addressed or default_registry().parser.parse(text.strip()) is not None:
            return self.answer(room_id, event_id, sender, "said_while_away", thread)
        return None

    def answer(
        self, room_id: str, event_id: str, sender: str, saying: str, thread: str | None = None
    ) -> Answering:
        """Answer a message that was not understood with a text of the catalogue, in its sender's language."""

        async def say() -> tuple[list[Answer], Voice]:
            _, person = await asyncio.to_thread(self._person, room_id, "", sender)
            voice = self._voice if person is None else self._voice.to(person.languages)
            return [{"text": voice.say(saying)}], voice

        return self._later(_Heard(room_id, "", event_id, sender, "", thread), say)

    def _later(self, what: _Heard, think: Think) -> Answering:
        async def send(number: int, answer: Answer, voice: Voice) -> None:
            buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
            content = answering(say_content(answer["text"], voice, buttons), what.event_id, what.thread)
            txn = transaction_id(self._salt, f"answer:{what.event_id}:{number}")
            await self._api.send(what.room_id, content, txn)

        key = conversation_key(CHANNEL, what.room_id, what.sender)
        return self._answers.later(what.event_id, key, think, send)

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._answers.close()

    async def _think(self, what: _Heard) -> tuple[list[Answer], Voice]:
        # Whoever only talks with others is not told that the assistant does not know them.
        command = default_registry().parser.parse(what.text.strip())
        wanted = what.addressed or command is not None
        try:
            return await self._answer(what, command, wanted)
        except Exception as error:
            _log.error("what was said in a %s room was not done: %s", what.kind, type(error).__name__)
            voice = self._voices.get(what.sender) or self._desks.voice(what.room_id)
            return [{"text": voice.say(not_done(error))}] if wanted else [], voice

    async def _answer(self, what: _Heard, command: Parsed | None, wanted: bool) -> tuple[list[Answer], Voice]:
        voice = self._voice
        try:
            organisation_id, person = await asyncio.to_thread(
                self._person, what.room_id, what.kind if wanted else "", what.sender
            )
        except PersonError as error:
            return [{"text": str(error)}], voice
        metadata: dict[str, Any] = {
            "organisation_id": organisation_id,
            "channel": CHANNEL,
            "room_id": what.room_id,
            "room_kind": what.kind,
            "author": what.sender,
            "addressed": what.addressed,
        }
        if person is not None:
            voice = self._voices[what.sender] = voice.to(person.languages)
            if len(self._voices) > _REMEMBERED:
                self._voices.popitem(last=False)
            metadata |= {"person_id": person.id, "display_name": person.name}
        elif command is None or command.name != LINK:  # the one thing that strangers may say
            return [{"text": voice.say("stranger")}] if wanted else [], voice
        metadata["language"] = voice.language
        try:
            key = conversation_key(CHANNEL, what.room_id, what.sender)
            return await self._assistant.talk(key, what.text, metadata), voice
        except AssistantUnavailable as error:
            _log.warning("%s", error)
            return [{"text": voice.say("away")}] if wanted else [], voice

    def _person(self, room_id: str, kind: str, sender: str) -> tuple[int, PersonView | None]:
        organisation_id = organisation_of(self._desks, self._people, CHANNEL, sender, room_id)
        person = self._people.by_identity(CHANNEL, sender, organisation_id)
        if person is not None or kind != "desk" or not self._settings.admit_volunteers:
            return organisation_id, person
        if self._people.knows_identity(CHANNEL, sender, organisation_id):
            return (
                organisation_id,
                None,
            )  # known, but not active any more: being in the room does not change that
        # Ids are unique, display names are anybody's choice: nobody may pass for somebody else.
        language = self._voice.language  # the room's, until they choose their own
        added = self._people.add(sender[:80], "volunteer", organisation_id, (language,))
        self._people.link_identity(added.id, CHANNEL, sender)
        _log.info("person %d was admitted as a volunteer from the desk room", added.id)
        return organisation_id, added
