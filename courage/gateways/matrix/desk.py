"""The conversation in desk and direct rooms: people talk, the assistant answers, in order for each person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from courage.cases.conversation import Answer, Assistant, conversation_key
from courage.cases.errors import AssistantUnavailable, ChannelError
from courage.cases.ports import Button
from courage.commands.core.registry import LINK, default_registry
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.cards import answering, say_content
from courage.gateways.matrix.rooms import CHANNEL
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.state import transaction_id
from courage.i18n.catalogue import Voice
from courage.people.errors import PersonError
from courage.people.people import People
from courage.people.views import PersonView

_AT_ONCE = 16
_TRIES = 4
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


_Think = Callable[[str], Awaitable[tuple[list[Answer], Voice]]]


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
    ) -> None:
        self._settings = settings
        self._api = api
        self._people = people
        self._assistant = assistant
        self._salt = salt
        self._voice = voice
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._heard: dict[str, None] = {}

    def hear(
        self,
        room_id: str,
        kind: str,
        event_id: str,
        sender: str,
        text: str,
        thread: str | None,
        *,
        addressed: bool = True,
    ) -> None:
        """Take note of a message in a desk or direct room; the answer follows by itself.

        What is not ``addressed`` to the assistant is answered only if it is a command.
        """
        what = _Heard(room_id, kind, event_id, sender, text, thread, addressed)
        self._later(what, lambda key: self._think(key, what))

    def answer(
        self, room_id: str, event_id: str, sender: str, saying: str, thread: str | None = None
    ) -> None:
        """Answer a message that was not understood with a text of the catalogue, in its sender's language."""

        async def say(_: str) -> tuple[list[Answer], Voice]:
            organisation_id = self._settings.organisation_id
            person = await asyncio.to_thread(self._people.by_identity, CHANNEL, sender, organisation_id)
            voice = self._voice if person is None else self._voice.to(person.languages)
            return [{"text": voice.say(saying)}], voice

        self._later(_Heard(room_id, "", event_id, sender, "", thread), say)

    def _later(self, what: _Heard, think: _Think) -> None:
        if what.event_id in self._heard:  # a batch that is read again must not command twice
            return
        self._heard[what.event_id] = None
        if len(self._heard) > 5000:
            del self._heard[next(iter(self._heard))]
        key = conversation_key(CHANNEL, what.room_id, what.sender)
        before = self._last.get(key)
        task = asyncio.create_task(self._answer(before, key, what, think), name="desk-talk")
        self._tasks.add(task)
        self._last[key] = task
        task.add_done_callback(lambda done: self._over(key, done))

    def _over(self, key: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._last.get(key) is task:
            del self._last[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("an answer in a desk room failed: %s", type(error).__name__)

    async def close(self) -> None:
        """Give up what is not answered yet."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, before: asyncio.Task[None] | None, key: str, what: _Heard, think: _Think) -> None:
        if before is not None:
            await asyncio.wait([before])
        async with self._slots:
            answers, voice = await think(key)
            for number, answer in enumerate(answers):
                buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
                content = answering(say_content(answer["text"], voice, buttons), what.event_id, what.thread)
                txn = transaction_id(self._salt, f"answer:{what.event_id}:{number}")
                await self._send(what.room_id, content, txn)

    async def _think(self, key: str, what: _Heard) -> tuple[list[Answer], Voice]:
        voice = self._voice
        # Whoever only talks with others is not told that the assistant does not know them.
        command = default_registry().parser.parse(what.text.strip())
        wanted = what.addressed or command is not None
        try:
            person = await asyncio.to_thread(self._person, what.kind if wanted else "", what.sender)
        except PersonError as error:
            return [{"text": str(error)}], voice
        metadata: dict[str, Any] = {
            "organisation_id": self._settings.organisation_id,
            "channel": CHANNEL,
            "room_id": what.room_id,
            "room_kind": what.kind,
            "author": what.sender,
            "addressed": what.addressed,
        }
        if person is not None:
            voice = voice.to(person.languages)
            metadata |= {"person_id": person.id, "display_name": person.name}
        elif command is None or command.name != LINK:  # the one thing that strangers may say
            return [{"text": voice.say("stranger")}] if wanted else [], voice
        metadata["language"] = voice.language
        try:
            return await self._assistant.talk(key, what.text, metadata), voice
        except AssistantUnavailable as error:
            _log.warning("%s", error)
            return [{"text": voice.say("away")}] if wanted else [], voice

    def _person(self, kind: str, sender: str) -> PersonView | None:
        organisation_id = self._settings.organisation_id
        person = self._people.by_identity(CHANNEL, sender, organisation_id)
        if person is not None or kind != "desk" or not self._settings.admit_volunteers:
            return person
        if self._people.knows_identity(CHANNEL, sender, organisation_id):
            return None  # known, but not active any more: being in the room does not change that
        # Ids are unique, display names are anybody's choice: nobody may pass for somebody else.
        language = self._voice.language  # the room's, until they choose their own
        added = self._people.add(sender[:80], "volunteer", organisation_id, (language,))
        self._people.link_identity(added.id, CHANNEL, sender)
        _log.info("person %d was admitted as a volunteer from the desk room", added.id)
        return added

    async def _send(self, room_id: str, content: dict[str, object], txn: str) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await self._api.send(room_id, content, txn)
                return
            except ChannelError as error:
                if attempt == _TRIES or error.retry_after is None:
                    _log.warning("an answer could not be sent: %s", error)
                    return
                await asyncio.sleep(min(error.retry_after, 30.0))
