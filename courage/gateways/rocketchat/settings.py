"""What the Rocket.Chat gateway has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms

CHANNEL = "rocketchat"
_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")
_TOKEN = re.compile(r"[!-~]{10,}")


@dataclass(frozen=True, slots=True)
class RocketChatSettings:
    """Settings of the gateway.

    ``url`` may have a path, where Rocket.Chat is served under one. ``desk_rooms`` are desk rooms
    beside the main one, for a language, an organisation or both, ``organisations`` the rooms of other organisations
    (:mod:`courage.gateways.desks`). ``admit_volunteers`` makes volunteers of people in a desk room.
    ``heartbeat`` is how many seconds pass between two signs of life on the open connection, half of which the answer
    may take; ``timeout`` how long one call may take.
    """

    url: str
    user_id: str
    token: str = field(repr=False)
    desk_room: str = ""
    desk_rooms: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    admit_volunteers: bool = False
    organisation_id: int = 1
    heartbeat: float = 5.0
    timeout: float = 10.0

    def __post_init__(self) -> None:
        _ = self.desks, self.given
        if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", self.url):
            raise CourageError(
                f"the Rocket.Chat address {self.url!r} cannot be right; it looks like https://chat.example.org"
            )
        if not _TOKEN.fullmatch(self.token):
            raise CourageError(
                "the Rocket.Chat token cannot be right; it is what Rocket.Chat showed once when the token was made"
            )
        for what, value in (("user id", self.user_id), ("desk room", self.desk_room)):
            if value and not _ID.fullmatch(value):
                raise CourageError(
                    f"the Rocket.Chat {what} {value!r} is no id; it looks like GENERAL or yqvXCiZmXMPbkjdAW"
                )
        if not self.user_id:
            raise CourageError("Rocket.Chat needs the user id of the bot; it is shown with its access token")

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk rooms beside the main one."""
        return wanted_desks(self.desk_rooms, "Rocket.Chat desk room", _is_id)

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The rooms that belong to other organisations than the first."""
        return wanted_rooms(self.organisations, "Rocket.Chat room of an organisation", _is_id)

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))
