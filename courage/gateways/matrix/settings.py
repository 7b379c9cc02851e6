"""What the Matrix gateway has to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from courage.errors import CourageError


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """Settings of the gateway.

    ``access_token`` wins over ``password``. ``device_id`` must stay the same from start to start. ``moderators`` are
    Matrix ids whose invitations are accepted; ``desk_room`` is a room id or an alias. ``admit_volunteers`` makes
    volunteers of all members of the desk room. ``bots`` are ignored. ``gap`` is how many missed messages are read
    after an interruption in each room; ``sync_timeout`` in milliseconds.
    """

    homeserver: str
    user_id: str
    access_token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    device_id: str = "COURAGE"
    moderators: tuple[str, ...] = ()
    desk_room: str = ""
    admit_volunteers: bool = False
    bots: tuple[str, ...] = ()
    organisation_id: int = 1
    gap: int = 2000
    sync_timeout: int = 30_000

    def __post_init__(self) -> None:
        if not self.homeserver.startswith(("http://", "https://")):
            raise CourageError(
                f"Matrix homeserver {self.homeserver!r} is no address; it begins with https://"
            )
        if not self.user_id.startswith("@") or ":" not in self.user_id:
            raise CourageError(f"Matrix user {self.user_id!r} is no full id; it looks like @name:server")
        if not self.access_token and not self.password:
            raise CourageError("the Matrix gateway needs an access token or a password")
        if self.desk_room and self.desk_room[0] not in "!#":
            raise CourageError(f"desk room {self.desk_room!r} is neither a room id (!…) nor an alias (#…)")
