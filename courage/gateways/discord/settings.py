"""What the Discord gateway has to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.desks import Wanted, wanted_desks, wanted_rooms

CHANNEL = "discord"


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """Settings of the gateway; all ids are Discord's whole numbers.

    ``desk_channels`` are further desk channels, for a language, an organisation or both, ``organisations`` the servers and
    channels of other organisations (:mod:`courage.gateways.desks`). ``guilds`` are the servers that are read, beside those;
    without any it is the one that ``desk_channel`` is in. Members with the role ``volunteer_role`` become volunteers in the
    desk channel. ``gap`` is how many missed messages are read in each channel after an interruption; ``probe`` how many
    seconds pass between two looks whether Discord can be reached, and how long such a look may take.
    """

    token: str = field(repr=False)
    desk_channel: str = ""
    desk_channels: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    guilds: tuple[str, ...] = ()
    volunteer_role: str = ""
    organisation_id: int = 1
    gap: int = 500
    probe: float = 4.0

    def __post_init__(self) -> None:
        if self.token.count(".") < 2:
            raise CourageError("the Discord token cannot be right; it has three parts with dots between them")
        _ = self.desks, self.given
        named = {"desk channel": self.desk_channel, "volunteer role": self.volunteer_role}
        for what, value in [*named.items(), *(("server", guild) for guild in self.guilds)]:
            if (value and not value.isascii()) or (value and not value.isdigit()):
                raise CourageError(
                    f"the Discord {what} {value!r} is no id; it is a whole number (Copy ID in Discord)"
                )

    @property
    def desks(self) -> tuple[Wanted, ...]:
        """The desk channels beside the main one."""
        return wanted_desks(self.desk_channels, "Discord desk channel", _is_id)

    @property
    def given(self) -> tuple[Wanted, ...]:
        """The servers and channels that belong to other organisations than the first."""
        return wanted_rooms(self.organisations, "Discord server of an organisation", _is_id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
