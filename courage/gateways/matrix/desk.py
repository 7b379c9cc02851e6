"""The conversation in desk and direct rooms: people talk, the assistant answers, in order for each person."""

from __future__ import annotations

import asyncio
import logging

from courage.cases.conversation import Answer, Assistant, conversation_key
from courage.cases.errors import AssistantUnavailable, ChannelError
from courage.cases.ports import Button
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
        self, room_id: str, kind: str, event_id: str, sender: str, text: str, thread: str | None
    ) -> None:
        """Take note of a message in a desk or direct room; the answer follows by itself."""
        if event_id in self._heard:  # a batch that is read again must not command twice
            return
        self._heard[event_id] = None
        if len(self._heard) > 5000:
            del self._heard[next(iter(self._heard))]
        key = conversation_key(CHANNEL, room_id, sender)
        before = self._last.get(key)
        task = asyncio.create_task(
            self._answer(before, key, room_id, kind, event_id, sender, text, thread), name="desk-talk"
        )
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

    async def _answer(
        self,
        before: asyncio.Task[None] | None,
        key: str,
        room_id: str,
        kind: str,
        event_id: str,
        sender: str,
        text: str,
        thread: str | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        async with self._slots:
            answers, voice = await self._think(key, room_id, kind, sender, text)
            for number, answer in enumerate(answers):
                buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
                content = answering(say_content(answer["text"], voice, buttons), event_id, thread)
                await self._send(room_id, content, transaction_id(self._salt, f"answer:{event_id}:{number}"))

    async def _think(
        self, key: str, room_id: str, kind: str, sender: str, text: str
    ) -> tuple[list[Answer], Voice]:
        voice = self._voice
        try:
            person = await asyncio.to_thread(self._person, kind, sender)
        except PersonError as error:
            return [{"text": str(error)}], voice
        if person is None:
            return [{"text": voice.say("stranger")}], voice
        voice = voice.to(person.languages)
        metadata = {
            "organisation_id": self._settings.organisation_id,
            "channel": CHANNEL,
            "room_id": room_id,
            "room_kind": kind,
            "person_id": person.id,
            "display_name": person.name,
            "language": voice.language,
        }
        try:
            return await self._assistant.talk(key, text, metadata), voice
        except AssistantUnavailable as error:
            _log.warning("%s", error)
            return [{"text": voice.say("away")}], voice

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
