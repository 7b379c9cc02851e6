"""What the Slack gateway has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms

CHANNEL = "slack"
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Settings of the gateway; channels are named by their ids.

    ``bot_token`` (xoxb-) speaks, ``app_token`` (xapp-) opens the connection over which Slack tells what happens.
    ``desk_channel`` gets all cards but those for which ``desk_channels`` has one, for a language, an organisation or both;
    ``organisations`` are the channels of other organisations (:mod:`courage.gateways.desks`). ``channels`` are the only ones
    that are read; without any, all that the bot was invited to. ``admit_volunteers`` makes volunteers of people in the desk
    channels. Times are in seconds: ``ping`` passes between two signs of life, ``network`` is how long an answer may take,
    ``look`` passes between two looks whether the token and the desk still work, and ``sweep`` between two readings of what
    Slack may not have told. ``gap`` is how many missed messages are read in each channel after an interruption, and
    ``threads`` how many seconds old the first message of a thread may be for what was missed in it to be looked for.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    desk_channel: str = ""
    desk_channels: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    admit_volunteers: bool = False
    api: str = "https://slack.com/api/"
    organisation_id: int = 1
    ping: float = 3.0
    network: float = 8.0
    look: float = 60.0
    sweep: float = 600.0
    gap: int = 2000
    threads: float = 24 * 3600.0

    def __post_init__(self) -> None:
        if not self.bot_token.startswith("xoxb-"):
            raise CourageError("the Slack bot token cannot be right; it begins with xoxb-")
        if not self.app_token.startswith("xapp-"):
            raise CourageError(
                "the Slack app token is missing or cannot be right; it begins with xapp- and has the scope connections:write"
            )
        for what, given in (
            ("desk channel", self.desk_channel),
            *(("channel", channel) for channel in self.channels),
        ):
            if given and not _CHANNEL_ID.fullmatch(given):
                raise CourageError(
                    f"the Slack {what} {given!r} is no channel id; it looks like C0123ABCD (at the end of the channel's details)"
                )
        _ = self.desks, self.given
        if not self.api.startswith(("http://", "https://")):
            raise CourageError(f"the Slack API {self.api!r} is no address; it begins with https://")

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk channels beside the main one."""
        return wanted_desks(self.desk_channels, "Slack desk channel", _is_id)

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The channels that belong to other organisations than the first."""
        return wanted_rooms(self.organisations, "Slack channel of an organisation", _is_id)


def _is_id(channel: str) -> bool:
    return bool(_CHANNEL_ID.fullmatch(channel))
