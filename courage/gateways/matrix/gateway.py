"""The Matrix gateway: reads group rooms, shows cards in the desk room, posts what people confirmed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from nio import SyncResponse

from courage.cases.conversation import Assistant
from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.events import EventBus
from courage.cases.intake import Intake
from courage.cases.ports import Button, Card, Neighbour
from courage.cases.positions import Positions
from courage.db.away import is_away
from courage.gateways.base import Backoff
from courage.gateways.condition import Condition
from courage.gateways.desks import Desks
from courage.gateways.matrix.api import LOGGED_OUT, LoginRefused, MatrixApi
from courage.gateways.matrix.around import around
from courage.gateways.matrix.cards import card_content, edit_content, gone_content, reply_content, say_content
from courage.gateways.matrix.desk import DeskTalk
from courage.gateways.matrix.edits import Edits
from courage.gateways.matrix.keys import KeysMissing
from courage.gateways.matrix.late import LateKeys
from courage.gateways.matrix.reader import Reader
from courage.gateways.matrix.rooms import CHANNEL, RoomBook
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.state import transaction_id
from courage.gateways.matrix.text import relation
from courage.gateways.patience import Patience
from courage.gateways.telling import Telling
from courage.i18n.catalogue import Voice, default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

__all__ = ["MatrixGateway", "MatrixSettings"]

_FIRST = {"room": {"timeline": {"limit": 1}, "state": {"lazy_load_members": False}}}
_LATER = {"room": {"timeline": {"limit": 100}, "ephemeral": {"types": []}}, "presence": {"types": []}}
#: How long, in seconds, a batch waits at most in which one message failed.
_SOON = 3.0
#: How many of those may wait before nothing more is read.
_MOST_HELD = 50
#: A batch, and the position before it.
_Held = tuple[SyncResponse, str | None]
_log = logging.getLogger(__name__)


class MatrixGateway:
    """A gateway and a channel in one: ``run`` reads, the methods of ``Channel`` write.

    ``voice`` speaks to whole rooms and to people without a language; English by default.
    """

    name = CHANNEL
    knows_organisations = True

    def __init__(
        self,
        settings: MatrixSettings,
        *,
        intake: Intake,
        people: People,
        rooms: Rooms,
        assistant: Assistant,
        positions: Positions,
        bus: EventBus | None = None,
        voice: Voice | None = None,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._people = people
        self._rooms = rooms
        self._assistant = assistant
        self._bus = bus or EventBus()
        self._condition = Condition(CHANNEL, "Matrix", self._bus, LoginRefused)
        self._voice = voice or default_voice()
        self._positions = positions
        self._desks = Desks(
            CHANNEL,
            rooms,
            title="Matrix",
            setting="COURAGE_MATRIX_DESK_ROOM",
            main=settings.desk_room,
            more=settings.desks,
            given=settings.given,
            voice=self._voice,
        )
        self._salt: str | None = None
        self._token: str | None = None
        self._api: MatrixApi | None = None
        self._book: RoomBook | None = None
        self._late: LateKeys | None = None
        self._silent = False
        self._telling = Telling(CHANNEL, intake, self.say, self._desks.told_of, self._name)
        self._patience = Patience(CHANNEL, self._telling.given_up)

    def health(self) -> dict[str, Any]:
        """Return how the gateway is: ``status`` ok, degraded (trying again) or down (needs a person)."""
        api, book = self._api, self._book
        found: dict[str, Any] = {}
        notes: list[str] = []
        if book is not None and book.encrypted:
            found["encrypted_rooms"] = len(book.encrypted)
        if api is not None and book is not None:
            if api.encryption is not None:
                found["keys"] = api.encryption.health()
            trouble = api.keys_trouble if api.encryption is None else api.encryption.trouble
            if trouble and book.encrypted:
                notes.append(trouble)
            unread = 0 if self._late is None else self._late.count
            if unread and api.encryption is not None:
                found["unread"] = unread
                notes.append("encrypted messages cannot be read: their senders' devices gave no keys")
            if book.closed:
                found["closed_rooms"] = sorted(book.closed)
            notes += self._desks.notes
        ready = self._condition.state == "ready"
        rooms = 0 if book is None else book.count
        shown = [*(notes if ready else ()), *(["the homeserver does not answer"] if self._silent else ())]
        return self._condition.health(rooms, self._patience, shown) | found

    async def run(self) -> None:
        """Read until cancelled; reconnects by itself."""
        backoff = Backoff()
        watching = asyncio.create_task(self._desks.watch(self._desks_changed), name="matrix-desks")
        try:
            while True:
                try:
                    await self._connected(backoff)
                except Exception as error:
                    if isinstance(error, ChannelError) and str(error) == LOGGED_OUT:
                        self._token = None
                    asked = self._condition.ended_by(error)
                    await asyncio.sleep(max(asked, backoff.next()))
        finally:
            watching.cancel()
            await self._patience.close()

    async def _desks_changed(self) -> None:
        """Follow what people chose: a room that is a desk room from now on, or none any more."""
        if self._book is not None:
            self._book.look_at_desks()
        self._condition.changed()

    def _name(self, room: str) -> str:
        return room if self._book is None else self._book.name(room)

    async def _connected(self, backoff: Backoff) -> None:
        api = MatrixApi(self._settings)
        talk: DeskTalk | None = None
        probing: asyncio.Task[None] | None = None
        try:
            self._token = await api.login(self._token)
            salt = await asyncio.to_thread(self._positions.salt)
            book = RoomBook(
                self._settings,
                api,
                self._rooms,
                self._people,
                self._bus,
                self._voice,
                self._desks,
                self._positions,
            )
            await book.load()
            await book.find_desk()
            talk = DeskTalk(
                self._settings, api, self._people, self._assistant, salt, self._voice, self._desks
            )
            late, edits = LateKeys(self._positions), Edits(self._positions)
            await late.load()
            await edits.load()
            reader = Reader(
                self._settings, api, book, self._intake, talk, self._tell, late, edits, self._patience
            )
            self._api, self._book, self._salt, self._late = api, book, salt, late
            probing = asyncio.create_task(self._probe(api), name="matrix-probe")
            await self._read(api, book, reader, backoff)
        finally:
            self._api = None
            if probing is not None:
                probing.cancel()
                await asyncio.gather(probing, return_exceptions=True)
            self._silent = False
            if talk is not None:
                await talk.close()
            await api.close()

    async def _probe(self, api: MatrixApi) -> None:
        """Look again and again whether the homeserver answers: who waits for news hears too late that it does not."""
        while True:
            await asyncio.sleep(self._settings.probe)
            silent = not await api.reachable(self._settings.probe)
            if silent != self._silent:
                self._silent = silent
                self._condition.changed()

    async def _read(self, api: MatrixApi, book: RoomBook, reader: Reader, backoff: Backoff) -> None:
        since = kept = await asyncio.to_thread(self._positions.load)
        fresh = True
        held: list[_Held] = []
        while True:
            if len(held) < _MOST_HELD:
                # The first answer comes at once and in full: names and members are not kept from earlier.
                soon = bool(held) or since != kept
                wait = (
                    min(self._settings.sync_timeout, int(1000 * _SOON))
                    if soon
                    else self._settings.sync_timeout
                )
                batch = await api.sync(
                    since,
                    0 if fresh else wait,
                    full_state=fresh and since is not None,
                    sync_filter=_FIRST if since is None else _LATER,
                )
                # Keys first: what is answered to the batch needs them.
                await self._bring_keys_up_to_date(api)
                held.append((batch, since))
                since, fresh = batch.next_batch, False
            held = await self._deal_with(reader, held, backoff)
            if held:
                continue
            # Only now: whatever is read again after a crash is recognised, whatever is skipped is lost.
            if since is not None and since != kept:
                try:
                    await asyncio.to_thread(self._positions.save, since)
                except Exception as error:
                    if not is_away(error):
                        raise
                    # Not a reason to connect anew: whoever said something meanwhile waits for an answer.
                    self._condition.become(
                        "waiting", f"how far was read cannot be written: {type(error).__name__}"
                    )
                    await asyncio.sleep(min(backoff.next(), _SOON))
                    continue
                kept = since
            backoff.reset()
            if self._condition.state != "ready":
                await book.find_desk()
                self._condition.become("ready")

    async def _bring_keys_up_to_date(self, api: MatrixApi) -> None:
        if api.encryption is None:
            return
        before = api.encryption.trouble
        try:
            await api.upkeep()
        except ChannelError as error:
            _log.warning("keys of encrypted rooms: %s", error)  # rooms without encryption go on
        if before and not api.encryption.trouble and self._condition.state == "ready":
            self._condition.changed()

    async def _deal_with(self, reader: Reader, held: list[_Held], backoff: Backoff) -> list[_Held]:
        """Deal with batches in their order; return those in which a message failed, to be read once more.

        Only what others make of screening shows whether such a message is at fault itself, and whoever commands while the
        database is away is to hear it at once: so reading goes on meanwhile, and the position does not.
        """
        failed: list[_Held] = []
        for batch, since in held:
            try:
                await reader.read(batch, since)
            except ChannelError:
                raise
            except Exception as error:
                # Screening or the database is in trouble, not Matrix: the same batch again, without a new login.
                self._condition.become("waiting", f"messages cannot be screened: {type(error).__name__}")
                failed.append((batch, since))
        if failed:
            await asyncio.sleep(min(backoff.next(), _SOON))
        return failed

    async def _tell(self, key: str, saying: str, room: str, **values: object) -> None:
        """Say something of the catalogue about a room in its desk room, once for each key."""
        if self._book is None or self._api is None:
            return
        try:
            desk, voice = await self._desks.told_of(room)
            await self.say(desk, voice.say(saying, room=self._book.name(room), **values), (), key)
        except ChannelError as error:
            _log.warning("the desk room could not be told (%s): %s", saying, error)

    def _ready(self) -> tuple[MatrixApi, RoomBook]:
        if self._api is None or self._book is None:
            raise ChannelError("Matrix is not connected")
        return self._api, self._book

    def _txn(self, key: str) -> str:
        return transaction_id(self._salt or "", key)

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk room and return its event id."""
        api, book = self._ready()
        desk = await self._desks.usable(card.organisation_id, card.language)
        voice = self._desks.voice(desk)
        return book.card_ref(desk, await api.send(desk, card_content(card, voice), self._txn(key)))

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Edit a card; when its text may not be shown any more, take away everything that had it."""
        api, book = self._ready()
        desk, card_id = book.card_place(ref)
        voice = self._desks.voice(desk)
        if card.text is not None:
            await api.send(desk, edit_content(card_content(card, voice), card_id), self._txn(key))
            return
        for event_id in [*await api.edits_of(desk, card_id), card_id]:
            await api.redact(desk, event_id, voice.say("gone"), self._txn(f"redact:{event_id}"))
        await api.send(desk, gone_content(card, voice), self._txn(f"gone:{card_id}:{card.status}"))

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a confirmed reply under its message, in its thread where it is in one; returns the event id.

        :raises ChannelRefused: if the message is gone or the room is not a group room.
        """
        api, book = self._ready()
        if book.kind(room_id) != "group":
            raise ChannelRefused("replies are posted in group rooms only")
        event = await api.event(room_id, in_reply_to)
        content = event.get("content")
        if not isinstance(content, dict) or not content:
            raise ChannelRefused("the message was removed")
        rel_type, root, _ = relation(content)
        thread = root if rel_type == "m.thread" and root else None
        # Nothing can stand under a reaction, a topic or a name; under what it is about it would answer the wrong person.
        under = None if "state_key" in event or event.get("type") == "m.reaction" else in_reply_to
        try:
            return await api.send(room_id, reply_content(text, under, thread), self._txn(key))
        except KeysMissing:
            # Its volunteer was told that it is on its way.
            await self._tell(f"waits:{key}", "reply_waits", room_id)
            raise

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
        """Return what stands around a message of a group room.

        :raises ChannelRefused: if the homeserver does not show it, or it is no group room.
        """
        api, book = self._ready()
        if book.kind(room_id) != "group":
            raise ChannelRefused("only group rooms are looked into")
        return await around(api, room_id, message_id, before, after)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in a desk or direct room; returns the event id.

        :raises ChannelRefused: if the room is a group room: only confirmed replies are posted there.
        """
        api, book = self._ready()
        if book.kind(room_id) == "group":
            raise ChannelRefused("the assistant never speaks in a group room by itself")
        return await api.send(room_id, say_content(text, self._voice, buttons), self._txn(key))
