"""The Telegram gateway: reads group rooms, shows cards in the desk room, posts what people confirmed."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from courage.cases.conversation import Assistant
from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.cases.intake import Intake
from courage.cases.ports import Button, Card
from courage.cases.positions import Positions
from courage.db.away import is_away
from courage.gateways.base import Backoff
from courage.gateways.condition import Condition
from courage.gateways.desks import Desks
from courage.gateways.patience import Patience
from courage.gateways.talk import Talk
from courage.gateways.telegram.api import LoginRefused, Moved, TelegramApi, said_no
from courage.gateways.telegram.cards import Outgoing, answer_messages, card_message, reply_texts
from courage.gateways.telegram.hook import Hook
from courage.gateways.telegram.reader import Reader
from courage.gateways.telegram.rooms import RoomBook
from courage.gateways.telegram.sends import Journal
from courage.gateways.telegram.settings import CHANNEL, TelegramSettings, chat_of, desk_place
from courage.gateways.telegram.text import number, split_id
from courage.gateways.telling import Telling
from courage.gateways.values import Json
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["TelegramGateway", "TelegramSettings"]

#: Telegram keeps updates for a day, and may begin to count anew after a week without any: an older position is no help.
_OLD = 3 * 24 * 3600
_MOST_ASKED = 50
#: How long, in seconds, a batch waits at most in which one message failed.
_SOON = 3.0
_log = logging.getLogger(__name__)


class TelegramGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default. ``positions(account)`` keeps
    what has to outlive a restart.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        intake: Intake,
        people: People,
        rooms: Rooms,
        assistant: Assistant,
        positions: Callable[[str], Positions],
        bus: EventBus | None = None,
        voice: Voice | None = None,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._people = people
        self._rooms = rooms
        self._assistant = assistant
        self._positions = positions
        self._condition = Condition(CHANNEL, "Telegram", bus or EventBus(), LoginRefused)
        self._voice = voice or default_voice()
        self._api: TelegramApi | None = None
        self._book: RoomBook | None = None
        self._journal: Journal | None = None
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Telegram",
            setting="COURAGE_TELEGRAM_DESK_ROOM",
            main=settings.desk_room,
            more=settings.desks,
            given=settings.given,
            place=chat_of,
            voice=self._voice,
        )
        self._telling = Telling(CHANNEL, intake, self.say, self._desks.told_of, self._name)
        self._patience = Patience(CHANNEL, self._telling.given_up)
        self._hook: Hook | None = None

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """Take an update that Telegram sends."""
        if self._hook is None:
            raise web.HTTPServiceUnavailable  # it comes again
        return await self._hook.answer(request)

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        notes: list[str] = []
        book = self._book
        if book is not None and self._condition.state == "ready":
            notes += self._desks.notes
            if book.blind:
                notes.append(
                    f"privacy mode hides the messages of {len(book.blind)} groups: make the bot an administrator "
                    "there, or turn it off with BotFather (/setprivacy) and add the bot anew"
                )
            if book.full:
                notes.append(
                    f"{len(book.full)} groups are not read: the organisation has as many rooms as it may have"
                )
        health = self._condition.health(0 if book is None else book.count, self._patience, notes)
        if book is not None and book.ignored:
            health["ignored_rooms"] = book.ignored
        return health

    async def _desks_changed(self) -> None:
        """Follow what people chose: a group that is a desk room from now on, or none any more."""
        if self._book is not None and self._api is not None:
            await self._book.find_desk()
        self._condition.changed()

    def _name(self, room: str) -> str:
        return room if self._book is None else self._book.name(room)

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself. What is being answered meanwhile goes on."""
        api = TelegramApi(self._settings)
        book = RoomBook(self._settings, api, self._rooms, self._people, self._positions, self._desks)
        journal = Journal(api, self._positions, self._settings.account)
        talk = Talk(
            CHANNEL,
            self._people,
            self._assistant,
            self._voice,
            self._desks,
            admit=self._settings.admit_volunteers,
        )
        reader = Reader(self._settings, api, book, self._intake, talk, journal, self._voice, self._patience)
        self._book, self._journal = book, journal
        watching = asyncio.create_task(self._desks.watch(self._desks_changed), name="telegram-desks")
        try:
            await self._condition.keep_reading(partial(self._connect, api, book, journal, reader))
        finally:
            watching.cancel()
            self._api = None
            await talk.close()
            await reader.close()
            await self._patience.close()
            await api.close()

    async def _connect(
        self, api: TelegramApi, book: RoomBook, journal: Journal, reader: Reader, backoff: Backoff
    ) -> None:
        try:
            me = await api.me()
            if not self._settings.webhook and await api.take_over():
                _log.warning("a webhook of an earlier program was ended: this bot is read here now")
            await book.load()
            await self._look_for_blind_spots(api, book, me)
            reader.we_are(me)
            self._api = api
            await self._greet(journal, me)
            if self._settings.webhook:
                await self._listen(api, reader, backoff)
            else:
                await self._read(api, reader, backoff)
        finally:
            self._api = None

    async def _greet(self, journal: Journal, me: Json) -> None:
        """Say hello in new desk rooms; from then on a number is known there, by which a lost card can be found."""
        for desk in self._desks:
            chat_id, topic = desk_place(desk)
            if desk in self._desks.trouble or await journal.knows(chat_id):
                continue
            voice = self._desks.voice(desk)
            text = voice.say("desk_hello", name=f"@{me.get('username', '')}")
            try:
                await self._send(chat_id, "hello", Outgoing(text), topic=topic)
            except ChannelRefused as error:
                self._desks.trouble[desk] = f"the desk room {desk} cannot be used: {error}"

    async def _look_for_blind_spots(self, api: TelegramApi, book: RoomBook, me: Json) -> None:
        """Find the groups whose messages Telegram's privacy mode keeps from us."""
        if me.get("can_read_all_group_messages") is not False:
            return
        own_id = number(me.get("id")) or 0
        for chat_id in book.groups[:_MOST_ASKED]:
            try:
                if not await api.is_admin(chat_id, own_id):
                    book.blind.add(chat_id)
            except ChannelRefused as error:
                _log.warning("chat %d cannot be looked up: %s", chat_id, error)

    async def _read(self, api: TelegramApi, reader: Reader, backoff: Backoff) -> None:
        place = self._positions(f"{self._settings.account}/read")
        kept = await asyncio.to_thread(place.load)
        offset = _position(kept)
        reader.away_since(_kept_at(kept))
        fresh, stuck = True, False
        while True:
            # The first answer comes at once, so that health knows soon whether Telegram can be reached.
            updates = await api.updates(offset, 0 if fresh else self._settings.wait)
            fresh = False
            if self._condition.state != "ready" and not stuck:
                self._condition.become("ready")
            if not updates:
                # Telegram has forgotten everything before the offset now. Going on without one is safe, and right
                # where it begins to count anew.
                offset = None
                backoff.reset()
                continue
            stuck = not await self._deal_with(reader, updates, backoff)
            if not stuck:
                # Only now: whatever is read again after a crash is recognised, whatever is skipped is lost.
                after = max(number(update.get("update_id")) or 0 for update in updates) + 1
                stuck = not await self._kept(partial(place.save, f"{after}@{int(time.time())}"), backoff)
                offset = offset if stuck else after

    async def _listen(self, api: TelegramApi, reader: Reader, backoff: Backoff) -> None:
        """Deal with what Telegram sends, and look again and again whether it does."""
        account = self._settings.account
        first = _position(await asyncio.to_thread(self._positions(f"{account}/read").load))
        # A new one for each life: it stands nowhere, and an engine that lost its say cannot take updates any more.
        secret = secrets.token_urlsafe(32)
        hook = Hook(api.bot, secret, self._positions(f"{account}/hooked"), first)
        await hook.load()
        reader.away_since(hook.kept_at)
        self._hook = hook
        try:
            await api.hook(self._settings.webhook, secret)
            began, looked = time.time(), 0.0
            stuck = False
            while True:
                if time.monotonic() - looked >= self._settings.wait:
                    looked = time.monotonic()
                    note = await self._look_at_hook(api, secret, began)
                    if not stuck:
                        self._condition.become("ready", note)
                updates = await hook.waiting(self._settings.wait)
                if updates:
                    stuck = not await self._deal_with(reader, updates, backoff)
                if updates and not stuck:
                    stuck = not await self._kept(partial(hook.keep, updates), backoff)
                if updates and not stuck:
                    hook.dealt_with(updates)
        finally:
            self._hook = None
            hook.close()

    async def _look_at_hook(self, api: TelegramApi, secret: str, began: float) -> str:
        """Return what Telegram says is wrong with sending updates here; empty where all is well."""
        found = await api.hooked()
        if found.get("url") != self._settings.webhook:
            await api.hook(self._settings.webhook, secret)
            return "another program had the updates of this bot sent to itself; stop it"
        waits, failed = (
            number(found.get("pending_update_count")) or 0,
            number(found.get("last_error_date")) or 0,
        )
        if not waits or failed < began:
            return ""
        return f"Telegram cannot send updates to {self._settings.webhook}: {found.get('last_error_message')}"

    async def _deal_with(self, reader: Reader, updates: Sequence[Json], backoff: Backoff) -> bool:
        """Return whether everything was dealt with; if not, what came meanwhile is to be read along with it.

        Only what others make of screening shows whether a message that fails is at fault itself, and whoever commands while
        the database is away is to hear it at once.
        """
        try:
            await reader.read(updates)
        except ChannelError:
            raise
        except Exception as error:
            # Screening or the database is in trouble, not Telegram: the same batch again.
            self._condition.become("waiting", f"messages cannot be screened: {type(error).__name__}")
            await asyncio.sleep(min(backoff.next(), _SOON))
            return False
        return True

    async def _kept(self, keep: Callable[[], None], backoff: Backoff) -> bool:
        """Write down what was dealt with; return whether the database took it: if not, it is read once more."""
        try:
            await asyncio.to_thread(keep)
        except Exception as error:
            if not is_away(error):
                raise
            # Not a reason to connect anew: whoever says something meanwhile waits for an answer.
            self._condition.become("waiting", f"how far was read cannot be written: {type(error).__name__}")
            await asyncio.sleep(min(backoff.next(), _SOON))
            return False
        backoff.reset()
        return True

    def _ready(self) -> tuple[TelegramApi, RoomBook, Journal]:
        if self._api is None or self._book is None or self._journal is None:
            raise ChannelError("Telegram is not connected")
        return self._api, self._book, self._journal

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk room and return its message's number."""
        self._ready()
        desk = await self._desks.usable(card.organisation_id, card.language)
        chat_id, topic = desk_place(desk)
        out = card_message(card, self._desks.voice(desk))
        number = await self._send(chat_id, key, out, topic=topic)
        return str(number) if desk == self._desks.main else f"{desk} {number}"

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring a card up to date; when its text may not be shown any more, it goes. A removed card stays removed."""
        api, _, _ = self._ready()
        desk, _, number = ref.rpartition(" ")
        desk = self._desks.now(desk) or self._desks.main
        chat_id, _ = desk_place(desk)
        out = card_message(card, self._desks.voice(desk))
        if not await api.edit(chat_id, int(number), out.text, list(out.entities), out.buttons):
            _log.info("the card of case %d is not in the desk room any more", card.case_id)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply under its message, in its topic; returns the number of the (first) message.

        :raises ChannelRefused: if the message is gone or the room is not a group room. Telegram tells nobody when a
            message is removed; here it shows, and its case is withdrawn.
        """
        _, book, _ = self._ready()
        chat_id = int(room_id)
        if book.kind(chat_id) != "group":
            raise ChannelRefused("replies are posted in group rooms only")
        message, topic = split_id(in_reply_to)
        numbers: list[int] = []
        try:
            for part, piece in enumerate(reply_texts(text)):
                numbers.append(
                    await self._send(
                        chat_id,
                        key if part == 0 else f"{key}#{part}",
                        Outgoing(piece),
                        topic=topic,
                        reply_to=message if part == 0 else numbers[0],
                        must_reply=part == 0,
                        ask=True,
                    )
                )
        except Moved:
            raise ChannelRefused("the group became a supergroup; older messages cannot be answered") from None
        except ChannelRefused as error:
            if said_no(error, "message to be replied not found", "replied message not found"):
                await self._intake.redacted(self._settings.organisation_id, CHANNEL, room_id, in_reply_to)
                raise ChannelRefused("the message was removed") from None
            raise
        return str(numbers[0])

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in a desk or direct room; returns the number of the last message.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        _, book, _ = self._ready()
        desk = room_id if room_id in list(self._desks) else ""
        desk = desk or next((desk for desk in self._desks if chat_of(desk) == room_id), "")
        chat_id = int(chat_of(room_id))
        if book.kind(chat_id) == "group":
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        topic = desk_place(desk)[1] if desk else None
        ref = 0
        for part, out in enumerate(answer_messages(text, buttons, self._desks.voice(desk))):
            ref = await self._send(chat_id, f"{key}#{part}", out, topic=topic)
        return str(ref)

    async def _send(
        self,
        chat_id: int,
        key: str,
        out: Outgoing,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        must_reply: bool = False,
        ask: bool = False,
    ) -> int:
        api, book, journal = self._ready()

        async def send() -> int:
            return await api.send(
                chat_id,
                out.text,
                list(out.entities),
                topic=topic,
                reply_to=reply_to,
                must_reply=must_reply,
                buttons=out.buttons,
            )

        try:
            return await journal.once(chat_id, key, send, after=reply_to or 0, buttons=out.buttons, ask=ask)
        except Moved as error:
            await book.moved(chat_id, error.to)
            raise


def _kept_at(kept: str | None) -> float:
    """Return when a position was kept; now where there is none."""
    return float((kept or "").partition("@")[2] or time.time())


def _position(kept: str | None) -> int | None:
    """Return where reading goes on; nowhere in particular where that is too long ago."""
    offset, _, at = (kept or "").partition("@")
    if not offset or time.time() - float(at or 0) > _OLD:
        return None
    return int(offset)
