"""What the Telegram gateway has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms

CHANNEL = "telegram"
#: Where everybody's bots are served, but for those of people who run a server of it themselves.
API = "https://api.telegram.org"
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,}")
_DESK = re.compile(r"(-?[0-9]{1,20})(?:/([0-9]{1,12}))?")
_ID = re.compile(r"-?[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Settings of the gateway.

    ``desk_room`` is a chat id, with ``/TOPIC`` after it for one topic of a forum; ``desk_rooms`` are further ones, for a
    language, an organisation or both, ``organisations`` the groups of other organisations (:mod:`courage.gateways.desks`).
    ``moderators`` are user ids that may add the bot to groups, ``rooms`` groups that are read whoever added it.
    ``admit_volunteers`` makes volunteers of people in a desk room. ``webhook`` is the address to which Telegram shall send
    updates; empty: it is asked for them. ``wait`` is how many seconds a reading may wait for
    something to happen: with what the network may take on top, a gateway that is cut off knows it within 10 seconds.
    """

    token: str = field(repr=False)
    desk_room: str = ""
    desk_rooms: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    admit_volunteers: bool = False
    api: str = API
    webhook: str = ""
    organisation_id: int = 1
    wait: int = 5
    network: float = 4.0

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise CourageError("the Telegram token cannot be right; BotFather gives one like 123456:AAE…")
        if self.desk_room and not _DESK.fullmatch(self.desk_room):
            raise CourageError(
                f"the Telegram desk room {self.desk_room!r} is no chat id; it looks like -1001234567890"
            )
        _ = self.desks, self.given
        for what, ids in (("moderator", self.moderators), ("room", self.rooms)):
            for given in ids:
                if not _ID.fullmatch(given):
                    raise CourageError(f"the Telegram {what} {given!r} is no id; it is a whole number")
        if not self.api.startswith(("http://", "https://")):
            raise CourageError(f"the Telegram API {self.api!r} is no address; it begins with https://")
        if self.webhook and self.api == API and not self.webhook.startswith("https://"):
            raise CourageError(
                "Telegram sends updates to https:// addresses only: set COURAGE_PUBLIC_URL to the one that people open, "
                "or COURAGE_TELEGRAM_WEBHOOK to false"
            )

    @property
    def account(self) -> str:
        """The bot's own user id, which its token begins with."""
        return self.token.partition(":")[0]

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk rooms beside the main one."""
        return wanted_desks(self.desk_rooms, "Telegram desk room", lambda room: bool(_DESK.fullmatch(room)))

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The groups that belong to other organisations than the first."""
        what = "Telegram group of an organisation"
        return wanted_rooms(self.organisations, what, lambda room: bool(_ID.fullmatch(room)))


def desk_place(desk: str) -> tuple[int, int | None]:
    """Return chat id and topic of a desk room."""
    found = _DESK.fullmatch(desk)
    if found is None:
        raise CourageError(f"{desk!r} is no chat id")
    return int(found[1]), int(found[2]) if found[2] else None


def chat_of(desk: str) -> str:
    """Return the chat that a desk room is in, as rooms are named."""
    return desk.partition("/")[0]
