"""A stand-in for Telegram's Bot API: speaks the documented protocol to any client, and plays people in chats.

What it checks is what Telegram checks: lengths, callback data, entities within the text, replies to messages that are
there, edits of messages that are the bot's. ``getUpdates`` waits, and forgets what is before its offset.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiogram.types import Update
from aiohttp import web

Json = dict[str, Any]
TOKEN = "7000001:AAExampleOfATokenThatIsOnlyUsedHere"
BOT = {"id": 7000001, "is_bot": True, "first_name": "Courage", "username": "courage_bot"}
GROUP, DESK = -1001111111111, -1002222222222
EVE, ANN, BOB, MIA = 501, 502, 503, 504


def units(text: str) -> int:
    """Return a length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


class Refusal(Exception):
    """An error as the Bot API answers it."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        self.status, self.description, self.parameters = status, description, parameters


@dataclass
class Chat:
    """A chat and the messages in it by number."""

    id: int
    kind: str = "supergroup"
    title: str = ""
    messages: dict[int, Json] = field(default_factory=dict)
    newest: int = 40
    admins: list[int] = field(default_factory=list)
    bot_is_admin: bool = False
    moved_to: int | None = None

    def json(self) -> Json:
        """Return it as Telegram writes it."""
        return {"id": self.id, "type": self.kind, **({"title": self.title} if self.title else {})}


Hook = Callable[[str, Json], Awaitable[None]]


class Telegram:
    """The server and everybody who chats there."""

    def __init__(self) -> None:
        self.chats = {
            GROUP: Chat(GROUP, title="Garden talk"),
            DESK: Chat(DESK, title="Desk"),
        }
        self.updates: list[Json] = []
        self.next_update = 900
        self.calls: list[tuple[str, Json]] = []
        self.pressed: dict[str, Json] = {}
        self.webhook, self.secret = "", ""
        self.allowed: list[str] = []
        self.statuses: list[int] = []
        self.last_error: tuple[int, str] | None = None
        self.reads_all = True
        self.failures: list[tuple[str, Refusal]] = []
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.url = ""
        self._new = asyncio.Condition()
        self._delivering: asyncio.Task[None] | None = None

    # What people do

    async def update(self, kind: str, body: Json) -> int:
        """Put an update in line and return its number."""
        async with self._new:
            number = self.next_update
            self.next_update += 1
            self.updates.append({"update_id": number, kind: body})
            self._new.notify_all()
        return number

    def message(self, chat: int, user: int | Json, /, **content: Any) -> Json:
        """Return a new message of a chat, kept there."""
        place = self.chats.setdefault(chat, Chat(chat, "private"))
        place.newest += 1
        writer = user if isinstance(user, dict) else {"id": user, "is_bot": False, "first_name": f"U{user}"}
        message = {
            "message_id": place.newest,
            "from": writer,
            "chat": place.json(),
            "date": int(time.time()),
            **content,
        }
        place.messages[place.newest] = message
        return message

    async def says(self, chat: int, user: int | Json, text: str = "", /, **content: Any) -> int:
        """Let somebody write a message and return its number."""
        if text:
            content = {"text": text, **content}
        message = self.message(chat, user, **content)
        await self.update("channel_post" if self.chats[chat].kind == "channel" else "message", message)
        return int(message["message_id"])

    async def edits(self, chat: int, number: int, **content: Any) -> None:
        """Let somebody edit their message."""
        message = {**self.chats[chat].messages[number], **content, "edit_date": int(time.time())}
        self.chats[chat].messages[number] = message
        kind = "edited_channel_post" if self.chats[chat].kind == "channel" else "edited_message"
        await self.update(kind, message)

    async def presses(self, chat: int, number: int, user: int, data: str) -> str:
        """Let somebody press a button and return the press's id."""
        press = f"press-{len(self.pressed)}-{time.monotonic_ns()}"
        self.pressed[press] = {}
        body = {
            "id": press,
            "from": {"id": user, "is_bot": False, "first_name": f"U{user}"},
            "chat_instance": "1",
            "message": self.chats[chat].messages[number],
            "data": data,
        }
        await self.update("callback_query", body)
        return press

    async def membership(self, chat: int, by: int, old: str, new: str) -> None:
        """Let somebody change what the bot is in a chat."""
        self.chats.setdefault(chat, Chat(chat, title="New group"))
        await self.update(
            "my_chat_member",
            {
                "chat": self.chats[chat].json(),
                "from": {"id": by, "is_bot": False, "first_name": f"U{by}"},
                "date": int(time.time()),
                "old_chat_member": {"user": BOT, "status": old},
                "new_chat_member": {"user": BOT, "status": new},
            },
        )

    def of_bot(self, chat: int) -> list[Json]:
        """Return the bot's messages in a chat, oldest first."""
        return [m for m in self.chats[chat].messages.values() if m["from"]["id"] == BOT["id"]]

    def cards(self) -> list[Json]:
        """Return the bot's cards in the desk room: what answers nobody and is no hello."""
        return [
            m for m in self.of_bot(DESK) if "reply_to_message" not in m and "@courage_bot" not in m["text"]
        ]

    # What the bot asks for

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a call of the Bot API."""
        method = request.match_info["method"]
        form = await request.post()
        given: Json = {}
        for name, value in form.items():
            with contextlib.suppress(ValueError):
                given[name] = (
                    json.loads(str(value)) if name not in ("text", "callback_query_id") else str(value)
                )
            given.setdefault(name, str(value))
        self.calls.append((method, given))
        if request.match_info["token"] != TOKEN:
            return self._error(Refusal(401, "Unauthorized"))
        if self.before is not None:
            await self.before(method, given)
        try:
            for at, (name, failure) in enumerate(self.failures):
                if name == method:
                    del self.failures[at]
                    raise failure
            result = await getattr(self, f"do_{method}")(given)
        except Refusal as refusal:
            return self._error(refusal)
        if self.after is not None:
            await self.after(method, given)
        return web.json_response({"ok": True, "result": result})

    @staticmethod
    def _error(refusal: Refusal) -> web.Response:
        body = {"ok": False, "error_code": refusal.status, "description": refusal.description}
        if refusal.parameters:
            body["parameters"] = refusal.parameters
        return web.json_response(body, status=refusal.status)

    async def do_getMe(self, _: Json) -> Json:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": self.reads_all}

    async def do_getWebhookInfo(self, _: Json) -> Json:
        return {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
            **(
                {}
                if self.last_error is None
                else {"last_error_date": self.last_error[0], "last_error_message": self.last_error[1]}
            ),
        }

    async def do_setWebhook(self, given: Json) -> bool:
        assert not given.get("drop_pending_updates")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", given.get("secret_token", "")):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.webhook, self.secret = given["url"], given["secret_token"]
        self.allowed = given.get("allowed_updates") or []
        if self._delivering is None:
            self._delivering = asyncio.create_task(self._deliver())
        return True

    async def _deliver(self) -> None:
        """Send updates to the webhook, each again and again until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                async with self._new:
                    await self._new.wait_for(lambda: self.webhook and self.updates)
                    update = self.updates[0]
                if set(update) & set(self.allowed) and not await self.post(session, update):
                    await asyncio.sleep(0.2)
                    continue
                if update in self.updates:
                    self.updates.remove(update)

    async def post(self, session: aiohttp.ClientSession, update: Json, secret: str | None = None) -> bool:
        """Post an update to the webhook as the Bot API's server does; return whether it was taken."""
        body = Update.model_validate(update).model_dump_json(by_alias=True, exclude_none=True)
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self.secret if secret is None else secret,
        }
        try:
            async with session.post(self.webhook, data=body, headers=headers) as response:
                self.statuses.append(response.status)
        except aiohttp.ClientError:
            self.statuses.append(0)
        if 200 <= self.statuses[-1] < 300:
            return True
        self.last_error = (int(time.time()) + 1, f"Wrong response from the webhook: {self.statuses[-1]}")
        return False

    async def close(self) -> None:
        """Send nothing any more."""
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)

    async def do_deleteWebhook(self, given: Json) -> bool:
        assert not given.get("drop_pending_updates")
        self.webhook = ""
        return True

    async def do_getUpdates(self, given: Json) -> list[Json]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, wanted = given.get("offset"), given.get("allowed_updates") or []
        if offset is not None:
            self.updates = [u for u in self.updates if u["update_id"] >= offset]

        def ready() -> list[Json]:
            return [u for u in self.updates if not wanted or set(u) & set(wanted)][:100]

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(given.get("timeout") or 0)), self._new:
                await self._new.wait_for(ready)
        return ready()

    def _chat(self, given: Json) -> Chat:
        chat = self.chats.get(given["chat_id"])
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.moved_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        return chat

    def _content(self, given: Json) -> Json:
        text = given.get("text", "")
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if units(text) > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        entities = given.get("entities") or []
        for entity in entities:
            assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(text), entity
        markup = given.get("reply_markup") or {"inline_keyboard": []}
        for row in markup["inline_keyboard"]:
            for button in row:
                if not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        content = {"text": text, "entities": entities}
        return {**content, "reply_markup": markup} if markup["inline_keyboard"] else content

    async def do_sendMessage(self, given: Json) -> Json:
        chat, content = self._chat(given), self._content(given)
        reply = given.get("reply_parameters")
        if reply is not None:
            answered = chat.messages.get(reply["message_id"])
            if answered is not None:
                content["reply_to_message"] = {"message_id": answered["message_id"], "from": answered["from"]}
            elif not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        if (topic := given.get("message_thread_id")) is not None:
            content |= {"message_thread_id": topic, "is_topic_message": True}
        return self.message(chat.id, BOT, **content)

    def _own(self, given: Json) -> Json:
        message = self._chat(given).messages.get(given["message_id"])
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message["from"]["id"] != BOT["id"]:
            raise Refusal(400, "Bad Request: message can't be edited")
        return message

    def _changed(self, message: Json, new: Json) -> Json:
        names = ("text", "entities", "reply_markup")
        if all(message.get(name) == new.get(name) for name in names):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        for name in names:
            message.pop(name, None)
        message.update({name: value for name, value in new.items() if value is not None})
        return message

    async def do_editMessageText(self, given: Json) -> Json:
        return self._changed(self._own(given), self._content(given))

    async def do_editMessageReplyMarkup(self, given: Json) -> Json:
        message = self._own(given)
        kept = {name: message[name] for name in ("text", "entities") if name in message}
        return self._changed(message, {**kept, "reply_markup": given.get("reply_markup")})

    async def do_answerCallbackQuery(self, given: Json) -> bool:
        if given["callback_query_id"] not in self.pressed:
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self.pressed[given["callback_query_id"]] = {"answered": True, "text": given.get("text")}
        return True

    async def do_getChat(self, given: Json) -> Json:
        # A field that aiogram's type of it does not know: reported for it when paid reactions came.
        return {**self._chat(given).json(), "available_reactions": [{"type": "something new"}]}

    async def do_getChatAdministrators(self, given: Json) -> list[Json]:
        return [{"user": {"id": user}, "status": "administrator"} for user in self._chat(given).admins]

    async def do_getChatMember(self, given: Json) -> Json:
        assert given["user_id"] == BOT["id"]
        return {"user": BOT, "status": "administrator" if self._chat(given).bot_is_admin else "member"}

    async def do_leaveChat(self, given: Json) -> bool:
        self._chat(given)
        return True


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Telegram]:
    """Serve on a free port of this machine."""
    telegram = Telegram()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", telegram.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    telegram.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield telegram
    finally:
        await telegram.close()
        await runner.cleanup()
