"""A thin, strict layer over aiogram: errors become ours, nothing is retried behind our back."""

from __future__ import annotations

from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageReplyMarkup,
    EditMessageText,
    GetWebhookInfo,
    LeaveChat,
    SendMessage,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.telegram.settings import TelegramSettings

#: Exactly what is read; Telegram sends nothing else.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "my_chat_member",
)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
Json = dict[str, Any]
T = TypeVar("T")


class LoginRefused(ChannelRefused):
    """Telegram does not know the token."""


class SomebodyElseReads(ChannelError):
    """Another program reads this bot's updates."""


class Uncertain(ChannelError):
    """Nobody knows whether Telegram got what was sent: the answer was lost."""


class Moved(ChannelError):
    """The group has another id now."""

    def __init__(self, message: str, to: int) -> None:
        super().__init__(message)
        self.to = to


# What Telegram answers stays as it was sent. aiogram's own types refuse a whole answer for one field that is new or
# missing in it, and a reading that fails on one update would be tried again for a day.


class _Updates(TelegramMethod[list[Json]]):
    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class _Me(TelegramMethod[Json]):
    __returning__ = dict[str, Any]
    __api_method__ = "getMe"


class _Hooked(TelegramMethod[Json]):
    __returning__ = dict[str, Any]
    __api_method__ = "getWebhookInfo"


class _Chat(TelegramMethod[Json]):
    __returning__ = dict[str, Any]
    __api_method__ = "getChat"

    chat_id: int


class _Admins(TelegramMethod[list[Json]]):
    __returning__ = list[dict[str, Any]]
    __api_method__ = "getChatAdministrators"

    chat_id: int


class _Member(TelegramMethod[Json]):
    __returning__ = dict[str, Any]
    __api_method__ = "getChatMember"

    chat_id: int
    user_id: int


class _Send(SendMessage):
    __returning__ = dict[str, Any]


class _Edit(EditMessageText):
    __returning__ = dict[str, Any]


class _EditButtons(EditMessageReplyMarkup):
    __returning__ = dict[str, Any]


def _refused(error: TelegramAPIError) -> str:
    return error.message.removeprefix("Bad Request: ").removeprefix("Forbidden: ")


def said_no(error: ChannelRefused, *words: str) -> bool:
    """Return whether Telegram's reason to refuse holds one of some words."""
    return any(word in str(error).lower() for word in words)


class TelegramApi:
    """The calls that the gateway makes.

    All methods raise ``ChannelError`` when another try may help and ``ChannelRefused`` when it will not;
    ``Uncertain`` when what was asked may or may not have been done.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._session = AiohttpSession(api=TelegramAPIServer.from_base(settings.api))
        self._bot = Bot(settings.token, session=self._session)

    @property
    def bot(self) -> Bot:
        """aiogram's own idea of us."""
        return self._bot

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def me(self) -> Json:
        """Return our own account: ``id``, ``username``, ``can_read_all_group_messages``.

        :raises LoginRefused: if Telegram does not accept the token.
        """
        return await self._call(_Me(), "checking the login")

    async def take_over(self) -> bool:
        """End a webhook that an earlier program has set, and return whether there was one; nothing is lost by it."""
        info = await self._call(GetWebhookInfo(), "checking the webhook")
        if info.url:
            await self._call(DeleteWebhook(drop_pending_updates=False), "ending the webhook")
        return bool(info.url)

    async def hook(self, url: str, secret: str) -> None:
        """Have updates sent to an address of ours, each with a secret; what waits at Telegram comes there, too.

        :raises ChannelRefused: if Telegram will not send to that address.
        """
        await self._call(
            SetWebhook(
                url=url,
                secret_token=secret,
                allowed_updates=list(ALLOWED_UPDATES),
                drop_pending_updates=False,
            ),
            "setting the webhook",
        )

    async def hooked(self) -> Json:
        """Return where updates are sent and what went wrong with that: ``url``, ``last_error_date``, ``last_error_message``."""
        return await self._call(_Hooked(), "checking the webhook", self._settings.network)

    async def updates(self, offset: int | None, wait: int) -> list[Json]:
        """Return what happened, as Telegram sends it; everything before ``offset`` is forgotten there."""
        method = _Updates(offset=offset, timeout=wait, allowed_updates=list(ALLOWED_UPDATES))
        return await self._call(method, "reading", wait + self._settings.network)

    async def send(
        self,
        chat_id: int,
        text: str,
        entities: list[MessageEntity] | None = None,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        must_reply: bool = False,
        buttons: InlineKeyboardMarkup | None = None,
    ) -> int:
        """Send a message and return its id; with ``must_reply`` it is refused when the message is gone."""
        reply = (
            None
            if reply_to is None
            else ReplyParameters(message_id=reply_to, allow_sending_without_reply=not must_reply)
        )
        message: Any = await self._call(
            _Send.model_validate(
                {
                    "chat_id": chat_id,
                    "text": text,
                    "entities": entities or None,
                    "parse_mode": None,
                    "message_thread_id": topic,
                    "reply_parameters": reply,
                    "reply_markup": buttons,
                    "link_preview_options": _NO_PREVIEW,
                }
            ),
            "writing in the room",
        )
        return int(message["message_id"])

    async def edit(
        self,
        chat_id: int,
        message_id: int,
        text: str,
        entities: list[MessageEntity] | None = None,
        buttons: InlineKeyboardMarkup | None = None,
    ) -> bool:
        """Give one of our messages another text; return whether it is still there. One that has it already is fine."""
        try:
            await self._call(
                _Edit.model_validate(
                    {
                        "chat_id": chat_id,
                        "message_id": message_id,
                        "text": text,
                        "entities": entities or None,
                        "parse_mode": None,
                        "reply_markup": buttons,
                        "link_preview_options": _NO_PREVIEW,
                    }
                ),
                "changing a card",
            )
        except ChannelRefused as error:
            if said_no(error, "message is not modified"):
                return True
            if said_no(error, "message to edit not found", "message_id_invalid"):
                return False
            raise
        return True

    async def is_ours(self, chat_id: int, message_id: int, buttons: InlineKeyboardMarkup | None) -> bool:
        """Return whether we wrote a message, which only an edit tells: it gets the buttons that it has anyway."""
        method = _EditButtons(chat_id=chat_id, message_id=message_id, reply_markup=buttons)
        try:
            await self._call(method, "looking for a message")
        except ChannelRefused as error:
            return said_no(error, "message is not modified")
        return True

    async def heard_press(self, press_id: str, text: str | None = None) -> None:
        """Tell a person's client that a press arrived; ``text`` is shown to them alone."""
        await self._call(
            AnswerCallbackQuery(callback_query_id=press_id, text=text, show_alert=text is not None),
            "answering a press",
        )

    async def chat_name(self, chat_id: int) -> str:
        """Return the title of a chat."""
        chat = await self._call(_Chat(chat_id=chat_id), "looking up a room")
        return str(chat.get("title") or "")

    async def admins(self, chat_id: int) -> list[str]:
        """Return the user ids of a group's administrators."""
        found = await self._call(_Admins(chat_id=chat_id), "looking up a room's administrators")
        return [str(member.get("user", {}).get("id")) for member in found]

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        """Return whether somebody is an administrator of a group."""
        member = await self._call(_Member(chat_id=chat_id, user_id=user_id), "looking up our rights")
        return member.get("status") in ("administrator", "creator")

    async def leave(self, chat_id: int) -> None:
        """Leave a group."""
        await self._call(LeaveChat(chat_id=chat_id), "leaving a room")

    async def _call(self, method: TelegramMethod[T], doing: str, seconds: float = 15.0) -> T:
        try:
            # aiohttp takes a float, aiogram's annotation is narrower than what it does.
            return await self._bot(method, request_timeout=seconds)  # type: ignore[arg-type]
        except TelegramRetryAfter as error:
            raise ChannelError(
                f"Telegram asks to slow down while {doing}", retry_after=float(error.retry_after)
            ) from None
        except TelegramMigrateToChat as error:
            raise Moved(
                "the group became a supergroup and has another id", error.migrate_to_chat_id
            ) from None
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise LoginRefused("Telegram does not accept the bot's token") from None
        except TelegramConflictError:
            raise SomebodyElseReads("another program reads this bot's updates; stop it") from None
        except (TelegramBadRequest, TelegramForbiddenError, TelegramEntityTooLarge) as error:
            raise ChannelRefused(f"Telegram refused {doing}: {_refused(error)}") from None
        except (TelegramNetworkError, TelegramServerError) as error:
            raise Uncertain(f"Telegram cannot be reached while {doing} ({type(error).__name__})") from None
        except ClientDecodeError:
            # Not the error's text: it quotes what was received.
            raise Uncertain(f"Telegram answered something unreadable while {doing}") from None
        except (TelegramAPIError, AiogramError) as error:
            raise ChannelError(f"{doing} failed: {type(error).__name__}") from None
