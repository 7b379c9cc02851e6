"""What the Mattermost gateway has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms

CHANNEL = "mattermost"
_ID = re.compile(r"[a-z0-9]{26}")
_TOKEN = re.compile(r"[!-~]{10,}")


@dataclass(frozen=True, slots=True)
class MattermostSettings:
    """Settings of the gateway.

    ``url`` may have a path, where Mattermost is served under one. ``desk_channels`` are desk channels
    beside the main one, for a language, an organisation or both, ``organisations`` the channels of other organisations
    (:mod:`courage.gateways.desks`). ``admit_volunteers`` makes volunteers of people in a desk channel.
    ``heartbeat`` is how many seconds pass between two signs of life on the open connection, half of which the answer
    may take; ``timeout`` how long one call may take. ``gap`` is how many missed posts are read in each channel after
    an interruption.
    """

    url: str
    token: str = field(repr=False)
    desk_channel: str = ""
    desk_channels: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    admit_volunteers: bool = False
    organisation_id: int = 1
    heartbeat: float = 5.0
    timeout: float = 10.0
    gap: int = 5000

    def __post_init__(self) -> None:
        _ = self.desks, self.given
        if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", self.url):
            raise CourageError(
                f"the Mattermost address {self.url!r} cannot be right; it looks like https://chat.example.org"
            )
        if not _TOKEN.fullmatch(self.token):
            raise CourageError(
                "the Mattermost token cannot be right; it is what Mattermost showed once when the bot was made"
            )
        if self.desk_channel and not _ID.fullmatch(self.desk_channel):
            raise CourageError(
                f"the Mattermost desk channel {self.desk_channel!r} is no id; it is 26 letters and digits "
                "(“View Info” of the channel shows it)"
            )

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk channels beside the main one."""
        return wanted_desks(self.desk_channels, "Mattermost desk channel", _is_id)

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The channels that belong to other organisations than the first."""
        return wanted_rooms(self.organisations, "Mattermost channel of an organisation", _is_id)

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))
