"""Reads what Telegram sends: screens messages and edits in order, hands talk and presses to the desk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from courage.cases.conversation import Answer
from courage.cases.errors import ChannelRefused, TooManyMessages
from courage.cases.intake import InboundMessage, Intake
from courage.cases.ports import Button
from courage.errors import CourageError
from courage.gateways.answers import Send
from courage.gateways.patience import Batch, Patience, Waiting
from courage.gateways.said import STALE, Answering, Said
from courage.gateways.talk import Heard, Talk, not_done
from courage.gateways.telegram.api import TelegramApi
from courage.gateways.telegram.cards import Outgoing, answer_messages
from courage.gateways.telegram.rooms import RoomBook
from courage.gateways.telegram.sends import Journal
from courage.gateways.telegram.settings import CHANNEL, TelegramSettings
from courage.gateways.telegram.text import (
    author,
    command_of,
    is_addressed,
    is_anonymous,
    may_lose_text,
    message_id,
    number,
    sent_at,
    text_of,
)
from courage.gateways.values import Json, mapping, string
from courage.i18n.catalogue import Voice

_AT_ONCE = 32
#: How long, in seconds, the position waits for answers to what was said.
_FOR_ANSWERS = 2.0
_MESSAGES = ("message", "channel_post")
_EDITS = ("edited_message", "edited_channel_post")
_log = logging.getLogger(__name__)


class Reader:
    """Deals with batches of updates; when ``read`` returns, everything in a batch is in the database."""

    def __init__(
        self,
        settings: TelegramSettings,
        api: TelegramApi,
        book: RoomBook,
        intake: Intake,
        talk: Talk,
        journal: Journal,
        voice: Voice,
        patience: Patience,
    ) -> None:
        self._settings = settings
        self._api = api
        self._book = book
        self._intake = intake
        self._talk = talk
        self._said = Said(talk)
        self._journal = journal
        self._voice = voice
        self._username, self._own_id = "", 0
        self._patience = patience
        self._presses: set[asyncio.Task[None]] = set()
        #: What brings the answers to what the batch says.
        self._answering: list[asyncio.Task[None]] = []
        self._long_away = False

    def we_are(self, me: Json) -> None:
        """Take note of our own account."""
        self._username, self._own_id = string(me.get("username")), number(me.get("id")) or 0

    def away_since(self, at: float) -> None:
        """Take note until when an earlier life read: a press since then may be from any time."""
        self._long_away = time.time() - at > STALE

    async def read(self, updates: Sequence[Json]) -> None:
        """Deal with updates in their order.

        :raises Exception: what screening or the database raised; the same updates may be read again.
        """
        waiting: list[Waiting] = []
        batch = Batch(self._patience)
        # First what waits for an answer: it comes even where screening or the database is away.
        for update in updates:
            for kind in _MESSAGES:
                self._said_to_us(mapping(update.get(kind)))
            if press := mapping(update.get("callback_query")):
                self._press(press)
        for update in updates:
            key = str(update.get("update_id"))
            for kind in (*_MESSAGES, *_EDITS):
                if message := mapping(update.get(kind)):
                    await self._message(message, key, kind in _EDITS, waiting, batch)
            if membership := mapping(update.get("my_chat_member")):
                await self._membership(membership)
            if len(waiting) >= _AT_ONCE:
                await _settle(batch, waiting)
        await _settle(batch, waiting)
        batch.end()
        # Killed before it is answered, a command would be lost, because Telegram forgets what was read. Screening does not
        # wait long for that.
        answering, self._answering = self._answering, []
        if answering:
            await asyncio.wait(answering, timeout=_FOR_ANSWERS)

    async def close(self) -> None:
        """Give up what is still being answered."""
        await self._said.close()
        for task in list(self._presses):
            task.cancel()
        await asyncio.gather(*self._presses, return_exceptions=True)

    async def _membership(self, update: Json) -> None:
        chat = await self._book.membership(update)
        if chat is None:
            return
        _log.info("leaving chat %s: whoever added the bot may not", chat)
        try:
            await self._api.send(int(chat), self._voice.say("declined"))
        except ChannelRefused as error:
            _log.info("chat %s could not be told why: %s", chat, error)
        try:
            await self._api.leave(int(chat))
        except ChannelRefused as error:
            _log.warning("chat %s cannot be left: %s", chat, error)

    async def _message(
        self, message: Json, key: str, edited: bool, waiting: list[Waiting], batch: Batch
    ) -> None:
        chat = mapping(message.get("chat"))
        chat_id, found = number(chat.get("id")), message_id(message)
        if chat_id is None or not found or number(mapping(message.get("from")).get("id")) == self._own_id:
            return
        self._journal.seen(chat_id, number(message.get("message_id")) or 0)
        for name, old, new in (
            ("migrate_to_chat_id", chat_id, number(message.get("migrate_to_chat_id"))),
            ("migrate_from_chat_id", number(message.get("migrate_from_chat_id")), chat_id),
        ):
            if name in message and old is not None and new is not None:
                await _settle(batch, waiting)
                await self._book.moved(old, new)
                return
        kind = self._book.kind(chat_id)
        if kind != "group" or not await self._book.admitted(chat):
            return
        source = number(mapping(message.get("sender_chat")).get("id"))
        if message.get("is_automatic_forward") is True and source is not None and self._book.reads(source):
            return  # the post was read in its own channel
        await self._screen(message, found, key, edited, waiting, batch)

    def _said_to_us(self, message: Json) -> None:
        chat_id = number(mapping(message.get("chat")).get("id"))
        writer = number(mapping(message.get("from")).get("id"))
        if chat_id is not None and message_id(message) and writer != self._own_id:
            self._journal.seen(chat_id, number(message.get("message_id")) or 0)
            kind = self._book.kind(chat_id)
            if kind != "group":
                self._listen(message, chat_id, kind)

    async def _screen(
        self, message: Json, found: str, key: str, edited: bool, waiting: list[Waiting], batch: Batch
    ) -> None:
        text = text_of(message)
        if not text and not (edited and may_lose_text(message)):
            return
        inbound = InboundMessage(
            self._settings.organisation_id,
            CHANNEL,
            str(mapping(message.get("chat")).get("id")),
            found,
            author(message),
            text,
            sent_at(message, int(key) if key.isdigit() else 0),
            reply_to=message_id(mapping(message.get("reply_to_message"))) or None,
            edited=edited,
        )
        # Messages go together, so that they are screened as one batch; edits keep their place.
        if edited:
            await _settle(batch, waiting)
        waiting.append((inbound.room_id, found, self._receive(inbound)))
        if edited:
            await _settle(batch, waiting)

    async def _receive(self, inbound: InboundMessage) -> bool:
        try:
            await self._intake.receive(inbound)
        except (
            TooManyMessages
        ):  # Telegram gives what it gave once to nobody again, and others' messages come after it
            await self._intake.left_unread(CHANNEL, inbound.room_id)
        return bool(inbound.text)

    def _listen(self, message: Json, chat_id: int, kind: str) -> None:
        text = string(message.get("text")).strip()
        if not text or (mapping(message.get("from")).get("is_bot") is True and not is_anonymous(message)):
            return
        found, topic = number(message.get("message_id")) or 0, number(message.get("message_thread_id"))
        topic = topic if message.get("is_topic_message") is True else None
        addressed = kind == "direct" or is_addressed(message, text, self._username, self._own_id)
        key = f"{CHANNEL}:{chat_id}:{found}"
        send = self._answering_to(chat_id, found, topic, key)
        if is_anonymous(message):
            if addressed:
                self._start(send(0, {"text": self._voice.say("anonymous_admin")}, self._voice))
            return
        said = command_of(text, self._username) if addressed else text
        at = 1000.0 * (number(message.get("date")) or 0)
        heard = Heard(key, str(chat_id), kind, author(message), said, addressed)
        self._answers(self._said.hear(heard, at, send, live=False))

    def _answers(self, answering: Answering) -> None:
        if answering is not None:
            self._answering.append(answering)

    def _press(self, press: Json) -> None:
        press_id, message = string(press.get("id")), mapping(press.get("message"))
        chat_id = number(mapping(message.get("chat")).get("id"))
        user, data = number(mapping(press.get("from")).get("id")), string(press.get("data"))
        if not press_id:
            return
        if chat_id is None or user is None or not data or self._book.kind(chat_id) == "group":
            # Whatever else is pressed, its sign of waiting must not turn for ever.
            self._start(self._api.heard_press(press_id))
            return
        self._start(self._take(press_id, chat_id, user, data, message))

    async def _take(self, press_id: str, chat_id: int, user: int, data: str, message: Json) -> None:
        kind = self._book.kind(chat_id)
        try:
            _, person = await asyncio.to_thread(self._talk.person, str(user), str(chat_id), kind)
        except CourageError:
            raise
        except Exception as error:
            _log.error("a press was not dealt with: %s", type(error).__name__)
            voice = self._talk.voice_of(str(user), str(chat_id))
            await self._api.heard_press(press_id, voice.say(not_done(error))[:200])
            return
        account = f"{CHANNEL}:{user}"
        if person is None:
            await self._api.heard_press(press_id, self._voice.say("stranger_account", account=account)[:200])
            return
        found, topic = number(message.get("message_id")), number(message.get("message_thread_id"))
        topic = topic if message.get("is_topic_message") is True else None
        key = f"{CHANNEL}:press:{press_id}"
        heard = Heard(key, str(chat_id), kind, str(user), data, True)
        send = self._answering_to(chat_id, found, topic, key)
        if self._long_away:
            try:
                await self._api.heard_press(press_id)
            except ChannelRefused:  # so old that nobody waits for it any more
                self._said.hear(heard, 0.0, send, live=False)
                return
            self._talk.hear(heard, send)
        else:
            self._talk.hear(heard, send)
            await self._api.heard_press(press_id)

    def _start(self, doing: Awaitable[object]) -> None:
        async def careful() -> None:
            try:
                await doing
            except CourageError as error:
                _log.info("a press or a person could not be answered: %s", error)

        task = asyncio.create_task(careful(), name="telegram-press")
        self._presses.add(task)
        task.add_done_callback(self._presses.discard)

    async def _posted(
        self, chat_id: int, key: str, post: Callable[[], Awaitable[int]], out: Outgoing
    ) -> None:
        """Send an answer once; while the journal cannot be written, at once all the same, because somebody waits."""
        sent = False

        async def noted() -> int:
            nonlocal sent
            number = await post()
            sent = True
            return number

        try:
            await self._journal.once(chat_id, key, noted, buttons=out.buttons)
        except CourageError:
            raise
        except Exception as error:
            _log.warning("an answer is not in the journal: %s", type(error).__name__)
            if not sent:
                await post()

    def _answering_to(self, chat_id: int, reply_to: int | None, topic: int | None, key: str) -> Send:
        async def send(count: int, answer: Answer, voice: Voice) -> None:
            buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
            for part, out in enumerate(answer_messages(answer["text"], buttons, voice)):

                async def post(out: Outgoing = out) -> int:
                    return await self._api.send(
                        chat_id,
                        out.text,
                        list(out.entities),
                        topic=topic,
                        reply_to=reply_to,
                        buttons=out.buttons,
                    )

                await self._posted(chat_id, f"{key}:{count}:{part}", post, out)

        return send


async def _settle(batch: Batch, waiting: list[Waiting]) -> None:
    steps = list(waiting)
    waiting.clear()
    await batch.settle(steps)
