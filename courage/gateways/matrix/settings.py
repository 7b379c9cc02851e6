"""What the Matrix gateway has to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from courage.errors import CourageError
from courage.gateways.matrix.identities import POLICIES
from courage.taxonomy import LANGUAGES


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """Settings of the gateway.

    ``access_token`` wins over ``password``. ``device_id`` must stay the same from start to start. ``moderators`` are
    Matrix ids whose invitations are accepted; ``desk_room`` is a room id or an alias. ``admit_volunteers`` makes
    volunteers of all members of the desk room. ``bots`` are ignored. ``gap`` is how many missed messages are read
    after an interruption in each room; ``sync_timeout`` in milliseconds. ``keys`` is the folder of the keys of encrypted
    rooms; without one those rooms can be neither read nor written in. ``trust`` is whose devices may read them
    (see :class:`courage.gateways.matrix.identities.Identities`). ``desk_rooms`` are desk rooms for cases in a language, each
    written as ``de !room:server``.
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
    keys: str = ""
    trust: str = "signed"
    trusted_devices: tuple[str, ...] = ()
    desk_rooms: tuple[str, ...] = ()

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
        for language, room in self.desks:
            if language not in LANGUAGES or room[:1] not in ("!", "#"):
                raise CourageError(
                    f"desk room {f'{language} {room}'!r} is not a language and a room, such as 'de !abc:example.org'; "
                    f"languages: {', '.join(LANGUAGES)}"
                )
        if self.trust not in POLICIES:
            raise CourageError(f"Matrix trust {self.trust!r} is not one of {', '.join(POLICIES)}")

    @property
    def desks(self) -> tuple[tuple[str, str], ...]:
        """The desk rooms for single languages: language and room."""
        parts = [text.strip().partition(" ") for text in self.desk_rooms]
        return tuple((language, room.strip()) for language, _, room in parts)
