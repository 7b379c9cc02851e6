"""What the Slack gateway has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.taxonomy import LANGUAGES

CHANNEL = "slack"
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Settings of the gateway; channels are named by their ids.

    ``bot_token`` (xoxb-) speaks, ``app_token`` (xapp-) opens the connection over which Slack tells what happens.
    ``desk_channel`` gets all cards but those for which ``desk_channels`` has one by language, each written as
    ``de C0123ABCD``. ``channels`` are the only ones that are read; without any, all that the bot was invited to.
    ``admit_volunteers`` makes volunteers of people in the desk channels. Times are in seconds: ``ping`` passes between
    two signs of life, ``network`` is how long an answer may take, ``look`` passes between two looks whether the token
    and the desk still work, and ``sweep`` between two readings of what Slack may not have told. ``gap`` is how many
    missed messages are read in each channel after an interruption, and ``threads`` how many seconds old the first
    message of a thread may be for what was missed in it to be looked for.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    desk_channel: str = ""
    desk_channels: tuple[str, ...] = ()
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
            *(("desk channel", channel) for _, channel in self.desks),
            *(("channel", channel) for channel in self.channels),
        ):
            if given and not _CHANNEL_ID.fullmatch(given):
                raise CourageError(
                    f"the Slack {what} {given!r} is no channel id; it looks like C0123ABCD (at the end of the channel's details)"
                )
        for (language, channel), text in zip(self.desks, self.desk_channels, strict=True):
            if language not in LANGUAGES or not channel:
                raise CourageError(
                    f"the Slack desk channel {text!r} is not a language ({', '.join(LANGUAGES)}) and a channel id"
                )
        if not self.api.startswith(("http://", "https://")):
            raise CourageError(f"the Slack API {self.api!r} is no address; it begins with https://")

    @property
    def desks(self) -> tuple[tuple[str, str], ...]:
        """The desk channels for single languages: language and channel."""
        parts = [text.strip().partition(" ") for text in self.desk_channels]
        return tuple((language, channel.strip()) for language, _, channel in parts)
